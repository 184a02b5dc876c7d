"""The storage-first initialisation plan that a layer carries from 5f7d3ee on: one entry for each parameter.

On the CPU a plan gives the bits of the stored initial values, so it says how those values came about: by which scheme
and seed, or as a flat payload. A layer whose values are neither carries no plan (position tables before a351909), and
a `Seq` has a plan only if every layer has one.
Source: `NN/Runtime/Autograd/TorchLean/Module.lean` @b2a2184 (`FloatInit`, `Plan`, `ofScheme`), `NN/*.lean` @5f7d3ee,
@b2a2184 (the layers); `NN/Runtime/Autograd/Model/Module/RuntimeInit.lean`, `Model/Layers/*.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from xcheck.reference.initialise import (
    Constant,
    Initial,
    KaimingUniform,
    LogRamp,
    Normal,
    Ones,
    PositionTable,
    Uniform,
    XavierUniform,
    Zeros,
    initial_values,
)
from xcheck.reference.profile import Profile, Sampler, Surface
from xcheck.tensor import Tensor


@dataclass(frozen=True, slots=True)
class PlannedScheme:
    """Sampled or filled by a scheme; `seed` is None for zeros and ones, which take none."""

    scheme: Zeros | Ones | Uniform | XavierUniform | KaimingUniform | Normal
    seed: int | None

    def __str__(self) -> str:
        match self.scheme:
            case Zeros():
                return "zeros"
            case Ones():
                return "ones"
            case Uniform(low, high):
                return f"uniform {_bits(low)} {_bits(high)} {self.seed}"
            case XavierUniform(fan_in, fan_out):
                return f"xavierUniform {fan_in} {fan_out} {self.seed}"
            case KaimingUniform(fan_in):
                return f"kaimingUniform {fan_in} {self.seed}"
            case Normal(mean, std):
                return f"normal {_bits(mean)} {_bits(std)} {self.seed}"


@dataclass(frozen=True, slots=True)
class PlannedValues:
    """An exact row-major payload."""

    values: Tensor

    def __str__(self) -> str:
        return "flat 0x" + self.values.bits.astype(">u8").tobytes().hex()


PlanEntry: TypeAlias = PlannedScheme | PlannedValues


def has_plans(profile: Profile) -> bool:
    """Whether layers carry a plan at all at the profile's revisions (they came with the SplitMix64 sampler)."""
    return profile.sampler is Sampler.SPLITMIX64


def plan_of(initial: Sequence[Initial], profile: Profile) -> tuple[PlanEntry, ...] | None:
    """The plan of a layer with these initial parameters; None where it carries none."""
    if not has_plans(profile):
        return None
    entries: list[PlanEntry] = []
    for one in initial:
        match one.scheme:
            case PositionTable() if profile.surface is not Surface.CHAIN:
                return None
            case Constant() | LogRamp() | PositionTable():
                entries.append(PlannedValues(Tensor.of(initial_values(one, profile).reshape(-1))))
            case Zeros() | Ones() as filled:
                entries.append(PlannedScheme(filled, None))
            case sampled:
                entries.append(PlannedScheme(sampled, one.seed))
    return tuple(entries)


def format_plan(plan: Iterable[PlanEntry]) -> str:
    """A plan as the export format writes it: `[xavierUniform 2 3 0, zeros]`."""
    return "[" + ", ".join(map(str, plan)) + "]"


def _bits(value: float) -> str:
    return f"0x{int(np.array(value, np.float64).view(np.uint64)):016x}"
