"""Tests of `xcheck.cli`."""
