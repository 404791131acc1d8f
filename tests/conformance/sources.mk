# PE test programs, run under Wine with the DLL: conformance_TESTS, one per line.
conformance_TESTS += test_rpcexcept
test_rpcexcept_SOURCES = rpcexcept_help.c rpcexcept_O0.c rpcexcept_O2.c rpcexcept_O3.c
