"""Both sides of a differing tensor, cell by cell, for a page that shows the bits of any of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from xcheck.compare.grid import grid_of
from xcheck.compare.result import ElementMap
from xcheck.compare.ulp import is_nan, ulp_distances
from xcheck.tensor import Bits, Tensor

SIDE: Final = 64
_NO_DISTANCE: Final = np.uint64(2**64 - 1)


def element_map(lean: Tensor, reference: Tensor) -> ElementMap:
    """The map of two non-empty tensors of one shape, at most 64 x 64 cells.

    Where a cell stands for several elements, it shows the first of those that are furthest off.
    """
    grid = grid_of(lean.shape, SIDE, SIDE)
    off = _distances(lean.bits, reference.bits)
    histogram = np.bincount(_digits(off[off > 0]), minlength=65)
    if grid.single:
        counts: tuple[int, ...] = ()
        sides = lean.bits, reference.bits
        places = np.empty(0, np.uint64)
    else:
        cells = grid.gathered(off, 0)
        numbers = grid.gathered(np.arange(grid.count, dtype=np.int64), -1)
        counts = tuple(int(count) for count in (cells > 0).sum(axis=2).reshape(-1))
        worst = cells.argmax(axis=2)
        chosen = np.take_along_axis(numbers, worst[:, :, None], axis=2).reshape(-1)
        # A cell all of whose elements agree starts with a real one; only the end of a wrapped vector has none.
        there = chosen[chosen >= 0]
        counts = counts[: there.size]
        sides = lean.bits[there], reference.bits[there]
        places = there.astype(np.uint64)
    return ElementMap(
        grid.rows,
        grid.columns,
        grid.block_rows,
        grid.block_columns,
        sides[0].astype("<u8").tobytes(),
        sides[1].astype("<u8").tobytes(),
        places.astype("<u8").tobytes(),
        counts,
        tuple(int(count) for count in histogram),
    )


def _distances(left: Bits, right: Bits) -> Bits:
    """0 where two elements are the same (any NaN is), their distance where they have one, else all ones."""
    distance, finite = ulp_distances(left, right)
    same = (left == right) | (is_nan(left) & is_nan(right))
    return np.where(same, np.uint64(0), np.where(finite, distance, _NO_DISTANCE))


def _digits(off: Bits) -> npt.NDArray[np.int64]:
    """How many binary digits each distance has, 0 for those that are none."""
    digits = np.zeros(off.size, np.int64)
    for bit in range(64):
        digits[off >= np.uint64(1 << bit)] = bit + 1
    digits[off == _NO_DISTANCE] = 0
    return digits
