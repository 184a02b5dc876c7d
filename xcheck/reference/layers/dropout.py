"""`dropout`: the identity in eval mode; in train mode a seeded mask and a reciprocal scale.

`keep = 1 - p`, mask element i is 1 where `keep > unit(key, i)` else 0, `y = (x * mask) * (1 / keep)`; p is a scalar
parameter. From a351909 the scale is `1 / (1 - (p * mask))`, and p = 0 and p = 1 are decided by the builder's
argument: the identity and `x * 0`. `key = mix(seed + counter)`. Before the mask is drawn the layer records the
constant 1 and the subtraction. The counter is, in the eager session, the tape's length at that moment (parameters and
inputs included) and from 8c3a1e6 the session's count of random operations; in a compiled graph the number of nodes so
far. Every session here is a fresh one.
Source: `NN/Runtime/Autograd/TorchLean/Functional.lean`, `Random.lean`, `NN/Runtime/Autograd/Torch/Core.lean`,
`NN/Runtime/Autograd/Compiled/GraphM.lean` @82bea12; the same split into folders @b2a2184 (session counter @8c3a1e6);
`NN/Runtime/Autograd/Model/Functional/Core.lean`, `Model/Layers/Activations.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.initialise import Constant, Initial
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Mode, NotComparableError, Run, Via
from xcheck.reference.profile import DropoutCounter, Profile, Sampler, Surface
from xcheck.reference.samplers import unit_sampler
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape

_BEFORE_MASK: Final = 2  # the constant 1 and the subtraction
_IN_ALL: Final = 7  # those, the mask, its product, the reciprocal, its broadcast, the product


def random_counter(run: Run, before: int) -> int:
    """The counter of a random operation that its layer performs after recording `before` operations of its own.

    Raises `NotComparableError` where it depends on something that is not known.
    """
    position = run.position
    if run.via is Via.SPEC:
        raise NotComparableError("train-mode dropout has no pure semantics: its mask depends on the runtime's counter")
    if run.via is Via.EAGER and run.profile.dropout_counter is DropoutCounter.SESSION:
        if position.nodes is None and position.leaves == 0:
            raise NotComparableError(position.unknown)
        return position.random_ops
    if position.nodes is None:
        raise NotComparableError(position.unknown)
    leaves = position.leaves if run.via is Via.EAGER else 0
    return leaves + position.nodes + before


def bernoulli_mask(shape: Shape, keep: float, seed: int, counter: int) -> F64:
    """1 where `keep > unit(mix(seed + counter), row-major index)`, else 0; SplitMix64 at every revision."""
    count = int(np.prod(shape, dtype=np.int64))
    words = unit_sampler(Sampler.SPLITMIX64, seed + counter)(0, count)
    return np.where(keep > words * 2.0**-32, 1.0, 0.0).reshape(shape)


def drop(run: Run, x: F64, probability: F64, seed: int) -> F64:
    """A random dropout of `x`; `probability` is a scalar tensor. NumPy's warnings are the caller's."""
    keep = 1.0 - probability
    mask = bernoulli_mask(x.shape, float(keep), seed, random_counter(run, _BEFORE_MASK))
    if run.profile.surface is Surface.CHAIN:
        return (x * mask) * (1.0 / (1.0 - probability * mask))
    return (x * mask) * (1.0 / keep)


@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """Shape-preserving; one scalar parameter p that is not trained."""

    probability: float
    seed: int = 0

    label: ClassVar[str] = "Dropout"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature(((),), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return f"Dropout(p={lean_float(self.probability)})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return (Initial((), Constant(self.probability), 0),)

    def requires_grad(self) -> tuple[bool, ...]:
        return (False,)

    def _random(self, run: Run) -> bool:
        if run.mode is Mode.EVAL:
            return False
        # From the Chain on, p = 0 and p = 1 are decided by the builder's own argument, without a mask.
        return run.profile.surface is not Surface.CHAIN or self.probability not in (0.0, 1.0)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.mode is Mode.EVAL:
            return x
        with np.errstate(all="ignore"):
            if not self._random(run):
                return x if self.probability == 0.0 else x * 0.0
            return drop(run, x, params[0], self.seed)

    def recorded(self, run: Run, input_shape: Shape) -> int:
        if run.mode is Mode.EVAL:
            return 0
        return _IN_ALL if self._random(run) else int(self.probability == 1.0)

    def random_ops(self, run: Run) -> int:
        return int(self._random(run))


def lean_float(value: float) -> str:
    """Lean's `toString` of a `Float`: six decimals, `NaN`, `inf`, `-inf`."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0.0 else "-inf"
    return f"{value:.6f}"
