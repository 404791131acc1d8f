# Other peers: Wine's built-in DLL, and an independent client.
interop_TESTS += test_builtin.py
interop_TESTS += test_auth.py
interop_TESTS += test_ntlm.py
interop_TESTS += test_impacket.py
interop_PROGRAMS += interop_peer
interop_peer_IDL = interop.idl
interop_peer_SOURCES = ../conformance/test_package.c
interop_peer_LIBS = -Wl,--kill-at
interop_IDLFLAGS = --prefix-client=client_ --prefix-server=server_
interop_TESTS += test_typelib.py
interop_TESTS += test_endpoint_map.py
interop_PROGRAMS += map_peer
interop_TESTS += test_wine_prefix.py
interop_TESTS += test_ndr64.py
interop_PROGRAMS += ndr64_peer
interop_TESTS += test_mes.py
interop_PROGRAMS += mes_peer
mes_peer_IDL = mes.idl
interop_PROGRAMS += wine_installer
wine_installer_LIBS = -lmsi
# a DLL
interop_PROGRAMS += wine_action
wine_action_LIBS = -lmsi -shared -Wl,--kill-at
interop_TESTS += test_pipe.py
interop_PROGRAMS += pipe_peer
pipe_peer_IDL = pipe.idl
