"""Tests of `xcheck.reference`."""
