# libFuzzer targets: fuzz_TARGETS, one per line.
