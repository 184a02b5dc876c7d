"""Other conventions of the maximum: which zero and which NaN it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import FORWARD, Candidate, Cause
from xcheck.compare.variant import AlteredOperation, Forward, each_layer
from xcheck.reference.layers import elementwise, pool
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.operation import Operation, Run
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.tensor import F64, Shape

Convention: TypeAlias = Callable[[F64, F64], F64]  # the maximum of what was best so far and a new value


def _second_unless_less(x: F64, y: F64) -> F64:
    return np.where(y < x, x, y)


def _first_unless_less(x: F64, y: F64) -> F64:
    return np.where(x < y, y, x)


def _lean(x: F64, y: F64) -> F64:
    return np.where(x <= y, y, x)


def _lean_exchanged(x: F64, y: F64) -> F64:
    return np.where(y <= x, x, y)


def _numbers_first(x: F64, y: F64) -> F64:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.where(x < y, y, x)))


def _nan_stays(x: F64, y: F64) -> F64:
    return np.where(np.isnan(x) | np.isnan(y), np.nan, np.where(x < y, y, x))


def _numbers_first_later(x: F64, y: F64) -> F64:
    return np.where(np.isnan(x), y, np.where(np.isnan(y), x, np.where(x <= y, y, x)))


def _nan_stays_later(x: F64, y: F64) -> F64:
    return np.where(np.isnan(x) | np.isnan(y), np.nan, np.where(x <= y, y, x))


def _ieee(x: F64, y: F64) -> F64:
    """IEEE 754-2019 maximum: NaN stays, +0.0 is greater than -0.0."""
    zeros = (x == 0.0) & (y == 0.0)
    return np.where(zeros, np.where(np.signbit(x), y, x), _nan_stays(x, y))


def _ieee_number(x: F64, y: F64) -> F64:
    zeros = (x == 0.0) & (y == 0.0)
    return np.where(zeros, np.where(np.signbit(x), y, x), _numbers_first(x, y))


def _exchanged(convention: Convention) -> Convention:
    return lambda x, y: convention(y, x)


_CONVENTIONS: Final[tuple[tuple[str, Convention], ...]] = (
    ("`if x < y then y else x`: of two equal values, or with a NaN, the first", _first_unless_less),
    ("`if y < x then x else y`: of two equal values, or with a NaN, the second", _second_unless_less),
    ("`if x <= y then y else x`, Lean's own `max`", _lean),
    ("Lean's `max` with its operands exchanged", _lean_exchanged),
    ("C's fmax: a NaN loses against a number; of equal values the first", _numbers_first),
    ("C's fmax: a NaN loses against a number; of equal values the second", _numbers_first_later),
    ("a NaN stays; of equal values the first", _nan_stays),
    ("a NaN stays; of equal values the second", _nan_stays_later),
    ("IEEE 754 maximum: a NaN stays, +0.0 above -0.0", _ieee),
    ("IEEE 754 maximumNumber: a NaN loses, +0.0 above -0.0", _ieee_number),
)
_RELU: Final[tuple[tuple[str, Convention], ...]] = tuple(
    (f"relu x is max x 0 by {name}", convention) for name, convention in _CONVENTIONS
) + tuple((f"relu x is max 0 x by {name}", _exchanged(convention)) for name, convention in _CONVENTIONS)


def _relu(convention: Convention) -> Forward:
    def run(run: Run, params: Sequence[F64], x: F64) -> F64:
        return convention(x, np.zeros_like(x))

    return run


def _geometry(operation: Operation) -> tuple[Shape, Shape, Shape] | None:
    """Kernel, stride and padding of a max pool."""
    match operation:
        case MaxPool2d():
            return (operation.kernel_height, operation.kernel_width), (operation.stride,) * 2, (0, 0)
        case MaxPoolNd(_, kernel, stride, padding) if kernel is not None and stride is not None and padding is not None:
            return kernel, stride, padding
        case pool.MaxPoolNd() | pool.MaxPool2d() | pool.MaxPool2dPad():
            return operation.geometry()[:3]
    return None


def _pool(operation: Operation, geometry: tuple[Shape, Shape, Shape], convention: Convention, columns: bool) -> Forward:
    kernel, stride, padding = geometry

    def run(run: Run, params: Sequence[F64], x: F64) -> F64:
        output = operation.signature(x.shape, run.profile).output
        spatial = len(kernel)
        outputs = output[len(output) - spatial :]
        images = x.reshape(-1, *x.shape[x.ndim - spatial :])
        best = np.zeros((images.shape[0], *outputs), np.float64)
        seen = np.zeros(outputs, np.bool_)
        cells = sorted(product(*map(range, kernel)), key=lambda cell: cell[::-1] if columns else cell)
        for cell in cells:
            value, valid = _met(images, cell, stride, padding, outputs)
            best = np.where(valid, np.where(seen, convention(best, value), value), best)
            seen |= valid
        return np.ascontiguousarray(best.reshape(output))

    return run


def _met(images: F64, cell: Shape, stride: Shape, padding: Shape, outputs: Shape) -> tuple[F64, npt.NDArray[np.bool_]]:
    """The values that a kernel cell meets for each output, and for which outputs it lies inside the image."""
    places = [np.arange(o) * s + k - p for o, s, k, p in zip(outputs, stride, cell, padding, strict=True)]
    inside = [(at >= 0) & (at < n) for at, n in zip(places, images.shape[1:], strict=True)]
    clipped = [np.clip(at, 0, max(0, n - 1)) for at, n in zip(places, images.shape[1:], strict=True)]
    values: F64 = images[np.ix_(np.arange(images.shape[0]), *clipped)]
    valid = np.ones(outputs, np.bool_)
    for axis, within in enumerate(inside):
        valid &= within.reshape([-1 if a == axis else 1 for a in range(len(outputs))])
    return values, valid


def _candidates(case: FailedCase) -> Iterator[Candidate]:
    if any(isinstance(layer.operation, Relu | elementwise.Relu) for layer in case.layers):
        for says, convention in _RELU:
            yield Candidate(says, case.variant(alter=each_layer(_relu_by(convention))))
    if any(_geometry(layer.operation) for layer in case.layers):
        for name, convention in _CONVENTIONS:
            for columns, how in ((False, "row-major"), (True, "columns first")):
                says = f"pooling keeps the maximum by {name}, {how}"
                yield Candidate(says, case.variant(alter=each_layer(_pool_by(convention, columns))))


def _relu_by(convention: Convention) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        if not isinstance(layer.operation, Relu | elementwise.Relu):
            return layer
        return replace(layer, operation=AlteredOperation(layer.operation, _relu(convention)))

    return change


def _pool_by(convention: Convention, columns: bool) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        geometry = _geometry(layer.operation)
        if geometry is None:
            return layer
        run = _pool(layer.operation, geometry, convention, columns)
        return replace(layer, operation=AlteredOperation(layer.operation, run))

    return change


MAXIMA = (
    Cause(
        "max-convention",
        FORWARD,
        "the comparison behind `max` (Lean's `maxOfLe`; NN/Spec/Layers/Activation.lean, Pooling*.lean)",
        _candidates,
    ),
)
