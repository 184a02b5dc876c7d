"""The diagnosis: each planted fault by its true cause, and what is said where nothing fits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.compare.planted import at, find, flip, one_case, with_bits, with_item
from tests.faults.catalogue import FAULTS, GOLDEN, plantings
from xcheck.compare import diagnose
from xcheck.compare.causes.table import CAUSES
from xcheck.compare.check import Options, check_case, check_export, profile_for
from xcheck.compare.chunks import CasesPiece, of_export
from xcheck.compare.jobs import check_tables
from xcheck.compare.policy import EXACT, Allowance, Policy
from xcheck.compare.stretches import DIAGNOSED
from xcheck.compare.variant import Variant
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import ForwardItem, InitItem
from xcheck.reference.operation import Mode, Run, Via
from xcheck.reference.profile import AXES, axis_value, profile_named, variants
from xcheck.reference.replay import trace
from xcheck.tensor import Tensor

FILES = ("tl-2026-08", "tl-2026-09-c2", "tl-2026-05-layers", "tl-2026-05", "tl-2026-08-layers")


@cache
def exports():
    return {name: read_export(GOLDEN / f"{name}.tlx") for name in FILES}


def diagnosis(export, **options):
    (case,) = check_export(export, Options(**options)).cases
    return case.diagnosis


def names(found):
    """The first explanation, and those that the case cannot tell from it."""
    return [found[0].name, *(text.rpartition("(")[2].rstrip(")") for text in found[0].alike)] if found else []


@pytest.mark.parametrize(("fault", "turn"), [(fault, number % 3) for number, fault in enumerate(FAULTS)], ids=str)
def test_a_planted_fault_is_named(fault, turn):
    """First, or told to be indistinguishable on this case from what is first; and it explains everything.

    In one golden file for each fault, in turn; `scripts/score_diagnosis.py` goes through all of them.
    """
    files = [*FILES[turn:], *FILES[:turn]]
    planted = (found for file in files for found in plantings({file: exports()[file]}, 1, [fault]))
    _, file, case, broken = next(planted)
    found = diagnosis(broken)
    assert fault.cause in names(found), (file, case, names(found))
    assert found[0].complete
    assert found[0].explained == found[0].findings > 0
    assert found[0].look


# For each axis a golden case, written by Lean, that shows it.
SHOWN = {
    "sampler": ("tl-2026-08-layers", "linear2d_a"),
    "kinds": ("tl-2026-08-layers", "linear2d_a"),
    "logistic": ("tl-2026-08-layers", "gru_b"),
    "batch_norm_eps": ("tl-2026-08-layers", "layerNorm_a"),
    "layer_norm_variance": ("tl-2026-08-layers", "layerNorm_a"),
    "window": ("tl-2026-08-layers", "conv1d_bigk"),
    "max_pool": ("tl-2026-08-layers", "maxPool2d_sp"),
    "pool_2d_limits_padding": ("tl-2026-08-layers", "maxPool2dPad_over"),
    "average_pool_2d": ("tl-2026-08-layers", "avgPool2d_a"),
    "pool_nd_limits_padding": ("tl-2026-08-layers", "maxpool1d_over"),
    "head_split": ("tl-2026-08-layers", "mha_a"),
    "masked_softmax": ("tl-2026-08-layers", "mha_causal"),
    "gelu": ("tl-2026-08-layers", "gelu_cents1"),
    "linear_seed": ("tl-2026-08", "mlp/4-8-2"),
    "conv_seed": ("tl-2026-08", "cnn/two-conv"),
    "missing_layer": ("tl-2026-08", "error/first"),
    "global_avg_pool_primitive": ("tl-2026-05", "cnn/global-avg-pool"),
}
# No golden case shows these: they need layers, schemes or semantics that no export written by Lean has.
NOT_SHOWN = {
    *("zero_fan", "normal_scheme", "global_average", "zero_head_scale", "attention_output_bias"),
    *("one_attention_builder", "rope_fixed_tail", "fno_nd"),
}


@pytest.mark.parametrize("field", SHOWN)
def test_an_axis_is_named_on_what_lean_wrote(golden_export, field):
    """The fault is on our side: the reference replays Lean's case with the axis at another value."""
    file, name = SHOWN[field]
    export = golden_export(file)
    right = profile_for(export.headers, "auto")
    wrong = [variant for axis, variant in variants(right) if axis.field == field]
    shown = [check_case(name, export.cases()[name], profile, EXACT) for profile in wrong]
    shown = [case for case in shown if case.findings]
    assert shown
    for case in shown:
        assert field in names(case.diagnosis)
        assert case.diagnosis[0].complete
        (axis,) = (axis for axis in AXES if axis.field == field)
        if case.diagnosis[0].name == field:
            assert axis.source in case.diagnosis[0].look
            assert axis_value(right, axis) in case.diagnosis[0].says


