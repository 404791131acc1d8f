# Sources of stub/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += stub/arena.c
rpcrt4_PE += stub/binding.c
rpcrt4_PE += stub/call.c
rpcrt4_PE += stub/client.c
rpcrt4_PE += stub/client_async.c
rpcrt4_PE += stub/client_params.c
rpcrt4_PE += stub/context_client.c
rpcrt4_PE += stub/context_param.c
rpcrt4_PE += stub/context_server.c
rpcrt4_PE += stub/interface_pointer.c
rpcrt4_PE += stub/invoke.c
rpcrt4_PE += stub/memory.c
rpcrt4_PE += stub/message.c
rpcrt4_PE += stub/procedure.c
rpcrt4_PE += stub/server.c
rpcrt4_PE += stub/server_async.c
rpcrt4_PE += stub/server_params.c
