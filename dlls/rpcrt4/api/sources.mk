# Sources of api/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PE += api/strings.c
