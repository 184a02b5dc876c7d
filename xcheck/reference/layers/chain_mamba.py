"""`mamba` of the `Chain` revisions: a selective state-space layer with a causal depthwise convolution.

With `inner = expansion * hidden` and row vectors on the left of every projection, per token: `x = t Wx`, `z = t Wz`;
`conv = ((bias + (k_0 * x_now)) + (k_1 * x_before)) + ...`, zeros before the start multiplied and added too; `u =
silu(conv)`; `delta = softplus((u Wdt) + bdt)`; `B = u Wb`, `C = u Wc`; `h' = (exp(-(delta * exp(logA))) * h) +
((delta * B) * u)`; `y = (D * u) + (fold over states of h' * C)`; output row `(y * silu(z)) Wout`, added to zeros.
Source: `NN/Runtime/Autograd/Model/Layers/Mamba.lean` @3447b74, `NN/Runtime/Autograd/Model/Mamba.lean` @996dda0;
softplus `NN/Spec/Layers/Activation.lean` @3447b74.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.initialise import Constant, Initial, LogRamp, Ones, Scheme, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.elementwise import silu
from xcheck.reference.operation import NotComparableError, Run, Via
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


def softplus(x: F64) -> F64:
    """`x + log(1 + exp(-x))` where `x > 0`, else `log(1 + exp(x))`."""
    positive = x > 0.0
    tail = exact.log(1.0 + exact.exp(np.where(positive, -x, x)))
    return np.where(positive, x + tail, tail)


@dataclass(frozen=True, slots=True)
class SelectiveMamba(Layer):
    """`(steps, in)` to `(steps, hidden)`; eleven parameters, all trained."""

    steps: int
    in_dim: int
    hidden: int
    seed_input: int = 0
    seed_state: int = 0
    seed_gate: int = 0
    expansion: int = 2
    states: int = 16
    taps: int = 4

    label: ClassVar[str] = "Mamba"
    libm: ClassVar[tuple[str, ...]] = ("exp", "log")

    @property
    def inner(self) -> int:
        """The channels of the convolution and the recurrence."""
        return self.expansion * self.hidden

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((self.steps, self.in_dim), input_shape)
        inner, states = self.inner, self.states
        params = (
            (self.in_dim, inner),
            (self.in_dim, inner),
            (self.taps, inner),
            (inner,),
            (inner, inner),
            (inner,),
            (inner, states),
            (inner, states),
            (inner, states),
            (inner,),
            (inner, self.hidden),
        )
        return Signature(params, input_shape, (self.steps, self.hidden))

    def kind_text(self, profile: Profile) -> str:
        return f"Mamba({self.in_dim}, {self.hidden}, state={self.states}, kernel={self.taps})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        inner, states = self.inner, self.states
        starts: tuple[tuple[Scheme, int], ...] = (
            (XavierUniform(self.in_dim, inner), self.seed_input),
            (XavierUniform(self.in_dim, inner), self.seed_gate),
            (XavierUniform(self.taps, self.taps), self.seed_input + 1),
            (Zeros(), 0),
            (XavierUniform(inner, inner), self.seed_state),
            (Constant(math.log(math.exp(0.01) - 1.0)), 0),
            (LogRamp(), 0),
            (XavierUniform(inner, states), self.seed_state + 1),
            (XavierUniform(inner, states), self.seed_state + 2),
            (Ones(), 0),
            (XavierUniform(inner, self.hidden), self.seed_gate + 1),
        )
        return tuple(Initial(shape, *start) for shape, start in zip(signature.params, starts, strict=True))

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * 11

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        w_x, w_z, kernel, bias, w_delta, b_delta, log_rates, w_b, w_c, skip, w_out = params
        if run.via is Via.SPEC:
            raise NotComparableError("the selective recurrence of a mamba layer is composed by the runtime")
        out = np.zeros((self.steps, self.hidden), np.float64)
        if out.size == 0:
            return out
        with np.errstate(all="ignore"):
            padded = np.zeros((self.taps + self.steps, self.inner), np.float64)
            padded[self.taps :] = exact.matmul(x, w_x)
            convolved = np.broadcast_to(bias, (self.steps, self.inner))
            for tap in range(self.taps):
                convolved = convolved + kernel[tap] * padded[self.taps - tap : self.taps - tap + self.steps]
            u = silu(run.profile, convolved)
            delta = softplus(exact.matmul(u, w_delta) + b_delta)
            entry, readout = exact.matmul(u, w_b), exact.matmul(u, w_c)
            gate = silu(run.profile, exact.matmul(x, w_z))
            rates = exact.exp(log_rates)
            state = np.zeros((self.inner, self.states), np.float64)
            for step in range(self.steps):
                kept = exact.exp((delta[step][:, None] * rates) * -1.0) * state
                state = kept + (delta[step][:, None] * entry[step]) * u[step][:, None]
                read = exact.matvec(state, readout[step])
                gated = ((skip * u[step]) + read) * gate[step]
                out[step] = exact.matmul(gated[None, :], w_out)[0]
            out += 0.0
        return out
