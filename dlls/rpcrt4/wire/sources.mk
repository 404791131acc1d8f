# Sources of wire/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
