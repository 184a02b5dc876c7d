"""A diff says what changed in terms one can observe, and names the axis that explains it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.corpora import GOLDEN, changed, flip_output, flipped, golden_export, only, recorded, write
from xcheck.compare.change import Aspect, CaseChange, CaseDiff, DiffResult
from xcheck.compare.diff import diff_paths
from xcheck.fixtures.errors import ClashError
from xcheck.inputs import NoInputError
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayersOk,
    LowerItem,
)
from xcheck.reference.dag import Var
from xcheck.reference.graph import primitives
from xcheck.report import diff_jsonl, diff_markdown, diff_text
from xcheck.tensor import Tensor

CASE = "cnn/two-conv"


@pytest.fixture
def compare(tmp_path: Path) -> Callable[[Export, Export], DiffResult]:
    def between(old: Export, new: Export) -> DiffResult:
        return diff_paths(str(write(tmp_path / "old.tlx", old)), str(write(tmp_path / "new.tlx", new)))

    return between


def golden_diff(old: str, new: str) -> DiffResult:
    return diff_paths(str(GOLDEN / f"tl-2026-{old}.tlx"), str(GOLDEN / f"tl-2026-{new}.tlx"))


def text(result: DiffResult, depth: int = 1) -> list[str]:
    return list(diff_text.diff_lines(result, depth))


def one(result: DiffResult) -> CaseDiff:
    (case,) = result.cases
    return case


@pytest.mark.parametrize(
    ("old", "new", "axes"),
    [
        ("05", "06", "layer labels none -> graph"),
        ("06", "07-13", "window truncated -> guarded"),
        ("07-13", "07-15", "sampler lcg -> splitmix64"),
        ("09-c1", "09-c2", "conv seeds 2i -> i"),
    ],
)
def test_one_axis_between_neighbouring_profiles_explains_every_change(old: str, new: str, axes: str) -> None:
    for before, after in ((old, new), (new, old)):
        result = golden_diff(before, after)
        name, _, values = axes.rpartition(" ")[0].rpartition(" ")[0].rpartition(" ")
        left, right = values, axes.rpartition(" ")[2]
        wanted = f"{name} {left} -> {right}" if before == old else f"{name} {right} -> {left}"
        assert result.explanations() == ((wanted,),)
        assert any("explains every change" in line for line in text(result))
        assert len(text(result)) <= 9


def test_several_axes_are_told_apart_case_by_case() -> None:
    result = golden_diff("08", "09-c1")
    assert {axes for axes in result.explanations() if len(axes) == 1} == {
        ("batch-norm eps 1e-6 -> 1e-5",),
        ("layer labels graph -> chain",),
        ("linear seeds 2i -> i",),
        ("missing-layer wording toLayerDefM? -> toLayerM?",),
        ("surface graph-dim -> chain",),
    }
    by_name = {case.name: case for case in result.cases}
    assert {c.aspect for c in by_name["error/first"].changes} == {Aspect.ERROR}
    eps = [c for c in by_name["cnn/bn-first"].changes if c.axes == ("batch-norm eps 1e-6 -> 1e-5",)]
    assert {c.aspect for c in eps} == {Aspect.FORWARD}
    # The random cases of the two files are different models: nothing about them could be explained.
    another = {case.name for case in result.cases if any(c.aspect is Aspect.GRAPH for c in case.changes)}
    assert another == {f"random/11-{n:04}" for n in range(30)}
    assert not any(not c.axes and c.aspect is not Aspect.GRAPH for case in result.cases for c in case.changes)


def test_only_provenance_differs_where_the_cases_are_the_same() -> None:
    result = golden_diff("07-15", "08")
    assert result.count(CaseChange.PROVENANCE) == len(result.cases) == 73
    assert not result.differs
    assert [(header.name, header.old, header.new) for header in result.headers] == [
        ("torchlean", "46658fd", "b2a2184"),
        ("profile", "tl-2026-07-15", "tl-2026-08"),
    ]


def test_equal_sides_are_silent(compare) -> None:
    export = only(golden_export("08"), CASE)
    result = compare(export, export)
    assert (result.same, result.cases) == (1, ())
    assert text(result, 3) == []
    assert list(diff_markdown.diff_lines(result, 3)) == []
    assert list(diff_jsonl.diff_lines(result, 0)) == []


def test_a_rename_is_seen_by_its_hash(compare) -> None:
    export = only(golden_export("08"), CASE, "mlp/4-8-2")
    renamed = replace(export, items=tuple(replace(i, name=i.name.replace(CASE, "new")) for i in export.items))
    case = one(compare(export, renamed))
    assert (case.change, case.old_name, case.name) == (CaseChange.RENAMED, CASE, "new")
    assert case.old_hash == case.new_hash


def test_added_and_removed_cases(compare) -> None:
    both, single = only(golden_export("08"), CASE, "mlp/4-8-2"), only(golden_export("08"), CASE)
    assert one(compare(both, single)).change is CaseChange.REMOVED
    assert one(compare(single, both)).change is CaseChange.ADDED


def test_a_flipped_bit_is_one_ulp_in_one_place_and_nothing_explains_it(compare) -> None:
    export = only(golden_export("08"), CASE)
    result = compare(export, changed(export, CASE, ForwardItem, flip_output))
    (change,) = one(result).changes
    assert (change.aspect, change.max_ulp, change.axes) == (Aspect.FORWARD, 1, ())
    assert change.text == "from the output on, at most 1 ulp apart"
    assert "not explained by any axis:" in text(result)


def test_a_changed_trace_names_the_first_layer(compare) -> None:
    def change(item: Item) -> Item:
        trace = list(item.trace)
        trace[3] = flipped(trace[3], 5, 7)
        return replace(item, trace=tuple(trace))

    export = only(golden_export("08"), CASE)
    (found,) = one(compare(export, changed(export, CASE, ForwardItem, change))).changes
    assert found.text.startswith("from layer 3 on")
    assert "layer 3: 1 of 48 values" in found.detail[0]


def test_changed_parameters_are_numbered(compare) -> None:
    def change(item: Item) -> Item:
        return replace(item, tensors=(*item.tensors[:-1], flipped(item.tensors[-1])))

    export = only(golden_export("08"), CASE)
    (found,) = one(compare(export, changed(export, CASE, InitItem, change))).changes
    assert (found.aspect, found.count, found.total) == (Aspect.PARAMETERS, 1, 129)
    assert found.text.startswith("parameter 5: 1 of 129 values")


def test_counters_labels_flags_errors_and_terms(compare) -> None:
    export = only(golden_export("08"), CASE)

    def lower(change: Callable[[LayersOk], LayersOk | Failed]) -> list[Aspect]:
        def apply(item: Item) -> Item:
            return replace(item, outcome=change(item.outcome))

        case = one(compare(export, changed(export, CASE, LowerItem, apply)))
        return [found.aspect for found in case.changes]

    def first_layer(**fields: object) -> Callable[[LayersOk], LayersOk]:
        return lambda ok: replace(ok, layers=(replace(ok.layers[0], **fields), *ok.layers[1:]))

    assert lower(lambda ok: replace(ok, next_index=9)) == [Aspect.COUNTER]
    assert lower(first_layer(kind="Other")) == [Aspect.LABELS]
    assert lower(first_layer(requires_grad=(True,))) == [Aspect.LAYERS]
    assert lower(lambda ok: replace(ok, layers=ok.layers[:-1])) == [Aspect.LAYERS]
    assert lower(lambda ok: Failed("no")) == [Aspect.OUTCOME]
    dag = changed(export, CASE, DagItem, lambda item: replace(item, term=Var(0)))
    assert [c.aspect for c in one(compare(export, dag)).changes] == [Aspect.DAG]
    errors = only(golden_export("08"), "error/first")
    worded = changed(errors, "error/first", LowerItem, lambda item: replace(item, outcome=Failed("else")))
    (found,) = one(compare(errors, worded)).changes
    assert found.aspect is Aspect.ERROR
    assert "'else'" in found.text


def test_items_on_one_side_only(compare) -> None:
    export = only(golden_export("08"), CASE)
    less = replace(export, items=tuple(item for item in export.items if not isinstance(item, DetInitItem)))
    (change,) = one(compare(export, less)).changes
    assert (change.aspect, change.item, change.text) == (Aspect.ITEMS, "det_init from 0", "only on the old side")


def test_another_plan_is_named(compare) -> None:
    export = only(golden_export("08"), CASE)

    def planned(plan: str) -> Export:
        def give(item: LowerItem) -> LowerItem:
            assert isinstance(item.outcome, LayersOk)
            first, *rest = item.outcome.layers
            return replace(item, outcome=replace(item.outcome, layers=(replace(first, plan=plan), *rest)))

        return changed(export, CASE, LowerItem, give)

    changes = one(compare(planned("[zeros, zeros]"), planned("[ones, zeros]"))).changes
    assert {(change.aspect, change.text) for change in changes} == {(Aspect.LAYERS, "initialisation plan of layer 0")}


def test_a_side_without_an_item_is_no_agreement(tmp_path: Path, compare) -> None:
    empty = replace(golden_export("08"), items=())
    with pytest.raises(NoInputError, match="no item"):
        compare(empty, empty)


def test_another_graph_under_the_same_name_is_said_once(compare) -> None:
    export = golden_export("08")
    other = tuple(replace(item, name=CASE) for item in export.items if item.name == "mlp/4-8-2")
    result = compare(only(export, CASE), replace(export, items=other))
    (change,) = one(result).changes
    assert change.aspect is Aspect.GRAPH
    assert f"another graph under the same name in 1 case: {CASE}" in text(result)


def test_another_association_of_the_same_primitives(compare) -> None:
    export = golden_export("08")
    left = next(item for item in export.items if item.name == "mlp/left-nested" and isinstance(item, GraphItem))
    right = next(item for item in export.items if item.name == "mlp/4-8-2" and isinstance(item, GraphItem))
    assert list(primitives(left.graph)) == list(primitives(right.graph))
    side = replace(export, items=(replace(left, name="x"),)), replace(export, items=(replace(right, name="x"),))
    (change,) = one(compare(*side)).changes
    assert (change.aspect, change.axes) == (Aspect.SPELLING, ())
    assert change.text == "the same layers, but other identities or association"


def test_payloads_of_nans_are_no_other_value(compare) -> None:
    def with_nan(bits: int) -> Export:
        def change(item: Item) -> Item:
            return replace(item, output=Tensor(item.output.shape, np.full(item.output.bits.size, bits, np.uint64)))

        return changed(only(golden_export("08"), CASE), CASE, ForwardItem, change)

    (change,) = one(compare(with_nan(0x7FF8000000000000), with_nan(0xFFF8000000000001))).changes
    assert change.aspect is Aspect.NAN_BITS


def test_a_signed_zero_is_another_value(compare) -> None:
    def zeros(bits: int) -> Export:
        def change(item: Item) -> Item:
            return replace(item, output=Tensor(item.output.shape, np.full(item.output.bits.size, bits, np.uint64)))

        return changed(only(golden_export("08"), CASE), CASE, ForwardItem, change)

    (change,) = one(compare(zeros(0), zeros(1 << 63))).changes
    assert (change.aspect, change.max_ulp) == (Aspect.FORWARD, 1)


def test_a_change_within_one_profile_is_named_by_the_axis_it_looks_like(compare) -> None:
    """An engineer's Lean change carries an unknown revision: the old profile's variants say what it did."""
    new = replace(golden_export("07-15"), headers={"torchlean": "feed123"})
    result = compare(golden_export("07-13"), new)
    assert result.explanations() == (("sampler lcg -> splitmix64",),)


def test_sets_and_exports_mix(tmp_path: Path) -> None:
    recorded([golden_export("07-13")], tmp_path / "set")
    export = str(GOLDEN / "tl-2026-07-15.tlx")
    mixed = diff_paths(str(tmp_path / "set"), export)
    plain = golden_diff("07-13", "07-15")
    assert (mixed.cases, mixed.headers) == (plain.cases, plain.headers)
    same = diff_paths(str(tmp_path / "set"), str(GOLDEN / "tl-2026-07-13.tlx"))
    assert (same.same, same.cases) == (73, ())


def test_cases_of_several_profiles_are_matched_within_their_profile(tmp_path: Path) -> None:
    exports = [only(golden_export(name), CASE) for name in ("07-13", "07-15")]
    recorded(exports, tmp_path / "old")
    broken = changed(exports[1], CASE, ForwardItem, flip_output)
    recorded([exports[0], broken], tmp_path / "new")
    result = diff_paths(str(tmp_path / "old"), str(tmp_path / "new"))
    assert result.same == 1
    assert (one(result).name, one(result).profile) == (CASE, "tl-2026-07-15")


def test_one_id_twice_on_a_side_is_an_error(tmp_path: Path) -> None:
    for name in ("a.tlx", "b.tlx"):
        write(tmp_path / name, only(golden_export("08"), CASE))
    with pytest.raises(ClashError, match=CASE):
        diff_paths(str(tmp_path), str(tmp_path / "a.tlx"))


def test_depth_goes_from_one_line_to_both_sides() -> None:
    result = golden_diff("06", "07-13")
    lengths = [len(text(result, depth)) for depth in range(4)]
    assert lengths[0] == 1
    assert lengths == sorted(set(lengths))
    assert any(line.lstrip().startswith("old: ") for line in text(result, 3))


def test_json_lines_carry_every_case() -> None:
    result = golden_diff("07-13", "07-15")
    lines = [json.loads(line) for line in diff_jsonl.diff_lines(result, 1)]
    assert [line["type"] for line in lines] == ["diff", *["case"] * len(result.cases), "summary"]
    kinds = {"diff": diff_jsonl.DiffLine, "case": diff_jsonl.CaseLine, "summary": diff_jsonl.SummaryLine}
    for line in lines:
        msgspec.convert(line, kinds[line["type"]])
    assert set(diff_jsonl.schema()["$defs"]) >= {"DiffLine", "CaseLine", "SummaryLine", "Change"}
    assert lines[-1]["counts"]["changed"] == 37
    assert lines[-1]["explanations"][0]["axes"] == ["sampler lcg -> splitmix64"]


def test_markdown_holds_names_that_are_markup(compare) -> None:
    export = only(golden_export("08"), CASE)
    renamed = replace(export, items=tuple(replace(item, name="a`b|<c>\n") for item in export.items))
    lines = list(diff_markdown.diff_lines(compare(export, renamed), 1))
    assert "- renamed: `cnn/two-conv` -> `a'b|<c>\\n`" in lines
