# Tests of what is in tools/ and of the DLLs as files: tools_TESTS (scripts that print TAP) and their
# tools_PROGRAMS (PE).
tools_TESTS += compatibility
tools_TESTS += exports
tools_TESTS += trace
tools_PROGRAMS += trace_calls
tools_PROGRAMS += which_dll
tools_TESTS += test_make_exports.py
tools_TESTS += test_rpcrt4_run.py
tools_TESTS += test_rpcrt4_install.py
tools_TESTS += widl-async
tools_TESTS += test_run_tests.py
tools_TESTS += test_wine_imports.py
tools_TESTS += test_bench.py
