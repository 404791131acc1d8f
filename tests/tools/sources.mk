# Tests of what is in tools/ and of the DLLs as files: tools_TESTS (scripts that print TAP) and their
# tools_PROGRAMS (PE).
tools_TESTS += exports
tools_TESTS += trace
tools_PROGRAMS += trace_calls
