"""The only place that reduces: left folds from +0.0 in index order, vectorised across outputs.

NumPy's own sums are pairwise, its dot products are BLAS's, and its `tanh` is not the C library's; none of them is used.
What is used of NumPy's reductions is checked once per process against a scalar fold (`self_check`), because the order
is a fact of the installed version and not a promise.
Sources: `NN/Spec/Core/Tensor/Linalg.lean`, `NN/Spec/Core/TensorReductionShape*` @82bea12 and @b2a2184 (fold order);
`NN/Spec/Core/Context.lean` @82bea12 (the C functions behind each scalar operation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

import numpy as np

from xcheck.tensor import F64

_BLOCK: Final = 1 << 17  # elements of scratch per block: 1 MB, about the second-level cache
_SHARED: Final = 1 << 17  # products from which a second thread pays for being asked
_WIDE: Final = 16  # outputs from which a reduction over the outer axis beats a running sum


class ReductionOrderError(RuntimeError):
    """The installed NumPy does not reduce in the order that every result here depends on."""


def fold_sum(terms: F64) -> F64:
    """Left fold from +0.0 over axis 0: `(n, *outputs)` to `outputs`."""
    count = terms.shape[0]
    outputs = terms.shape[1:]
    flat = np.ascontiguousarray(terms).reshape(count, -1) if terms.size else None
    if flat is None:
        return np.zeros(outputs, np.float64)
    self_check()
    return _fold(flat).reshape(outputs)


def fold_last(terms: F64) -> F64:
    """Left fold from +0.0 over the last axis: `(*outputs, n)` to `outputs`."""
    return fold_sum(np.moveaxis(terms, -1, 0))


def fold_rows(rows: F64) -> F64:
    """Left fold from +0.0 along each row of `(n, width)`, giving `(n,)`: `fold_last` in cache-sized blocks of rows."""
    count, width = rows.shape
    out = np.zeros(count, np.float64)
    if rows.size == 0:
        return out
    self_check()
    band = max(_WIDE, _BLOCK // width)
    for start in range(0, count, band):
        out[start : start + band] = _fold(np.ascontiguousarray(rows[start : start + band].T))
    return out


def fold_onto(start: F64, terms: F64) -> F64:
    """The left fold over axis 0 of `(n, *outputs)` carried on from `start`, which is itself the end of such a fold."""
    if terms.size == 0:
        return start
    self_check()
    rows = np.concatenate([start.reshape(1, -1), terms.reshape(terms.shape[0], -1)])
    return _fold(rows).reshape(start.shape)


def _fold(flat: F64) -> F64:
    if flat.shape[1] >= _WIDE:
        total: F64 = np.add.reduce(flat, axis=0, initial=0.0)
        return total
    # Starts at the first term, not at +0.0: they differ only in the sign of a zero, which adding +0.0 restores.
    running: F64 = np.add.accumulate(flat, axis=0)[-1] + 0.0
    return running


def matmul(left: F64, right: F64) -> F64:
    """`C[i, j]` = fold over k of `left[i, k] * right[k, j]`; shapes `(m, n)` and `(n, p)` to `(m, p)`."""
    rows, inner = left.shape
    columns = right.shape[1]
    out = np.zeros((rows, columns), np.float64)
    if out.size == 0 or inner == 0:
        return out
    if columns == 1:
        return matvec(left, right[:, 0])[:, None]
    if rows == 1:
        return matvec(np.ascontiguousarray(right.T), left[0])[None, :]
    right = np.ascontiguousarray(right)
    band = max(1, _BLOCK // 4 // columns)
    terms = np.empty((min(band, rows), columns), np.float64)
    for start in range(0, rows, band):
        stop = min(start + band, rows)
        total, term = out[start:stop], terms[: stop - start]
        for k in range(inner):
            np.multiply(left[start:stop, k, None], right[k], out=term)
            np.add(total, term, out=total)
    return out


def matvec(matrix: F64, vector: F64) -> F64:
    """`y[i]` = fold over k of `matrix[i, k] * vector[k]`; shapes `(m, n)` and `(n,)` to `(m,)`.

    Outputs do not depend on each other, so a large product shares its rows with a second thread.
    """
    rows, inner = matrix.shape
    out = np.zeros(rows, np.float64)
    if rows == 0 or inner == 0:
        return out
    self_check()
    # A little less than half, for the second thread starts a little later.
    mine = rows - rows * 15 // 32
    if rows * inner < _SHARED or rows - mine < _WIDE:
        _fold_rows(matrix, vector, out)
        return out
    other = _second_thread().submit(_fold_rows, matrix[mine:], vector, out[mine:])
    _fold_rows(matrix[:mine], vector, out[:mine])
    other.result()
    return out


def _fold_rows(matrix: F64, vector: F64, out: F64) -> None:
    """The fold of each row's products into `out`, which starts at zero."""
    rows, inner = matrix.shape
    span = min(inner, _BLOCK // _WIDE)
    band = min(rows, max(_WIDE, _BLOCK // span))
    # Products are written transposed, so that the fold runs over the outer axis; the odd row length keeps rows of a
    # power-of-two pitch from falling into the same cache set.
    buffer = np.empty((span + 1, band + 2), np.float64)
    # NumPy's error state belongs to a thread.
    with np.errstate(all="ignore"):
        for start in range(0, rows, band):
            stop = min(start + band, rows)
            total = out[start:stop]
            for first in range(0, inner, span):
                last = min(first + span, inner)
                terms = buffer[: last - first + 1, : stop - start]
                # The total so far is the first term of the next stretch.
                terms[0] = total
                np.multiply(matrix[start:stop, first:last], vector[first:last], out=terms[1:].T)
                total[...] = _fold(terms)


@cache
def _second_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="xcheck-fold")


def maximum(x: F64, y: F64 | np.float64) -> F64:
    """Lean's `max` on `Float`: `y if x <= y else x`. A NaN in `y` is dropped, a NaN in `x` stays; ties give `y`."""
    return np.where(x <= y, y, x)


def clamp_at_zero(x: F64) -> F64:
    """`max(x, 0)`: +0.0 for every `x <= 0` (-0.0 included), NaN stays."""
    return np.where(x <= 0.0, 0.0, x)


def fold_max(values: F64) -> F64:
    """Lean's running maximum over axis 0 of a non-empty `(n, *outputs)`, started at element 0."""
    best: F64 = values[0]
    for row in values:
        best = maximum(best, row)
    return best


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    if x > 0.0:
        return math.log(x)
    return -math.inf if x == 0.0 else math.nan


def _cos(x: float) -> float:
    return math.cos(x) if math.isfinite(x) else math.nan


def _sin(x: float) -> float:
    return math.sin(x) if math.isfinite(x) else math.nan


def _map(function: Callable[[float], float], x: F64) -> F64:
    return np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


def exp(x: F64) -> F64:
    """The C library's `exp`, element by element; overflow gives +inf."""
    try:
        return _map(math.exp, x)
    except OverflowError:
        return _map(_exp, x)


def tanh(x: F64) -> F64:
    """The C library's `tanh`, element by element."""
    return _map(math.tanh, x)


def logistic(x: F64) -> F64:
    """`1 / (1 + exp(-x))` on every input, without a branch on the sign."""
    return 1.0 / (1.0 + exp(-x))


def logistic_by_sign(x: F64) -> F64:
    """`1 / (1 + exp(-x))` where `x > 0`, else `e / (1 + e)` with `e = exp(x)`."""
    positive = x > 0.0
    e = exp(np.where(positive, -x, x))
    return np.where(positive, 1.0 / (1.0 + e), e / (1.0 + e))


def log(x: F64) -> F64:
    """The C library's `log`, element by element; 0 gives -inf, negatives and NaN give NaN."""
    return _map(_log, x)


def cos(x: F64) -> F64:
    """The C library's `cos`, element by element; infinities and NaN give NaN."""
    return _map(_cos, x)


def sin(x: F64) -> F64:
    """The C library's `sin`, element by element; infinities and NaN give NaN."""
    return _map(_sin, x)


@cache
def self_check() -> None:
    """Compares the two reductions used here with a scalar fold; raises `ReductionOrderError` if the order is another.

    The terms are chosen so that every other order (pairwise, reversed, wider accumulators) rounds differently.
    """
    for count, outputs in ((3, 1), (9, 2), (130, 5), (7, _WIDE), (300, _WIDE + 3), (1030, 64)):
        index = np.arange(count * outputs, dtype=np.float64).reshape(count, outputs)
        terms = (index * 0.7 + 0.3) ** 3 * np.where(index % 3 == 1, -1.0, 1.0) / 7.0
        folded = _fold(terms)
        for column in range(outputs):
            total = 0.0
            for value in terms[:, column].tolist():
                total = total + value
            if total != folded[column]:
                raise ReductionOrderError(
                    f"NumPy {np.__version__} does not sum in index order ({count} terms, {outputs} outputs); "
                    "no result would mean anything"
                )