# No golden forward runs in this mode and by these semantics: a golden stack is run so, by the other value of the axis.
PLAYED = {
    "recurrent_spec_reversed": ("rnn_w", {"via": Via.SPEC}),
    "dropout_counter": ("dropout_h", {"mode": Mode.TRAIN, "via": Via.EAGER}),
}


@pytest.mark.parametrize("field", PLAYED)
def test_an_axis_is_named_where_a_stack_ran_by_its_other_value(golden_export, field):
    name, how = PLAYED[field]
    export = golden_export("tl-2026-08-layers")
    right = profile_for(export.headers, "auto")
    (other,) = (Variant(variant) for axis, variant in variants(right) if axis.field == field)
    items = export.cases()[name]
    lowered = other.stack(items[0])

    def played(item):
        if not isinstance(item, ForwardItem):
            return item
        run = Run(other.profile, how.get("mode", item.mode), how["via"])
        given = [t.values for t in item.params] if item.params is not None else other.initial_parameters(lowered)
        entries = tuple(Tensor.of(y) for y in trace(lowered.layers, run, given, item.input.values))
        return replace(item, **how, trace=entries, output=entries[-1], buffers=None)

    found = check_case(name, [played(item) for item in items], right, EXACT).diagnosis
    assert names(found) == [field]
    assert found[0].complete


def test_every_cause_is_planted_or_shown():
    planted = {fault.cause for fault in FAULTS}
    assert planted | set(SHOWN) | set(PLAYED) | NOT_SHOWN == {cause.name for cause in CAUSES}
    assert not (planted | set(SHOWN) | set(PLAYED)) & NOT_SHOWN


def test_without_findings_nothing_is_looked_for(golden_export):
    result = check_export(golden_export("tl-2026-08"), Options(contains="mlp"))
    assert [case.diagnosis for case in result.cases] == [()] * len(result.cases)


def test_names_are_unique():
    assert len({cause.name for cause in CAUSES}) == len(CAUSES)


def test_two_axes_at_once_are_a_profile(golden_export):
    """No single axis explains a geometry and a sampler; the profile that has both does, and the axes are named."""
    export = one_case(golden_export("tl-2026-08"), "cnn/kernel-larger-than-input")
    found = diagnosis(export, profile="tl-2026-06")
    assert found[0].name == "profile"
    assert "sampler and window differ" in found[0].says
    assert found[0].complete


def test_what_no_cause_explains_is_placed(golden_export):
    """An arbitrary layer output from which the rest follows: no cause fits, so the layer alone is named."""
    export = one_case(golden_export("tl-2026-08"), "linear/width-1")
    item = find(export, ForwardItem, "linear/width-1")
    wrong = with_bits(item.output, flip(0, 50))
    wrong = with_bits(wrong, flip(0, 3))
    found = diagnosis(with_item(export, item, replace(item, trace=(wrong,), output=wrong)))
    assert [(e.name, e.complete) for e in found] == [("wrong-layer", True)]
    assert "layer 0" in found[0].says


def test_a_cause_that_contradicts_the_rest_of_the_case_says_so(golden_export):
    """The initial values of another start counter in `init` alone: `det_init` and the forward have the right ones."""
    export = golden_export("tl-2026-08")
    item, other = find(export, InitItem, "mlp/from-7"), find(export, InitItem, "mlp/from-1")
    broken = one_case(with_item(export, item, replace(item, tensors=other.tensors)), "mlp/from-7")
    found = diagnosis(broken)
    assert found[0].name == "start-counter"
    assert found[0].complete
    assert not found[0].elsewhere
    assert "6 below" in found[0].says


def test_part_of_a_case_is_explained_where_no_cause_explains_it_all(golden_export):
    """Another sampler, and one bit of the DAG road's values: the sampler explains most of it."""
    export = one_case(golden_export("tl-2026-07-13"), "mlp/4-8-2")
    item = find(export, InitItem, "mlp/4-8-2")
    broken = with_item(
        export, item, replace(item, tensors=at(item.tensors, 0, with_bits(item.tensors[0], flip(3, 40))))
    )
    found = diagnosis(broken, profile="tl-2026-08")
    first = found[0]
    assert (first.name, first.complete) == ("sampler", False)
    assert 0 < first.explained < first.findings
    assert "det_init from 0" in first.items
    assert "init from 0" not in first.items


def test_nothing_is_diagnosed_where_that_is_switched_off(golden_export):
    export = one_case(golden_export("tl-2026-08"), "mlp/4-8-2")
    assert diagnosis(export, profile="tl-2026-06", policy=Policy(diagnose=False)) == ()


def test_a_large_case_says_what_was_not_tried(golden_export, monkeypatch):
    export = one_case(golden_export("tl-2026-08"), "mlp/4-8-2")
    item = find(export, InitItem, "mlp/4-8-2")
    broken = with_item(
        export, item, replace(item, tensors=at(item.tensors, 0, with_bits(item.tensors[0], flip(3, 40))))
    )
    monkeypatch.setattr(diagnose, "_MOST_WORK", 1000)
    found = diagnosis(broken)
    assert found[-1].name == "untried"
    assert "were not tried to the end" in found[-1].says


