"""Constants: batch norm's epsilon and where it goes, the divisor of its variance, and decimal literals."""

from __future__ import annotations

from tests.faults.fault import Fault, by_machine
from tests.faults.machine import Machine, place_of, uniform
from tests.faults.precision import ulps
from tests.faults.rules import Rules


class OtherEpsilon(Machine):
    """Batch norm adds another epsilon."""

    def __init__(self, rules: Rules, value: float):
        super().__init__(rules)
        self._value = value

    def epsilon(self):
        return self._value


class EpsilonOutside(Machine):
    """Epsilon is added to the deviation."""

    def deviation(self, operations, variance, epsilon):
        return operations.add(operations.sqrt(variance), epsilon)


class Unbiased(Machine):
    """The variance divides by one less."""

    def count_of(self, n):
        return float(n - 1)


class LowerBounds(Machine):
    """The literal 0.1 of the kernels' bounds is read one ulp low."""

    def schemes(self, primitive):
        weight, bias = super().schemes(primitive)
        low = ulps(0.1, -1)
        return (uniform(-low, low), bias) if place_of(primitive) == "conv" else (weight, bias)


class LowerEpsilon(Machine):
    """Epsilon's literal is read one ulp low."""

    def epsilon(self):
        return ulps(super().epsilon(), -1)


def _epsilon(value: float) -> Fault:
    return by_machine(f"epsilon/{value}", "epsilon", lambda rules: OtherEpsilon(rules, value))


# 1e-5 and 1e-6 are what one revision or another has: planted as `batch_norm_eps`.
FAULTS = (
    *(_epsilon(value) for value in (1e-3, 1e-8, 0.0)),
    by_machine("epsilon-placement", "epsilon-placement", EpsilonOutside),
    by_machine("unbiased-variance", "unbiased-variance", Unbiased),
    by_machine("decimal-literal/bounds", "decimal-literal", LowerBounds),
    by_machine("decimal-literal/epsilon", "decimal-literal", LowerEpsilon),
)
