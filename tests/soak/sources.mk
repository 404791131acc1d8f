# Under load: soak_TESTS, scripts ("make check" runs the short form of the long ones), and the PE programs that they start.
soak_TESTS += soak.py
soak_TESTS += one_processor.py
soak_PROGRAMS += soak_main
soak_main_SOURCES = soak_server.c soak_operations.c ../conformance/async_call.c ../conformance/process_counts.c \
    ../conformance/rpc_fixture.c
soak_main_IDL = soak.idl
soak_main_LIBS = -lws2_32 -liphlpapi -lntdll -luser32
soak_IDLFLAGS = --prefix-server=server_
