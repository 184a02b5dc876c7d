"""Kind strings to typed kinds and back, and what a kind demands of its layer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.lean_parser.kinds import _TEMPLATES, LayerKind, kind_faults, layers_of_kind, parse_kind
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.lowering import seq_layer
from xcheck.reference.profile import profile_named
from xcheck.reference.signature import Signature

MAY = profile_named("tl-2026-05")
AUGUST = profile_named("tl-2026-08")
CHAIN = profile_named("tl-2026-09-c2")
NATURALS = st.integers(0, 10**17)
RANKED = ("conv_nd", "conv_2d", "conv_transpose_nd", "conv_transpose_2d", "max_pool_nd", "avg_pool_nd")
RANKED += ("max_pool_2d", "avg_pool_2d", "max_pool_2d_pad", "avg_pool_2d_pad")


@st.composite
def kinds(draw):
    form = draw(st.sampled_from(sorted(_TEMPLATES)))
    count = _TEMPLATES[form].count("{}")
    if form == "plain":
        return LayerKind(form, (draw(st.sampled_from(("ReLU", "Layer", "LayerNorm", "BatchNorm2d", "FNOBlock"))),))
    if form == "dropout":
        return LayerKind(form, (f"{draw(st.floats(0, 1e9)):.6f}",))
    parts = [draw(NATURALS) for _ in range(count)]
    if form in RANKED:
        parts[0] = draw(st.integers(0, 9999))
    if form == "attention_biases":
        parts[2:] = [draw(st.booleans()), draw(st.booleans())]
    return LayerKind(form, tuple(parts))


@given(kind=kinds())
def test_every_form_prints_and_parses(kind):
    assert parse_kind(str(kind)) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Linear(4,8)",
        "Linear(4, 08)",
        "linear(4, 8)",
        "Linear(4, 8) ",
        " Linear(4, 8)",
        "Linear(-1, 8)",
        "Conv2d(1, 2, 3x3",
        "Dropout(p=0.5)",
        "MultiHeadAttention(heads=1, headDim=2, outputBias=false)",
        "MyLayer",
        "ReLU6",
        "",
        "x" * 300,
    ],
)
def test_other_strings_are_a_users_own(text):
    assert parse_kind(text) is None
    assert list(kind_faults(text, Signature((), (2,), (3,)), (), AUGUST)) == []


def signature(builder, arguments, shape, profile=AUGUST):
    return seq_layer(layer_of(builder, arguments, profile), shape, profile)


CASES = (
    ("linear", {"inDim": 2, "outDim": 3}, (2,), AUGUST),
    ("linearWith", {"inDim": 2, "outDim": 3, "pfx": [4, 5]}, (4, 5, 2), AUGUST),
    ("lstm", {"seqLen": 3, "inputSize": 2, "hiddenSize": 4}, (3, 2), AUGUST),
    ("batchNorm2dNchwMode", {"n": 1, "c": 2, "h": 3, "w": 4}, (1, 2, 3, 4), AUGUST),
    ("batchnormChannelFirst", {"channels": 2, "height": 3, "width": 4}, (2, 3, 4), AUGUST),
    ("rope", {}, (1, 2, 3, 4), AUGUST),
    ("embedding", {"vocab": 4, "embedDim": 2, "pfx": [3]}, (3, 4), AUGUST),
    ("globalAvgPool", {"kept": 2}, (2, 3, 1, 1), AUGUST),
    ("kanPiecewiseLinear", {"gridSize": 4, "inDim": 2}, (2,), AUGUST),
    ("layerNorm", {"leading": [2], "width": 3, "bias": False}, (2, 3), CHAIN),
    ("groupNorm", {"batch": 1, "channels": 2, "groups": 2, "spatial": [1]}, (1, 2, 1), CHAIN),
    ("mamba", {"sequenceLength": 2, "inputWidth": 2, "hiddenWidth": 2, "expansion": 3}, (2, 2), CHAIN),
    ("oneHotEmbedding", {"vocabularySize": 3, "embeddingWidth": 2, "freeze": True}, (3,), CHAIN),
    ("pointwiseAffine", {"grid": 4, "inChannels": 2, "outChannels": 3}, (4, 2), CHAIN),
    ("globalAvgPool", {"batchShape": [2], "channels": 3, "spatial": [4, 5]}, (2, 3, 4, 5), CHAIN),
    (
        "attention",
        {"batchSize": 1, "sequenceLength": 2, "modelWidth": 2, "headCount": 1, "headWidth": 2, "inputBias": True},
        (1, 2, 2),
        CHAIN,
    ),
)


@pytest.mark.parametrize(("builder", "arguments", "shape", "profile"), CASES, ids=[c[0] for c in CASES])
def test_a_kind_and_its_shapes_give_the_layer(builder, arguments, shape, profile):
    layer = signature(builder, arguments, shape, profile)
    kind = parse_kind(layer.kind)
    assert kind is not None
    found = layers_of_kind(kind, layer.signature, profile)
    assert found
    assert any(candidate.requires_grad() == layer.requires_grad for candidate in found)
    assert list(kind_faults(layer.kind, layer.signature, layer.requires_grad, profile)) == []
    wrong = Signature(layer.signature.params, layer.signature.input, (*layer.signature.output, 7))
    assert list(kind_faults(layer.kind, wrong, layer.requires_grad, profile))


WINDOW = {"kernel": [3, 2], "stride": [2, 1], "padding": [1, 0], "inSpatial": [5, 5]}


def test_a_kind_that_leaves_the_stride_open():
    layer = signature("conv", {"batch": 2, "d": 2, "inC": 3, "outC": 4, **WINDOW}, (2, 3, 5, 5))
    assert layers_of_kind(parse_kind(layer.kind), layer.signature, AUGUST) is None
    assert list(kind_faults(layer.kind, layer.signature, layer.requires_grad, AUGUST)) == []
    for params, shape_in, shape_out, words in (
        (((4, 2, 3, 2), (4,)), (2, 3, 5, 5), (2, 4, 3, 4), "kernel"),
        (((4, 3, 3), (4,)), (2, 3, 5, 5), (2, 4, 3, 4), "kernel"),
        (((4, 3, 3, 2), (3,)), (2, 3, 5, 5), (2, 4, 3, 4), "bias"),
        (((4, 3, 3, 2), (4,)), (2, 2, 5, 5), (2, 4, 3, 4), "3 input channels"),
        (((4, 3, 3, 2), (4,)), (2, 3, 5, 5), (2, 3, 3, 4), "4 output channels"),
        (((4, 3, 3, 2), (4,)), (3, 5, 5), (2, 4, 3, 4), "at least 4 axes"),
    ):
        faults = list(kind_faults(layer.kind, Signature(params, shape_in, shape_out), (True, True), AUGUST))
        assert any(words in fault for fault in faults), (faults, words)
    assert "is trained" in "".join(kind_faults(layer.kind, layer.signature, (True, False), AUGUST))
    flat = {"inC": 3, "outC": 4, "kH": 3, "kW": 2, "stride": 1, "padding": 0, "inH": 5, "inW": 5}
    two = signature("conv2d", flat, (3, 5, 5))
    assert list(kind_faults(two.kind, two.signature, two.requires_grad, AUGUST)) == []
    assert list(kind_faults("Conv2d(3, 4, 2x3)", two.signature, two.requires_grad, AUGUST))
    pool = signature("maxPool", {"batch": 2, "d": 2, "C": 3, **WINDOW}, (2, 3, 5, 5))
    assert list(kind_faults(pool.kind, pool.signature, (), AUGUST)) == []
    assert list(kind_faults("MaxPool4d", pool.signature, (), AUGUST))


@pytest.mark.parametrize(
    ("kind", "shapes", "flags", "profile", "words"),
    [
        ("ReLU", Signature((), (2,), (2,)), (), MAY, "has no kind strings"),
        (None, Signature((), (2,), (2,)), (), AUGUST, "labels every layer"),
        (None, Signature((), (2,), (2,)), (), MAY, None),
        ("ReLU", Signature((), (2,), (3,)), (), AUGUST, "no layer of kind ReLU"),
        ("Linear(2, 3)", Signature(((3, 2), (3,)), (2,), (3,)), (True, False), AUGUST, r"flags \[true, true\]"),
        ("Linear(2, 3)", Signature(((3, 2), (3,)), (2,), (3,)), (True,), AUGUST, "2 parameters with 1"),
        ("Linear(3, 2)", Signature(((3, 2), (3,)), (2,), (3,)), (True, True), AUGUST, "no layer of kind"),
        ("ChoGRU(2, 1)", Signature(((1, 3), (1,)), (1, 2), (1, 1)), (True, True), CHAIN, "no layer of kind"),
        ("GRU(2, 1)", Signature(((1, 3), (1,)) * 3, (1, 2), (1, 1)), (True,) * 6, AUGUST, None),
        ("Reshape", Signature((), (2, 3), (5,)), (), AUGUST, "differ in size"),
        ("Softmax", Signature((), (2, 3), (6,)), (), CHAIN, "keeps the shape"),
        ("BatchNorm(channels=2,rank=1)", Signature(((2,), (2,)), (2, 3), (2, 3)), (True, True), CHAIN, None),
        (
            "BatchNorm(channels=2,rank=2)",
            Signature(((2,), (2,)), (2, 3), (2, 3)),
            (True, True),
            CHAIN,
            "no layer of kind",
        ),
        ("MaxPool(rank=1)", Signature((), (2, 5), (3, 4)), (), CHAIN, "keeps the axes before"),
        ("MaxPool2d(2x2)", Signature(((1,),), (1, 4, 4), (1, 2, 2)), (True,), AUGUST, "has no parameters"),
    ],
)
def test_faults(kind, shapes, flags, profile, words):
    faults = list(kind_faults(kind, shapes, flags, profile))
    if words is None:
        assert faults == []
    else:
        assert len(faults) == 1
        assert re.search(words, faults[0]), faults
