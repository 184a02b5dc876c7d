"""Planted faults: golden exports broken the way a defective Lean would have written them.

Each fault is a small named thing with the cause a diagnosis should put first. What a fault changes is computed by the
scalar code here and in `tests.scalar`, never by `xcheck.reference` or `xcheck.compare`; without a fault the same code
gives every golden value to the bit, so a planting differs from Lean's export by its fault alone.

`catalogue.FAULTS` is the table, `catalogue.plantings` a balanced selection of broken exports.
"""
