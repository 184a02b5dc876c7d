"""Samplers and initial values, element by element (numerics.md 4.1 to 4.4, era_c.md 4)."""

from __future__ import annotations

import math

from tests.scalar.bits import divide, log

M64 = 2**64


def lcg(seed: int, index: int) -> int:
    """The state after `index + 1` steps; natural-number arithmetic, as in Lean."""
    state = seed
    for _ in range(index + 1):
        state = (1664525 * state + 1013904223) % 2**32
    return state


def mix(x: int) -> int:
    a = (x + 0x9E3779B97F4A7C15) % M64
    b = ((a ^ (a >> 30)) * 0xBF58476D1CE4E5B9) % M64
    c = ((b ^ (b >> 27)) * 0x94D049BB133111EB) % M64
    return c ^ (c >> 31)


def splitmix(seed: int, index: int) -> int:
    return mix((mix(seed % M64) + index) % M64) % 2**32


SAMPLERS = {"lcg": lcg, "splitmix64": splitmix}


def uniform(word: int, low: float, high: float) -> float:
    r = word / 4294967296.0
    span = high - low
    return low + (r * span)


def bounded(word: int, fan: int, zero_fan: str) -> float:
    """Xavier with the sum of the fans, Kaiming with the one fan."""
    r = word / 4294967296.0
    if fan == 0 and zero_fan == "zero":
        bound = 0.0
    else:
        bound = math.sqrt(divide(6.0, float(fan)))
    return (-bound) + (r * (2.0 * bound))


def normal_ramp(seed: int, index: int, mean: float, std: float) -> float:
    u1 = (float((mix(mix(seed % M64)) + 2 * index) % M64 % 2**32) + 1.0) / 4294967297.0
    u2 = splitmix(seed, 2 * index + 1) / 4294967296.0
    return mean + ((std * math.sqrt(-2.0 * log(u1))) * math.cos(6.283185307179586 * u2))


def normal_box_muller(seed: int, index: int, mean: float, std: float) -> float:
    u1 = splitmix(seed, 2 * index) / 4294967296.0
    u1 = 1e-6 if u1 <= 1e-6 else u1
    u2 = splitmix(seed, 2 * index + 1) / 4294967296.0
    return mean + (std * (math.sqrt(-2.0 * log(u1)) * math.cos((2.0 * 3.14159265358979323846) * u2)))
