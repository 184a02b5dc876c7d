"""Tests of `xcheck.oracle`."""
