"""Recurrent layers of the `Chain` revisions: the same steps as before with a seed for each weight, and a second GRU.

`rnn`, `gru` (kind `ChoGRU`, reset before the product) and `lstm` unroll as in `recurrent.py`. `gruResetAfter` has two
packed affine maps, `a = Wi x + bi` and `b = Wh h + bh`, each cut into reset, update, candidate: `r = sigma(a0 + b0)`,
`z = sigma(a1 + b1)`, `n = tanh(a2 + (r * b2))`, `h' = ((1 - z) * n) + (z * h)`. Output rows are added to zeros.
Weights start Xavier-uniform, biases at zero.
Source: `NN/Runtime/Autograd/Model/Layers/Recurrent.lean` @a351909, @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import matmul, matvec, tanh
from xcheck.reference.initialise import Initial, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.elementwise import logistic
from xcheck.reference.layers.recurrent import Gru, Lstm
from xcheck.reference.operation import NotComparableError, Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


def _gate_initial(signature: Signature, fans: XavierUniform, seeds: Sequence[int]) -> tuple[Initial, ...]:
    """Weight and bias in turn; biases are built without a seed."""
    return tuple(
        Initial(shape, Zeros(), 0) if place % 2 else Initial(shape, fans, seeds[place // 2])
        for place, shape in enumerate(signature.params)
    )


@dataclass(frozen=True, slots=True)
class ChoGru(Gru):
    """`gru`: seeds for reset, update and candidate weight."""

    seed_update: int = 0
    seed_candidate: int = 0

    label: ClassVar[str] = "ChoGRU"

    @classmethod
    def of(cls, steps: int, in_dim: int, hidden: int, reset: int, update: int, candidate: int) -> ChoGru:
        """From the builder's arguments in order."""
        return cls(steps, in_dim, hidden, reset, 0, update, candidate)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        fans = XavierUniform(self.in_dim + self.hidden, self.hidden)
        return _gate_initial(signature, fans, (self.seed_weight, self.seed_update, self.seed_candidate))


@dataclass(frozen=True, slots=True)
class SeededLstm(Lstm):
    """`lstm`: seeds for forget, input, candidate and output weight."""

    seed_input: int = 0
    seed_candidate: int = 0
    seed_output: int = 0

    @classmethod
    def of(cls, steps: int, in_dim: int, hidden: int, *seeds: int) -> SeededLstm:
        """From the builder's arguments in order."""
        forget, entry, candidate, output = seeds
        return cls(steps, in_dim, hidden, forget, 0, entry, candidate, output)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        fans = XavierUniform(self.in_dim + self.hidden, self.hidden)
        seeds = (self.seed_weight, self.seed_input, self.seed_candidate, self.seed_output)
        return _gate_initial(signature, fans, seeds)


@dataclass(frozen=True, slots=True)
class GruResetAfter(Layer):
    """Weights `(3 hidden, in)` and `(3 hidden, hidden)`, biases `(3 hidden,)` twice."""

    steps: int
    in_dim: int
    hidden: int
    seed_input: int = 0
    seed_hidden: int = 0

    label: ClassVar[str] = "GRU"
    libm: ClassVar[tuple[str, ...]] = ("exp", "tanh")

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.steps, self.in_dim), input_shape)
        packed = 3 * self.hidden
        params = ((packed, self.in_dim), (packed, self.hidden), (packed,), (packed,))
        return Signature(params, input_shape, (self.steps, self.hidden))

    def kind_text(self, profile: Profile) -> str:
        return f"GRU(resetAfter, {self.in_dim}, {self.hidden})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        from_input, from_hidden, bias, _ = signature.params
        packed = 3 * self.hidden
        return (
            Initial(from_input, XavierUniform(self.in_dim, packed), self.seed_input),
            Initial(from_hidden, XavierUniform(self.hidden, packed), self.seed_hidden),
            Initial(bias, Zeros(), 0),
            Initial(bias, Zeros(), 0),
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 4

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.via is Via.SPEC:
            raise NotComparableError("the pure semantics of the reset-after GRU were not traced")
        w_input, w_hidden, b_input, b_hidden = params
        out = np.zeros((self.steps, self.hidden), np.float64)
        if out.size == 0:
            return out
        with np.errstate(all="ignore"):
            from_input = matmul(x, w_input.T) + b_input
            hidden = np.zeros(self.hidden, np.float64)
            for step in range(self.steps):
                reset_a, update_a, new_a = np.split(from_input[step], 3)
                reset_b, update_b, new_b = np.split(matvec(w_hidden, hidden) + b_hidden, 3)
                reset = logistic(run.profile, reset_a + reset_b)
                update = logistic(run.profile, update_a + update_b)
                new = tanh(new_a + (reset * new_b))
                hidden = ((1.0 - update) * new) + (update * hidden)
                out[step] = hidden
            out += 0.0
        return out
