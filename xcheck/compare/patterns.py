"""Which elements differ: the regularity of the places, if there is one, and a picture of them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.compare.grid import grid_of
from xcheck.tensor import Shape

Places: TypeAlias = npt.NDArray[np.intp]
Rule: TypeAlias = Callable[[Places, Shape], str | None]

_ROWS: Final = 16
_COLUMNS: Final = 64
_AXES: Final = {(2, 0): "row", (2, 1): "column", (3, 0): "channel", (4, 0): "output channel", (4, 1): "input channel"}


def pattern(where: Places, shape: Shape) -> str | None:
    """What the differing places (flat, ascending, at least one) have in common, by the first rule that fits."""
    return next((said for rule in _RULES if (said := rule(where, shape)) is not None), None)


def picture(where: Places, shape: Shape) -> tuple[str, ...]:
    """The places as lines of characters, at most 16 by 64: `.` agrees, `#` differs, `+` some of several do.

    Empty where there is nothing to see: every element differs, or the tensor is a scalar.
    """
    count = prod(shape)
    if count <= 1 or where.size == count:
        return ()
    grid = grid_of(shape, _ROWS, _COLUMNS)
    marks = np.zeros(count, np.int8)
    marks[where] = 1
    cells = grid.gathered(marks, -1)
    differ, there = (cells == 1).sum(axis=2), (cells >= 0).sum(axis=2)
    drawn = np.where(there == 0, " ", np.where(differ == 0, ".", np.where(differ == there, "#", "+")))
    return tuple("".join(row).rstrip() for row in drawn)


def _every(where: Places, shape: Shape) -> str | None:
    count = prod(shape)
    return "every element differs" if where.size == count > 1 else None


def _one_index(where: Places, shape: Shape) -> str | None:
    """All of one row, column, channel ... and nothing else."""
    if len(shape) < 2:
        return None
    coordinates = np.unravel_index(where, shape)
    for axis, extent in enumerate(shape):
        indices = np.unique(coordinates[axis])
        each = prod(shape) // extent
        if each > 1 and indices.size < extent and where.size == indices.size * each:
            name = _AXES.get((len(shape), axis), f"index of axis {axis}")
            if indices.size == 1:
                return f"all of {name} {indices[0]} and nothing else"
            regular = _progression(indices)
            if regular is not None:
                return f"every {_ordinal(regular)} {name} from {indices[0]} on" if regular > 1 else None
    return None


def _progression(indices: Places) -> int | None:
    steps = np.unique(np.diff(indices))
    return int(steps[0]) if indices.size > 2 and steps.size == 1 else None


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _diagonal(where: Places, shape: Shape) -> str | None:
    """A transposed square matrix keeps its diagonal."""
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < 3:
        return None
    rows, columns = np.unravel_index(where, shape)
    on = int((rows == columns).sum())
    if where.size == on == shape[0]:
        return "the diagonal and nothing else"
    if on == 0 and where.size == shape[0] * (shape[0] - 1):
        return "everything but the diagonal"
    return None


def _border(where: Places, shape: Shape) -> str | None:
    """What padding can reach."""
    if len(shape) < 3 or any(extent < 3 for extent in shape[1:]):
        return None
    inner = np.zeros(shape, np.bool_)
    inner[(slice(None), *(slice(1, -1) for _ in shape[1:]))] = True
    edge = np.flatnonzero(~inner)
    return "the border of every channel and nothing else" if np.array_equal(where, edge) else None


def _run(where: Places, shape: Shape) -> str | None:
    count = prod(shape)
    first, last = int(where[0]), int(where[-1])
    if where.size < 3 or last - first + 1 != where.size:
        return None
    if last == count - 1:
        return f"the tail: element {first:,} of {count:,} and all after it"
    if first == 0:
        return f"the head: the first {where.size:,} of {count:,} elements"
    return f"one run: elements {first:,} to {last:,} of {count:,}"


def _stride(where: Places, shape: Shape) -> str | None:
    """Every k-th element, from some place to the end of the tensor."""
    count = prod(shape)
    step = _progression(where)
    if step is None or step < 2:
        return None
    first, last = int(where[0]), int(where[-1])
    whole = last + step >= count and first < step
    until = "" if last + step >= count else f" up to {last:,}"
    return f"every {_ordinal(step)} element" + (f", starting at {first}" if whole else f" from {first:,} on{until}")


_RULES: Final[tuple[Rule, ...]] = (_every, _one_index, _diagonal, _border, _run, _stride)
