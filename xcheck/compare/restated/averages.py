"""Sums and means over the last axis, and average pools."""

from __future__ import annotations

from itertools import product

import numpy as np

from xcheck.compare.restated.arithmetic import Rules
from xcheck.reference.shape import size
from xcheck.reference.windows import padded_images
from xcheck.tensor import F64, Shape


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


def average_pool(rules: Rules, x: F64, window: tuple[Shape, Shape, Shape], outputs: Shape, columns_first: bool) -> F64:
    """`(c, *n)` by a window (kernel, stride, padding), giving `(c, *outputs)`; padding counts in sum and divisor.

    `columns_first`: a sum over the rows of each column, then over the columns.
    """
    kernel, stride, padding = window
    zero = np.zeros((x.shape[0], *outputs), np.float64)
    if zero.size == 0:
        return zero
    padded = padded_images(x, kernel, stride, padding, outputs)

    def met(cell: Shape) -> F64:
        taken = (slice(k, k + (o - 1) * s + 1, s or 1) for k, o, s in zip(cell, outputs, stride, strict=True))
        return padded[(slice(None), *taken)]

    if columns_first:

        def column(number: int) -> F64:
            return rules.total(kernel[0], lambda row: met((row, number)), zero)

        total = rules.total(kernel[1], column, zero)
    else:
        cells = list(product(*map(range, kernel)))
        total = rules.total(len(cells), lambda place: met(cells[place]), zero)
    count = float(size(kernel))
    if rules.reciprocal:
        return rules.rounded(total * rules.rounded(np.array(1.0 / count)))
    return rules.rounded(total / count)
