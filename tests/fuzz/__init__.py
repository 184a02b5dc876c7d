"""Tests of `xcheck.fuzz`."""
