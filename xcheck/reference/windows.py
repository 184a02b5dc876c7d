"""Convolution, transposed convolution and pooling of any spatial rank, vectorised across outputs.

Source: `NN/Spec/Layers/Conv.lean` @82bea12, @b2a2184, @3447b74; `NN/Spec/Layers/Pooling.lean` @82bea12;
`NN/Spec/Layers/Pooling/ND.lean` @be55ea0; `NN/Spec/Layers/Pooling/Spatial.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from xcheck.reference.exact import maximum
from xcheck.reference.shape import size
from xcheck.tensor import F64, Shape

_BLOCK: Final = 1 << 14  # outputs per block: total and term together stay in the second-level cache


def _window_slices(cell: Shape, stride: Shape, outputs: Shape) -> tuple[slice, ...]:
    """The cells that kernel position `cell` meets, one for each output."""
    return tuple(slice(k, k + (n - 1) * s + 1, s) for k, s, n in zip(cell, stride, outputs, strict=True))


def padded_images(x: F64, kernel: Shape, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """`x` with zeros around its spatial axes, and beyond them as far as any window reaches."""
    reach = [
        max(n + 2 * p, (o - 1) * s + k)
        for n, k, s, p, o in zip(x.shape[1:], kernel, stride, padding, outputs, strict=True)
    ]
    out = np.zeros((x.shape[0], *reach), np.float64)
    inside = tuple(slice(p, p + n) for n, p in zip(x.shape[1:], padding, strict=True))
    out[(slice(None), *inside)] = x
    return out


def _steps(stride: Shape, outputs: Shape) -> Shape:
    """Strides that slices accept: a stride of 0 has one output, so any step will do."""
    return tuple(s if s else 1 for s, _ in zip(stride, outputs, strict=True))


def convolve(x: F64, kernel: F64, bias: F64, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """Cross-correlation of `(inC, *n)` with `(outC, inC, *k)`, giving `(outC, *outputs)`.

    Per output the fold runs over input channels, then kernel cells row-major; padding is multiplied and added like
    any other cell, and the bias is added last.
    """
    extents = kernel.shape[2:]
    out_channels, in_channels = kernel.shape[:2]
    result = np.zeros((out_channels, *outputs), np.float64)
    if result.size == 0:
        return result
    padded = padded_images(x, extents, stride, padding, outputs)
    step = _steps(stride, outputs)
    places = int(np.prod(outputs, dtype=np.int64))
    totals = result.reshape(out_channels, places)
    cells = list(product(*map(range, extents)))
    band = max(1, _BLOCK // places)
    term = np.empty((min(band, out_channels), places), np.float64)
    with np.errstate(all="ignore"):
        windows = [
            np.ascontiguousarray(padded[c][_window_slices(cell, step, outputs)]).reshape(-1)
            for c in range(in_channels)
            for cell in cells
        ]
        columns = kernel.reshape(out_channels, len(windows))
        for start in range(0, out_channels, band):
            stop = min(start + band, out_channels)
            total, scratch = totals[start:stop], term[: stop - start]
            for position, window in enumerate(windows):
                np.multiply(window, columns[start:stop, position, None], out=scratch)
                np.add(total, scratch, out=total)
        totals += bias[:, None]
    return result


def max_pool_columns_first(x: F64, kernel: Shape, stride: Shape, outputs: Shape) -> F64:
    """The 2-D pool before be55ea0: over rows for each column, then over columns; cells outside the input are 0."""
    result = np.zeros((x.shape[0], *outputs), np.float64)
    if result.size == 0:
        return result
    padded = padded_images(x, kernel, stride, (0, 0), outputs)
    step = _steps(stride, outputs)

    def cell(row: int, column: int) -> F64:
        return padded[(slice(None), *_window_slices((row, column), step, outputs))]

    def column_best(column: int) -> F64:
        best = cell(0, column)
        for row in range(1, kernel[0]):
            best = maximum(best, cell(row, column))
        return best

    best = column_best(0)
    for column in range(1, kernel[1]):
        best = maximum(best, column_best(column))
    return best


def max_pool_row_major(x: F64, kernel: Shape, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """The N-d pool: cells row-major, padding skipped; the first valid cell starts, a strictly greater one replaces it.

    A window without a valid cell gives 0.
    """
    result = np.zeros((x.shape[0], *outputs), np.float64)
    if result.size == 0:
        return result
    padded = padded_images(x, kernel, stride, padding, outputs)
    step = _steps(stride, outputs)
    seen = np.zeros(outputs, np.bool_)
    for cell, valid in _valid_cells(x.shape[1:], kernel, stride, padding, outputs):
        value = padded[(slice(None), *_window_slices(cell, step, outputs))]
        take = valid & (~seen | (value > result))
        result = np.where(take, value, result)
        seen |= valid
    return result


def _valid_cells(
    extents: Shape, kernel: Shape, stride: Shape, padding: Shape, outputs: Shape
) -> Iterator[tuple[Shape, npt.NDArray[np.bool_]]]:
    """Every kernel cell, row-major, with the outputs for which it lies inside the input."""
    starts = [np.arange(o) * s - p for o, s, p in zip(outputs, stride, padding, strict=True)]
    for cell in product(*map(range, kernel)):
        valid = np.ones(outputs, np.bool_)
        for axis, (k, n) in enumerate(zip(cell, extents, strict=True)):
            place = starts[axis] + k
            inside = (place >= 0) & (place < n)
            valid &= inside.reshape([-1 if a == axis else 1 for a in range(len(outputs))])
        yield cell, valid


def average_pool_row_major(x: F64, kernel: Shape, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """The N-d average pool: one fold over the cells row-major, padding included, divided by the number of cells."""
    total = np.zeros((x.shape[0], *outputs), np.float64)
    if total.size == 0:
        return total
    padded = padded_images(x, kernel, stride, padding, outputs)
    step = _steps(stride, outputs)
    with np.errstate(all="ignore"):
        for cell in product(*map(range, kernel)):
            np.add(total, padded[(slice(None), *_window_slices(cell, step, outputs))], out=total)
        return total / float(size(kernel))


def average_pool_columns_first(x: F64, kernel: Shape, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """The 2-D average pool before be55ea0: a fold over the rows of each column, then over those, divided once."""
    result = np.zeros((x.shape[0], *outputs), np.float64)
    if result.size == 0:
        return result
    padded = padded_images(x, kernel, stride, padding, outputs)
    step = _steps(stride, outputs)
    with np.errstate(all="ignore"):
        for column in range(kernel[1]):
            total = np.zeros_like(result)
            for row in range(kernel[0]):
                np.add(total, padded[(slice(None), *_window_slices((row, column), step, outputs))], out=total)
            np.add(result, total, out=result)
        return result / float(size(kernel))


def convolve_transposed(x: F64, kernel: F64, bias: F64, stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """Transposed convolution of `(inC, *n)` with `(inC, outC, *k)`, giving `(outC, *outputs)`.

    In gather form: per output the fold runs over input channels, then kernel cells row-major, of the input value that
    reaches it through that cell times the weight; where none does, +0.0 is multiplied and added. The bias comes last.
    """
    in_channels, out_channels = kernel.shape[:2]
    result = np.zeros((out_channels, *outputs), np.float64)
    if result.size == 0:
        return result
    places = size(outputs)
    totals = result.reshape(out_channels, places)
    cells = list(product(*map(range, kernel.shape[2:])))
    weights = kernel.reshape(in_channels, out_channels, -1)
    reached = [_reached(x.shape[1:], cell, stride, padding, outputs) for cell in cells]
    band = max(1, _BLOCK // places)
    term = np.empty((min(band, out_channels), places), np.float64)
    with np.errstate(all="ignore"):
        values = [_gathered(x[c], sources, targets, places) for c in range(in_channels) for sources, targets in reached]
        for start in range(0, out_channels, band):
            stop = min(start + band, out_channels)
            total, scratch = totals[start:stop], term[: stop - start]
            for position, value in enumerate(values):
                channel, cell_index = divmod(position, len(cells))
                np.multiply(value, weights[channel, start:stop, cell_index, None], out=scratch)
                np.add(total, scratch, out=total)
        totals += bias[:, None]
    return result


def _reached(
    extents: Shape, cell: Shape, stride: Shape, padding: Shape, outputs: Shape
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Flat input places and the flat outputs they reach through `cell`."""
    sources = np.zeros(1, np.int64)
    targets = np.zeros(1, np.int64)
    for n, k, s, p, o in zip(extents, cell, stride, padding, outputs, strict=True):
        shifted = np.arange(o, dtype=np.int64) + (p - k)
        # Natural arithmetic: division by a stride of 0 gives 0, and only 0 leaves no remainder.
        place = shifted // s if s else np.zeros_like(shifted)
        exact_multiple = shifted % s == 0 if s else shifted == 0
        hit = np.flatnonzero((shifted >= 0) & exact_multiple & (place < n))
        sources = (sources[:, None] * n + place[hit]).reshape(-1)
        targets = (targets[:, None] * o + hit).reshape(-1)
    return sources, targets


def _gathered(image: F64, sources: npt.NDArray[np.int64], targets: npt.NDArray[np.int64], places: int) -> F64:
    values = np.zeros(places, np.float64)
    values[targets] = image.reshape(-1)[sources]
    return values
