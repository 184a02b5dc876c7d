from __future__ import annotations

import numpy as np
import pytest

from xcheck.tensor import Tensor


def test_bits_and_values_are_the_same_memory():
    tensor = Tensor((2, 2), np.array([0x3FF0000000000000, 0x8000000000000000, 1, 0x7FF8000000000001], np.uint64))
    assert tensor.values.shape == (2, 2)
    assert tensor.values[0, 0] == 1.0
    assert np.signbit(tensor.values[0, 1])
    assert Tensor.of(tensor.values) == tensor


def test_equality_is_of_bits_and_shape():
    zeros, negative = Tensor.of(np.zeros(2)), Tensor.of(-np.zeros(2))
    assert zeros != negative
    assert zeros != Tensor.of(np.zeros((2, 1)))
    assert hash(zeros) == hash(Tensor.of(np.zeros(2)))
    quiet, payload = (Tensor((), np.array([bits], np.uint64)) for bits in (0x7FF8000000000000, 0x7FF8000000000001))
    assert quiet != payload


def test_a_tensor_cannot_be_changed():
    tensor = Tensor.of(np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        tensor.bits[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        tensor.values[0] = 1.0


@pytest.mark.parametrize(
    ("shape", "bits"),
    [
        ((2,), np.zeros(3, np.uint64)),
        ((), np.zeros(0, np.uint64)),
        ((0, 5), np.zeros(1, np.uint64)),
        ((2,), np.zeros(2, np.int64)),
        ((2,), np.zeros(2, np.float64)),
        ((2,), np.zeros((2, 1), np.uint64)),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(shape, bits):
    with pytest.raises(ValueError, match=r"flat uint64 array|elements"):
        Tensor(shape, bits)


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match="float64"):
        Tensor.of(np.zeros(2, np.float32))


def test_strided_values_are_taken_row_major():
    values = np.arange(6, dtype=np.float64).reshape(2, 3).T
    assert Tensor.of(values).values.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
