"""Shapes and the output-extent rules of sliding windows.

A shape is a tuple of naturals, outermost dimension first; `()` is a scalar and zero dimensions are legal.
Source: `NN/Spec/Core/Shape.lean` @82bea12 (truncated arithmetic) and @852c9c6 (guarded);
`NN/Spec/Layers/Pooling/ND.lean` @be55ea0 (the pool rule).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from xcheck.tensor import Shape

__all__ = [
    "Shape",
    "Window",
    "format_shape",
    "format_shapes",
    "pool_extent",
    "size",
    "transposed_extent",
    "window_extent",
]


class Window(StrEnum):
    """How the output extent of a sliding window is computed."""

    TRUNCATED = "truncated"
    GUARDED = "guarded"


def size(shape: Shape) -> int:
    """The number of elements; 1 for a scalar, 0 as soon as one dimension is 0."""
    count = 1
    for extent in shape:
        count *= extent
    return count


def window_extent(rule: Window, extent: int, kernel: int, stride: int, padding: int) -> int:
    """The output extent of a window of `kernel` cells sliding by `stride` over `extent` cells padded on both sides.

    Natural-number arithmetic as Lean has it: subtraction stops at 0 and `n / 0 = 0`. The truncated rule is
    therefore never 0 (a window larger than its input still has one output); the guarded rule is 0 there.
    """
    padded = extent + 2 * padding
    if rule is Window.GUARDED and (kernel == 0 or stride == 0 or padded < kernel):
        return 0
    steps = max(padded - kernel, 0)
    return (steps // stride if stride else 0) + 1


def pool_extent(rule: Window, limit_padding: bool, extent: int, kernel: int, stride: int, padding: int) -> int:
    """A pooling window's output extent; with `limit_padding`, 0 for an empty input or padding above `kernel / 2`."""
    if limit_padding and (extent == 0 or kernel == 0 or padding > kernel // 2):
        return 0
    return window_extent(rule, extent, kernel, stride, padding)


def format_shape(shape: Shape) -> str:
    """A shape as the export format writes it: `[2, 3]`."""
    return "[" + ", ".join(map(str, shape)) + "]"


def format_shapes(shapes: Iterable[Shape]) -> str:
    """A list of shapes as the export format writes it: `[[3, 2], [3]]`."""
    return "[" + ", ".join(map(format_shape, shapes)) + "]"


def transposed_extent(rule: Window, extent: int, kernel: int, stride: int, padding: int) -> int:
    """The output extent of a transposed convolution, in natural arithmetic.

    Truncated, left to right: `(n - 1) * s - 2 p + k`. Guarded: 0 where `n`, `k` or `s` is 0, else
    `((n - 1) * s + k) - 2 p`. Source: `NN/Spec/Layers/Conv.lean` @82bea12, @852c9c6.
    """
    steps = max(extent - 1, 0) * stride
    if rule is Window.TRUNCATED:
        return max(steps - 2 * padding, 0) + kernel
    return max(steps + kernel - 2 * padding, 0) if extent and kernel and stride else 0
