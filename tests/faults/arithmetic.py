"""The right formula in another order, fused, rounded otherwise, or by another C library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tests.faults.fault import Fault, by_machine
from tests.faults.machine import Machine
from tests.faults.operations import Operations
from tests.faults.precision import binary32, fused, ulps
from tests.faults.rules import Rules
from tests.scalar import forwards
from tests.scalar.bits import bits

Pairs = Sequence[tuple[float, float]]


class Fused(Operations):
    """Sums of products fold with one rounding a step."""

    def multiply_add(self, total, x, y):
        return fused(x, y, total)


class FusedScale(Operations):
    """`x * gamma + beta` is rounded once."""

    def scaled(self, x, gamma, beta):
        return fused(x, gamma, beta)


class Reordered(Operations):
    """Sums and sums of products by another rule than a left fold."""

    def by(self, values: Sequence[float]) -> float:
        raise NotImplementedError

    def total(self, values):
        return self.by(values)

    def dot(self, pairs, start=0.0):
        return self.add(start, self.by([self.mul(x, y) for x, y in pairs]))


class Halves(Reordered):
    """Pairwise: each half on its own, then both together."""

    def by(self, values):
        if len(values) < 2:
            return values[0] if values else 0.0
        middle = len(values) // 2
        return self.add(self.by(values[:middle]), self.by(values[middle:]))


class Eights(Reordered):
    """Pairwise as NumPy does it: eight running sums, from eight values on."""

    def by(self, values):
        if len(values) < 8:
            return Operations.total(self, values)
        whole = len(values) - len(values) % 8
        sums = list(values[:8])
        for start in range(8, whole, 8):
            sums = [self.add(total, value) for total, value in zip(sums, values[start:], strict=False)]
        left = self.add(self.add(sums[0], sums[1]), self.add(sums[2], sums[3]))
        total = self.add(left, self.add(self.add(sums[4], sums[5]), self.add(sums[6], sums[7])))
        for value in values[whole:]:
            total = self.add(total, value)
        return total


class Backwards(Reordered):
    """From the last to the first."""

    def by(self, values):
        return Operations.total(self, list(reversed(values)))


class BiasFirst(Operations):
    """The fold starts from the bias."""

    def biased(self, pairs, bias):
        return self.dot(pairs, bias)


class Reciprocal(Operations):
    """A normalisation multiplies by the reciprocal."""

    def quotient(self, x, y):
        return self.mul(x, self.div(1.0, y))


class Binary32(Operations):
    """Every number and every result is a binary32 one."""

    def enter(self, x):
        return binary32(x)

    def add(self, x, y):
        return binary32(x + y)

    def sub(self, x, y):
        return binary32(x - y)

    def mul(self, x, y):
        return binary32(x * y)

    def div(self, x, y):
        return binary32(super().div(x, y))

    def sqrt(self, x):
        return binary32(super().sqrt(x))

    def exp(self, x):
        return binary32(super().exp(x))

    def tanh(self, x):
        return binary32(super().tanh(x))


class OtherLibrary(Operations):
    """A C library whose last bit is another for about a third of the arguments."""

    def exp(self, x):
        return other_last_bit(x, super().exp(x))

    def tanh(self, x):
        return other_last_bit(x, super().tanh(x))


def other_last_bit(argument: float, result: float) -> float:
    """The result, one ulp off for about a third of the arguments; exact results stay."""
    word = (bits(argument) * 0x9E3779B97F4A7C15) % 2**64 >> 32
    if argument == 0.0 or result == 0.0 or not math.isfinite(result) or word % 3:
        return result
    return ulps(result, 1 if word & 8 else -1)


class ColumnsOutside(Machine):
    """A convolution's kernel is visited column by column."""

    def cells(self, channels, window):
        cells = [place[::-1] for place in forwards.places(window[::-1])]
        return [(channel, cell) for channel in range(channels) for cell in cells]


class ChannelsInside(Machine):
    """A convolution's input channels are the innermost loop."""

    def cells(self, channels, window):
        return [(channel, cell) for cell in forwards.places(window) for channel in range(channels)]


def _operations(name: str, cause: str, operations: Mapping[str, Operations] | Operations) -> Fault:
    return by_machine(f"{cause}/{name}", cause, lambda rules: Machine(rules, operations))


def _everywhere_and_apart(cause: str, name: str, make: Callable[[], Operations], places: Sequence[str]) -> list[Fault]:
    """The same operations everywhere, and at one place at a time."""
    apart = [_operations(f"{name}{place}", cause, {place: make()}) for place in places]
    return [_operations(f"{name}everywhere", cause, make()), *apart]


def _loops(name: str, machine: Callable[[Rules], Machine]) -> Fault:
    return by_machine(f"kernel-loops-exchanged/{name}", "kernel-loops-exchanged", machine)


SUMS = ("linear", "conv", "softmax", "batch_norm")
FUSED, PAIRWISE, REVERSED = "fused-multiply-add", "pairwise-sum", "reversed-sum"

FAULTS = (
    _operations("linear", FUSED, {"linear": Fused()}),
    _operations("conv", FUSED, {"conv": Fused()}),
    _operations("folds", FUSED, {"linear": Fused(), "conv": Fused()}),
    _operations("batch_norm", FUSED, {"batch_norm": FusedScale()}),
    _operations("everywhere", FUSED, {"linear": Fused(), "conv": Fused(), "batch_norm": FusedScale()}),
    *_everywhere_and_apart(PAIRWISE, "halves-", Halves, SUMS),
    # No golden softmax has eight values or more.
    *_everywhere_and_apart(PAIRWISE, "eights-", Eights, ("linear", "conv", "batch_norm")),
    *_everywhere_and_apart(REVERSED, "", Backwards, SUMS),
    *_everywhere_and_apart("bias-first", "", BiasFirst, ("linear", "conv")),
    _loops("columns-outside", ColumnsOutside),
    _loops("channels-inside", ChannelsInside),
    *_everywhere_and_apart("reciprocal", "", Reciprocal, ("batch_norm", "softmax")),
    _operations("everywhere", "binary32-forward", Binary32()),
    _operations("exp", "c-library", OtherLibrary()),
)
