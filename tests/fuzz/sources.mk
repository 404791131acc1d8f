# libFuzzer targets: fuzz_TARGETS, one per line.
fuzz_TARGETS += fuzz_pdu
fuzz_TARGETS += fuzz_eerr
fuzz_TARGETS += fuzz_ndr
fuzz_TARGETS += fuzz_ndr_types
fuzz_TARGETS += fuzz_ndr_call
fuzz_TARGETS += fuzz_ndr64
fuzz_TARGETS += fuzz_own_calls
fuzz_TARGETS += fuzz_mes
fuzz_TARGETS += fuzz_pipe
fuzz_TARGETS += fuzz_context
