"""Sums and means over the last axis."""

from __future__ import annotations

import numpy as np

from xcheck.compare.restated.arithmetic import Rules
from xcheck.tensor import F64


def sums(rules: Rules, rows: F64) -> F64:
    """`(*outputs, n)` to `outputs`."""
    terms = np.ascontiguousarray(np.moveaxis(rows, -1, 0))
    return rules.total(terms.shape[0], lambda k: terms[k], np.zeros(terms.shape[1:], np.float64))


def means(rules: Rules, rows: F64, by_reciprocal: bool = False) -> F64:
    """`(*outputs, n)` to `outputs`; `by_reciprocal` is TorchLean's own form at this place."""
    size = float(rows.shape[-1])
    if by_reciprocal is not rules.reciprocal:
        return rules.rounded(sums(rules, rows) * rules.rounded(np.array(1.0 / size)))
    return rules.rounded(sums(rules, rows) / size)
