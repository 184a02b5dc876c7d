"""`relu`: +0.0 where `x <= 0`, else x; NaN stays.

Source: `NN/Spec/Layers/Activation.lean` @82bea12, @b2a2184, @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcheck.reference.exact import clamp_at_zero
from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Kinds, Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Relu(Primitive):
    """Elementwise, any shape."""

    @property
    def name(self) -> str:
        return "relu"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((), input_shape, input_shape)

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else "ReLU"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return clamp_at_zero(x)
