"""Another sampler behind the random initial values: how a seed and an element's number become a sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import INITIAL, Candidate, Cause
from xcheck.compare.variant import AlteredInitial, each_layer
from xcheck.reference.initialise import Initial, KaimingUniform, Uniform, XavierUniform, initial_values
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.profile import Profile, Sampler
from xcheck.reference.samplers import key_of, mix, unit_sampler
from xcheck.reference.shape import size
from xcheck.tensor import F64

Units: TypeAlias = Callable[[int, int], F64]  # seed and count to samples in [0, 1]

_LOOK = "the sampler (NN/Runtime/Autograd/Torch/Utils.lean, NN/Spec/Core/Random.lean)"
_MASK: Final = np.uint64(0xFFFFFFFF)
_M64: Final = (1 << 64) - 1
_WORD: Final = 2.0**-32


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's output function on an array."""
    z = words + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _split(start: int, count: int) -> npt.NDArray[np.uint64]:
    """The mixed 64-bit words from a key on."""
    return _mixed(np.uint64(start & _M64) + np.arange(count, dtype=np.uint64))


def _low(words: npt.NDArray[np.uint64]) -> F64:
    return (words & _MASK).astype(np.float64) * _WORD


def _sequence(seed: int, count: int) -> F64:
    """The textbook SplitMix64: a state moved on by the golden ratio for each sample."""
    steps = np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _low(_mixed(np.uint64(seed & _M64) + steps))


def _lcg_before(seed: int, count: int) -> F64:
    words = unit_sampler(Sampler.LCG, seed)(0, count).copy()
    return np.concatenate([[seed % 2**32], words[:-1]]).astype(np.float64) * _WORD


def _shifted(sampler: Sampler, by: int) -> Units:
    return lambda seed, count: unit_sampler(sampler, seed)(by, by + count).astype(np.float64) * _WORD


def _whole(sampler: Sampler) -> Units:
    return lambda seed, count: unit_sampler(sampler, seed)(0, count).astype(np.float64) / float(2**32 - 1)


_SPLITMIX: Final[tuple[tuple[str, Units], ...]] = (
    ("the seed is not mixed before the element's number is added", lambda seed, n: _low(_split(seed, n))),
    ("the first element has number 1, not 0", _shifted(Sampler.SPLITMIX64, 1)),
    (
        "samples are the high 32 bits of the mixed word, not the low ones",
        lambda seed, n: (_split(key_of(seed), n) >> np.uint64(32)).astype(np.float64) * _WORD,
    ),
    (
        "samples have 53 bits, not 32",
        lambda seed, n: (_split(key_of(seed), n) >> np.uint64(11)).astype(np.float64) * 2.0**-53,
    ),
    ("the state is moved on by the golden ratio for each sample", _sequence),
    ("the seed is mixed twice", lambda seed, n: _low(_split(mix(key_of(seed)), n))),
    ("words are divided by 2^32 - 1, not by 2^32", _whole(Sampler.SPLITMIX64)),
)
_LCG: Final[tuple[tuple[str, Units], ...]] = (
    ("a sample is the state before the step, not after it", _lcg_before),
    ("the first element takes two steps, not one", _shifted(Sampler.LCG, 1)),
    ("words are divided by 2^32 - 1, not by 2^32", _whole(Sampler.LCG)),
)


def _candidates(case: FailedCase) -> Iterator[Candidate]:
    rows = _LCG if case.profile.sampler is Sampler.LCG else _SPLITMIX
    for says, units in rows:
        yield Candidate(says, case.variant(alter=each_layer(_sampled(units))))


def _sampled(units: Units) -> Callable[[int, LayerDefinition], LayerDefinition]:
    return lambda _, layer: replace(layer, initial=tuple(_one(initial, units) for initial in layer.initial))


def _one(initial: Initial, units: Units) -> Initial:
    if not isinstance(initial.scheme, Uniform | XavierUniform | KaimingUniform):
        return initial

    def start(own: Initial, profile: Profile) -> F64:
        low, span = _interval(own)
        if not math.isfinite(span) or not size(own.shape):
            return initial_values(own, profile)
        return (low + units(own.seed, size(own.shape)) * span).reshape(own.shape)

    return AlteredInitial(initial.shape, initial.scheme, initial.seed, start)


def _interval(initial: Initial) -> tuple[float, float]:
    """The low end and the width of a uniform scheme."""
    match initial.scheme:
        case Uniform(low, high):
            return low, high - low
        case XavierUniform(fan_in, fan_out):
            fan = float(fan_in) + float(fan_out)
        case KaimingUniform(fan_in):
            fan = float(fan_in)
        case _:
            return 0.0, math.inf
    bound = math.sqrt(6.0 / fan) if fan else math.inf
    return -bound, 2.0 * bound


SAMPLERS = (Cause("sampler-variant", INITIAL, _LOOK, _candidates),)
