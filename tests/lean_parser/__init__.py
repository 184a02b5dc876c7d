"""Tests of `xcheck.lean_parser`."""
