# Native unit tests: unit_TESTS, one per line.
unit_TESTS += test_pdu
unit_TESTS += test_reassembly
unit_TESTS += test_string_binding
unit_TESTS += test_tower
unit_TESTS += test_uuid_text
unit_TESTS += test_call_state
unit_TESTS += test_eerr
unit_TESTS += test_ndr_scalar
unit_TESTS += test_ndr_struct
unit_TESTS += test_ndr_array
unit_TESTS += test_ndr_union
unit_TESTS += test_ndr_pointer
unit_TESTS += test_ndr_correlation
unit_TESTS += test_ndr_hooks
unit_TESTS += test_ndr_cache
unit_TESTS += test_ndr_full_pointer
