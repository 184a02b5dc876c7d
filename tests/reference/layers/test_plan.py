"""The storage-first plan of a layer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from layer_strategies import AUGUST, CHAIN_2, MAY

from xcheck.reference.initialise import Constant, Initial, KaimingUniform, Normal
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.lowering import seq_layer
from xcheck.reference.plan import format_plan, plan_of
from xcheck.reference.primitives.base import FloatBits
from xcheck.reference.profile import profile_named


def plan(builder, arguments, shape, profile=AUGUST):
    return plan_of(seq_layer(layer_of(builder, arguments, profile), shape, profile).initial, profile)


HALF = FloatBits(0x3FE0000000000000)


@pytest.mark.parametrize(
    ("builder", "arguments", "shape", "text"),
    [
        ("linear", {"inDim": 2, "outDim": 3, "seedW": 7}, (2,), "[xavierUniform 2 3 7, zeros]"),
        ("relu", {}, (2,), "[]"),
        ("dropout", {"p": HALF}, (2,), "[flat 0x3fe0000000000000]"),
        (
            "embedding",
            {"vocab": 2, "embedDim": 1, "seedW": 3},
            (2,),
            "[uniform 0xbf947ae147ae147b 0x3f947ae147ae147b 3]",
        ),
        (
            "batchnormChannelFirstMode",
            {"channels": 2, "height": 1, "width": 1, "momentum": HALF},
            (2, 1, 1),
            "[ones, zeros, zeros, ones, flat 0x3fe0000000000000]",
        ),
    ],
)
def test_plans_as_text(builder, arguments, shape, text):
    assert format_plan(plan(builder, arguments, shape)) == text


def test_no_plan():
    assert plan("sinusoidalPositionalEncoding", {}, (1, 2, 2)) is None
    assert plan("rope", {}, (1, 1, 2, 2)) is None
    assert plan("relu", {}, (2,), MAY) is None
    assert plan("linear", {"inDim": 1, "outDim": 1}, (1,), profile_named("tl-2026-07-13")) is None
    assert plan("linear", {"inDim": 1, "outDim": 1}, (1,), profile_named("tl-2026-07-15-5f7d3ee")) is not None


def test_position_tables_are_payloads_in_a_chain():
    assert format_plan(plan("rope", {}, (1, 1), CHAIN_2)) == "[flat 0x3ff0000000000000, flat 0x0000000000000000]"


def test_the_other_schemes():
    entries = plan_of([Initial((2,), KaimingUniform(3), 4), Initial((2,), Normal(0.0, 1.0), 5)], AUGUST)
    assert format_plan(entries) == "[kaimingUniform 3 4, normal 0x0000000000000000 0x3ff0000000000000 5]"
    flat = plan_of([Initial((2,), Constant(1.0), 0)], AUGUST)
    assert format_plan(flat) == "[flat 0x" + "3ff0000000000000" * 2 + "]"


def test_the_payloads_of_a_selective_mamba():
    arguments = {"sequenceLength": 1, "inputWidth": 1, "hiddenWidth": 1, "expansion": 1, "stateWidth": 2}
    entries = plan("mamba", arguments, (1, 1), CHAIN_2)
    assert entries[5].values.values.tolist() == [math.log(math.exp(0.01) - 1.0)]
    assert np.array_equal(entries[6].values.values, [0.0, math.log(2.0)])
