# Sources of server/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += server/access.c
rpcrt4_PE += server/association.c
rpcrt4_PE += server/auth_service.c
rpcrt4_PE += server/authenticate.c
rpcrt4_PE += server/bind.c
rpcrt4_PE += server/call.c
rpcrt4_PE += server/connection.c
rpcrt4_PE += server/dispatch.c
rpcrt4_PE += server/endpoint.c
rpcrt4_PE += server/identity.c
rpcrt4_PE += server/object_type.c
rpcrt4_PE += server/registry.c
rpcrt4_PE += server/stream.c
rpcrt4_PE += server/mgmt.c
