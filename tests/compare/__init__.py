"""Tests of `xcheck.compare`."""
