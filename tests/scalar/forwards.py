"""Forwards on flat lists, one scalar operation a line (numerics.md 3, era_c.md 2.3)."""

from __future__ import annotations

import math
from itertools import product

from tests.scalar.bits import divide, exp, maximum


def offset(shape, coordinate) -> int:
    place = 0
    for extent, index in zip(shape, coordinate, strict=True):
        place = place * extent + index
    return place


def places(shape):
    return product(*map(range, shape))


def count(shape) -> int:
    return math.prod(shape)


def clamp(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def linear(weight, bias, x, inputs: int, outputs: int):
    y = []
    for i in range(outputs):
        total = 0.0
        for k in range(inputs):
            term = weight[i * inputs + k] * x[k]
            total = total + term
        y.append(total + bias[i])
    return y


def relu(x):
    return [clamp(v) for v in x]


def softmax(x, shape, axis: int):
    if not shape:
        return [1.0]
    y = [0.0] * len(x)
    n = shape[axis]
    for rest in places(shape[:axis] + shape[axis + 1 :]):
        at = [offset(shape, (*rest[:axis], j, *rest[axis:])) for j in range(n)]
        if not at:
            continue
        m = x[at[0]]
        for place in at:
            m = maximum(m, x[place])
        e = [exp(x[place] - m) for place in at]
        total = 0.0
        for value in e:
            total = total + value
        for place, value in zip(at, e, strict=True):
            y[place] = divide(value, total)
    return y


def extent(rule: str, n: int, k: int, s: int, p: int) -> int:
    """A window's output extent (graphspec.md 1.3); `rule` is truncated or guarded."""
    if rule == "guarded":
        if k == 0 or s == 0 or n + 2 * p < k:
            return 0
        return (n + 2 * p - k) // s + 1
    difference = n + 2 * p - k if n + 2 * p >= k else 0
    return (difference // s if s > 0 else 0) + 1


def conv(x, in_shape, kernel, kernel_shape, bias, stride, padding, outputs):
    channels, *extents = in_shape
    out_channels, _, *window = kernel_shape
    y = []
    for oc in range(out_channels):
        for out in places(outputs):
            total = 0.0
            for ic in range(channels):
                for cell in places(window):
                    at = [o * s + k - p for o, s, k, p in zip(out, stride, cell, padding, strict=True)]
                    inside = all(0 <= a < n for a, n in zip(at, extents, strict=True))
                    value = x[offset(in_shape, (ic, *at))] if inside else 0.0
                    term = value * kernel[offset(kernel_shape, (oc, ic, *cell))]
                    total = total + term
            y.append(total + bias[oc])
    return y


def pool_columns_first(x, in_shape, kernel, stride, outputs):
    channels, height, width = in_shape
    y = []
    for c in range(channels):
        for i, j in places(outputs):
            window = [[0.0] * kernel[1] for _ in range(kernel[0])]
            for a, b in places(kernel):
                row, column = i * stride[0] + a, j * stride[1] + b
                if row < height and column < width:
                    window[a][b] = x[offset(in_shape, (c, row, column))]
            columns = []
            for b in range(kernel[1]):
                best = window[0][b]
                for a in range(1, kernel[0]):
                    best = maximum(best, window[a][b])
                columns.append(best)
            best = columns[0]
            for value in columns[1:]:
                best = maximum(best, value)
            y.append(best)
    return y


def pool_row_major(x, in_shape, kernel, stride, padding, outputs):
    channels, *extents = in_shape
    y = []
    for c in range(channels):
        for out in places(outputs):
            best = None
            for cell in places(kernel):
                at = [o * s + k - p for o, s, k, p in zip(out, stride, cell, padding, strict=True)]
                if any(a < 0 or a >= n for a, n in zip(at, extents, strict=True)):
                    continue
                value = x[offset(in_shape, (c, *at))]
                if best is None or value > best:
                    best = value
            y.append(0.0 if best is None else best)
    return y


def batch_norm(x, shape, gamma, beta, eps: float):
    channels = shape[0]
    n = count(shape[1:])
    y = []
    for c in range(channels):
        row = x[c * n : (c + 1) * n]
        total = 0.0
        for v in row:
            total = total + v
        mean = total / float(n) if n else 0.0
        squares = 0.0
        for v in row:
            centred = v - mean
            squares = squares + centred * centred
        variance = clamp(squares / float(n)) if n else 0.0
        deviation = math.sqrt(clamp(variance + eps))
        for v in row:
            y.append((divide(v - mean, deviation) * gamma[c]) + beta[c])
    return y


def global_average_spec(x, shape):
    channels, height, width = shape
    y = []
    for c in range(channels):
        total = 0.0
        for k in range(height * width):
            total = total + x[c * height * width + k]
        y.append(total / float(height * width))
    return y


def global_average_runtime(x, shape):
    channels, height, width = shape
    y = []
    for c in range(channels):
        total = 0.0
        for h in range(height):
            row = 0.0
            for w in range(width):
                row = row + x[(c * height + h) * width + w]
            total = total + row / float(width)
        y.append(total / float(height))
    return y
