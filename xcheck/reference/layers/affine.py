"""`linear`, `linear2d` and the prefix-shaped `linearWith`: weight `(out, in)`, bias `(out,)`.

`y_o = (fold over k of W[o,k] * x[k]) + b[o]`; over a batch the product's factors change places, which no bit shows.
Weights start Xavier-uniform from `seedW`, biases at zero.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Recurrent.lean` @b2a2184, `NN/API/Neural/Builders.lean`
@b2a2184 (`linearWith`), `NN/Runtime/Autograd/Model/Layers/Recurrent.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import matmul, matvec
from xcheck.reference.initialise import Initial, Scheme, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Linear(Layer):
    """`(in,)` to `(out,)`."""

    in_dim: int
    out_dim: int
    seed_weight: int = 0
    seed_bias: int = 0

    label: ClassVar[str] = "Linear"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.in_dim,), input_shape)
        return Signature(((self.out_dim, self.in_dim), (self.out_dim,)), input_shape, (self.out_dim,))

    def kind_text(self, profile: Profile) -> str:
        return f"Linear({self.in_dim}, {self.out_dim})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        weight, bias = signature.params
        return (
            Initial(weight, XavierUniform(self.in_dim, self.out_dim), self.seed_weight),
            Initial(bias, Zeros(), self.seed_bias),
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        weight, bias = params
        with np.errstate(all="ignore"):
            return matvec(weight, x) + bias

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Linear2d(Layer):
    """`(batch, in)` to `(batch, out)`."""

    batch: int
    in_dim: int
    out_dim: int
    seed_weight: int = 0
    seed_bias: int = 0

    label: ClassVar[str] = "Linear2d"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.batch, self.in_dim), input_shape)
        return Signature(((self.out_dim, self.in_dim), (self.out_dim,)), input_shape, (self.batch, self.out_dim))

    def kind_text(self, profile: Profile) -> str:
        return f"Linear2d({self.in_dim}, {self.out_dim})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return Linear(self.in_dim, self.out_dim, self.seed_weight, self.seed_bias).initial(signature, profile, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        weight, bias = params
        with np.errstate(all="ignore"):
            return matmul(x, weight.T) + bias

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.composed(run, 4)


@dataclass(frozen=True, slots=True)
class PrefixLinear(Layer):
    """`(*prefix, in)` to `(*prefix, out)`, with a choice of initialisation (`linearWith`)."""

    in_dim: int
    out_dim: int
    seed_weight: int = 0
    seed_bias: int = 0
    prefix: Shape = ()
    weight_scheme: Scheme | None = None
    bias_scheme: Scheme = Zeros()  # noqa: RUF009 - an immutable value

    label: ClassVar[str] = "Linear"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((*self.prefix, self.in_dim), input_shape)
        params = ((self.out_dim, self.in_dim), (self.out_dim,))
        return Signature(params, input_shape, (*self.prefix, self.out_dim))

    def kind_text(self, profile: Profile) -> str:
        return f"Linear({self.in_dim}, {self.out_dim})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        weight, bias = signature.params
        scheme = self.weight_scheme or XavierUniform(self.in_dim, self.out_dim)
        return Initial(weight, scheme, self.seed_weight), Initial(bias, self.bias_scheme, self.seed_bias)

    def requires_grad(self) -> tuple[bool, ...]:
        return True, True

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        weight, bias = params
        rows = x.reshape(size(self.prefix), self.in_dim)
        with np.errstate(all="ignore"):
            return (matmul(rows, weight.T) + bias).reshape(*self.prefix, self.out_dim)
