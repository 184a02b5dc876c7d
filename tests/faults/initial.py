"""Initial values: words of a stream, and schemes that turn a unit sample into a value (numerics.md 4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from tests.scalar import samplers
from tests.scalar.bits import divide

Scheme = Callable[[float], float]
"""A value from a unit sample."""


def zeros(_: float) -> float:
    return 0.0


def ones(_: float) -> float:
    return 1.0


def constant(value: float) -> Scheme:
    return lambda _: value


def uniform(low: float, high: float) -> Scheme:
    span = high - low
    return lambda r: low + (r * span)


def bounded(bound: float) -> Scheme:
    """Uniform in +-bound, in the fan-scaled schemes' own order of operations."""
    return lambda r: (-bound) + (r * (2.0 * bound))


def fan_bound(fan: int) -> float:
    """The bound of Xavier (the sum of both fans) and Kaiming (one fan)."""
    return math.sqrt(divide(6.0, float(fan)))


@cache
def words(sampler: str, seed: int, count: int) -> tuple[int, ...]:
    """The first words of a seed's stream."""
    if sampler == "splitmix64":
        return tuple(samplers.splitmix(seed, index) for index in range(count))
    found, state = [], seed
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        found.append(state)
    return tuple(found)
