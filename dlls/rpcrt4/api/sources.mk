# Sources of api/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += api/strings.c
rpcrt4_PE += api/uuid.c
rpcrt4_PE += api/uuid_sequential.c
rpcrt4_PE += api/exception.c
rpcrt4_PE += api/async.c
rpcrt4_PE += api/binding.c
rpcrt4_PE += api/binding_option.c
rpcrt4_PE += api/message.c
rpcrt4_PE += api/server.c
rpcrt4_PE += api/server_endpoint.c
rpcrt4_PE += api/endpoint_map.c
rpcrt4_PE += api/ndr_layout.c
rpcrt4_PE += api/ndr_raise.c
