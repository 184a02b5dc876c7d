"""The test suite; `scripts/test` runs it."""
