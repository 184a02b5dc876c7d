"""What a report says about why: the rules, one by one, and the profile axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from xcheck.compare.check import Options, check_export
from xcheck.compare.diagnose import explain_axis, explain_bits, explain_index, explain_rounding
from xcheck.compare.forward import Model, check_forward
from xcheck.compare.policy import EXACT
from xcheck.compare.tensors import tensor_difference
from xcheck.lean_parser.records import ForwardItem
from xcheck.reference.initialise import Initial, XavierUniform, initial_values
from xcheck.reference.lowering import stages
from xcheck.reference.profile import profile_named
from xcheck.tensor import Tensor

JULY_13, AUGUST = profile_named("tl-2026-07-13"), profile_named("tl-2026-08")


def said(lean, reference):
    lean, reference = (Tensor.of(np.array(v, np.float64)) for v in (lean, reference))
    return explain_bits(lean, reference, tensor_difference(lean, reference))


@pytest.mark.parametrize(
    ("lean", "reference", "words"),
    [
        ([1.0, 2.0], [1.0, -2.0], ["exactly one bit of one value differs: bit 63, in the sign"]),
        ([1.0, 2.0], [2.0, 1.0], ["the values at [0] and [1] are exchanged"]),
        ([1.0, 2.0, 3.0], [2.0, 3.0, 1.0], ["both sides have the same values in another order"]),
        ([0.0, -0.0, 1.0], [-0.0, 0.0, 1.0], ["the values at [0] and [1] are exchanged", "only the signs of zeros"]),
        ([0.0, 1.0], [-0.0, 1.0], ["bit 63, in the sign", "only the signs of zeros differ"]),
        ([1.0 + 2**-51, 3.0 + 2**-51], [1.0, 3.0], []),
        ([1.0, 3.0], [1.5, 2.25], []),
        ([1.0, 3.0], [np.nan, 3.0], []),
        ([np.inf, 3.0], [1.0, 3.0], ["bit"]),
    ],
)
def test_patterns_of_bits(lean, reference, words):
    found = said(lean, reference)
    assert len(found) == len(words) or words == ["bit"]
    for word, sentence in zip(words, found, strict=False):
        assert word in sentence


@pytest.mark.parametrize(
    ("lean", "libm", "said_of_it"),
    [
        ([1.0 + 2**-51, 3.0 + 2**-51], (), "only last bits differ: another operation order"),
        (
            [1.0 + 2**-52, 3.0],
            ("exp",),
            "only last bits differ: another operation order, or another C library's exp",
        ),
        ([1.0 + 2**-48, 3.0], ("exp",), None),
        ([1.0 + 2**-52, np.nan], ("exp",), None),
    ],
)
def test_last_bits(lean, libm, said_of_it):
    lean, reference = (Tensor.of(np.array(v, np.float64)) for v in (lean, [1.0, 3.0]))
    assert explain_rounding(tensor_difference(lean, reference), libm) == said_of_it


def weights(profile, seed=3):
    return initial_values(Initial((4, 3), XavierUniform(3, 4), seed), profile)


def test_the_axis_is_named_with_both_values_and_its_source():
    lean = Tensor.of(weights(JULY_13))
    text = explain_axis(lean, AUGUST, weights)
    assert text.startswith("explained by sampler: Lean's values are those of lcg, tl-2026-08 has splitmix64")
    assert "Utils.lean @5f7d3ee" in text


def test_nothing_is_explained_that_does_not_fit_to_the_bit():
    values = weights(JULY_13)
    values[0, 0] = np.nextafter(values[0, 0], 1.0)
    assert explain_axis(Tensor.of(values), AUGUST, weights) is None


def test_another_index_nearby_is_named():
    lean = Tensor.of(weights(AUGUST, 12))
    assert explain_index(lean, 10, lambda index: weights(AUGUST, index)) == (
        "these are the initial values for occurrence index 12; this layer's is 10"
    )
    assert explain_index(lean, 12, lambda index: weights(AUGUST, index)) is None
    assert explain_index(lean, 40, lambda index: weights(AUGUST, index)) is None


def test_batch_norms_epsilon_is_found_in_a_forward(golden_export):
    """The golden chain file under a profile with the older epsilon: the axis is named on the layer that has it."""
    export = golden_export("tl-2026-09-c2")
    graph, *items = export.cases()["chain/bn-rank-1"]
    item = next(item for item in items if isinstance(item, ForwardItem))
    older = replace(profile_named("tl-2026-09-c2"), batch_norm_eps=1e-6)
    model = Model(graph.signature, lambda profile: stages(graph.graph, item.index, profile), None)
    result = check_forward(item, model, older, EXACT)
    (first, *rest) = result.findings
    assert (first.layer, first.inherited) == (0, False)
    assert any(why.startswith("explained by batch_norm_eps: Lean's values are those of 1e-05") for why in first.why)
    assert all(finding.inherited for finding in rest)


def test_findings_of_a_wrong_profile_name_the_layer_that_is_wrong(golden_export):
    result = check_export(golden_export("tl-2026-08"), Options(profile="tl-2026-06", exactly="cnn/batchnorm"))
    initial = [f for item in result.items() for f in item.findings if f.what == "initial value"]
    assert {f.kind for f in initial} == {"Conv2d(2, 3, 3x3)", "Linear(12, 2)"}
