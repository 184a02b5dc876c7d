"""What the differing bits of two tensors say by themselves: the rules, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from xcheck.compare.evidence import explain_bits, explain_rounding
from xcheck.compare.tensors import tensor_difference
from xcheck.tensor import Tensor


def said(lean, reference):
    lean, reference = (Tensor.of(np.array(v, np.float64)) for v in (lean, reference))
    return explain_bits(lean, reference, tensor_difference(lean, reference))


@pytest.mark.parametrize(
    ("lean", "reference", "words"),
    [
        ([1.0, 2.0], [1.0, -2.0], ["exactly one bit of one value differs: bit 63, in the sign"]),
        ([1.0, 2.0], [2.0, 1.0], ["the values at [0] and [1] are exchanged"]),
        ([1.0, 2.0, 3.0], [2.0, 3.0, 1.0], ["both sides have the same values in another order"]),
        ([0.0, -0.0, 1.0], [-0.0, 0.0, 1.0], ["the values at [0] and [1] are exchanged", "only the signs of zeros"]),
        ([0.0, 1.0], [-0.0, 1.0], ["bit 63, in the sign", "only the signs of zeros differ"]),
        ([1.0 + 2**-51, 3.0 + 2**-51], [1.0, 3.0], []),
        ([1.0, 3.0], [1.5, 2.25], []),
        ([1.0, 3.0], [np.nan, 3.0], []),
        ([np.inf, 3.0], [1.0, 3.0], ["bit"]),
    ],
)
def test_patterns_of_bits(lean, reference, words):
    found = said(lean, reference)
    assert len(found) == len(words) or words == ["bit"]
    for word, sentence in zip(words, found, strict=False):
        assert word in sentence


@pytest.mark.parametrize(
    ("lean", "libm", "said_of_it"),
    [
        ([1.0 + 2**-51, 3.0 + 2**-51], (), "only last bits differ: another operation order"),
        (
            [1.0 + 2**-52, 3.0],
            ("exp",),
            "only last bits differ: another operation order, or another C library's exp",
        ),
        ([1.0 + 2**-48, 3.0], ("exp",), None),
        ([1.0 + 2**-52, np.nan], ("exp",), None),
    ],
)
def test_last_bits(lean, libm, said_of_it):
    lean, reference = (Tensor.of(np.array(v, np.float64)) for v in (lean, [1.0, 3.0]))
    assert explain_rounding(tensor_difference(lean, reference), libm) == said_of_it
