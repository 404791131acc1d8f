# Sources of com/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += com/factory.c
rpcrt4_PE += com/iid.c
rpcrt4_PE += com/proxy.c
rpcrt4_PE += com/stub.c
