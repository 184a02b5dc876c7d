"""Softmax along one axis."""

from __future__ import annotations

import numpy as np

from xcheck.compare.restated.arithmetic import Rules
from xcheck.reference import exact
from xcheck.tensor import F64


def softmax(rules: Rules, x: F64, axis: int) -> F64:
    """Any shape; a scalar gives 1, an empty axis is unchanged."""
    if x.ndim == 0:
        return np.ones((), np.float64)
    if x.size == 0:
        return x
    slices = np.moveaxis(x, axis, 0)
    shifted = slices if rules.unshifted else rules.rounded(slices - exact.fold_max(slices))
    powers = rules.rounded(exact.exp(shifted))
    total = rules.total(powers.shape[0], lambda k: powers[k], np.zeros(powers.shape[1:], np.float64))
    if rules.reciprocal:
        divided = rules.rounded(powers * rules.rounded(1.0 / total))
    else:
        divided = rules.rounded(powers / total)
    return np.ascontiguousarray(np.moveaxis(divided, 0, axis))
