"""Tensors with every kind of awkward number, and the run of a layer beside its scalar version."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, Run, Via
from xcheck.reference.profile import PROFILES, profile_named

SPECIAL = (
    0.0,
    -0.0,
    math.nan,
    math.inf,
    -math.inf,
    5e-324,
    -5e-324,
    2.2e-308,
    1.8e308,
    -1.8e308,
    1.0,
    -1.0,
    710.0,
    -746.0,
)

MAY = profile_named("tl-2026-05")
JULY = profile_named("tl-2026-07-15")
AUGUST = profile_named("tl-2026-08")
CHAIN_1 = profile_named("tl-2026-09-c1")
CHAIN_2 = profile_named("tl-2026-09-c2")
GRAPH_PROFILES = tuple(p for p in PROFILES if not p.name.startswith("tl-2026-09"))

ordinary = st.floats(-4.0, 4.0, allow_nan=False, width=64)
numbers = st.one_of(ordinary, ordinary, ordinary, st.sampled_from(SPECIAL), st.floats(width=64))


@st.composite
def tensors(draw, shape, elements=None):
    """A `float64` array of the shape; about every other one holds ordinary numbers only."""
    if elements is None:
        elements = draw(st.sampled_from((ordinary, numbers)))
    count = math.prod(shape)
    return np.array(draw(st.lists(elements, min_size=count, max_size=count)), np.float64).reshape(shape)


def same(ours, expected):
    """Bits, NaN as one class."""
    ours = np.ascontiguousarray(np.asarray(ours, np.float64)).reshape(-1)
    expected = np.ascontiguousarray(np.asarray(expected, np.float64)).reshape(-1)
    if ours.size != expected.size:
        return False
    equal = ours.view(np.uint64) == expected.view(np.uint64)
    return bool(np.all(equal | (np.isnan(ours) & np.isnan(expected))))


def indexed(array):
    """A dict from index tuples to Python floats, the shape under `None`."""
    out = {index: float(array[index]) for index in np.ndindex(array.shape)}
    out[None] = array.shape
    return out


def run_of(profile, mode=Mode.EVAL, via=Via.EAGER):
    return Run(profile, mode, via)


def forward(builder, arguments, params, x, profile=AUGUST, mode=Mode.EVAL, via=Via.EAGER):
    """The layer's output, after checking that parameters and output have the signature's shapes."""
    layer = layer_of(builder, arguments, profile)
    signature = layer.signature(x.shape, profile)
    assert tuple(p.shape for p in params) == signature.params
    out = layer.forward(run_of(profile, mode, via), params, x)
    assert out.shape == signature.output
    assert out.dtype == np.float64
    return out


def parameters(draw, builder, arguments, x_shape, profile=AUGUST):
    """Drawn parameters of the layer's shapes."""
    signature = layer_of(builder, arguments, profile).signature(x_shape, profile)
    return [draw(tensors(shape)) for shape in signature.params]
