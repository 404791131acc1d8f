# libFuzzer targets: fuzz_TARGETS, one per line.
fuzz_TARGETS += fuzz_pdu
