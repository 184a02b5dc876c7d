"""The two unit samplers, as 32-bit words by index, in cache-sized blocks.

A sampler maps `(seed, index)` to a 32-bit word `w`; the unit sample is `w / 2**32`, which is exact in binary64.
Seeds are naturals of any size. Sources: LCG `NN/Runtime/Autograd/Torch/Utils.lean` @82bea12;
SplitMix64 the same file @5f7d3ee and `NN/Spec/Core/Random.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.reference.profile import Sampler

Words: TypeAlias = npt.NDArray[np.uint32]
UnitSampler: TypeAlias = Callable[[int, int], Words]

BLOCK: Final = 8192  # 64 KB of words and as much scratch: stays in the second-level cache

_LCG_FACTOR: Final = 1664525
_LCG_STEP: Final = 1013904223
_MASK64: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB


def blocks_of(count: int) -> Iterator[tuple[int, int]]:
    """`(start, stop)` index pairs covering `range(count)` in blocks of at most `BLOCK`."""
    for start in range(0, count, BLOCK):
        yield start, min(start + BLOCK, count)


def unit_sampler(sampler: Sampler, seed: int) -> UnitSampler:
    """A function from an index range `[start, stop)` to its words, `uint32`; ranges may be asked for in any order."""
    return _lcg(seed) if sampler is Sampler.LCG else _splitmix64(seed)


def mix(word: int) -> int:
    """SplitMix64's output function on one 64-bit word (with the golden-ratio increment added first)."""
    z = (word + _GOLDEN) & _MASK64
    z = ((z ^ (z >> 30)) * _MIX_1) & _MASK64
    z = ((z ^ (z >> 27)) * _MIX_2) & _MASK64
    return z ^ (z >> 31)


def key_of(seed: int) -> int:
    """The SplitMix64 key of a natural seed: `mix(seed mod 2**64)`."""
    return mix(seed & _MASK64)


def normal_ramp_numerators(seed: int, start: int, stop: int) -> npt.NDArray[np.float64]:
    """The first sample of the `ramp` normal scheme as an integer-valued `float64` array, without its `+ 1`.

    The index is added after both mixes, so the numerators climb by 2: the source does exactly that
    (`NN/Runtime/Autograd/Torch/Utils.lean` @8c3a1e6).
    """
    base = np.array(mix(key_of(seed)), np.uint64)
    words = base + (np.arange(start, stop, dtype=np.uint64) << np.uint64(1))
    return (words & np.uint64(0xFFFFFFFF)).astype(np.float64)


@cache
def _lcg_table() -> tuple[Words, Words]:
    """`factor[j]`, `step[j]` with `state after j + 1 steps = factor[j] * state + step[j]` modulo 2**32, j < BLOCK."""
    factor = np.empty(BLOCK, np.uint32)
    step = np.empty(BLOCK, np.uint32)
    factor[0], step[0] = _LCG_FACTOR, _LCG_STEP
    done = 1
    while done < BLOCK:
        more = min(done, BLOCK - done)
        # j + done + 1 steps are j + 1 steps taken after done steps.
        factor[done : done + more] = factor[:more] * factor[done - 1]
        step[done : done + more] = factor[:more] * step[done - 1] + step[:more]
        done += more
    factor.flags.writeable = False
    step.flags.writeable = False
    return factor, step


def _lcg_jump(seed: int, steps: int) -> int:
    """The state after `steps` steps from `seed`, by squaring the affine map."""
    factor, step = 1, 0
    square_factor, square_step = _LCG_FACTOR, _LCG_STEP
    while steps:
        if steps & 1:
            factor, step = square_factor * factor & 0xFFFFFFFF, (square_factor * step + square_step) & 0xFFFFFFFF
        square_factor, square_step = (
            square_factor * square_factor & 0xFFFFFFFF,
            (square_factor * square_step + square_step) & 0xFFFFFFFF,
        )
        steps >>= 1
    return (factor * seed + step) & 0xFFFFFFFF


def _lcg(seed: int) -> UnitSampler:
    factor, step = _lcg_table()
    scratch = np.empty(BLOCK, np.uint32)

    def words(start: int, stop: int) -> Words:
        count = stop - start
        if count > BLOCK:
            return np.concatenate([words(a + start, b + start).copy() for a, b in blocks_of(count)])
        state = np.uint32(_lcg_jump(seed, start))
        out = scratch[:count]
        np.multiply(factor[:count], state, out=out)
        np.add(out, step[:count], out=out)
        return out

    return words


def _splitmix64(seed: int) -> UnitSampler:
    first = (key_of(seed) + _GOLDEN) & _MASK64
    ramp = _ramp()
    left = np.empty(BLOCK, np.uint64)
    right = np.empty(BLOCK, np.uint64)
    mix_1, mix_2 = np.uint64(_MIX_1), np.uint64(_MIX_2)

    def words(start: int, stop: int) -> Words:
        count = stop - start
        if count > BLOCK:
            return np.concatenate([words(a + start, b + start).copy() for a, b in blocks_of(count)])
        z, t = left[:count], right[:count]
        np.add(ramp[:count], np.uint64((first + start) & _MASK64), out=z)
        np.right_shift(z, 30, out=t)
        np.bitwise_xor(z, t, out=z)
        np.multiply(z, mix_1, out=z)
        np.right_shift(z, 27, out=t)
        np.bitwise_xor(z, t, out=z)
        np.multiply(z, mix_2, out=z)
        np.right_shift(z, 31, out=t)
        np.bitwise_xor(z, t, out=z)
        return z.astype(np.uint32)

    return words


@cache
def _ramp() -> npt.NDArray[np.uint64]:
    ramp = np.arange(BLOCK, dtype=np.uint64)
    ramp.flags.writeable = False
    return ramp
