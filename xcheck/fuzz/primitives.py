"""The kinds of primitive that a generator can choose from: which shapes each takes, and its geometry by choice.

Only what the surface can express: where TorchLean demands a proof, the geometry keeps to what can be proved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from xcheck.fuzz.choices import Choices
from xcheck.reference.graph import Prim, prim
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Kinds, Profile, Surface
from xcheck.reference.shape import Window, size
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape

OPAQUE: Final = "opaque"
_GROWS_UP_TO: Final = 120  # elements from which only primitives that do not grow a tensor are offered


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of primitive: whether it takes a shape, and one of it on a shape that it takes."""

    fits: Callable[[Profile, Shape], bool]
    make: Callable[[Choices, Profile, Shape], Primitive]


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _small(shape: Shape) -> bool:
    return size(shape) <= _GROWS_UP_TO


def _window(choices: Choices, extent: int) -> int:
    """A kernel: mostly one that fits, now and then one that is larger than the input."""
    pick = choices.below(16)
    return extent + 1 if pick == 15 else 1 + pick % max(1, min(extent, 3))


def _windows(choices: Choices, shape: Shape) -> Shape:
    return tuple(_window(choices, extent) for extent in shape)


def _out_channels(choices: Choices) -> int:
    return (1, 2, 3, 2, 1, 3, 2, 0)[choices.below(8)]


def _linear(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    return Linear(shape[0], (1, 2, 3, 4, 5, 2, 3, 0)[choices.below(8)])


def _conv2d(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    # A stride of 0 needs no proof in May only; 564289f, which is a June revision, asks for one.
    strides = (1, 2, 1, 3, 1, 2, 1, 0 if profile.kinds is Kinds.NONE and profile.window is Window.TRUNCATED else 1)
    rows, columns = _windows(choices, shape[1:])
    channels = _out_channels(choices)
    return Conv2d(shape[0], channels, rows, columns, strides[choices.below(8)], (0, 1, 0, 2)[choices.below(4)])


def _max_pool2d(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    rows, columns = _windows(choices, shape[1:])
    return MaxPool2d(rows, columns, 1 + choices.below(3))


def _conv(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    rank, kernel = len(shape) - 1, _windows(choices, shape[1:])
    if choices.below(16) == 15:
        kernel = tuple(0 if axis == 0 else extent for axis, extent in enumerate(kernel))
    stride = tuple((1, 2, 1, 1, 3, 2, 1, 0)[choices.below(8)] for _ in kernel)
    padding = tuple((0, 1, 0, 1 if rank > 2 else 2)[choices.below(4)] for _ in kernel)
    return Conv(rank, shape[0], _out_channels(choices), kernel, stride, padding)


def _max_pool(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    kernel = _windows(choices, shape[1:])
    stride = tuple(1 + choices.below(3) for _ in kernel)
    most = 2 if _small(shape) else 0
    return MaxPoolNd(len(kernel), kernel, stride, tuple(choices.below(4) % (most + 1) for _ in kernel))


def _softmax(choices: Choices, profile: Profile, shape: Shape) -> Primitive:
    return Softmax(choices.below(len(shape)) if _chain(profile) else None)


KINDS: Final[Mapping[str, Kind]] = {
    "relu": Kind(lambda profile, shape: True, lambda choices, profile, shape: Relu()),
    "flatten": Kind(lambda profile, shape: True, lambda choices, profile, shape: Flatten()),
    "softmax": Kind(lambda profile, shape: _graph(profile) or len(shape) > 0, _softmax),
    "linear": Kind(lambda profile, shape: len(shape) == 1 and _small(shape), _linear),
    "conv2d": Kind(lambda p, shape: _graph(p) and len(shape) == 3 and shape[0] > 0 and _small(shape), _conv2d),
    "max_pool2d": Kind(lambda profile, shape: _graph(profile) and len(shape) == 3, _max_pool2d),
    "batchnorm_chw": Kind(
        lambda profile, shape: _graph(profile) and len(shape) == 3 and size(shape) > 0,
        lambda choices, profile, shape: BatchNormChw(*shape),
    ),
    "global_avg_pool2d_chw": Kind(
        lambda profile, shape: profile.global_avg_pool_primitive and len(shape) == 3 and size(shape) > 0,
        lambda choices, profile, shape: GlobalAvgPool2dChw(*shape),
    ),
    "conv": Kind(lambda profile, shape: _chain(profile) and len(shape) > 0 and _small(shape), _conv),
    "max_pool": Kind(lambda profile, shape: _chain(profile) and len(shape) > 0, _max_pool),
    "batch_norm": Kind(
        lambda profile, shape: _chain(profile) and len(shape) > 0 and size(shape) > 0,
        lambda choices, profile, shape: BatchNorm(shape[0], len(shape) - 1),
    ),
}


def kinds_of(profile: Profile) -> tuple[str, ...]:
    """The stock kinds that the profile has."""
    return tuple(name for name, kind in KINDS.items() if any(kind.fits(profile, shape) for shape in ((2, 3, 3), (2,))))


def fitting(profile: Profile, shape: Shape) -> tuple[str, ...]:
    """The stock kinds that take this shape."""
    return tuple(name for name, kind in KINDS.items() if kind.fits(profile, shape))


def node(kind: str, choices: Choices, profile: Profile, shape: Shape) -> Prim:
    """One primitive of this kind, declared as the profile types it."""
    return prim(KINDS[kind].make(choices, profile, shape), shape, profile)


def opaque_node(choices: Choices, shape: Shape, output: Shape, *, layer: bool) -> Prim:
    """A user's own primitive of this input and output; without `layer` a graph with it does not lower."""
    params = ((), ((2,),), ((2, 1), ()))[choices.below(3)]
    signature = Signature(params, shape, output)
    name = ("my_op", "my op", 'my "op"', "conv2d(custom)", "λ-layer", "softmax2")[choices.below(6)]
    return Prim(Opaque.of(name, signature, {}), signature, choices.below(2) == 1, layer)
