from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.lean_parser.primitive_names import PrimitiveAttributeError, primitive_of
from xcheck.reference.primitives.base import FloatBits
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES
from xcheck.reference.signature import Signature
from xcheck.strategies import covering_sequences, lean_strings, primitives, profiles, shapes

NONE = Signature((), (), ())


@given(st.data(), profiles())
def test_a_primitive_prints_and_reads_back(data, profile):
    primitive = data.draw(primitives(profile, data.draw(shapes())))
    again = primitive_of(primitive.name, primitive.attributes(), NONE)
    assert again == primitive
    assert type(again) is type(primitive)
    assert again.name == primitive.name


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_covered_primitive_prints_and_reads_back(profile):
    for sequence in covering_sequences(profile):
        for node in sequence:
            primitive = node.primitive
            assert primitive_of(primitive.name, primitive.attributes(), node.signature) == primitive


# graphspec.md 2.2, era_c.md 2.1
@pytest.mark.parametrize(
    ("name", "primitive"),
    [
        ("linear(2,3)", Linear(2, 3)),
        ("relu", Relu()),
        ("softmax", Softmax()),
        ("flatten", Flatten()),
        ("conv2d(inC=1,outC=2,k=3x5,s=4,p=6)", Conv2d(1, 2, 3, 5, 4, 6)),
        ("max_pool2d(k=2x3,s=4)", MaxPool2d(2, 3, 4)),
        ("batchnorm_chw(c=3,h=8,w=9)", BatchNormChw(3, 8, 9)),
        ("global_avg_pool2d_chw(c=512,h=1,w=2)", GlobalAvgPool2dChw(512, 1, 2)),
        ("conv(rank=2,in=1,out=3)", Conv(2, 1, 3)),
        ("max_pool(rank=3)", MaxPoolNd(3)),
        ("batch_norm(channels=4,rank=2)", BatchNorm(4, 2)),
        ("linear(0,123456789012345678)", Linear(0, 123456789012345678)),
    ],
)
def test_documented_names(name, primitive):
    assert primitive_of(name, {}, NONE) == primitive
    assert primitive.name == name


@pytest.mark.parametrize(
    "name",
    [
        *("Linear(2,3)", "linear(2, 3)", "linear(02,3)", "linear(2,3,4)", "linear(2)", "linear(-1,2)", "linear", ""),
        *("relu ", " relu", "relu()", "conv2d(inC=1,outC=2,k=3,s=1,p=1)", "conv2d(outC=2,inC=1,k=3x3,s=1,p=1)"),
        *("max_pool2d(k=2x2)", "max_pool", "maxPool2d", "batch_norm(rank=2,channels=4)", "linear(\u0663,2)"),
        *("linear(2,3)\n", "myOp", 'it\'s-"odd"\\name', "softmax(axis=1)", "linear(1234567890123456789,1)"),
    ],
)
def test_any_other_name_is_a_users_own(name):
    primitive = primitive_of(name, {}, NONE)
    assert primitive == Opaque(name, NONE)
    assert primitive.name == name


@given(lean_strings(), st.dictionaries(st.sampled_from("abc"), st.integers(0, 5) | st.just(FloatBits(7)), max_size=2))
def test_a_users_own_primitive_keeps_its_name_and_attributes(name, attributes):
    primitive = primitive_of("my " + name, attributes, NONE)
    assert primitive.opaque
    assert primitive.name == "my " + name
    assert primitive.attributes() == attributes


@pytest.mark.parametrize(
    ("name", "attributes", "words"),
    [
        ("relu", {"axis": 1}, "no attribute 'axis'; it takes none"),
        ("softmax", {"axes": 1}, "no attribute 'axes'; it takes axis"),
        ("softmax", {"axis": True}, "natural number"),
        ("softmax", {"axis": FloatBits(1)}, "natural number"),
        ("conv(rank=1,in=1,out=1)", {"kernel": 3}, "list of natural numbers"),
        ("conv(rank=1,in=1,out=1)", {"kernel": ("3",)}, "natural number"),
        ("conv(rank=1,in=1,out=1)", {"dilation": (1,)}, "it takes kernel, stride, padding"),
    ],
)
def test_attributes_are_checked(name, attributes, words):
    with pytest.raises(PrimitiveAttributeError, match=words):
        primitive_of(name, attributes, NONE)
