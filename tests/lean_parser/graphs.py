"""Random graphs that have a spelling in a surface."""

from __future__ import annotations

from hypothesis import strategies as st

from xcheck.reference.graph import Compose, Identity, prim
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Surface
from xcheck.reference.shape import size

small = st.integers(1, 3)


@st.composite
def stages(draw, shape, profile):
    """One stage on this input."""
    chain = profile.surface is Surface.CHAIN
    kinds = ["relu", "id", "flatten"]
    if shape:
        kinds.append("softmax")
    if len(shape) == 1:
        kinds += ["linear", "linear", "linear"]
    if len(shape) == 3 and 0 not in shape:
        kinds += ["conv", "pool", "norm", "conv"]
        if profile.global_avg_pool_primitive:
            kinds.append("mean")
    kind = draw(st.sampled_from(kinds))
    if kind == "id":
        return Identity(shape)
    if kind == "linear":
        return prim(Linear(shape[0], draw(st.integers(0, 4))), shape, profile)
    if kind == "softmax":
        axis = draw(st.integers(0, len(shape) - 1)) if chain else None
        return prim(Softmax(axis), shape, profile)
    if kind == "flatten":
        return prim(Flatten(), shape, profile)
    if kind == "conv":
        outputs, padding = draw(st.integers(0, 3)), draw(st.integers(0, 2))
        kernel, stride = (draw(small), draw(small)), draw(small)
        if chain:
            primitive = Conv(2, shape[0], outputs, kernel, (stride, draw(small)), (padding, draw(st.integers(0, 2))))
        else:
            primitive = Conv2d(shape[0], outputs, *kernel, stride, padding)
        return prim(primitive, shape, profile)
    if kind == "pool":
        kernel, stride = (draw(small), draw(small)), draw(small)
        primitive = MaxPoolNd(2, kernel, (stride, 1), (0, 1)) if chain else MaxPool2d(*kernel, stride)
        return prim(primitive, shape, profile)
    if kind == "norm":
        return prim(BatchNorm(shape[0], 2) if chain else BatchNormChw(*shape), shape, profile)
    if kind == "mean":
        return prim(GlobalAvgPool2dChw(*shape), shape, profile)
    return prim(Relu(), shape, profile)


@st.composite
def graphs(draw, profile, max_stages=8):
    """A graph of a few stages, associated at random."""
    shape = draw(st.sampled_from([(), (3,), (2, 4), (1, 5, 4), (2, 3, 6), (0,)]))
    parts = []
    for _ in range(draw(st.integers(1, max_stages))):
        stage = draw(stages(shape, profile))
        parts.append(stage)
        shape = stage.shape if isinstance(stage, Identity) else stage.signature.output
        if size(shape) > 4000:
            break
    while len(parts) > 1:
        where = draw(st.integers(0, len(parts) - 2))
        parts[where : where + 2] = [Compose(parts[where], parts[where + 1])]
    return parts[0]
