"""Linear layers: each output row's products with the input, and the bias."""

from __future__ import annotations

import numpy as np

from xcheck.compare.restated.arithmetic import Rules
from xcheck.tensor import F64


def affine(rules: Rules, rows: F64, weight: F64, bias: F64) -> F64:
    """`(n, in)` by a weight `(out, in)` and a bias `(out,)`, giving `(n, out)`."""
    columns, across = np.ascontiguousarray(weight.T), np.ascontiguousarray(rows.T)
    start = np.zeros((rows.shape[0], weight.shape[0]), np.float64)
    if rules.bias_first:
        start = start + bias
    total = rules.dot(columns.shape[0], lambda k: columns[k][None, :], lambda k: across[k][:, None], start)
    return total if rules.bias_first else rules.rounded(total + bias)