def test_special_values_do_not_confuse_a_diagnosis(golden_export):
    """NaN, infinities and zeros of both signs through every cause: no warning, no error."""
    for case in ("mlp/special-inputs", "cnn/special-inputs"):
        export = one_case(golden_export("tl-2026-08"), case)
        item = find(export, ForwardItem, case)
        last = with_bits(item.trace[-1], flip(0, 51))
        found = diagnosis(
            with_item(export, item, replace(item, trace=at(item.trace, len(item.trace) - 1, last), output=last))
        )
        assert found
        assert np.isfinite(found[0].explained)


def test_where_very_many_disagree_the_first_are_diagnosed_and_the_others_say_so(golden_export):
    export = golden_export("tl-2026-08")
    result = check_export(export, Options(profile="tl-2026-07-13"))
    failed = [case.diagnosis[0].name for case in result.cases if case.findings]
    assert len(failed) > DIAGNOSED
    assert failed == ["sampler"] * DIAGNOSED + ["untried"] * (len(failed) - DIAGNOSED)
    # The same in pieces, as workers are given them.
    pieces = [
        piece for piece in of_export(export, Options(profile="tl-2026-07-13"), 250) if isinstance(piece, CasesPiece)
    ]
    again = [
        case
        for piece in pieces
        for case in check_tables(piece.tables, piece.path, profile_named(piece.profile), EXACT).cases
    ]
    assert tuple(again) == result.cases


def planted_export(name, file, case):
    """The case as the named fault leaves it."""
    (fault,) = (fault for fault in FAULTS if fault.name == name)
    broken = fault.plant(exports()[file], case)
    assert broken is not None
    return broken


def renamed(export, old, new):
    """The export with a stock primitive under a user's own name."""
    return parse_export(print_export(export).replace(f'"{old}"', f'"{new}"').encode(), "renamed.tlx")


def test_a_layer_that_cannot_be_told_does_not_hide_the_cause_of_another():
    broken = renamed(planted_export("fused-multiply-add/linear", "tl-2026-05", "mlp/softmax-head"), "softmax", "own")
    found = diagnosis(broken)
    assert found[0].name == "fused-multiply-add"
    assert found[0].complete
    assert found[0].elsewhere


def test_what_makes_an_item_less_comparable_explains_nothing(golden_export):
    """No counter is below 0: a replay from -1 tells nothing, which is no agreement."""
    case = "mlp/softmax-head"
    export = renamed(one_case(golden_export("tl-2026-05"), case), "softmax", "own")
    item = find(export, InitItem, case)
    tensors = item.tensors
    for number in (0, 2):
        tensors = at(tensors, number, with_bits(tensors[number], flip(number, 41)))
    found = diagnosis(with_item(export, item, replace(item, tensors=tensors)))
    assert all(each.name != "start-counter" for each in found)
    assert all(each.name == "one-bit" for each in found if each.complete)


def test_an_allowance_is_in_force_in_a_diagnosis_too():
    """`forward #2` agrees by the allowance, with the cause as without it."""
    broken = planted_export("c-library/exp", "tl-2026-08", "mlp/softmax-head")
    item = next(item for item in broken.items if isinstance(item, InitItem))
    wrong = at(item.tensors, 0, with_bits(item.tensors[0], flip(2, 44)))
    found = diagnosis(with_item(broken, item, replace(item, tensors=wrong)), policy=Policy((Allowance("exp", 1),)))
    assert (found[0].name, found[0].complete, found[0].elsewhere) == ("one-bit", True, True)
    other = diagnosis(replace(broken, headers={}), profile="tl-2026-07-13", policy=Policy((Allowance("exp", 1),)))
    assert (other[0].name, other[0].complete, other[0].elsewhere) == ("sampler", True, True)


def test_a_shape_beyond_any_memory_leaves_the_rest_of_the_table():
    text = """torchlean_export v1 torchlean "82bea12" profile "tl-2026-05"
    graph "h" : [[99999999999, 4], [99999999999]] |- [4] -> [99999999999] :=
      prim "linear(4,99999999999)" : [[99999999999, 4], [99999999999]] |- [4] -> [99999999999] counts layer
    init "h" from 0 := [f64 [0] 0x, f64 [0] 0x]
    end 2"""
    found = diagnosis(parse_export(text.encode(), "huge.tlx"))
    assert [each.name for each in found] == ["shape", "untried"]


def test_known_differences_do_not_use_up_the_ration(golden_export):
    export = golden_export("tl-2026-08")
    options = Options(profile="tl-2026-07-13", policy=Policy(rationed=False))
    failed = [case for case in check_export(export, options).cases if case.findings]
    assert len(failed) > DIAGNOSED
    assert {case.diagnosis[0].name for case in failed} == {"sampler"}
