# PE test programs, run under Wine with the DLL: conformance_TESTS, one per line.
conformance_TESTS += test_rpcexcept
test_rpcexcept_SOURCES = rpcexcept_help.c rpcexcept_O0.c rpcexcept_O2.c rpcexcept_O3.c

# transport/ from inside
transport_RPCRT4 = $(filter transport/% platform/%,$(rpcrt4_PE) $(rpcrt4_PORTABLE))
transport_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_pool
test_pool_SOURCES = transport_fixture.c process_counts.c
test_pool_RPCRT4 = $(transport_RPCRT4)
test_pool_LIBS = $(transport_LIBS)
conformance_TESTS += test_transport
test_transport_SOURCES = transport_fixture.c process_counts.c
test_transport_RPCRT4 = $(transport_RPCRT4)
test_transport_LIBS = $(transport_LIBS)
conformance_TESTS += test_transport_listen
test_transport_listen_SOURCES = transport_fixture.c process_counts.c
test_transport_listen_RPCRT4 = $(transport_RPCRT4)
test_transport_listen_LIBS = $(transport_LIBS)
conformance_TESTS += test_link
test_link_SOURCES = transport_fixture.c process_counts.c
test_link_RPCRT4 = $(filter call/buffer% call/link% call/statistics% call/status% security/% transport/% platform/% wire/%, \
    $(rpcrt4_PE) $(rpcrt4_PORTABLE))
test_link_LIBS = $(transport_LIBS)

conformance_TESTS += test_buffer
test_buffer_RPCRT4 = $(transport_RPCRT4) call/buffer.c
test_buffer_LIBS = $(transport_LIBS)
conformance_TESTS += test_notifier
test_notifier_RPCRT4 = $(transport_RPCRT4) call/notifier.c call/notify.c call/apc_thread.c
test_notifier_LIBS = $(transport_LIBS)

conformance_TESTS += test_exception
conformance_TESTS += test_widl_async
test_widl_async_IDL = widl_async.idl
widl_async_IDLFLAGS = --prefix-server=server_

# what needs no call
conformance_TESTS += test_uuid
conformance_TESTS += test_string_api
conformance_TESTS += test_error_info
conformance_TESTS += test_runtime
conformance_TESTS += test_tower
conformance_TESTS += test_thread
test_thread_RPCRT4 = platform/thread.c platform/lock.c
conformance_TESTS += test_lock
test_lock_RPCRT4 = platform/lock.c
conformance_TESTS += test_monitor
test_monitor_RPCRT4 = transport/monitor.c platform/lock.c
conformance_TESTS += test_turn
test_turn_RPCRT4 = transport/turn.c platform/lock.c platform/thread.c

# the interpreters, and what else stubs call
stub_SOURCES = stub_server.c rpc_fixture.c process_counts.c
stub_calls_IDLFLAGS = --prefix-server=server_
conformance_TESTS += test_stub_calls
test_stub_calls_SOURCES = $(stub_SOURCES)
test_stub_calls_IDL = stub_calls.idl
test_stub_calls_LIBS = -lntdll -liphlpapi -lws2_32
stub_calls_os_IDLFLAGS = --prefix-server=server_ --stubs=s
conformance_TESTS += test_stub_calls_os
test_stub_calls_os_SOURCES = $(stub_SOURCES)
test_stub_calls_os_IDL = stub_calls_os.idl
test_stub_calls_os_LIBS = -lntdll -liphlpapi -lws2_32
stub_calls_oi_IDLFLAGS = --prefix-server=server_ --stubs=i
conformance_TESTS += test_stub_calls_oi
test_stub_calls_oi_SOURCES = $(stub_SOURCES)
test_stub_calls_oi_IDL = stub_calls_oi.idl
test_stub_calls_oi_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_stub_contexts
test_stub_contexts_SOURCES = $(stub_SOURCES)
test_stub_contexts_IDL = stub_calls.idl
test_stub_contexts_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_stub_compiled
test_stub_compiled_SOURCES = rpc_fixture.c process_counts.c
test_stub_compiled_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_stub_format
test_stub_format_SOURCES = rpc_fixture.c process_counts.c
test_stub_format_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_stub_memory
conformance_TESTS += test_ndr64_calls
test_ndr64_calls_SOURCES = ndr64_stubs.c fake_server.c rpc_fixture.c process_counts.c
test_ndr64_calls_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_ndr64_format
test_ndr64_format_SOURCES = rpc_fixture.c process_counts.c
test_ndr64_format_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_transfer_syntax
test_transfer_syntax_SOURCES = fake_server.c rpc_fixture.c process_counts.c
test_transfer_syntax_LIBS = -lntdll -liphlpapi -lws2_32

