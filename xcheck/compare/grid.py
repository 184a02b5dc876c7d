"""How a tensor of any rank is laid out to be looked at: as a matrix, in blocks where it is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from xcheck.reference.shape import size
from xcheck.tensor import Shape

Number = TypeVar("Number", np.int8, np.int64, np.uint64)

_WRAPPED = 64  # a vector longer than this goes over several rows


@dataclass(frozen=True, slots=True)
class Grid:
    """`rows` x `columns` cells, each of `block_rows` x `block_columns` elements of the tensor laid out as a matrix.

    The first axis runs down, all others together run across; a long vector is wrapped, so its last row may be short.
    """

    rows: int
    columns: int
    block_rows: int
    block_columns: int
    count: int
    width: int  # elements in a row of the matrix

    @property
    def single(self) -> bool:
        """Whether every element has a cell of its own."""
        return self.block_rows == self.block_columns == 1

    def gathered(self, values: npt.NDArray[Number], filler: int) -> npt.NDArray[Number]:
        """The elements of each cell, `(rows, columns, block_rows * block_columns)`; `filler` where there is none."""
        padded = np.full((self.rows * self.block_rows, self.columns * self.block_columns), filler, values.dtype)
        full = self.count // self.width
        padded[:full, : self.width] = values[: full * self.width].reshape(full, self.width)
        if full * self.width < self.count:
            padded[full, : self.count - full * self.width] = values[full * self.width :]
        blocks = padded.reshape(self.rows, self.block_rows, self.columns, self.block_columns)
        return blocks.swapaxes(1, 2).reshape(self.rows, self.columns, -1)


def grid_of(shape: Shape, most_rows: int, most_columns: int) -> Grid:
    """The layout of a non-empty tensor of this shape in at most so many rows and columns of cells."""
    count = size(shape)
    width = count // shape[0] if len(shape) > 1 else min(count, _WRAPPED)
    rows = -(-count // width)
    block_rows, block_columns = -(-rows // most_rows), -(-width // most_columns)
    return Grid(-(-rows // block_rows), -(-width // block_columns), block_rows, block_columns, count, width)
