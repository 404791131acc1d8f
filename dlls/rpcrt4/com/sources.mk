# Sources of com/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += com/factory.c
rpcrt4_PE += com/file.c
rpcrt4_PE += com/iid.c
rpcrt4_PE += com/proxy.c
rpcrt4_PE += com/register.c
rpcrt4_PE += com/stub.c
rpcrt4_PE += com/stub_base.c
rpcrt4_PE += com/thunk.c
rpcrt4_PE += com/typed.c
rpcrt4_PE += com/typed_method.c
rpcrt4_PE += com/typed_types.c
