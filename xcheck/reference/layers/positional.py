"""Position information: `learnedPositionalEmbedding`, `sinusoidalPositionalEncoding` and `rope`.

- The first two add a table `(seqLen, embedDim)` to every batch entry, the table as left operand: a trained one that
  starts uniform in +-0.02 from `seedPos`, or the sinusoidal one (`initialise.PositionTable`), which is a buffer.
- RoPE on `(batch, heads, seqLen, headDim)`: `(x * cos) + ((rotated * sign) * sin)`, where `rotated` swaps neighbours
  0-1, 2-3, ... (an unpaired last column stays) and `sign` is -1 on even columns that have a neighbour. cos and sin
  are buffers.
Source: `NN/API/Neural/Builders.lean`, `NN/Spec/Layers/PositionalEncoding.lean` @b2a2184; `NN/API/Neural/Impl.lean`,
`NN/Spec/Layers/PositionalEncoding.lean` @3447b74 (any leading axes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.initialise import Initial, PositionTable, Scheme, Wave
from xcheck.reference.layers.base import Layer
from xcheck.reference.layers.embedding import TABLE_START
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile, Surface
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape

_SEQUENCE: Final = ("batch", "seqLen", "embedDim")
_HEADS: Final = ("batch", "heads", "seqLen", "headDim")


def _table_shape(label: str, axes: tuple[str, ...], input_shape: Shape, profile: Profile) -> Shape:
    """The last two axes; a Chain's layers take any axes before them, a Graph's exactly these."""
    chain = profile.surface is Surface.CHAIN
    if len(input_shape) < 2 if chain else len(input_shape) != len(axes):
        shown = ", ".join(("...", *axes[-2:]) if chain else axes)
        raise SignatureError(f"{label} takes [{shown}], got {format_shape(input_shape)}")
    return input_shape[-2:]


@dataclass(frozen=True, slots=True)
class LearnedPositionalEmbedding(Layer):
    """Shape-preserving on `(batch, seqLen, embedDim)`; the table is a trained parameter."""

    seed: int = 0
    scheme: Scheme = TABLE_START

    label: ClassVar[str] = "LearnedPositionalEmbedding"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((_table_shape(self.label, _SEQUENCE, input_shape, profile),), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return (Initial(signature.params[0], self.scheme, self.seed),)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return params[0] + x


@dataclass(frozen=True, slots=True)
class SinusoidalPositionalEncoding(Layer):
    """Shape-preserving on `(batch, seqLen, embedDim)`; the table is a buffer, its first row position `start`."""

    start: int = 0

    label: ClassVar[str] = "SinusoidalPositionalEncoding"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((_table_shape(self.label, _SEQUENCE, input_shape, profile),), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return (Initial(signature.params[0], PositionTable(self.start, Wave.ALTERNATING), 0),)

    def requires_grad(self) -> tuple[bool, ...]:
        return (False,)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return params[0] + x


@dataclass(frozen=True, slots=True)
class Rope(Layer):
    """Shape-preserving on `(batch, heads, seqLen, headDim)`; buffers cos and sin `(seqLen, headDim)`."""

    start: int = 0

    label: ClassVar[str] = "RoPE"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        table = _table_shape(self.label, _HEADS, input_shape, profile)
        return Signature((table, table), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        table = signature.params[0]
        return (
            Initial(table, PositionTable(self.start, Wave.COS, profile.rope_fixed_tail), 0),
            Initial(table, PositionTable(self.start, Wave.SIN, profile.rope_fixed_tail), 0),
        )

    def requires_grad(self) -> tuple[bool, ...]:
        return False, False

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        cos, sin = params
        columns = np.arange(x.shape[-1])
        paired = (columns % 2 == 0) & (columns + 1 < x.shape[-1])
        source = np.where(columns % 2 == 1, columns - 1, np.where(paired, columns + 1, columns))
        sign = np.where(paired, -1.0, 1.0)
        with np.errstate(all="ignore"):
            return (x * cos) + ((x[..., source] * sign) * sin)
