# Sources of platform/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += platform/thread.c
rpcrt4_PE += platform/trace.c
rpcrt4_PE += platform/handle.c
rpcrt4_PE += platform/imports.c
rpcrt4_PE += platform/lock.c
rpcrt4_PE += platform/random.c
