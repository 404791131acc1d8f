# Native unit tests: unit_TESTS, one per line.
