"""A primitive's forward on flat lists: geometry from the primitive, everything else from `tests.scalar.forwards`."""

from __future__ import annotations

from tests.scalar import forwards
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax

# profiles.md, one row each: the output-extent rule, the pool's visiting order, batch norm's epsilon.
EXTENTS = {"tl-2026-05": "truncated", "tl-2026-06": "truncated"}
ROW_MAJOR = ("tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2")
EPSILON = {"tl-2026-09-c1": 1e-5, "tl-2026-09-c2": 1e-5}


def run(profile_name: str, via: str, primitive, params, x, shape):
    """The output's shape and elements. `params` is a list of flat lists."""
    rule = EXTENTS.get(profile_name, "guarded")
    match primitive:
        case Linear(inputs, outputs):
            return (outputs,), forwards.linear(*params, x, inputs, outputs)
        case Relu():
            return shape, forwards.relu(x)
        case Flatten():
            return (len(x),), list(x)
        case Softmax(axis):
            return shape, forwards.softmax(x, shape, len(shape) - 1 if axis is None else axis)
        case Conv2d(_, outputs, height, width, stride, padding):
            return conv(rule, params, x, shape, outputs, (height, width), (stride,) * 2, (padding,) * 2)
        case Conv(_, _, outputs, kernel, stride, padding):
            return conv(rule, params, x, shape, outputs, kernel, stride, padding)
        case MaxPool2d(height, width, stride):
            kernel, strides = (height, width), (stride, stride)
            if profile_name in ROW_MAJOR:
                return pool(x, shape, kernel, strides, (0, 0))
            out = tuple(forwards.extent(rule, n, k, stride, 0) for n, k in zip(shape[1:], kernel, strict=True))
            return (shape[0], *out), forwards.pool_columns_first(x, shape, kernel, strides, out)
        case MaxPoolNd(_, kernel, stride, padding):
            return pool(x, shape, kernel, stride, padding)
        case BatchNormChw() | BatchNorm():
            return shape, forwards.batch_norm(x, shape, *params, EPSILON.get(profile_name, 1e-6))
        case GlobalAvgPool2dChw():
            average = forwards.global_average_spec if via == "spec" else forwards.global_average_runtime
            return shape[:1], average(x, shape)
    raise AssertionError(primitive)


def conv(rule, params, x, shape, outputs, kernel, stride, padding):
    axes = zip(shape[1:], kernel, stride, padding, strict=True)
    out = tuple(forwards.extent(rule, *axis) for axis in axes)
    kernel_shape = (outputs, shape[0], *kernel)
    return (outputs, *out), forwards.conv(x, shape, params[0], kernel_shape, params[1], stride, padding, out)


def pool(x, shape, kernel, stride, padding):
    axes = zip(shape[1:], kernel, stride, padding, strict=True)
    out = tuple(0 if n == 0 or p > k // 2 else forwards.extent("guarded", n, k, s, p) for n, k, s, p in axes)
    return (shape[0], *out), forwards.pool_row_major(x, shape, kernel, stride, padding, out)
