# Sources of client/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += client/association.c
rpcrt4_PE += client/authenticate.c
rpcrt4_PORTABLE += client/backlog.c
rpcrt4_PE += client/binding.c
rpcrt4_PE += client/call.c
rpcrt4_PE += client/connection.c
rpcrt4_PE += client/negotiate.c
rpcrt4_PE += client/own_call.c
rpcrt4_PE += client/mapper.c
rpcrt4_PE += client/binding_tower.c
rpcrt4_PE += client/endpoint_map.c
rpcrt4_PE += client/resolve.c
rpcrt4_PE += client/stream.c
rpcrt4_PE += client/syntax.c
rpcrt4_PE += client/mgmt.c
rpcrt4_PE += client/endpoint_inquiry.c
