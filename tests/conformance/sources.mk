# PE test programs, run under Wine with the DLL: conformance_TESTS, one per line.
