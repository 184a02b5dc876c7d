"""The operations a forward is made of, one method each, so that a fault can replace one of them everywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.scalar import bits


def clamp(x: float) -> float:
    """Lean's `max x 0`."""
    return 0.0 if x <= 0.0 else x


class Operations:
    """IEEE binary64, every operation rounded once, every sum folded from +0.0 in index order."""

    def enter(self, x: float) -> float:
        """A parameter or input element as the forward sees it."""
        return x

    def add(self, x: float, y: float) -> float:
        return x + y

    def sub(self, x: float, y: float) -> float:
        return x - y

    def mul(self, x: float, y: float) -> float:
        return x * y

    def div(self, x: float, y: float) -> float:
        return bits.divide(x, y)

    def quotient(self, x: float, y: float) -> float:
        """A normalisation's division."""
        return self.div(x, y)

    def sqrt(self, x: float) -> float:
        return math.nan if x != x else math.sqrt(clamp(x))

    def exp(self, x: float) -> float:
        return bits.exp(x)

    def tanh(self, x: float) -> float:
        return math.tanh(x)

    def maximum(self, x: float, y: float) -> float:
        return bits.maximum(x, y)

    def multiply_add(self, total: float, x: float, y: float) -> float:
        """`total + x * y`."""
        return self.add(total, self.mul(x, y))

    def total(self, values: Sequence[float]) -> float:
        """A sum."""
        result = 0.0
        for value in values:
            result = self.add(result, value)
        return result

    def dot(self, pairs: Sequence[tuple[float, float]], start: float = 0.0) -> float:
        """A sum of products."""
        result = start
        for x, y in pairs:
            result = self.multiply_add(result, x, y)
        return result

    def biased(self, pairs: Sequence[tuple[float, float]], bias: float) -> float:
        """A sum of products and a bias."""
        return self.add(self.dot(pairs), bias)

    def squares(self, values: Sequence[float]) -> float:
        """A sum of squares."""
        return self.total([self.mul(value, value) for value in values])

    def scaled(self, x: float, gamma: float, beta: float) -> float:
        """`x * gamma + beta`, the last step of a normalisation."""
        return self.add(self.mul(x, gamma), beta)
