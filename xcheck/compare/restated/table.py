"""Which operations can be computed by other rules, and how each is put together from the parts beside this file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch
from typing import TypeAlias

import numpy as np

from xcheck.compare.restated.affine import affine
from xcheck.compare.restated.arithmetic import Rules
from xcheck.compare.restated.attention import attention
from xcheck.compare.restated.averages import average_pool, means, sums
from xcheck.compare.restated.convolution import convolution, transposed
from xcheck.compare.restated.normalisation import Form, blended, given, nested, normalised, statistics
from xcheck.compare.restated.recurrent import mamba, unrolled
from xcheck.compare.restated.scalar import gelu, logistic
from xcheck.compare.restated.softmax import softmax
from xcheck.reference.layers import (
    affine as affine_layers,
)
from xcheck.reference.layers import (
    attention as attention_layers,
)
from xcheck.reference.layers import (
    batch_norm,
    batch_norm_nchw,
    chain_norm,
    conv,
    elementwise,
    global_pool,
    group_norm,
    layer_norm,
    pool,
    recurrent,
    reduce,
    rms_norm,
)
from xcheck.reference.layers import (
    mamba as mamba_layers,
)
from xcheck.reference.layers import softmax as softmax_layers
from xcheck.reference.operation import Mode, Operation, Run, Via
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import AveragePool, Variance
from xcheck.reference.shape import size
from xcheck.tensor import F64

By: TypeAlias = Callable[[Rules, Run, Sequence[F64], F64], F64]


def restated(operation: Operation) -> By | None:
    """How the operation is computed by given rules; None where that is not written down here."""
    return _how(operation)


def computed(operation: Operation, rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
    """The operation's output by these rules.

    An operation that is not restated is run as it is, on rounded operands and with a rounded result where the rules
    round: exact for what only moves or selects values.
    """
    params, x = [rules.rounded(values) for values in params], rules.rounded(x)
    by = restated(operation)
    with np.errstate(all="ignore"):
        if by is None:
            return rules.rounded(operation.forward(run, params, x))
        return by(rules, run, params, x)


def updated(operation: Operation, rules: Rules, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
    """The operation's parameters after a forward, with running statistics by these rules."""
    if run.mode is Mode.EVAL or not isinstance(
        operation, batch_norm.BatchNormImageMode | batch_norm_nchw.BatchNormBatchMode
    ):
        return operation.update_buffers(run, params, x)
    gamma, beta, mean, variance, momentum = params
    by_channel = x.reshape(x.shape[0], -1) if x.ndim == 3 else np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    with np.errstate(all="ignore"):
        now_mean, now_variance = statistics(rules, by_channel)
        mean, variance = blended(rules, mean, now_mean, momentum), blended(rules, variance, now_variance, momentum)
    return gamma, beta, mean, variance, momentum


@singledispatch
def _how(operation: Operation) -> By | None:
    return None


@_how.register
def _linear(operation: Linear | affine_layers.Linear) -> By:
    return lambda rules, run, params, x: affine(rules, x[None, :], params[0], params[1])[0]


@_how.register
def _linear_rows(operation: affine_layers.Linear2d | affine_layers.PrefixLinear) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        weight, bias = params
        return affine(rules, x.reshape(size(x.shape[:-1]), weight.shape[1]), weight, bias).reshape(
            *x.shape[:-1], weight.shape[0]
        )

    return by


@_how.register
def _convolution_2d(operation: Conv2d) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        outputs = operation.signature(x.shape, run.profile).output[1:]
        return convolution(rules, x, params, (operation.stride,) * 2, (operation.padding,) * 2, outputs)

    return by


@_how.register
def _convolution_nd(operation: Conv) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        outputs = operation.signature(x.shape, run.profile).output[1:]
        return convolution(rules, x, params, operation.stride or (), operation.padding or (), outputs)

    return by


@_how.register
def _convolution_layer(operation: conv.Conv | conv.Conv2d) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        _, stride, padding, _ = operation.geometry()
        outputs = operation.outputs(run.profile)

        def one(image: F64) -> F64:
            if operation.transposed:
                return transposed(rules, image, params, (stride, padding), outputs)
            return convolution(rules, image, params, stride, padding, outputs)

        if operation.batched is None:
            return one(x)
        return np.stack([one(image) for image in x]) if x.shape[0] else operation.forward(run, params, x)

    return by


