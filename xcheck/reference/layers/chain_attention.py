"""Attention of the `Chain` revisions: a seed for each weight, optional biases, optional dropout of the probabilities.

Without input biases and dropout it is the pure attention of `attention.py` (plus the output bias, added last).
Otherwise the runtime composes it: biases are added to the projections, blocked keys are left out of the softmax and
stay exactly 0, a head width of 0 scales by infinity, and dropout falls on the probabilities. At a351909 the two are
three builders, and `multiHeadAttentionConfigured` is always composed. Parameters: Wq, Wk, Wv, Wo, then query, key and
value bias, output bias and the dropout probability where switched on.
Source: `NN/Runtime/Autograd/Model/Layers/Attention.lean` @a351909, @3447b74; `NN/Spec/Layers/Attention.lean` @3447b74.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from xcheck.reference import exact
from xcheck.reference.initialise import Constant, Initial, Scheme, XavierUniform, Zeros
from xcheck.reference.layers.attention import Mask, attend, masked_softmax, split_heads
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.dropout import drop
from xcheck.reference.operation import Mode, NotComparableError, Run, Via
from xcheck.reference.primitives.softmax import softmax_along
from xcheck.reference.profile import HeadSplit, MaskedSoftmax, Profile
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Attention(Layer):
    """`(batch, n, width)`, shape-preserving; `mask` is n * n booleans, row-major."""

    batch: int
    length: int
    width: int
    heads: int
    head_width: int
    seed_query: int = 0
    seed_key: int = 0
    seed_value: int = 0
    seed_output: int = 0
    weight_scheme: Scheme | None = None
    output_scheme: Scheme | None = None
    mask: Mask | None = None
    input_bias: bool = False
    output_bias: bool = False
    probability: float | None = None
    seed_dropout: int = 0

    label: ClassVar[str] = "MultiHeadAttention"
    libm: ClassVar[tuple[str, ...]] = ("exp",)
    one_builder: ClassVar[bool] = True

    def available(self, profile: Profile) -> bool:
        return profile.one_attention_builder is self.one_builder

    @property
    def composed_by_runtime(self) -> bool:
        """Whether the forward is a composition instead of the pure attention."""
        return self.input_bias or self.probability is not None

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.mask is not None and len(self.mask) != self.length * self.length:
            raise SignatureError(f"a mask of {len(self.mask)} entries for a sequence of {self.length}")
        self._checked((self.batch, self.length, self.width), input_shape)
        return Signature(tuple(initial.shape for initial in self._state()), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        flags = f"inputBias={_lean(self.input_bias)}, outputBias={_lean(self.output_bias)}"
        return f"{self.label}(heads={self.heads}, headWidth={self.head_width}, {flags})"

    def _state(self) -> tuple[Initial, ...]:
        joined = self.heads * self.head_width
        into = self.weight_scheme or XavierUniform(self.width, joined)
        out = self.output_scheme or self.weight_scheme or XavierUniform(joined, self.width)
        state = [Initial((self.width, joined), into, s) for s in (self.seed_query, self.seed_key, self.seed_value)]
        state.append(Initial((joined, self.width), out, self.seed_output))
        if self.input_bias:
            state += [Initial((joined,), Zeros(), 0)] * 3
        if self.output_bias:
            state.append(Initial((self.width,), Zeros(), 0))
        if self.probability is not None:
            state.append(Initial((), Constant(self.probability), 0))
        return tuple(state)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return self._state()

    def requires_grad(self) -> tuple[bool, ...]:
        trained = 4 + 3 * self.input_bias + self.output_bias
        return (True,) * trained + (False,) * (self.probability is not None)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        if self.composed_by_runtime and run.via is Via.SPEC:
            raise NotComparableError("attention with input biases or dropout is composed by the runtime")
        queue = list(params[4:])
        biases = [queue.pop(0) for _ in range(3)] if self.input_bias else [None] * 3
        output_bias = queue.pop(0) if self.output_bias else None
        with np.errstate(all="ignore"):
            projected = []
            for weight, bias in zip(params[:3], biases, strict=True):
                flat = exact.matmul(x.reshape(-1, self.width), weight)
                if bias is not None:
                    flat = flat + bias
                rows = flat.reshape(self.batch, self.length, self.heads * self.head_width)
                heads = [split_heads(HeadSplit.SWAP, row, self.heads, self.head_width) for row in rows]
                projected.append(heads)
            attended = self._attended(run, projected, queue)
            joined = attended.transpose(0, 2, 1, 3).reshape(self.batch * self.length, self.heads * self.head_width)
            out = exact.matmul(joined, params[3])
            if output_bias is not None:
                out = out + output_bias
            return out.reshape(x.shape)

    def _attended(self, run: Run, projected: list[list[F64]], probability: list[F64]) -> F64:
        """Every head's values mixed, `(batch, heads, n, headWidth)`."""
        query, key, value = projected
        allowed = None if self.mask is None else np.array(self.mask, np.bool_).reshape(self.length, self.length)
        out = np.zeros((self.batch, self.heads, self.length, self.head_width), np.float64)
        places = [(entry, head) for entry in range(self.batch) for head in range(self.heads)]
        if not self.composed_by_runtime:
            for e, h in places:
                out[e, h] = attend(run.profile, query[e][h], key[e][h], value[e][h], allowed)
            return out
        scale = 1.0 / math.sqrt(float(self.head_width)) if self.head_width else math.inf
        weights = np.zeros((self.batch, self.heads, self.length, self.length), np.float64)
        for e, h in places:
            scores = exact.matmul(query[e][h], np.ascontiguousarray(key[e][h].T)) * scale
            if allowed is None:
                weights[e, h] = softmax_along(scores, -1)
            else:
                weights[e, h] = np.where(allowed, masked_softmax(MaskedSoftmax.SHIFTED, scores, allowed), 0.0)
        if self.probability is not None and run.mode is Mode.TRAIN:
            weights = drop(run, weights, probability[0], self.seed_dropout)
        for e, h in places:
            out[e, h] = exact.matmul(weights[e, h], value[e][h])
        return out

    def random_ops(self, run: Run) -> int:
        return int(self.probability is not None and run.mode is Mode.TRAIN)


@dataclass(frozen=True, slots=True)
class PlainAttention(Attention):
    """`multiHeadAttention` at a351909."""

    one_builder: ClassVar[bool] = False

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(heads={self.heads}, headWidth={self.head_width})"


@dataclass(frozen=True, slots=True)
class OutputBiasAttention(PlainAttention):
    """`multiHeadAttentionOutputBias` at a351909."""

    @classmethod
    def of(cls, *arguments: Any) -> OutputBiasAttention:
        """From the builder's arguments in order, which end with the mask."""
        return replace(cls(*arguments), output_bias=True)

    def kind_text(self, profile: Profile) -> str:
        return f"{self.label}(heads={self.heads}, headWidth={self.head_width}, outputBias=true)"


@dataclass(frozen=True, slots=True)
class ConfiguredAttention(Attention):
    """`multiHeadAttentionConfigured` at a351909: composed by the runtime whatever is switched on."""

    one_builder: ClassVar[bool] = False

    @property
    def composed_by_runtime(self) -> bool:
        return True


def _lean(value: bool) -> str:
    return "true" if value else "false"
