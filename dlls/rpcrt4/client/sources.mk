# Sources of client/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += client/association.c
rpcrt4_PE += client/binding.c
rpcrt4_PE += client/call.c
rpcrt4_PE += client/connection.c
rpcrt4_PE += client/negotiate.c
