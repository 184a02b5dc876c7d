"""The affine map that recurrent layers apply at every step, on the concatenation of input and hidden state.

Per gate and output row the fold runs over the input entries first, then over the hidden entries, and the bias is added
last. The input part of the fold needs no hidden state, so it is folded for all steps at once and carried on per step.
Source: `NN/Runtime/Autograd/TorchLean/NN.lean` @82bea12, `NN/Recurrent.lean` @b2a2184,
`NN/Runtime/Autograd/Model/Layers/Recurrent.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from xcheck.reference.exact import fold_onto, matmul
from xcheck.tensor import F64

_BLOCK: Final = 1 << 14  # elements of hidden weights per block: product and weights stay in the second-level cache


class Gates:
    """Several gates of one width sharing their input: `weights` are `(hidden, in + hidden)`, `biases` `(hidden,)`."""

    def __init__(self, xs: F64, weights: Sequence[F64], biases: Sequence[F64]) -> None:
        stacked = np.concatenate(list(weights))
        width = xs.shape[1]
        self._gates = len(weights)
        self._bias = np.concatenate(list(biases))
        self._begun = matmul(xs, np.ascontiguousarray(stacked[:, :width].T))
        hidden = stacked[:, width:].T
        rows, columns = hidden.shape
        band = columns if rows == 0 else max(16, _BLOCK // rows)
        self._blocks = [np.ascontiguousarray(hidden[:, at : at + band]) for at in range(0, columns, band)]
        self._starts = list(range(0, columns, band))

    def at(self, step: int, hidden: F64) -> list[F64]:
        """Each gate's affine value at `step` for the hidden state `(hidden,)`."""
        total = self._begun[step]
        column = hidden[:, None]
        parts = [
            fold_onto(total[start : start + block.shape[1]], block * column)
            for start, block in zip(self._starts, self._blocks, strict=True)
        ]
        folded = np.concatenate(parts) if parts else total
        return np.split(folded + self._bias, self._gates)
