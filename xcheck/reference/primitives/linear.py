"""`linear(in,out)`: `y_o = (fold over k of W[o,k] * x[k]) + b[o]`.

Source: `NN/GraphSpec/Core.lean` @82bea12, @b2a2184; `NN/GraphSpec/Chain/Primitives.lean` @a351909;
forward `NN/Spec/Layers/Linear.lean`, `NN/Spec/Core/Tensor/Linalg.lean` @82bea12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import matvec
from xcheck.reference.initialise import Initial, XavierUniform, Zeros
from xcheck.reference.operation import Run
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Kinds, Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Linear(Primitive):
    """A fully connected layer; weight `(out, in)`, bias `(out,)`."""

    in_dim: int
    out_dim: int

    counts: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"linear({self.in_dim},{self.out_dim})"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if input_shape != (self.in_dim,):
            raise SignatureError(f"{self.name} takes [{self.in_dim}], got {format_shape(input_shape)}")
        return Signature(((self.out_dim, self.in_dim), (self.out_dim,)), input_shape, (self.out_dim,))

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else f"Linear({self.in_dim}, {self.out_dim})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        weight, bias = signature.params
        seed = profile.linear_seed.seed(index)
        return Initial(weight, XavierUniform(self.in_dim, self.out_dim), seed), Initial(bias, Zeros(), seed + 1)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        weight, bias = params
        with np.errstate(all="ignore"):
            return matvec(weight, x) + bias
