"""`mamba` of a `Graph`: a gated diagonal recurrence, not a selective scan.

Per step: `u = silu(A(Win, bin, x))`, `d = sigma(A(Wd, bd, [x; h]))`, `h' = (d * h) + ((1 - d) * u)`,
`y = h' * silu(A(Wg, bg, x))`; the rows `y` are added to zeros. Weights start Xavier-uniform from `seedW`, `seedW + 1`,
`seedW + 2`; biases at zero.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Recurrent.lean` @b2a2184.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference.exact import matmul
from xcheck.reference.initialise import Initial, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.elementwise import logistic, silu
from xcheck.reference.layers.recurrence import Gates
from xcheck.reference.operation import NotComparableError, Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Mamba(Layer):
    """`(seqLen, in)` to `(seqLen, hidden)`."""

    steps: int
    in_dim: int
    hidden: int
    seed_weight: int = 0
    seed_bias: int = 0

    label: ClassVar[str] = "Mamba"
    libm: ClassVar[tuple[str, ...]] = ("exp",)

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.steps, self.in_dim), input_shape)
        own, both, bias = (self.hidden, self.in_dim), (self.hidden, self.in_dim + self.hidden), (self.hidden,)
        return Signature((own, bias, both, bias, own, bias), input_shape, (self.steps, self.hidden))

    def kind_text(self, profile: Profile) -> str:
        return f"Mamba({self.in_dim}, {self.hidden})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return tuple(
            Initial(shape, Zeros(), self.seed_bias)
            if place % 2
            else Initial(shape, XavierUniform(shape[1], self.hidden), self.seed_weight + place // 2)
            for place, shape in enumerate(signature.params)
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 6

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.via is Via.SPEC:
            raise NotComparableError("the gated recurrence of a mamba layer is composed by the runtime")
        out = np.zeros((self.steps, self.hidden), np.float64)
        if out.size == 0:
            return out
        w_in, b_in, w_delta, b_delta, w_gate, b_gate = params
        with np.errstate(all="ignore"):
            entries = silu(run.profile, matmul(x, w_in.T) + b_in)
            gate = silu(run.profile, matmul(x, w_gate.T) + b_gate)
            deltas = Gates(x, (w_delta,), (b_delta,))
            hidden = np.zeros(self.hidden, np.float64)
            for step in range(self.steps):
                delta = logistic(run.profile, deltas.at(step, hidden)[0])
                hidden = (delta * hidden) + ((1.0 - delta) * entries[step])
                out[step] = hidden * gate[step]
            out += 0.0
        return out

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.composed(run, 3 + 16 * self.steps)
