"""Putting one fault into a golden export, in memory: the file on disk is never touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xcheck.compare.check import Options, check_export
from xcheck.compare.result import RunResult
from xcheck.report.exit_code import exit_code
from xcheck.tensor import Tensor


def one_case(export, name):
    """The export with this case alone."""
    return replace(export, items=export.cases()[name])


def with_item(export, old, new):
    """The export with one item in another's place."""
    assert old != new
    assert sum(item is old for item in export.items) == 1
    return replace(export, items=tuple(new if item is old else item for item in export.items))


def find(export, kind, case, index=None):
    """The first item of this kind in a case."""
    return next(
        item
        for item in export.items
        if isinstance(item, kind) and item.name == case and (index is None or item.index == index)
    )


def with_bits(tensor, change):
    """A copy of the tensor after `change(bits)`."""
    bits = tensor.bits.copy()
    change(bits)
    assert not np.array_equal(bits, tensor.bits)
    return Tensor(tensor.shape, bits)


def flip(place, bit):
    def change(bits):
        bits[place] ^= np.uint64(1 << bit)

    return change


def swap(one, other):
    def change(bits):
        bits[[one, other]] = bits[[other, one]]

    return change


def at(values, place, value):
    """A tuple with one entry exchanged."""
    return (*values[:place], value, *values[place + 1 :])


def found(export, options=None):
    """`(item, finding)` pairs, in order, and the exit code."""
    result = check_export(export, options or Options())
    pairs = [(item.item, finding) for item in result.items() for finding in item.findings]
    return pairs, exit_code(RunResult((result,)))
