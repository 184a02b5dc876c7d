"""`multiHeadAttention`, `multiHeadAttentionOutputBias`: self-attention of `(batch, n, dModel)`.

Per batch entry: `Q = x Wq`, `K = x Wk`, `V = x Wv` (x is the left factor), cut into heads; per head the scores `fold
over d of Q[i,d] * K[j,d]`, times `1 / sqrt(headDim)` (a reciprocal, multiplied), softmax or masked softmax over j,
`fold over j of P[i,j] * V[j,d]`; heads joined, times `Wo`, plus the output bias where there is one. How heads are
cut, how a mask is applied and what a head width of 0 does are profile axes. Weights start Xavier-uniform (or by
`weightInit` / `outputWeightInit`) from `seedW`, `seedW + 1`, ...
Source: `NN/Spec/Layers/Attention.lean` @82bea12, @b2a2184; layers `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12,
`NN/Attention.lean` @b2a2184.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.reference import exact
from xcheck.reference.initialise import Initial, Scheme, XavierUniform, Zeros
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.primitives.softmax import softmax_along
from xcheck.reference.profile import HeadSplit, MaskedSoftmax, Profile
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape

Mask: TypeAlias = tuple[bool, ...]


def masked_softmax(rule: MaskedSoftmax, scores: F64, allowed: npt.NDArray[np.bool_]) -> F64:
    """Softmax over the last axis of the scores that `allowed` lets through, the others exactly 0; same shapes.

    Shifted: by the first allowed score, replaced where a later one is greater; a row without any gives zeros.
    Unshifted: `exp(score)` itself; a row without any is 0 / 0.
    """
    if scores.size == 0:
        return scores
    if rule is MaskedSoftmax.UNSHIFTED:
        numerators = np.where(allowed, exact.exp(np.where(allowed, scores, 0.0)), 0.0)
        return numerators / exact.fold_last(numerators)[..., None]
    best = np.zeros(scores.shape[:-1], np.float64)
    seen = np.zeros(scores.shape[:-1], np.bool_)
    for key in range(scores.shape[-1]):
        score, open_ = scores[..., key], allowed[..., key]
        best = np.where(open_ & (~seen | (score > best)), score, best)
        seen = seen | open_
    shifted = np.where(allowed, scores - best[..., None], 0.0)
    numerators = np.where(allowed, exact.exp(shifted), 0.0)
    total = exact.fold_last(numerators)
    return np.where(seen[..., None], numerators / total[..., None], 0.0)


def split_heads(rule: HeadSplit, projected: F64, heads: int, width: int) -> F64:
    """`(n, heads * width)` to `(heads, n, width)`."""
    n = projected.shape[0]
    if rule is HeadSplit.REINTERPRET:
        return projected.reshape(heads, n, width)
    return np.ascontiguousarray(projected.reshape(n, heads, width).transpose(1, 0, 2))


def head_scale(profile: Profile, width: int) -> float:
    """`1 / sqrt(width)`; a width of 0 gives infinity, or 1 where the profile guards it."""
    if width == 0:
        return 1.0 if profile.zero_head_scale else math.inf
    return 1.0 / math.sqrt(float(width))


def attend(profile: Profile, query: F64, key: F64, value: F64, allowed: npt.NDArray[np.bool_] | None) -> F64:
    """Attention of one head; all three are `(n, width)`, `allowed` is `(n, n)`."""
    scores = exact.matmul(query, np.ascontiguousarray(key.T)) * head_scale(profile, query.shape[1])
    if allowed is None:
        return exact.matmul(softmax_along(scores, -1), value)
    return exact.matmul(masked_softmax(profile.masked_softmax, scores, allowed), value)


@dataclass(frozen=True, slots=True)
class MultiHeadAttention(Layer):
    """Wq, Wk, Wv `(dModel, heads * headDim)`, Wo `(heads * headDim, dModel)`; `mask` is n * n booleans, row-major."""

    batch: int
    length: int
    width: int
    heads: int
    head_width: int
    seed_weight: int = 0
    weight_scheme: Scheme | None = None
    output_scheme: Scheme | None = None
    mask: Mask | None = None

    label: ClassVar[str] = "MultiHeadAttention"
    libm: ClassVar[tuple[str, ...]] = ("exp",)
    output_bias: ClassVar[bool] = False

    def available(self, profile: Profile) -> bool:
        return profile.attention_output_bias or not self.output_bias

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        if self.mask is not None and len(self.mask) != self.length * self.length:
            raise SignatureError(f"a mask of {len(self.mask)} entries for a sequence of {self.length}")
        self._checked((self.batch, self.length, self.width), input_shape)
        joined = self.heads * self.head_width
        params: tuple[Shape, ...] = (*((self.width, joined),) * 3, (joined, self.width))
        if self.output_bias:
            params = (*params, (self.width,))
        return Signature(params, input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        bias = ", outputBias=true" if self.output_bias else ""
        return f"{self.label}(heads={self.heads}, headDim={self.head_width}{bias})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        fans = XavierUniform(self.width, self.heads * self.head_width)
        into = self.weight_scheme or fans
        out = self.output_scheme or self.weight_scheme or fans
        schemes: tuple[Scheme, ...] = (into, into, into, out, Zeros())
        return tuple(
            Initial(shape, schemes[place], self.seed_weight + place) for place, shape in enumerate(signature.params)
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,) * (5 if self.output_bias else 4)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        profile = run.profile
        allowed = None if self.mask is None else np.array(self.mask, np.bool_).reshape(self.length, self.length)
        out = np.empty(x.shape, np.float64)
        with np.errstate(all="ignore"):
            for entry in range(self.batch):
                query, key, value = (
                    split_heads(profile.head_split, exact.matmul(x[entry], w), self.heads, self.head_width)
                    for w in params[:3]
                )
                attended = [attend(profile, query[h], key[h], value[h], allowed) for h in range(self.heads)]
                joined = np.concatenate(attended, axis=1) if attended else np.zeros((self.length, 0), np.float64)
                out[entry] = exact.matmul(joined, params[3])
            return out + params[4] if self.output_bias else out


@dataclass(frozen=True, slots=True)
class MultiHeadAttentionOutputBias(MultiHeadAttention):
    """The same with a fifth parameter, the output bias `(dModel,)`, added last."""

    output_bias: ClassVar[bool] = True