# asynchronous calls; each program holds the server of async.idl, runs it in its own process and, as a child, in another
async_SOURCES = rpc_fixture.c process_counts.c async_server.c async_client.c async_call.c
async_LIBS = -lws2_32 -liphlpapi -lntdll -luser32
async_IDLFLAGS = --prefix-server=server_
conformance_TESTS += test_async_notify
test_async_notify_SOURCES = $(async_SOURCES)
test_async_notify_IDL = async.idl
test_async_notify_LIBS = $(async_LIBS)
conformance_TESTS += test_async_backlog
test_async_backlog_SOURCES = $(async_SOURCES)
test_async_backlog_IDL = async.idl
test_async_backlog_LIBS = $(async_LIBS)
conformance_TESTS += test_async_status
test_async_status_SOURCES = $(async_SOURCES)
test_async_status_IDL = async.idl
test_async_status_LIBS = $(async_LIBS)
conformance_TESTS += test_async_buffers
test_async_buffers_SOURCES = $(async_SOURCES)
test_async_buffers_IDL = async.idl
test_async_buffers_LIBS = $(async_LIBS)
conformance_TESTS += test_async_cancel
test_async_cancel_SOURCES = $(async_SOURCES) fake_server.c
test_async_cancel_IDL = async.idl
test_async_cancel_LIBS = $(async_LIBS)
conformance_TESTS += test_async_server
test_async_server_SOURCES = $(async_SOURCES)
test_async_server_IDL = async.idl
test_async_server_LIBS = $(async_LIBS)
conformance_TESTS += test_async_peer
test_async_peer_SOURCES = $(async_SOURCES) fake_server.c
test_async_peer_IDL = async.idl
test_async_peer_LIBS = $(async_LIBS)
conformance_TESTS += test_async_mix
test_async_mix_SOURCES = $(async_SOURCES)
test_async_mix_IDL = async.idl
test_async_mix_LIBS = $(async_LIBS)
conformance_TESTS += test_async_bind
test_async_bind_SOURCES = $(async_SOURCES) fake_server.c
test_async_bind_IDL = async.idl
test_async_bind_LIBS = $(async_LIBS)
conformance_TESTS += test_async_handles
test_async_handles_SOURCES = $(async_SOURCES) fake_server.c
test_async_handles_IDL = async.idl
test_async_handles_LIBS = $(async_LIBS)
conformance_TESTS += test_shared_peer
test_shared_peer_SOURCES = $(async_SOURCES) fake_server.c
test_shared_peer_IDL = async.idl
test_shared_peer_RPCRT4 = $(transport_RPCRT4) $(filter wire/%,$(rpcrt4_PORTABLE))
test_shared_peer_LIBS = $(async_LIBS)
conformance_TESTS += test_deaf_server
test_deaf_server_SOURCES = $(async_SOURCES) transport_fixture.c
test_deaf_server_IDL = async.idl
test_deaf_server_RPCRT4 = $(transport_RPCRT4) $(filter wire/%,$(rpcrt4_PORTABLE))
test_deaf_server_LIBS = $(async_LIBS)
conformance_TESTS += test_scale
test_scale_SOURCES = $(async_SOURCES)
test_scale_IDL = async.idl
test_scale_LIBS = $(async_LIBS)
conformance_TESTS += test_raw_client
test_raw_client_SOURCES = $(async_SOURCES) fake_server.c raw_client.c
test_raw_client_IDL = async.idl
test_raw_client_LIBS = $(async_LIBS)

# the NDR engine through its public functions
conformance_TESTS += test_ndr_doors
conformance_TESTS += test_com
test_com_SOURCES = com_channel.c
test_com_LIBS = -lole32 -luuid
conformance_TESTS += test_com_interpreted
test_com_interpreted_SOURCES = com_channel.c
test_com_interpreted_LIBS = -lole32 -luuid

# managing servers, and the endpoint map
conformance_TESTS += test_mgmt
test_mgmt_SOURCES = rpc_fixture.c process_counts.c fake_server.c
test_mgmt_LIBS = $(async_LIBS)
conformance_TESTS += test_endpoint_map
test_endpoint_map_SOURCES = rpc_fixture.c process_counts.c fake_mapper.c
test_endpoint_map_LIBS = $(async_LIBS)

