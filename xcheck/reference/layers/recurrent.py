"""`rnn`, `gru`, `lstm`: a time-major sequence `(seqLen, in)` to every hidden state `(seqLen, hidden)`.

State starts at +0.0. `sigma` is the profile's logistic function; `A(W, b, v)` is the affine map of `recurrence.py`.
- rnn: `h = tanh(A(W, b, [x; h]))`.
- gru: `r, z = sigma(A(..., [x; h]))`, `n = tanh(A(Wn, bn, [x; r * h]))`, `h' = ((1 - z) * n) + (z * h)`.
- lstm: `f, i, o = sigma(A(...))`, `g = tanh(A(...))`, `c' = (f * c) + (i * g)`, `h' = o * tanh(c')`. The runtime adds
  the output rows to zeros, so a -0.0 becomes +0.0 there while the state keeps it. Weights start Xavier-uniform (fans
  `in + hidden` and `hidden`) from `seedW`, `seedW + 1`, ...; biases at zero. The pure sequences (`rnnSequenceSpec`
  ...) run the same cells and keep the -0.0; up to b2a2184 they give the rows in reverse order of time, for they
  reverse a list that is already in order.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Recurrent.lean` @b2a2184; pure cells and sequences
`NN/Spec/Layers/{Rnn,Gru,Lstm}.lean` @82bea12, @b2a2184, `Rnn.lean` @3447b74.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.initialise import Initial, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.elementwise import logistic
from xcheck.reference.layers.recurrence import Gates
from xcheck.reference.operation import Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class _Recurrent(Layer):
    """What the three share: their arguments, and one `(hidden, in + hidden)` weight and one bias per gate."""

    steps: int
    in_dim: int
    hidden: int
    seed_weight: int = 0
    seed_bias: int = 0

    gates: ClassVar[int] = 1
    constants: ClassVar[int] = 2  # recorded once
    each_step: ClassVar[int] = 5  # recorded per step

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.steps, self.in_dim), input_shape)
        pair = ((self.hidden, self.in_dim + self.hidden), (self.hidden,))
        return Signature(pair * self.gates, input_shape, (self.steps, self.hidden))

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}({self.in_dim}, {self.hidden})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        scheme = XavierUniform(self.in_dim + self.hidden, self.hidden)
        return tuple(
            Initial(
                shape, Zeros() if place % 2 else scheme, self.seed_bias if place % 2 else self.seed_weight + place // 2
            )
            for place, shape in enumerate(signature.params)
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True, True) * self.gates

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        out = np.zeros((self.steps, self.hidden), np.float64)
        if out.size:
            with np.errstate(all="ignore"):
                self._unroll(run.profile, params, x, out)
                if run.via is not Via.SPEC:
                    out += 0.0
        reversed_ = run.via is Via.SPEC and run.profile.recurrent_spec_reversed
        return np.ascontiguousarray(out[::-1]) if reversed_ else out

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.composed(run, self.constants + self.each_step * self.steps)

    @abstractmethod
    def _unroll(self, profile: Profile, params: Sequence[F64], x: F64, out: F64) -> None:
        """Writes the hidden state of each step to `out`."""


@dataclass(frozen=True, slots=True)
class Rnn(_Recurrent):
    """A tanh recurrence."""

    label: ClassVar[str] = "RNN"
    libm: ClassVar[tuple[str, ...]] = ("tanh",)

    def _unroll(self, profile: Profile, params: Sequence[F64], x: F64, out: F64) -> None:
        gates = Gates(x, params[:1], params[1:])
        hidden = np.zeros(self.hidden, np.float64)
        for step in range(self.steps):
            hidden = exact.tanh(gates.at(step, hidden)[0])
            out[step] = hidden


@dataclass(frozen=True, slots=True)
class Gru(_Recurrent):
    """Gates reset, update, new, in this parameter order; the reset is applied before the candidate's product."""

    gates: ClassVar[int] = 3
    constants: ClassVar[int] = 3
    each_step: ClassVar[int] = 15
    label: ClassVar[str] = "GRU"
    libm: ClassVar[tuple[str, ...]] = ("exp", "tanh")

    def _unroll(self, profile: Profile, params: Sequence[F64], x: F64, out: F64) -> None:
        reset_update = Gates(x, params[0:4:2], params[1:4:2])
        candidate = Gates(x, params[4:5], params[5:6])
        hidden = np.zeros(self.hidden, np.float64)
        for step in range(self.steps):
            reset, update = np.split(logistic(profile, np.concatenate(reset_update.at(step, hidden))), 2)
            new = exact.tanh(candidate.at(step, reset * hidden)[0])
            hidden = ((1.0 - update) * new) + (update * hidden)
            out[step] = hidden


@dataclass(frozen=True, slots=True)
class Lstm(_Recurrent):
    """Gates forget, input, candidate, output, in this parameter order."""

    gates: ClassVar[int] = 4
    constants: ClassVar[int] = 3
    each_step: ClassVar[int] = 16
    label: ClassVar[str] = "LSTM"
    libm: ClassVar[tuple[str, ...]] = ("exp", "tanh")

    def _unroll(self, profile: Profile, params: Sequence[F64], x: F64, out: F64) -> None:
        gates = Gates(x, params[0::2], params[1::2])
        hidden = np.zeros(self.hidden, np.float64)
        cell = np.zeros(self.hidden, np.float64)
        for step in range(self.steps):
            forget, entry, candidate, output = gates.at(step, hidden)
            forget, entry, output = np.split(logistic(profile, np.concatenate([forget, entry, output])), 3)
            cell = (forget * cell) + (entry * exact.tanh(candidate))
            hidden = output * exact.tanh(cell)
            out[step] = hidden
