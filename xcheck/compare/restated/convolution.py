"""Convolutions of any spatial rank, with the loops over the kernel in a choice of orders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from xcheck.compare.restated.arithmetic import Loops, Rules
from xcheck.reference.windows import padded_images
from xcheck.tensor import F64, Shape


def convolution(rules: Rules, x: F64, params: Sequence[F64], stride: Shape, padding: Shape, outputs: Shape) -> F64:
    """`(inC, *n)` by `params`, a kernel `(outC, inC, *k)` and a bias `(outC,)`, giving `(outC, *outputs)`."""
    kernel, bias = params
    out_channels, in_channels, *window = kernel.shape
    kernel = _turned(rules, kernel)
    padded = padded_images(x, tuple(window), stride, padding, outputs)
    visits = _visits(rules.loops, in_channels, tuple(window))
    places = int(np.prod(outputs, dtype=np.int64))

    def seen(visit: int) -> F64:
        channel, cell = visits[visit]
        taken = (slice(k, k + (o - 1) * s + 1, s or 1) for k, o, s in zip(cell, outputs, stride, strict=True))
        met: F64 = padded[channel][tuple(taken)]
        return met.reshape(1, places)

    def weight(visit: int) -> F64:
        channel, cell = visits[visit]
        own: F64 = kernel.reshape(out_channels, in_channels, -1)[:, channel, _flat(cell, window)]
        return own[:, None]

    start = np.zeros((out_channels, places), np.float64)
    if places:
        if rules.bias_first:
            start = start + bias[:, None]
        total = rules.dot(len(visits), seen, weight, start)
        start = total if rules.bias_first else rules.rounded(total + bias[:, None])
    return start.reshape(out_channels, *outputs)


def _turned(rules: Rules, kernel: F64) -> F64:
    return np.flip(kernel, tuple(range(2, kernel.ndim))) if rules.flipped else kernel


def _visits(loops: Loops, channels: int, window: Shape) -> list[tuple[int, Shape]]:
    """Channels and kernel cells in the order in which they are visited."""
    plain = [(channel, cell) for channel in range(channels) for cell in product(*map(range, window))]
    match loops:
        case Loops.PLAIN:
            return plain
        case Loops.COLUMNS_FIRST:
            return sorted(plain, key=lambda visit: (visit[0], visit[1][::-1]))
        case Loops.CHANNELS_LAST:
            return sorted(plain, key=lambda visit: (visit[1], visit[0]))
        case Loops.CHANNELS_BETWEEN:
            return sorted(plain, key=lambda visit: (visit[1][:1], visit[0], visit[1][1:]))
        case Loops.CHANNELS_LAST_COLUMNS_FIRST:
            return sorted(plain, key=lambda visit: (visit[1][::-1], visit[0]))
        case Loops.FROM_THE_END:
            return sorted(plain, key=lambda visit: (visit[0], [-k for k in visit[1]]))


def _flat(cell: Shape, window: Sequence[int]) -> int:
    place = 0
    for k, extent in zip(cell, window, strict=True):
        place = place * extent + k
    return place


def transposed(rules: Rules, x: F64, params: Sequence[F64], window: tuple[Shape, Shape], outputs: Shape) -> F64:
    """Transposed convolution of `(inC, *n)` by a kernel `(inC, outC, *k)`, in gather form; `window` is stride, padding.

    Where no input value reaches an output through a cell, a zero is multiplied and added.
    """
    kernel, bias = params
    kernel = _turned(rules, kernel)
    in_channels, out_channels, *cells = kernel.shape
    visits = _visits(rules.loops, in_channels, tuple(cells))
    places = int(np.prod(outputs, dtype=np.int64))
    flat = kernel.reshape(in_channels, out_channels, -1)

    def reached(visit: int) -> F64:
        channel, cell = visits[visit]
        image, valid = x[channel], np.ones(outputs, np.bool_)
        picks: list[npt.NDArray[np.intp]] = []
        for axis, (o, k, n, s, p) in enumerate(zip(outputs, cell, image.shape, *window, strict=True)):
            shifted = np.arange(o) + p - k
            source = shifted // s if s else np.zeros_like(shifted)
            hit = (shifted >= 0) & ((shifted % s == 0) if s else (shifted == 0)) & (source < n)
            valid &= hit.reshape([-1 if a == axis else 1 for a in range(len(outputs))])
            picks.append(np.clip(source, 0, max(0, n - 1)))
        values: F64 = np.where(valid, image[np.ix_(*picks)], 0.0) if image.size else np.zeros(outputs)
        return values.reshape(1, places)

    def weight(visit: int) -> F64:
        channel, cell = visits[visit]
        own: F64 = flat[channel, :, _flat(cell, cells)]
        return own[:, None]

    start = np.zeros((out_channels, places), np.float64)
    if places:
        if rules.bias_first:
            start = start + bias[:, None]
        total = rules.dot(len(visits), reached, weight, start)
        start = total if rules.bias_first else rules.rounded(total + bias[:, None])
    return start.reshape(out_channels, *outputs)
