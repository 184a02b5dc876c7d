"""Initial values: a scheme and a seed become a tensor.

Every element is sampled on its own from `(seed, row-major index)`. Operation order and grouping as in
`NN/Runtime/Autograd/Torch/Utils.lean` @82bea12 (LCG), @b2a2184 (SplitMix64, `normal` with its index quirk) and
`NN/Runtime/Autograd/Torch/Initialization.lean` @996dda0 (zero fans, Box-Muller `normal`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np

from xcheck.reference import exact
from xcheck.reference.profile import NormalScheme, Profile, ZeroFan
from xcheck.reference.samplers import blocks_of, normal_ramp_numerators, unit_sampler
from xcheck.reference.shape import format_shape, size
from xcheck.tensor import F64, Shape

_MOST_ELEMENTS: Final = 1 << 48  # NumPy cannot even name more bytes than an address space has


@dataclass(frozen=True, slots=True)
class Zeros:
    """Every element is +0.0; the seed is not consulted."""


@dataclass(frozen=True, slots=True)
class Ones:
    """Every element is 1.0; the seed is not consulted."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Every element is `value`; the seed is not consulted."""

    value: float


@dataclass(frozen=True, slots=True)
class Uniform:
    """`low + r * (high - low)`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class XavierUniform:
    """`(-L) + r * (2 L)` with `L = sqrt(6 / (fan_in + fan_out))`."""

    fan_in: int
    fan_out: int


@dataclass(frozen=True, slots=True)
class KaimingUniform:
    """`(-L) + r * (2 L)` with `L = sqrt(6 / fan_in)`."""

    fan_in: int


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal variate, by the profile's own formula."""

    mean: float
    std: float


class Wave(StrEnum):
    """Which function of the angle a position table holds."""

    ALTERNATING = "alternating"
    COS = "cos"
    SIN = "sin"


@dataclass(frozen=True, slots=True)
class PositionTable:
    """The sinusoidal table `(positions, width)`: row p and column j hold a wave of `(start + p) / d`.

    `d = exp(log(10000) * ((2 * (j div 2)) / width))`; alternating columns are sine, then cosine. With `fixed_tail` an
    unpaired last column holds 1 (cosine) or 0 (sine) instead.
    Source: `NN/Spec/Layers/PositionalEncoding.lean` @b2a2184, @3447b74 (the fixed column).
    """

    start: int
    wave: Wave
    fixed_tail: bool = False


@dataclass(frozen=True, slots=True)
class LogRamp:
    """`log(1), log(2), ...` along the last axis, the same in every row."""


Scheme: TypeAlias = (
    Zeros | Ones | Constant | Uniform | XavierUniform | KaimingUniform | Normal | PositionTable | LogRamp
)


@dataclass(frozen=True, slots=True)
class Initial:
    """How one parameter starts: its shape, scheme and seed (a natural of any size)."""

    shape: Shape
    scheme: Scheme
    seed: int

    @property
    def libm(self) -> tuple[str, ...]:
        """The C functions the scheme reaches."""
        match self.scheme:
            case Normal():
                return "log", "cos"
            case PositionTable():
                return "log", "exp", "sin", "cos"
            case LogRamp():
                return ("log",)
        return ()


class UnknownSchemeError(ValueError):
    """The scheme does not exist at this profile's revisions."""


