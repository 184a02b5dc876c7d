"""How products and sums are formed: in which order, fused or not, rounded to which precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from xcheck.compare.restated.fused import multiply_add
from xcheck.tensor import F64

Term = Callable[[int], F64]


class Order(StrEnum):
    """In which order the terms of a sum are added."""

    LEFT = "from the first to the last"
    RIGHT = "from the last to the first"
    HALVES = "pairwise, by halves"
    NEIGHBOURS = "pairwise, neighbours first"
    LANES_2 = "in 2 interleaved sums"
    LANES_4 = "in 4 interleaved sums"
    LANES_8 = "in 8 interleaved sums"


class Loops(StrEnum):
    """In which order a convolution visits its kernel."""

    PLAIN = "channels, rows, columns"
    COLUMNS_FIRST = "channels, columns, rows"
    CHANNELS_LAST = "rows, columns, channels"
    CHANNELS_BETWEEN = "rows, channels, columns"
    CHANNELS_LAST_COLUMNS_FIRST = "columns, rows, channels"
    FROM_THE_END = "channels, then the cells from the last to the first"


class EpsilonAt(StrEnum):
    """Where a normalisation adds its epsilon."""

    INSIDE = "inside the root"
    OUTSIDE = "to the root"
    UNCLAMPED = "inside the root, without clamping the variance"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Rules:
    """One way to compute a layer; the default is TorchLean's own.

    `fused` adds products to a sum unrounded, `fused_scale` does so for scale and shift; `single` rounds the result of
    every operation to binary32; `bias_first` starts sums at the bias; `reciprocal` exchanges dividing by a value and
    multiplying by its reciprocal; `unbiased` divides a variance by n - 1, `unbiased_running` that of running
    statistics; `one_pass` takes it as E[x^2] - E[x]^2; `folded` applies scale and shift of a normalisation in one
    step, with `gamma / deviation` or, `reciprocal`, `gamma * (1 / deviation)`; `unshifted` leaves out softmax's
    subtraction of the maximum; `flipped` turns the kernel round; `cube` is GELU's constant, its own where it is None.
    """

    order: Order = Order.LEFT
    loops: Loops = Loops.PLAIN
    fused: bool = False
    fused_scale: bool = False
    single: bool = False
    bias_first: bool = False
    reciprocal: bool = False
    epsilon: EpsilonAt = EpsilonAt.INSIDE
    unbiased: bool = False
    unbiased_running: bool = False
    one_pass: bool = False
    folded: bool = False
    unshifted: bool = False
    flipped: bool = False
    cube: float | None = None

    def rounded(self, values: F64) -> F64:
        """The result of one operation as it is kept."""
        if not self.single:
            return values
        with np.errstate(all="ignore"):
            return values.astype(np.float32).astype(np.float64)

    def dot(self, count: int, left: Term, right: Term, start: F64) -> F64:
        """The sum of `count` products, each of `left(k)` and `right(k)`, from `start`."""
        if self.fused and self.order in (Order.LEFT, Order.RIGHT):
            total = start
            for k in range(count) if self.order is Order.LEFT else reversed(range(count)):
                total = self.rounded(multiply_add(left(k), right(k), total))
            return total
        return self.total(count, lambda k: self.rounded(left(k) * right(k)), start)

    def total(self, count: int, term: Term, start: F64) -> F64:
        """The sum of `count` terms of one shape, from `start` of that shape."""
        if count == 0:
            return start
        match self.order:
            case Order.LEFT:
                return self._onto(start, term, range(count))
            case Order.RIGHT:
                return self._onto(start, term, reversed(range(count)))
            case Order.HALVES:
                return self.rounded(start + self._halves(term, 0, count))
            case Order.NEIGHBOURS:
                return self.rounded(start + self._tree([term(k) for k in range(count)]))
            case lanes:
                width = {Order.LANES_2: 2, Order.LANES_4: 4}.get(lanes, 8)
                whole = count - count % width
                if whole == 0:
                    return self._onto(start, term, range(count))
                sums = [self._onto(term(lane), term, range(lane + width, whole, width)) for lane in range(width)]
                return self._onto(self.rounded(start + self._tree(sums)), term, range(whole, count))

    def scaled(self, values: F64, scale: F64, shift: F64) -> F64:
        """`values * scale + shift`."""
        if self.fused_scale:
            return self.rounded(multiply_add(values, scale, shift))
        return self.rounded(self.rounded(values * scale) + shift)

    def _onto(self, total: F64, term: Term, places: object) -> F64:
        for k in places:  # type: ignore[attr-defined]
            total = self.rounded(total + term(k))
        return total

    def _halves(self, term: Term, start: int, stop: int) -> F64:
        if stop - start == 1:
            return term(start)
        middle = start + (stop - start) // 2
        return self.rounded(self._halves(term, start, middle) + self._halves(term, middle, stop))

    def _tree(self, terms: list[F64]) -> F64:
        while len(terms) > 1:
            pairs = [self.rounded(a + b) for a, b in zip(terms[0::2], terms[1::2], strict=False)]
            terms = pairs + terms[len(pairs) * 2 :]
        return terms[0]


PLAIN = Rules()
