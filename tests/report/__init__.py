"""Tests of `xcheck.report`."""
