"""Child processes that stand in for a Lean process, well-behaved and otherwise."""
