"""Normalisation layers, their buffers and both of their semantics, beside scalar versions."""

from __future__ import annotations

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_2, JULY, MAY, forward, parameters, run_of, same, tensors

from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, NotComparableError, Via

EXTENT = st.integers(1, 4)
EPS = 1e-6


@given(data=st.data(), rows=EXTENT, width=st.integers(1, 20))
def test_layer_norm_in_both_variances(data, rows, width):
    x = data.draw(tensors((1, rows, width)))
    gamma, beta = data.draw(tensors((width,))), data.draw(tensors((width,)))
    arguments = {"batch": 1, "seqLen": rows, "embedDim": width}
    for profile, two_pass in ((MAY, False), (JULY, True), (AUGUST, True)):
        expected = [scalar.layer_norm(row, gamma.tolist(), beta.tolist(), EPS, two_pass) for row in x[0].tolist()]
        assert same(forward("layerNorm", arguments, [gamma, beta], x, profile), expected)
    expected = [scalar.layer_norm(row, gamma.tolist(), beta.tolist(), 1e-5, True) for row in x[0].tolist()]
    chain = {"leading": [1, rows], "width": width}
    assert same(forward("layerNorm", chain, [gamma, beta], x, CHAIN_2), expected)
    plain = [scalar.layer_norm(row, [1.0] * width, [0.0] * width, 1e-5, True) for row in x[0].tolist()]
    assert same(forward("layerNorm", {**chain, "affine": False}, [], x, CHAIN_2), plain)


def test_layer_norm_golden_variances():
    row = np.array([[[0.1, 0.1, 0.1, 0.1, 0.3]]])
    ones, zeros = np.ones(5), np.zeros(5)
    arguments = {"batch": 1, "seqLen": 1, "embedDim": 5}
    outs = [forward("layerNorm", arguments, [ones, zeros], row, p) for p in (MAY, AUGUST)]
    for out, variance in zip(outs, ("0x1.a36e2eb1c432bp-8", "0x1.a36e2eb1c432ap-8"), strict=True):
        c = 0.3 - scalar.fold([0.1, 0.1, 0.1, 0.1, 0.3]) / 5.0
        assert out[0, 0, 4] == c / scalar.root(float.fromhex(variance) + EPS)


@given(data=st.data(), rows=EXTENT, width=st.integers(1, 8))
def test_rms_norm_pure_and_runtime(data, rows, width):
    x, gamma = data.draw(tensors((1, rows, width))), data.draw(tensors((width,)))
    arguments = {"batch": 1, "seqLen": rows, "embedDim": width}
    for via in Via:
        expected = [scalar.rms_norm(row, gamma.tolist(), EPS, via is Via.SPEC) for row in x[0].tolist()]
        assert same(forward("rmsNorm", arguments, [gamma], x, via=via), expected)
    chain = {"leading": [1, rows], "width": width}
    expected = [scalar.rms_norm(row, gamma.tolist(), 1e-5, False) for row in x[0].tolist()]
    assert same(forward("rmsNorm", chain, [gamma], x, CHAIN_2), expected)
    with pytest.raises(NotComparableError, match="not traced"):
        forward("rmsNorm", chain, [gamma], x, CHAIN_2, via=Via.SPEC)


@given(data=st.data(), c=EXTENT, h=EXTENT, w=EXTENT)
def test_batch_norm_of_an_image(data, c, h, w):
    x = data.draw(tensors((c, h, w)))
    arguments = {"channels": c, "height": h, "width": w}
    params = parameters(data.draw, "batchnormChannelFirstMode", arguments, x.shape)
    gamma, beta, mean, var, momentum = (p.tolist() for p in params)
    channels = x.reshape(c, -1).tolist()
    own = [scalar.batch_norm_channel(v, g, b, EPS) for v, g, b in zip(channels, gamma, beta, strict=True)]
    assert same(forward("batchnormChannelFirst", arguments, params[:2], x), own)
    for via in Via:
        given_ = [
            scalar.batch_norm_given(v, g, b, m, s, EPS, via is Via.SPEC)
            for v, g, b, m, s in zip(channels, gamma, beta, mean, var, strict=True)
        ]
        assert same(forward("batchnormChannelFirstEval", arguments, params[:4], x, via=via), given_)
        assert same(forward("batchnormChannelFirstMode", arguments, params, x, via=via), given_)
        assert same(forward("batchnormChannelFirstMode", arguments, params, x, mode=Mode.TRAIN, via=via), own)
    layer = layer_of("batchnormChannelFirstMode", arguments, AUGUST)
    assert all(a is b for a, b in zip(layer.update_buffers(run_of(AUGUST), params, x), params, strict=True))
    after = layer.update_buffers(run_of(AUGUST, Mode.TRAIN), params, x)
    stats = [scalar.statistics(v) for v in channels]
    assert same(after[2], [scalar.blend(m, s[0], momentum) for m, s in zip(mean, stats, strict=True)])
    assert same(after[3], [scalar.blend(m, s[1], momentum) for m, s in zip(var, stats, strict=True)])
    assert all(after[i] is params[i] for i in (0, 1, 4))