# stub data in pieces: the partial-buffer functions
conformance_TESTS += test_partial
test_partial_SOURCES = rpc_fixture.c process_counts.c
test_partial_LIBS = -lntdll -liphlpapi -lws2_32
pipe_SOURCES = rpc_fixture.c process_counts.c pipe_server.c pipe_async_server.c
pipe_LIBS = -lntdll -liphlpapi -lws2_32 -luser32
pipe_IDLFLAGS = --prefix-server=server_
conformance_TESTS += test_pipe
test_pipe_SOURCES = $(pipe_SOURCES)
test_pipe_IDL = pipe.idl
test_pipe_LIBS = $(pipe_LIBS)
conformance_TESTS += test_pipe_async
test_pipe_async_SOURCES = $(pipe_SOURCES)
test_pipe_async_IDL = pipe.idl
test_pipe_async_LIBS = $(pipe_LIBS)
conformance_TESTS += test_pipe_auth
test_pipe_auth_SOURCES = $(pipe_SOURCES) test_package.c
test_pipe_auth_IDL = pipe.idl
test_pipe_auth_LIBS = $(pipe_LIBS) -Wl,--kill-at
conformance_TESTS += test_pipe_ndr64
test_pipe_ndr64_SOURCES = rpc_fixture.c process_counts.c
test_pipe_ndr64_LIBS = $(pipe_LIBS)

# Wine's own modules
wine_module_SOURCES = wine_module.c
conformance_TESTS += test_wine_services
test_wine_services_SOURCES = $(wine_module_SOURCES)
conformance_TESTS += test_wine_com
test_wine_com_SOURCES = $(wine_module_SOURCES)
test_wine_com_LIBS = -lole32 -luuid
conformance_TESTS += test_wine_typelib
test_wine_typelib_SOURCES = $(wine_module_SOURCES) com_channel.c
test_wine_typelib_TYPELIB = typed.idl
test_wine_typelib_LIBS = -lole32 -loleaut32 -luuid
conformance_TESTS += test_wine_devices
test_wine_devices_SOURCES = $(wine_module_SOURCES)
test_wine_devices_IDL = plugplay.idl
test_wine_devices_LIBS = -luser32
conformance_TESTS += test_wine_tasks
test_wine_tasks_SOURCES = $(wine_module_SOURCES)
test_wine_tasks_LIBS = -lnetapi32 -lole32 -loleaut32 -luuid

# serialization ([encode], [decode])
conformance_TESTS += test_mes
test_mes_SOURCES = rpc_fixture.c process_counts.c
test_mes_LIBS = -lntdll -liphlpapi -lws2_32
conformance_TESTS += test_mes_ndr64
test_mes_ndr64_SOURCES = rpc_fixture.c process_counts.c
test_mes_ndr64_LIBS = -lntdll -liphlpapi -lws2_32
mes_stubs_IDLFLAGS = --prefix-server=server_
conformance_TESTS += test_mes_stubs
test_mes_stubs_IDL = mes_stubs.idl
test_mes_stubs_SOURCES = rpc_fixture.c process_counts.c
test_mes_stubs_LIBS = -lntdll -liphlpapi -lws2_32

# authenticated calls, with a security package of the tests' own, which the program exports
auth_IDLFLAGS = --prefix-server=server_
auth_SOURCES = $(async_SOURCES) auth_server.c auth_client.c test_package.c
auth_LIBS = $(async_LIBS) -Wl,--kill-at
conformance_TESTS += test_auth
test_auth_SOURCES = $(auth_SOURCES)
test_auth_IDL = async.idl auth.idl
test_auth_LIBS = $(auth_LIBS) -lauthz
conformance_TESTS += test_auth_peer
test_auth_peer_SOURCES = $(auth_SOURCES) fake_server.c
test_auth_peer_IDL = async.idl auth.idl
test_auth_peer_LIBS = $(auth_LIBS)
conformance_TESTS += test_local_identity
test_local_identity_SOURCES = rpc_fixture.c process_counts.c auth_client.c
test_local_identity_IDL = auth.idl
test_local_identity_LIBS = $(async_LIBS)
conformance_TESTS += test_ndr64_auth
test_ndr64_auth_SOURCES = ndr64_stubs.c test_package.c rpc_fixture.c process_counts.c
test_ndr64_auth_LIBS = $(auth_LIBS)
conformance_TESTS += test_context_types
test_context_types_SOURCES = rpc_fixture.c process_counts.c
test_context_types_LIBS = -lntdll -liphlpapi -lws2_32

# What makes calls over every local protocol sequence.
plain_TESTS += $(addprefix test_async_,bind buffers cancel handles mix notify peer server status)
plain_TESTS += test_auth test_auth_peer test_endpoint_map test_mgmt test_partial test_pipe test_pipe_async
plain_TESTS += test_stub_calls test_stub_contexts test_stub_memory test_transfer_syntax test_ndr64_calls test_raw_client test_scale
