"""`embedding`: one-hot (or soft) tokens `(*prefix, vocab)` times a table, as a matrix product with x on the left.

The table `(vocab, embedDim)` starts uniform in +-0.02 from `seedW` unless `wInit` says otherwise; there is no bias.
Source: `NN/API/Neural/Builders.lean` @b2a2184; `NN/API/Neural/Impl.lean` (`oneHotEmbedding`) @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from xcheck.reference.exact import matmul
from xcheck.reference.initialise import Initial, Scheme, Uniform
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape

TABLE_START: Final = Uniform(-0.02, 0.02)


@dataclass(frozen=True, slots=True)
class Embedding(Layer):
    """`(*prefix, vocab)` to `(*prefix, embedDim)`."""

    vocabulary: int
    width: int
    seed_weight: int = 0
    scheme: Scheme = TABLE_START
    prefix: Shape = ()

    label: ClassVar[str] = "Embedding"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        self._checked((*self.prefix, self.vocabulary), input_shape)
        return Signature(((self.vocabulary, self.width),), input_shape, (*self.prefix, self.width))

    def kind_text(self, profile: Profile) -> str:
        return f"Embedding({self.vocabulary}, {self.width})"

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return (Initial(signature.params[0], self.scheme, self.seed_weight),)

    def requires_grad(self) -> tuple[bool, ...]:
        return (True,)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        rows = x.reshape(size(self.prefix), self.vocabulary)
        with np.errstate(all="ignore"):
            return matmul(rows, params[0]).reshape(*self.prefix, self.width)


@dataclass(frozen=True, slots=True)
class OneHotEmbedding(Embedding):
    """The same in the `Chain` revisions, where the table may be frozen."""

    frozen: bool = False

    def kind_text(self, profile: Profile) -> str:
        return f"OneHotEmbedding({self.vocabulary}, {self.width})"

    def requires_grad(self) -> tuple[bool, ...]:
        return (not self.frozen,)