def _channels(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
    if x.size == 0:
        return x
    gamma, beta = (value[:, None] for value in params[:2])
    eps = run.profile.batch_norm_eps
    return normalised(rules, Form(), x.reshape(x.shape[0], -1), gamma, beta, eps).reshape(x.shape)


@_how.register
def _batch_norm(operation: BatchNormChw | BatchNorm | batch_norm.BatchNormImage) -> By:
    return _channels


@_how.register
def _batch_norm_by_mode(operation: batch_norm.BatchNormImageMode) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.mode is Mode.TRAIN:
            return _channels(rules, run, params, x)
        return _one_given(rules, run, params, x)

    return by


@_how.register
def _batch_norm_by_given(operation: batch_norm.BatchNormImageEval) -> By:
    return _one_given


@_how.register
def _batch_norm_of_batch(operation: batch_norm_nchw.BatchNormBatch | batch_norm_nchw.BatchNormBatchMode) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0 or run.via is Via.SPEC:
            return operation.forward(run, params, x)
        if len(params) > 2 and run.mode is Mode.EVAL:
            return _given(rules, run, params, x)
        rows = x.reshape(*x.shape[:2], size(x.shape[2:]))
        return nested(rules, rows, params[0], params[1], run.profile.batch_norm_eps).reshape(x.shape)

    return by


def _one_given(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
    images: F64 = _given(rules, run, params, x[None])
    return images.reshape(x.shape)


def _given(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
    rows = x.reshape(*x.shape[:2], size(x.shape[2:]))
    return given(rules, run.via is Via.SPEC, rows, params, run.profile.batch_norm_eps).reshape(x.shape)


def _grouped(operation: Operation, groups: int) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0 or run.via is Via.SPEC:
            return operation.forward(run, params, x)
        gamma, beta = params
        rows = x.reshape(x.shape[0] * groups, -1)
        each = rows.shape[1] * groups // x.shape[1]
        spread = [np.tile(np.repeat(value, each).reshape(groups, -1), (x.shape[0], 1)) for value in (gamma, beta)]
        eps = run.profile.batch_norm_eps
        return normalised(rules, Form(reciprocal=True), rows, spread[0], spread[1], eps).reshape(x.shape)

    return by


@_how.register
def _group_norm(operation: group_norm.GroupNorm) -> By:
    return _grouped(operation, operation.groups)


@_how.register
def _instance_norm(operation: group_norm.InstanceNorm) -> By:
    return _grouped(operation, operation.channels)


@_how.register
def _layer_norm(operation: layer_norm.LayerNorm) -> By:
    return lambda rules, run, params, x: _rows(rules, run, params[0], params[1], x, run.profile.batch_norm_eps)


@_how.register
def _chain_layer_norm(operation: chain_norm.LayerNorm) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        scale = params[0] if params else np.ones(operation.width)
        shift = params[1] if len(params) > 1 else np.zeros(operation.width)
        return _rows(rules, run, scale, shift, x, operation.eps)

    return by


def _rows(rules: Rules, run: Run, gamma: F64, beta: F64, x: F64, eps: float) -> F64:
    if x.size == 0:
        return x
    form = Form(centred_again=True, moments=run.profile.layer_norm_variance is Variance.MOMENTS)
    return normalised(rules, form, x.reshape(-1, x.shape[-1]), gamma, beta, eps).reshape(x.shape)


@_how.register
def _rms_norm(operation: rms_norm.RmsNorm) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if x.size == 0:
            return x
        pure = run.via is Via.SPEC
        form = Form(reciprocal=not pure, uncentred=True, clamped=not pure)
        rows = x.reshape(-1, operation.width)
        return normalised(rules, form, rows, params[0], None, run.profile.batch_norm_eps).reshape(x.shape)

    return by


@_how.register
def _softmax(operation: Softmax | softmax_layers.Softmax) -> By:
    return lambda rules, run, params, x: softmax(rules, x, -1 if operation.axis is None else operation.axis)


@_how.register
def _sum(operation: reduce.Sum) -> By:
    return lambda rules, run, params, x: sums(rules, x.reshape(-1))


@_how.register
def _global_average(
    operation: GlobalAvgPool2dChw | global_pool.GlobalAvgPool2dChw | global_pool.GlobalAvgPool2dNchw,
) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.via is Via.SPEC:
            return means(rules, x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]))
        return means(rules, means(rules, x))

    return by


@_how.register
def _recurrent(operation: recurrent.Rnn | recurrent.Gru | recurrent.Lstm) -> By:
    kind = type(operation).__mro__
    name = next(base.__name__.upper() for base in kind if base in (recurrent.Rnn, recurrent.Gru, recurrent.Lstm))

    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        out = unrolled(rules, name, run.profile, params, x, operation.hidden)
        if run.via is not Via.SPEC:
            return out + 0.0
        return np.ascontiguousarray(out[::-1]) if run.profile.recurrent_spec_reversed else out

    return by


@_how.register
def _average_pool(operation: pool.AvgPoolNd | pool.AvgPool2d) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        outputs = operation.outputs(run.profile)
        plane = isinstance(operation, pool.AvgPool2d)
        columns_first = plane and run.profile.average_pool_2d is AveragePool.COLUMNS_FIRST
        window = operation.geometry()[:3]
        if plane:
            return average_pool(rules, x, window, outputs, columns_first)
        images = [average_pool(rules, image, window, outputs, False) for image in x]
        return np.stack(images) if images else operation.forward(run, params, x)

    return by


@_how.register
def _attention(operation: attention_layers.MultiHeadAttention) -> By:
    return lambda rules, run, params, x: attention(rules, operation, run.profile, params, x)


@_how.register
def _sigmoid(operation: elementwise.Sigmoid) -> By:
    return lambda rules, run, params, x: logistic(rules, run.profile, x)


@_how.register
def _silu(operation: elementwise.Silu) -> By:
    return lambda rules, run, params, x: rules.rounded(x * logistic(rules, run.profile, x))


@_how.register
def _gelu(operation: elementwise.Gelu) -> By:
    return lambda rules, run, params, x: gelu(rules, run, x)


@_how.register
def _mamba(operation: mamba_layers.Mamba) -> By:
    def by(rules: Rules, run: Run, params: Sequence[F64], x: F64) -> F64:
        if run.via is Via.SPEC or x.size == 0 or operation.hidden == 0:
            return operation.forward(run, params, x)
        return mamba(rules, run.profile, params, x, operation.hidden)

    return by
