"""The table of builders: arguments, their faults, kinds, flags, schemes and seeds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from layer_strategies import AUGUST, CHAIN_1, CHAIN_2, JULY, MAY

from xcheck.reference.initialise import KaimingUniform, Normal, Ones, Uniform, XavierUniform, Zeros
from xcheck.reference.layers.arguments import (
    ArgumentError,
    ArgumentTypeError,
    MissingArgumentError,
    UnknownArgumentError,
    UnknownBuilderError,
)
from xcheck.reference.layers.catalogue import CHAIN_BUILDERS, GRAPH_BUILDERS, builders_of, layer_of
from xcheck.reference.lowering import seq_layer
from xcheck.reference.primitives.base import FloatBits
from xcheck.reference.profile import AXES, PROFILES, differing_axes, profile_named, profile_of_revision
from xcheck.reference.signature import SignatureError

LINEAR = {"inDim": 2, "outDim": 3}


@pytest.mark.parametrize(
    ("builder", "arguments", "error", "text"),
    [
        ("linear", {"inDim": 2}, MissingArgumentError, "linear: the argument outDim is missing"),
        ("linear", {**LINEAR, "batch": 1}, UnknownArgumentError, r"unknown argument batch \(it takes inDim, outDim"),
        ("relu", {"p": 1}, UnknownArgumentError, "it takes none"),
        ("linear", {**LINEAR, "seedW": -1}, ArgumentTypeError, "seedW should be a natural number, got -1"),
        ("linear", {**LINEAR, "seedW": True}, ArgumentTypeError, "seedW should be a natural number"),
        ("linear", {**LINEAR, "seedW": FloatBits(1)}, ArgumentTypeError, "natural number, got 0x0000000000000001"),
        ("dropout", {"p": 1}, ArgumentTypeError, "p should be a float's bits"),
        ("reshape", {"source": "23", "target": []}, ArgumentTypeError, "source should be a list of natural numbers"),
        (
            "fnoBlock",
            {"spatial": [2], "modes": [1], "width": 1, "activation": "gelu"},
            ArgumentTypeError,
            '"tanh", "relu"',
        ),
        ("residual", {"inner": [{"inDim": 2}]}, ArgumentTypeError, "inner should be a list of layers"),
        ("residual", {"inner": [{"builder": "nope"}]}, UnknownBuilderError, "no layer builder of this name"),
        ("nope", {}, UnknownBuilderError, "tl-2026-08 has no layer builder of this name"),
        ("globalAvgPool2dChw", {"c": 1, "h": 1, "w": 1}, UnknownBuilderError, "no longer"),
    ],
)
def test_faulty_arguments(builder, arguments, error, text):
    with pytest.raises(error, match=text) as caught:
        layer_of(builder, arguments, AUGUST)
    assert isinstance(caught.value, ArgumentError)


def test_a_mask_is_zeros_and_ones():
    arguments = {"batch": 1, "n": 2, "dModel": 2, "numHeads": 1, "headDim": 1}
    with pytest.raises(ArgumentTypeError, match="zeros and ones"):
        layer_of("multiHeadAttention", {**arguments, "mask": [0, 1, 2, 0]}, AUGUST)
    with pytest.raises(SignatureError, match="a mask of 3 entries for a sequence of 2"):
        layer_of("multiHeadAttention", {**arguments, "mask": [0, 1, 1]}, AUGUST).signature((1, 2, 2), AUGUST)


def test_a_layer_refuses_another_input():
    with pytest.raises(SignatureError, match=r"Linear takes \[2\], got \[3\]"):
        seq_layer(layer_of("linear", LINEAR, AUGUST), (3,), AUGUST)
    with pytest.raises(SignatureError, match="cannot be cut into 2 groups"):
        layer_of("groupNorm2dNchw", {"n": 1, "c": 3, "h": 1, "w": 1, "groups": 2}, AUGUST).signature(
            (1, 3, 1, 1), AUGUST
        )


def initials(builder, arguments, shape, profile=AUGUST):
    return [(i.scheme, i.seed) for i in seq_layer(layer_of(builder, arguments, profile), shape, profile).initial]


def test_schemes_and_seeds():
    assert initials("linear", {**LINEAR, "seedW": 7, "seedB": 8}, (2,)) == [(XavierUniform(2, 3), 7), (Zeros(), 8)]
    gates = initials("gru", {"seqLen": 1, "inputSize": 2, "hiddenSize": 3, "seedW": 10}, (1, 2))
    assert [seed for _, seed in gates[0::2]] == [10, 11, 12]
    assert all(scheme == XavierUniform(5, 3) for scheme, _ in gates[0::2])
    mamba = initials("mamba", {"seqLen": 1, "inputSize": 2, "hiddenSize": 3, "seedW": 10}, (1, 2))
    assert [scheme for scheme, _ in mamba[0::2]] == [XavierUniform(2, 3), XavierUniform(5, 3), XavierUniform(2, 3)]
    window = {"kernel": [2], "stride": [1], "padding": [0], "inSpatial": [3]}
    conv = {"batch": 1, "d": 1, "inC": 1, "outC": 1, **window, "seedK": 5}
    assert initials("conv", conv, (1, 1, 3))[0] == (Uniform(-0.1, 0.1), 5)
    real = initials("fno1dRealBlock", {"grid": 4, "width": 1, "modes": 1, "seed": 3}, (4, 1))
    assert [seed for _, seed in real] == [3, 4, 5, 6, 23, 24]
    nd = initials("fnoBlock", {"spatial": [2], "modes": [1], "width": 1, "seed": 3}, (2, 1))
    assert nd == [(Uniform(-0.05, 0.05), 3), (Uniform(-0.05, 0.05), 4), (Uniform(-0.05, 0.05), 5), (Zeros(), 6)]
    assert initials("embedding", {"vocab": 4, "embedDim": 2, "seedW": 9}, (4,)) == [(Uniform(-0.02, 0.02), 9)]


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        (["zeros"], Zeros()),
        (["ones"], Ones()),
        (["uniform", FloatBits(0), FloatBits(0x3FF0000000000000)], Uniform(0.0, 1.0)),
        (["xavierUniform", 2, 3], XavierUniform(2, 3)),
        (["kaimingUniform", 2], KaimingUniform(2)),
        (["normal", FloatBits(0), FloatBits(0x3FF0000000000000)], Normal(0.0, 1.0)),
    ],
)
def test_schemes_as_arguments(value, scheme):
    assert initials("linearWith", {**LINEAR, "weightInit": value}, (2,))[0][0] == scheme
    for wrong in (["uniform"], ["xavierUniform", FloatBits(0), 1], ["lecun"], []):
        with pytest.raises(ArgumentTypeError, match="weightInit should be a scheme"):
            layer_of("linearWith", {**LINEAR, "weightInit": wrong}, AUGUST)


def test_attention_schemes_fall_back():
    arguments = {"batch": 1, "n": 1, "dModel": 2, "numHeads": 1, "headDim": 3, "seedW": 4}
    assert [s for s, _ in initials("multiHeadAttention", arguments, (1, 1, 2))] == [XavierUniform(2, 3)] * 4
    assert [seed for _, seed in initials("multiHeadAttention", arguments, (1, 1, 2))] == [4, 5, 6, 7]
    into = {**arguments, "weightInit": ["ones"]}
    assert [s for s, _ in initials("multiHeadAttention", into, (1, 1, 2))] == [Ones()] * 4
    out = {**into, "outputWeightInit": ["zeros"]}
    assert [s for s, _ in initials("multiHeadAttention", out, (1, 1, 2))] == [Ones()] * 3 + [Zeros()]


CHAIN_KINDS = (
    ("linear", {"inputWidth": 2, "outputWidth": 3, "weightSeed": 5}, (2,), "Linear(2, 3)", [5, 0]),
    (
        "lstm",
        {
            "sequenceLength": 1,
            "inputWidth": 2,
            "hiddenWidth": 1,
            "forgetWeightSeed": 3,
            "inputWeightSeed": 4,
            "candidateWeightSeed": 5,
            "outputWeightSeed": 6,
        },
        (1, 2),
        "LSTM(2, 1)",
        [3, 0, 4, 0, 5, 0, 6, 0],
    ),
    (
        "gru",
        {"sequenceLength": 1, "inputWidth": 2, "hiddenWidth": 1, "updateWeightSeed": 4, "candidateWeightSeed": 9},
        (1, 2),
        "ChoGRU(2, 1)",
        [0, 0, 4, 0, 9, 0],
    ),
    (
        "gruResetAfter",
        {"sequenceLength": 1, "inputWidth": 2, "hiddenWidth": 1, "inputWeightSeed": 4, "hiddenWeightSeed": 9},
        (1, 2),
        "GRU(resetAfter, 2, 1)",
        [4, 9, 0, 0],
    ),
    (
        "mamba",
        {
            "sequenceLength": 1,
            "inputWidth": 2,
            "hiddenWidth": 1,
            "inputWeightSeed": 1,
            "stateWeightSeed": 5,
            "gateWeightSeed": 9,
        },
        (1, 2),
        "Mamba(2, 1, state=16, kernel=4)",
        [1, 9, 2, 0, 5, 0, 0, 6, 7, 0, 10],
    ),
    (
        "conv",
        {
            "batchSize": 1,
            "rank": 1,
            "inputChannels": 1,
            "outputChannels": 2,
            "kernelSize": [2],
            "stride": [1],
            "padding": [0],
            "inputSize": [3],
            "weightSeed": 8,
        },
        (1, 1, 3),
        "Conv(rank=1, in=1, out=2)",
        [8, 0],
    ),
    ("batchNorm", {"batch": 1, "channels": 2, "spatial": [2]}, (1, 2, 2), "BatchNorm", [0, 0, 0, 0, 0]),
    ("instanceNorm", {"batch": 1, "channels": 2, "spatial": [], "affine": False}, (1, 2), "InstanceNorm", []),
    ("groupNorm", {"batch": 1, "channels": 2, "groups": 2, "spatial": [1]}, (1, 2, 1), "GroupNorm(groups=2)", [0, 0]),
    ("rmsNorm", {"leading": [], "width": 2, "affine": False}, (2,), "RMSNorm", []),
)


@pytest.mark.parametrize(
    ("builder", "arguments", "shape", "kind", "seeds"), CHAIN_KINDS, ids=[c[0] for c in CHAIN_KINDS]
)
def test_chain_layers(builder, arguments, shape, kind, seeds):
    for profile in (CHAIN_1, CHAIN_2):
        layer = seq_layer(layer_of(builder, arguments, profile), shape, profile)
        assert layer.kind == kind
        assert [initial.seed for initial in layer.initial] == seeds
        assert len(layer.requires_grad) == len(layer.signature.params) == len(seeds)


def test_attention_builders_of_the_chain_revisions():
    arguments = {"batchSize": 1, "sequenceLength": 1, "modelWidth": 2, "headCount": 1, "headWidth": 2}
    kinds = {
        (CHAIN_1, "multiHeadAttention"): "MultiHeadAttention(heads=1, headWidth=2)",
        (CHAIN_1, "multiHeadAttentionOutputBias"): "MultiHeadAttention(heads=1, headWidth=2, outputBias=true)",
        (
            CHAIN_1,
            "multiHeadAttentionConfigured",
        ): "MultiHeadAttention(heads=1, headWidth=2, inputBias=false, outputBias=false)",
        (CHAIN_2, "attention"): "MultiHeadAttention(heads=1, headWidth=2, inputBias=false, outputBias=false)",
    }
    for (profile, builder), kind in kinds.items():
        assert layer_of(builder, arguments, profile).kind(profile) == kind
        other = CHAIN_2 if profile is CHAIN_1 else CHAIN_1
        with pytest.raises(UnknownBuilderError):
            layer_of(builder, arguments, other)
    everything = {**arguments, "inputBias": True, "outputBias": True, "dropout": FloatBits(0x3FE0000000000000)}
    layer = seq_layer(layer_of("attention", everything, CHAIN_2), (1, 1, 2), CHAIN_2)
    assert layer.requires_grad == (True,) * 8 + (False,)
    assert layer.signature.params[-2:] == ((2,), ())


def test_tables():
    assert len(GRAPH_BUILDERS) >= 58
    assert len(CHAIN_BUILDERS) >= 30
    assert builders_of(AUGUST) is GRAPH_BUILDERS
    assert builders_of(CHAIN_1) is CHAIN_BUILDERS


def test_no_kind_before_21198a1():
    assert layer_of("relu", {}, MAY).kind(MAY) is None
    assert layer_of("relu", {}, AUGUST).kind(AUGUST) == "ReLU"


def test_the_revisions_between_the_fifteenth_and_the_end_of_july():
    names = [profile_of_revision(c).name for c in ("5f7d3ee", "8c3a1e6", "c2be276", "14bc499", "46658fd")]
    assert names[-1] == names[-2] == "tl-2026-07-15"
    assert len(set(names)) == 4
    changed = [
        {axis.field for axis in differing_axes(profile_named(a), profile_named(b))}
        for a, b in pairwise(names)
        if a != b
    ]
    assert changed == [
        {"normal_scheme", "attention_output_bias", "dropout_counter"},
        {"pool_nd_limits_padding", "head_split"},
        {"layer_norm_variance"},
    ]


def test_every_layer_axis_is_listed():
    fields = {axis.field for axis in AXES}
    assert {"gelu", "logistic", "average_pool_2d", "global_average", "masked_softmax", "fno_nd"} <= fields
    assert {axis.field for axis in differing_axes(JULY, AUGUST)} == {
        "pool_2d_limits_padding",
        "max_pool",
        "average_pool_2d",
        "gelu",
    }
    assert len(PROFILES) == 10