def initial_values(initial: Initial, profile: Profile) -> F64:
    """The initial tensor, `float64` of `initial.shape`.

    Raises `UnknownSchemeError` for `Normal` where the profile has no such scheme, `MemoryError` beyond any memory.
    """
    count = size(initial.shape)
    if count > _MOST_ELEMENTS:
        raise MemoryError(f"a tensor of shape {format_shape(initial.shape)}")
    match initial.scheme:
        case Zeros():
            flat = np.zeros(count, np.float64)
        case Ones():
            flat = np.ones(count, np.float64)
        case Constant(value):
            flat = np.full(count, value, np.float64)
        case Uniform(low, high):
            flat = _affine(initial.seed, count, low, high - low, profile)
        case XavierUniform(fan_in, fan_out):
            flat = _bounded(initial.seed, count, float(fan_in) + float(fan_out), profile)
        case KaimingUniform(fan_in):
            flat = _bounded(initial.seed, count, float(fan_in), profile)
        case Normal(mean, std):
            flat = _normal(initial.seed, count, mean, std, profile)
        case PositionTable() as table:
            flat = _position_table(initial.shape, table)
        case LogRamp():
            columns = exact.log(np.arange(1, initial.shape[-1] + 1, dtype=np.float64))
            flat = np.broadcast_to(columns, initial.shape).copy()
    return flat.reshape(initial.shape)


def _bounded(seed: int, count: int, fan: float, profile: Profile) -> F64:
    if fan == 0.0:
        bound = 0.0 if profile.zero_fan is ZeroFan.ZERO else math.inf
    else:
        bound = math.sqrt(6.0 / fan)
    return _affine(seed, count, -bound, 2.0 * bound, profile)


def _affine(seed: int, count: int, base: float, span: float, profile: Profile) -> F64:
    """`base + r * span` where r is a 32-bit sample over 2**32.

    The samples stay integers and `span` is scaled by 2**-32 instead: both are exact, so the product rounds
    once, to the same value, unless the scaled span leaves the normal range; then r is formed first.
    """
    scaled = span * 2.0**-32
    fused = math.isfinite(span) and abs(scaled) >= 2.0**-900
    out = np.empty(count, np.float64)
    sample = unit_sampler(profile.sampler, seed)
    with np.errstate(all="ignore"):
        for start, stop in blocks_of(count):
            block = out[start:stop]
            words = sample(start, stop)
            if fused:
                np.multiply(words, scaled, out=block)
            else:
                np.multiply(words, 2.0**-32, out=block)
                np.multiply(block, span, out=block)
            np.add(block, base, out=block)
    return out


def _normal(seed: int, count: int, mean: float, std: float, profile: Profile) -> F64:
    if profile.normal_scheme is NormalScheme.ABSENT:
        raise UnknownSchemeError(f"{profile.name} has no normal initialisation scheme")
    out = np.empty(count, np.float64)
    sample = unit_sampler(profile.sampler, seed)
    with np.errstate(all="ignore"):
        for start, stop in blocks_of(count):
            pairs = np.multiply(sample(2 * start, 2 * stop), 2.0**-32)
            second = pairs[1::2]
            if profile.normal_scheme is NormalScheme.RAMP:
                first = (normal_ramp_numerators(seed, start, stop) + 1.0) / 4294967297.0
                radius = std * np.sqrt(-2.0 * exact.log(first))
                out[start:stop] = mean + radius * exact.cos(6.283185307179586 * second)
            else:
                first = exact.maximum(pairs[0::2], np.float64(1e-6))
                wave = np.sqrt(-2.0 * exact.log(first)) * exact.cos((2.0 * math.pi) * second)
                out[start:stop] = mean + std * wave
    return out


def _position_table(shape: Shape, table: PositionTable) -> F64:
    positions, width = shape
    start, wave = table.start, table.wave
    if positions * width == 0:
        return np.zeros(shape, np.float64)
    pairs = np.arange(width) // 2
    denominators = exact.exp(math.log(10000.0) * ((2.0 * pairs.astype(np.float64)) / float(width)))
    angles = (np.arange(positions, dtype=np.float64) + float(start))[:, None] / denominators
    if wave is not Wave.ALTERNATING:
        values = exact.cos(angles) if wave is Wave.COS else exact.sin(angles)
        if table.fixed_tail and width % 2:
            values[:, -1] = 1.0 if wave is Wave.COS else 0.0
        return values
    return np.where(np.arange(width) % 2 == 0, exact.sin(angles), exact.cos(angles))