def test_batch_norm_golden_numbers():
    x = np.array([1.0, 2.0, 3.0, 5.0]).reshape(1, 2, 2)
    texts = ("-0x1.2ee739243797dp+0", "-0x1.03a19eb15438fp-1", "0x1.5a2cd3971af6ap-3", "0x1.85726e09fe557p+0")
    out = forward("batchnormChannelFirst", {"channels": 1, "height": 2, "width": 2}, [np.ones(1), np.zeros(1)], x)
    assert same(out, [float.fromhex(t) for t in texts])


@given(data=st.data(), n=EXTENT, c=st.sampled_from((1, 2, 4)), h=EXTENT, w=EXTENT)
def test_batch_norms_instance_and_group_norms_of_a_batch(data, n, c, h, w):
    x = data.draw(tensors((n, c, h, w)))
    arguments = {"n": n, "c": c, "h": h, "w": w}
    params = parameters(data.draw, "batchNorm2dNchwMode", arguments, x.shape)
    gamma, beta, mean, var, momentum = (p.tolist() for p in params)
    flat = x.reshape(n, c, -1)
    own = np.empty(flat.shape)
    stored = np.empty(flat.shape)
    for channel in range(c):
        images = flat[:, channel].tolist()
        own[:, channel] = scalar.batch_norm_nested(images, gamma[channel], beta[channel], EPS)
        for image in range(n):
            stored[image, channel] = scalar.batch_norm_given(
                images[image], gamma[channel], beta[channel], mean[channel], var[channel], EPS, False
            )
    assert same(forward("batchNorm2dNchw", arguments, params[:2], x), own)
    assert same(forward("batchNorm2dNchwMode", arguments, params, x, mode=Mode.TRAIN), own)
    assert same(forward("batchNorm2dNchwMode", arguments, params, x), stored)
    after = layer_of("batchNorm2dNchwMode", arguments, AUGUST).update_buffers(run_of(AUGUST, Mode.TRAIN), params, x)
    stats = [scalar.statistics(flat[:, channel].reshape(-1).tolist()) for channel in range(c)]
    assert same(after[2], [scalar.blend(m, s[0], momentum) for m, s in zip(mean, stats, strict=True)])
    assert same(after[3], [scalar.blend(v, s[1], momentum) for v, s in zip(var, stats, strict=True)])

    for groups in (g for g in (1, 2, 4) if c % g == 0):
        expected = np.empty(flat.shape)
        for image in range(n):
            grouped = [scalar.normalise_group(v, EPS) for v in flat[image].reshape(groups, -1).tolist()]
            for channel, values in enumerate(np.array(grouped).reshape(c, -1).tolist()):
                expected[image, channel] = [v * gamma[channel] + beta[channel] for v in values]
        out = forward("groupNorm2dNchw", {**arguments, "groups": groups}, params[:2], x)
        assert same(out, expected)
        if groups == c:
            assert same(forward("instanceNorm2dNchw", arguments, params[:2], x), expected)
    with pytest.raises(NotComparableError, match="no pure operator"):
        forward("groupNorm2dNchw", {**arguments, "groups": 1}, params[:2], x, via=Via.SPEC)


@given(data=st.data(), n=EXTENT, c=st.sampled_from((1, 2)), width=st.integers(1, 5))
def test_chain_norms(data, n, c, width):
    x = data.draw(tensors((n, c, width)))
    arguments = {"batch": n, "channels": c, "spatial": [width]}
    params = parameters(data.draw, "batchNorm", arguments, x.shape, CHAIN_2)
    gamma, beta, mean, var, momentum = (p.tolist() for p in params)
    own = np.empty(x.shape)
    for channel in range(c):
        own[:, channel] = scalar.batch_norm_nested(x[:, channel].tolist(), gamma[channel], beta[channel], 1e-5)
    assert same(forward("batchNorm", arguments, params, x, CHAIN_2, Mode.TRAIN), own)
    after = layer_of("batchNorm", arguments, CHAIN_2).update_buffers(run_of(CHAIN_2, Mode.TRAIN), params, x)
    stats = [scalar.statistics(x[:, channel].reshape(-1).tolist()) for channel in range(c)]
    samples = n * width
    unbiased = [s[1] * (float(samples) / float(samples - 1)) if samples > 1 else s[1] for s in stats]
    assert same(after[2], [scalar.blend(m, s[0], momentum) for m, s in zip(mean, stats, strict=True)])
    assert same(after[3], [scalar.blend(v, s, momentum) for v, s in zip(var, unbiased, strict=True)])
    expected = np.empty(x.shape)
    for image in range(n):
        for channel in range(c):
            values = scalar.normalise_group(x[image, channel].tolist(), 1e-5)
            expected[image, channel] = [v * gamma[channel] + 0.0 for v in values]
    out = forward("instanceNorm", {**arguments, "bias": False}, params[:1], x, CHAIN_2)
    assert same(out, expected)
    assert same(forward("groupNorm", {**arguments, "groups": c, "bias": False}, params[:1], x, CHAIN_2), expected)
