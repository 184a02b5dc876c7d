"""Initialisation schemes: the right samples, scaled wrongly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tests.faults.fault import Fault, by_machine
from tests.faults.machine import Machine, Scheme, bounded, fan_bound, ones, place_of, uniform, zeros
from tests.faults.rules import Rules
from tests.scalar.bits import divide
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.linear import Linear

Schemes = tuple[Scheme, Scheme]


class Otherwise(Machine):
    """`change(primitive, schemes, shapes)` gives the schemes of a layer at some places."""

    def __init__(self, rules: Rules, places: Sequence[str], change: Callable[[tuple[int, int], Schemes], Schemes]):
        super().__init__(rules)
        self._places, self._change = places, change

    def schemes(self, primitive):
        usual = super().schemes(primitive)
        return self._change(fans(primitive), usual) if place_of(primitive) in self._places else usual


def fans(primitive: Primitive) -> tuple[int, int]:
    """How many values feed an output, and how many outputs a value feeds."""
    if isinstance(primitive, Linear):
        return primitive.in_dim, primitive.out_dim
    if place_of(primitive) == "conv":
        two = hasattr(primitive, "kernel_height")
        kernel = (primitive.kernel_height, primitive.kernel_width) if two else primitive.kernel
        cells = math.prod(kernel)
        return primitive.in_channels * cells, primitive.out_channels * cells
    return 0, 0


class UniformBias(Machine):
    """The bias is random too, from the seed that it was always given."""

    def __init__(self, rules: Rules, bound: Callable[[int], float]):
        super().__init__(rules)
        self._bound = bound

    def schemes(self, primitive):
        weight, bias = super().schemes(primitive)
        own_seed = len(set(self.seeds(primitive, 1))) == 2
        if place_of(primitive) == "batch_norm" or not own_seed:
            return weight, bias
        bound = self._bound(fans(primitive)[0])
        return weight, uniform(-bound, bound)


def _weight(name: str, places: Sequence[str], scheme: Callable[[int, int], Scheme]) -> Fault:
    def change(fan, usual):
        return scheme(*fan), usual[1]

    return by_machine(f"scheme/{name}", "scheme", lambda rules: Otherwise(rules, places, change))


def _batch_norm(name: str, schemes: Schemes) -> Fault:
    return by_machine(
        f"scheme/{name}", "scheme", lambda rules: Otherwise(rules, ("batch_norm",), lambda _, __: schemes)
    )


def _inverse_root(fan_in: int) -> float:
    return divide(1.0, math.sqrt(float(fan_in)))


def _torch_xavier(fan_in: int, fan_out: int) -> float:
    """PyTorch goes by the standard deviation."""
    return math.sqrt(3.0) * math.sqrt(divide(2.0, float(fan_in + fan_out)))


LINEAR, CONV, BOTH = ("linear",), ("conv",), ("linear", "conv")

FAULTS = (
    _weight("conv-xavier", CONV, lambda i, o: bounded(fan_bound(i + o))),
    _weight("conv-kaiming", CONV, lambda i, o: bounded(fan_bound(i))),
    _weight("conv-inverse-root", CONV, lambda i, o: bounded(_inverse_root(i))),
    _weight("linear-uniform", LINEAR, lambda i, o: uniform(-0.1, 0.1)),
    _weight("linear-kaiming", LINEAR, lambda i, o: bounded(fan_bound(i))),
    _weight("linear-kaiming-fan-out", LINEAR, lambda i, o: bounded(fan_bound(o))),
    _weight("conv-kaiming-fan-out", CONV, lambda i, o: bounded(fan_bound(o))),
    _weight("linear-inverse-root", LINEAR, lambda i, o: bounded(_inverse_root(i))),
    _weight("both-inverse-root", BOTH, lambda i, o: bounded(_inverse_root(i))),
    _weight("linear-gain-root-2", LINEAR, lambda i, o: bounded(math.sqrt(2.0) * fan_bound(i + o))),
    _weight("linear-gain-5-3", LINEAR, lambda i, o: bounded((5.0 / 3.0) * fan_bound(i + o))),
    _weight("linear-torch-xavier", LINEAR, lambda i, o: bounded(_torch_xavier(i, o))),
    _weight("linear-half-span", LINEAR, lambda i, o: uniform(0.0, fan_bound(i + o))),
    by_machine("scheme/bias-uniform", "scheme", lambda rules: UniformBias(rules, lambda _: 0.1)),
    by_machine("scheme/bias-inverse-root", "scheme", lambda rules: UniformBias(rules, _inverse_root)),
    _batch_norm("gamma-zeros", (zeros, zeros)),
    _batch_norm("beta-ones", (ones, ones)),
)
