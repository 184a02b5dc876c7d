"""Where PyTorch's formula is the same up to rounding, the layers agree with it closely.

A check of sanity, never an expectation: what is right to the bit is what Lean does.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.operation import Mode, Run, Via
from xcheck.reference.profile import profile_named

PROFILE = profile_named("tl-2026-08")
CHAIN = profile_named("tl-2026-09-c2")
F = torch.nn.functional


def draw(*shapes):
    rng = np.random.default_rng(11)
    return [rng.standard_normal(shape) for shape in shapes]


def ours(builder, arguments, params, x, mode=Mode.EVAL, profile=PROFILE):
    return layer_of(builder, arguments, profile).forward(Run(profile, mode, Via.EAGER), params, x)


def close(mine, theirs, ulps=64):
    theirs = theirs.detach().numpy()
    assert mine.shape == theirs.shape
    scale = np.maximum(np.abs(theirs), np.abs(theirs).max() / 16.0)
    assert np.all(np.abs(mine - theirs) <= ulps * np.spacing(scale))


def t(array):
    return torch.from_numpy(np.ascontiguousarray(array))


@pytest.mark.parametrize(
    ("builder", "theirs"),
    [
        ("relu", torch.relu),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("silu", F.silu),
        ("gelu", lambda x: F.gelu(x, approximate="tanh")),
        ("square", torch.square),
        ("softmax", lambda x: torch.softmax(x, -1)),
    ],
)
def test_activations(builder, theirs):
    (x,) = draw((50, 9))
    close(ours(builder, {}, [], x), theirs(t(x)), ulps=16)


def test_linear_and_layer_norm():
    x, weight, bias, gamma, beta = draw((6, 30), (12, 30), (12,), (30,), (30,))
    arguments = {"batch": 6, "inDim": 30, "outDim": 12}
    close(ours("linear2d", arguments, [weight, bias], x), F.linear(t(x), t(weight), t(bias)))
    arguments = {"batch": 1, "seqLen": 6, "embedDim": 30}
    expected = F.layer_norm(t(x)[None], (30,), t(gamma), t(beta), 1e-6)
    close(ours("layerNorm", arguments, [gamma, beta], x[None]), expected)
    expected = F.rms_norm(t(x)[None], (30,), t(gamma), 1e-6)
    close(ours("rmsNorm", arguments | {"seedGamma": 0}, [gamma], x[None]), expected)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
def test_convolutions_and_pools(stride, padding):
    x, kernel, bias = draw((2, 3, 7, 6), (4, 3, 3, 2), (4,))
    geometry = {"kernel": [3, 2], "stride": [stride] * 2, "padding": [padding] * 2, "inSpatial": [7, 6]}
    sizes = {"batch": 2, "d": 2, "inC": 3, "outC": 4, **geometry}
    close(ours("conv", sizes, [kernel, bias], x), F.conv2d(t(x), t(kernel), t(bias), stride, padding))
    turned = np.ascontiguousarray(kernel.swapaxes(0, 1))
    close(
        ours("convTranspose", sizes, [turned, bias], x),
        F.conv_transpose2d(t(x), t(turned), t(bias), stride, padding),
    )
    pools = {"batch": 2, "d": 2, "C": 3, **geometry}
    close(ours("maxPool", pools, [], x), F.max_pool2d(t(x), (3, 2), stride, padding), ulps=0)
    close(ours("avgPool", pools, [], x), F.avg_pool2d(t(x), (3, 2), stride, padding))


def test_norms_of_a_batch():
    x, gamma, beta = draw((3, 4, 5, 2), (4,), (4,))
    arguments = {"n": 3, "c": 4, "h": 5, "w": 2}
    mean, var = np.zeros(4), np.ones(4)
    expected = F.batch_norm(t(x), None, None, t(gamma), t(beta), True, 0.1, 1e-6)
    params = [gamma, beta, mean, var, np.array(0.1)]
    close(ours("batchNorm2dNchwMode", arguments, params, x, Mode.TRAIN), expected)
    expected = F.batch_norm(t(x), t(mean), t(var), t(gamma), t(beta), False, 0.1, 1e-6)
    close(ours("batchNorm2dNchwMode", arguments, params, x), expected)
    expected = F.group_norm(t(x), 2, t(gamma), t(beta), 1e-6)
    close(ours("groupNorm2dNchw", {**arguments, "groups": 2}, [gamma, beta], x), expected)
    expected = F.instance_norm(t(x), weight=t(gamma), bias=t(beta), eps=1e-6)
    close(ours("instanceNorm2dNchw", arguments, [gamma, beta], x), expected)


def test_chain_running_variance_is_unbiased():
    x, gamma, beta = draw((3, 4, 5), (4,), (4,))
    params = [gamma, beta, np.zeros(4), np.ones(4), np.array(0.1)]
    layer = layer_of("batchNorm", {"batch": 3, "channels": 4, "spatial": [5]}, CHAIN)
    after = layer.update_buffers(Run(CHAIN, Mode.TRAIN, Via.EAGER), params, x)
    mean, var = torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    F.batch_norm(t(x), mean, var, t(gamma), t(beta), True, 0.1, 1e-5)
    close(np.asarray(after[2]), mean)
    close(np.asarray(after[3]), var)


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_recurrent(kind):
    gates = {"rnn": 1, "lstm": 4}[kind]
    (x,) = draw((7, 5))
    params = draw(*((6, 11), (6,)) * gates)
    module = (torch.nn.RNN if kind == "rnn" else torch.nn.LSTM)(5, 6, dtype=torch.float64)
    order = {"rnn": (0,), "lstm": (1, 0, 2, 3)}[kind]  # PyTorch packs input, forget, cell, output
    weight = np.concatenate([params[2 * i] for i in order])
    bias = np.concatenate([params[2 * i + 1] for i in order])
    with torch.no_grad():
        module.weight_ih_l0.copy_(t(weight[:, :5]))
        module.weight_hh_l0.copy_(t(weight[:, 5:]))
        module.bias_ih_l0.copy_(t(bias))
        module.bias_hh_l0.zero_()
    out, _ = module(t(x))
    close(ours(kind, {"seqLen": 7, "inputSize": 5, "hiddenSize": 6}, params, x), out, ulps=4096)


def test_gru_with_the_reset_after_the_product():
    (x,) = draw((7, 5))
    params = draw((18, 5), (18, 6), (18,), (18,))
    module = torch.nn.GRU(5, 6, dtype=torch.float64)
    with torch.no_grad():
        for mine, theirs in zip(params, module.parameters(), strict=True):
            theirs.copy_(t(mine))
    out, _ = module(t(x))
    arguments = {"sequenceLength": 7, "inputWidth": 5, "hiddenWidth": 6}
    close(ours("gruResetAfter", arguments, params, x, profile=CHAIN), out, ulps=4096)


@pytest.mark.parametrize("masked", [False, True])
def test_attention(masked):
    x, *params = draw((2, 5, 8), (8, 6), (8, 6), (8, 6), (6, 8))
    mask = np.tril(np.ones((5, 5), np.int64))
    arguments = {"batch": 2, "n": 5, "dModel": 8, "numHeads": 3, "headDim": 2}
    if masked:
        arguments["mask"] = mask.reshape(-1).tolist()
    query, key, value = ((t(x) @ t(w)).reshape(2, 5, 3, 2).transpose(1, 2) for w in params[:3])
    mixed = F.scaled_dot_product_attention(query, key, value, t(mask.astype(bool)) if masked else None)
    expected = mixed.transpose(1, 2).reshape(2, 5, 6) @ t(params[3])
    close(ours("multiHeadAttention", arguments, params, x), expected, ulps=512)
