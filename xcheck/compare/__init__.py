"""Expectation against replay, under a policy: immutable results."""
