"""Exports whose parts do not fit each other: a result for every item, never a defect of the checker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.compare.planted import at, find, flip, one_case, with_bits, with_item
from xcheck.compare.check import Options, check_export
from xcheck.compare.result import Status
from xcheck.compare.ulp import differing
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.records import ForwardItem
from xcheck.reference.operation import Mode
from xcheck.tensor import Tensor

CASE = "mlp/4-8-2"
HEAD = 'torchlean_export v1\ntorchlean "b2a2184"\n'


@pytest.fixture(scope="module")
def model(golden):
    return one_case(read_export(golden / "tl-2026-08.tlx"), CASE)


def found(export):
    return [(f.what, f.tensor) for item in check_export(export, Options()).items() for f in item.findings]


def wrong_shape(tensor):
    return Tensor((3,), np.resize(tensor.bits, 3))


def test_the_entries_behind_one_of_another_shape_are_still_compared(model):
    forward = find(model, ForwardItem, CASE)
    for place, later in ((0, 1), (0, 2), (1, 2)):
        trace = at(forward.trace, place, wrong_shape(forward.trace[place]))
        assert found(with_item(model, forward, replace(forward, trace=trace))) == [("trace shape", f"trace {place}")]
        trace = at(trace, later, with_bits(trace[later], flip(0, 3)))
        planted = with_item(model, forward, replace(forward, trace=trace))
        assert set(found(planted)) == {("trace shape", f"trace {place}"), ("trace entry", f"trace {later}")}


def test_the_entry_of_a_users_own_layer_has_its_declared_shape():
    body = (
        'graph "g" : [] |- [1] -> [2] :=\n'
        '(prim "mine" : [] |- [1] -> [2] layer >>> prim "relu" : [] |- [2] -> [2] layer)\n'
        'forward "g" from 0 mode eval via spec input f64 [1] 0x{one} '
        "trace [f64 {shape} 0x{entry}, f64 [2] 0x{one}{one}] output f64 [2] 0x{one}{one}\nend 2\n"
    )
    one = "3ff0000000000000"
    right = check_export(
        parse_export((HEAD + body.format(one=one, shape="[2]", entry=2 * one)).encode(), "x"), Options()
    )
    assert [item.status for item in right.items()] == [Status.PASSED, Status.NOT_COMPARABLE]
    planted = parse_export((HEAD + body.format(one=one, shape="[3]", entry=3 * one)).encode(), "x")
    assert found(planted) == [("trace shape", "trace 0")]


@pytest.mark.parametrize("params", ["[[8, 4], [8], [1]]", "[[8, 4]]"])
def test_a_declaration_that_cannot_be_costs_only_what_depends_on_it(params):
    text = (
        f'graph "g" : {params} |- [5] -> [8] := prim "linear(4,8)" : {params} |- [5] -> [8] counts layer\n'
        'init "g" from 0 := []\nend 2\n'
    )
    graph, initial = check_export(parse_export((HEAD + text).encode(), "x"), Options()).items()
    assert (graph.status, graph.findings[0].what) == (Status.FAILED, "declared signature")
    assert initial.status is not Status.PASSED


def test_a_train_mode_forward_must_show_the_buffers_it_changed(golden):
    export = read_export(golden / "tl-2026-08-layers.tlx")
    forward = next(i for i in export.items if isinstance(i, ForwardItem) and i.buffers is not None)
    whole = one_case(export, forward.name)
    assert forward.mode is Mode.TRAIN
    assert check_export(whole, Options()).status is Status.PASSED
    result = check_export(with_item(whole, forward, replace(forward, buffers=None)), Options())
    (item,) = (item for item in result.items() if item.status is not Status.PASSED)
    assert item.status is Status.NOT_COMPARABLE
    assert "buffers" in item.reason


def test_bits_of_another_length_are_never_the_same():
    some, none = np.zeros(2, np.uint64), np.zeros(0, np.uint64)
    for left, right in ((some, none), (none, some)):
        with pytest.raises(ValueError, match="cannot be compared"):
            differing(left, right)
