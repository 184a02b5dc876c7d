"""`flatten`: a row-major copy to rank 1; a scalar gives length 1.

Source: `flattenSpec` in `NN/Spec/Core/TensorReductionShape.lean` @82bea12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Kinds, Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Flatten(Primitive):
    """Any shape to `(size,)`."""

    @property
    def name(self) -> str:
        return "flatten"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((), input_shape, (size(input_shape),))

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else "Flatten"

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return x.reshape(-1)
