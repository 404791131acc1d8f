# Sources of wire/: rpcrt4_PORTABLE (compiled natively too) and rpcrt4_PE, one per line.
rpcrt4_PORTABLE += wire/feature.c
rpcrt4_PORTABLE += wire/share.c
rpcrt4_PORTABLE += wire/fragment.c
rpcrt4_PORTABLE += wire/pdu_build.c
rpcrt4_PORTABLE += wire/pdu_parse.c
rpcrt4_PORTABLE += wire/string_binding.c
rpcrt4_PORTABLE += wire/tower.c
rpcrt4_PORTABLE += wire/types.c
rpcrt4_PORTABLE += wire/uuid.c
rpcrt4_PORTABLE += wire/eerr.c
rpcrt4_PORTABLE += wire/eerr_decode.c
rpcrt4_PORTABLE += wire/epm.c
rpcrt4_PORTABLE += wire/mgmt.c
rpcrt4_PORTABLE += wire/pickle.c
