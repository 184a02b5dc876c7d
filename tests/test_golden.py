"""The golden exports: all of them pass, none of them shrinks, and a wrong profile is found wrong."""

from __future__ import annotations

from itertools import product

import pytest

from xcheck.compare.check import Options, check_export
from xcheck.compare.result import Status
from xcheck.compare.stretches import DIAGNOSED
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    LowerItem,
)
from xcheck.reference.graph import primitives

# File: cases, items, and items of each kind that must at least be there.
KINDS = (GraphItem, DagItem, LowerItem, InitItem, DetInitItem, ForwardItem)
FLOORS = {
    "tl-2026-05": (75, 484),
    "tl-2026-06": (75, 484),
    "tl-2026-07-13": (73, 470),
    "tl-2026-07-15": (73, 470),
    "tl-2026-08": (73, 470),
    "tl-2026-09-c1": (85, 552),
    "tl-2026-09-c2": (85, 552),
}
# Stacks of catalogue layers; `reference/layers/test_golden_layers.py` looks into them.
STACKS = {
    "tl-2026-05-layers": (209, 754),
    "tl-2026-07-15-layers": (208, 754),
    "tl-2026-08-layers": (208, 754),
}
# The golden inputs do not tell these two apart: `test_july_and_august_files_hold_the_same_items`.
INDISTINCT = {("tl-2026-07-15", "tl-2026-08"), ("tl-2026-08", "tl-2026-07-15")}


@pytest.mark.parametrize("name", FLOORS)
def test_every_item_passes(golden_export, name):
    result = check_export(golden_export(name), Options())
    assert result.profile == name
    assert result.error is None
    assert [item for item in result.items() if item.status is not Status.PASSED] == []
    cases, items = FLOORS[name]
    assert len(result.cases) >= cases
    assert len(list(result.items())) >= items


@pytest.mark.parametrize("name", STACKS)
def test_every_stack_passes(golden_export, name):
    result = check_export(golden_export(name), Options())
    assert result.profile == name.removesuffix("-layers")
    assert result.error is None
    assert [item for item in result.items() if item.status is not Status.PASSED] == []
    cases, items = STACKS[name]
    assert (len(result.cases), len(list(result.items()))) == (cases, items)


def test_every_golden_file_is_listed(golden):
    assert sorted(file.stem for file in golden.glob("*.tlx")) == sorted([*FLOORS, *STACKS])


@pytest.mark.parametrize("name", FLOORS)
def test_every_kind_of_item_is_there(golden_export, name):
    items = golden_export(name).items
    counts = {kind.__name__: sum(isinstance(item, kind) for item in items) for kind in KINDS}
    assert min(counts.values()) >= 55, counts
    assert counts["GraphItem"] == FLOORS[name][0]
    errors = sum(isinstance(item, LowerItem) and isinstance(item.outcome, Failed) for item in items)
    assert errors >= 5


@pytest.mark.parametrize("name", FLOORS)
def test_every_stock_primitive_is_there(golden_export, name):
    used = {
        node.primitive.name.split("(")[0]
        for item in golden_export(name).items
        if isinstance(item, GraphItem)
        for node in primitives(item.graph)
        if not node.primitive.opaque
    }
    common = {"linear", "relu", "softmax", "flatten"}
    if name.startswith("tl-2026-09"):
        assert used == common | {"conv", "max_pool", "batch_norm"}
    else:
        averages = {"global_avg_pool2d_chw"} if name in ("tl-2026-05", "tl-2026-06") else set()
        assert used == common | {"conv2d", "max_pool2d", "batchnorm_chw"} | averages


@pytest.mark.parametrize(("name", "other"), [pair for pair in product(FLOORS, FLOORS) if pair[0] != pair[1]])
def test_a_wrong_profile_is_found_wrong(golden_export, name, other):
    result = check_export(golden_export(name), Options(profile=other))
    failed = sum(case.status is Status.FAILED for case in result.cases)
    if (name, other) in INDISTINCT:
        assert failed == 0
    else:
        assert failed >= 2


def test_july_and_august_files_hold_the_same_items(golden_export):
    """The two revisions differ in the sign of a zero maximum only; no golden input reaches it.

    So the golden files cannot show the `max_pool` axis of these two revisions right; the scalar pools do
    (`tests/reference/test_forwards.py`).
    """
    july, august = golden_export("tl-2026-07-15"), golden_export("tl-2026-08")
    assert july.items == august.items
    assert july.headers != august.headers


@pytest.mark.parametrize(
    ("name", "other", "axis"),
    [
        ("tl-2026-07-13", "tl-2026-07-15", "sampler"),
        ("tl-2026-08", "tl-2026-07-13", "sampler"),
        ("tl-2026-09-c1", "tl-2026-09-c2", "conv_seed"),
        ("tl-2026-09-c2", "tl-2026-09-c1", "conv_seed"),
    ],
)
def test_a_wrong_profile_is_explained_by_its_axis(golden_export, name, other, axis):
    result = check_export(golden_export(name), Options(profile=other))
    failed = [case for case in result.cases if case.findings]
    assert any(f.what == "initial value" for case in failed for item in case.items for f in item.findings)
    told = [case.diagnosis[0] for case in failed[:DIAGNOSED]]
    assert {first.name for first in told} == {axis}
    assert all(first.complete and first.elsewhere for first in told)
