"""Geometry at the edges of a surface: windows that do not fit, strides of 0, empty and scalar shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcheck.reference.graph import Prim, prim
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Kinds, Profile, Surface
from xcheck.tensor import Shape


def degenerate_sequences(profile: Profile) -> Iterator[tuple[str, Sequence[Prim]]]:
    """A name and a chain for each."""
    rows = _CHAIN if profile.surface is Surface.CHAIN else _GRAPH
    for name, start, sequence in (*_BOTH, *rows):
        yield name, _typed(profile, start, sequence)
    if profile.surface is not Surface.CHAIN and profile.kinds is Kinds.NONE:
        # Before 564289f a convolution needs no proof that its stride is not 0; only May is all before it.
        yield "stride-0", _typed(profile, (1, 3, 3), (Conv2d(1, 2, 2, 2, 0, 0), Flatten(), Linear(2, 2)))


def _typed(profile: Profile, start: Shape, sequence: Sequence[Primitive]) -> list[Prim]:
    found: list[Prim] = []
    shape = start
    for primitive in sequence:
        if isinstance(primitive, Linear):
            # How much is left after a window that does not fit is the profile's to say.
            primitive = Linear(shape[0], primitive.out_dim)
        found.append(prim(primitive, shape, profile))
        shape = found[-1].signature.output
    return found


_Row = tuple[str, Shape, tuple[Primitive, ...]]

_BOTH: tuple[_Row, ...] = (
    ("linear-from-nothing", (0,), (Linear(0, 3), Relu(), Linear(3, 2))),
    ("linear-to-nothing", (3,), (Linear(3, 0), Relu(), Linear(0, 2))),
    ("scalar", (), (Relu(), Flatten(), Linear(1, 2))),
    ("empty-axis", (2, 0, 3), (Relu(), Flatten(), Linear(0, 2))),
)
_GRAPH: tuple[_Row, ...] = (
    ("softmax-scalar", (), (Softmax(),)),
    ("softmax-empty", (2, 0), (Softmax(),)),
    ("kernel-larger-than-input", (2, 2, 3), (Conv2d(2, 2, 4, 2, 1, 0), Flatten(), Linear(0, 2))),
    ("kernel-as-large-as-padded-input", (1, 2, 2), (Conv2d(1, 2, 4, 4, 1, 1), Flatten(), Linear(0, 2))),
    ("remainder-dropped", (1, 5, 5), (Conv2d(1, 1, 2, 2, 2, 0), MaxPool2d(2, 1, 3))),
    ("stride-beyond-input", (1, 3, 3), (Conv2d(1, 1, 1, 1, 7, 0),)),
    ("padding-beyond-kernel", (1, 2, 2), (Conv2d(1, 1, 1, 1, 1, 3),)),
    ("no-output-channels", (1, 3, 3), (Conv2d(1, 0, 2, 2, 1, 0), Flatten(), Linear(0, 1))),
    ("empty-image", (1, 0, 3), (Conv2d(1, 1, 1, 1, 1, 0), Flatten(), Linear(0, 1))),
    ("pool-larger-than-input", (2, 2, 2), (MaxPool2d(3, 2, 1), Flatten(), Linear(0, 2))),
    ("pool-empty-image", (1, 0, 2), (MaxPool2d(1, 1, 1), Flatten(), Linear(0, 2))),
    ("batch-norm-of-one", (2, 1, 1), (BatchNormChw(2, 1, 1), Softmax())),
)
_CHAIN: tuple[_Row, ...] = (
    ("softmax-empty", (2, 0), (Softmax(1), Softmax(0))),
    ("softmax-axis-of-one", (1, 3), (Softmax(0),)),
    ("kernel-larger-than-input", (2, 2, 3), (Conv(2, 2, 2, (4, 2), (1, 1), (0, 0)), Flatten(), Linear(0, 2))),
    ("kernel-0", (1, 3), (Conv(1, 1, 2, (0,), (1,), (0,)), Flatten(), Linear(0, 2))),
    ("stride-0", (1, 3), (Conv(1, 1, 2, (2,), (0,), (0,)), Flatten(), Linear(0, 2))),
    ("no-input-channels", (0, 3), (Conv(1, 0, 2, (2,), (1,), (0,)),)),
    ("no-output-channels", (1, 3), (Conv(1, 1, 0, (2,), (1,), (0,)), Flatten(), Linear(0, 1))),
    ("rank-0", (3,), (Conv(0, 3, 2, (), (), ()), MaxPoolNd(0, (), (), ()), BatchNorm(2, 0))),
    ("rank-1", (2, 5), (Conv(1, 2, 2, (3,), (2,), (1,)), MaxPoolNd(1, (2,), (1,), (1,)), BatchNorm(2, 1))),
    (
        "rank-3",
        (1, 3, 2, 3),
        (Conv(3, 1, 2, (2, 1, 2), (1, 1, 2), (1, 0, 1)), MaxPoolNd(3, (2,) * 3, (1,) * 3, (1,) * 3)),
    ),
    ("remainder-dropped", (1, 5, 5), (Conv(2, 1, 1, (2, 2), (2, 3), (0, 0)), MaxPoolNd(2, (2, 1), (3, 1), (0, 0)))),
    ("padding-above-half-the-kernel", (1, 4), (MaxPoolNd(1, (2,), (1,), (2,)), Flatten(), Linear(0, 2))),
    ("pool-larger-than-input", (2, 2), (MaxPoolNd(1, (3,), (1,), (0,)), Flatten(), Linear(0, 2))),
    ("pool-of-padding", (1, 1), (MaxPoolNd(1, (3,), (2,), (1,)),)),
)
