# Sources of security/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += security/auth_info.c
rpcrt4_PE += security/context.c
rpcrt4_PE += security/package.c
