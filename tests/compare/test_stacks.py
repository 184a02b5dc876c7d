"""Layer stacks: by builder attributes, by kind strings alone, and with initialisation plans."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from tests.compare.planted import one_case
from xcheck.compare.check import Options, check_export
from xcheck.compare.result import Status
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import InitItem, SeqItem


@pytest.fixture(scope="module")
def stacks(golden):
    return read_export(golden / "tl-2026-08-layers.tlx")


def without_attributes(export):
    def bare(item):
        if not isinstance(item, SeqItem):
            return item
        return replace(item, layers=tuple(replace(layer, attributes=MappingProxyType({})) for layer in item.layers))

    return replace(export, items=tuple(map(bare, export.items)))


def items(result):
    return [item for case in result.cases for item in case.items]


def test_without_builders_nothing_is_called_wrong_and_nothing_is_guessed(stacks):
    result = check_export(without_attributes(stacks), Options())
    statuses = {item.status for item in items(result)}
    assert statuses == {Status.PASSED, Status.NOT_COMPARABLE}
    assert all(item.reason for item in items(result) if item.status is Status.NOT_COMPARABLE)
    # Initial values of layers with parameters are never taken from a kind.
    with_parameters = {item.name for item in stacks.items if isinstance(item, InitItem) and item.tensors}
    for case in result.cases:
        if case.name in with_parameters:
            assert next(i for i in case.items if i.item.startswith("init")).status is Status.NOT_COMPARABLE


def test_a_kind_that_leaves_nothing_open_gives_the_forward(stacks):
    result = check_export(without_attributes(stacks), Options(exactly="lstm_b"))
    forwards = [item for item in items(result) if item.item.startswith("forward")]
    assert forwards
    assert {item.status for item in forwards} == {Status.PASSED}


def test_a_kind_that_contradicts_its_shapes_is_found(stacks):
    text = print_export(without_attributes(stacks)).replace('"Linear2d(3, 4)"', '"Linear2d(3, 5)"', 1)
    result = check_export(parse_export(text.encode(), "planted"), Options(contains="linear2d_a"))
    seq = result.cases[0].items[0]
    assert seq.status is Status.FAILED
    assert seq.findings[0].what == "layer against its kind"


def test_an_unknown_builder_is_not_comparable(stacks):
    text = print_export(stacks).replace('builder := "lstm"', 'builder := "lstm9"')
    result = check_export(parse_export(text.encode(), "planted"), Options(exactly="lstm_b"))
    assert {item.status for item in items(result)} == {Status.NOT_COMPARABLE}
    assert "lstm9" in items(result)[0].reason


def planned(stacks, plan):
    """The first `linear2d` stack with a plan written on its layer."""
    text = print_export(stacks)
    head = text.index("seq ")
    place = text.index("grad [true, true]", head) + len("grad [true, true]")
    return parse_export((text[:place] + f" plan {plan}" + text[place:]).encode(), "planted")


def test_a_plan_is_compared(stacks):
    right = planned(stacks, "[xavierUniform 3 4 7, zeros]")
    assert check_export(right, Options(exactly="linear2d_a")).status is Status.PASSED
    assert parse_export(print_export(right).encode(), "again").items == right.items
    wrong = check_export(planned(stacks, "[xavierUniform 3 4 8, zeros]"), Options(exactly="linear2d_a"))
    assert [f.what for item in items(wrong) for f in item.findings] == ["layer initialisation plan"]
    none = check_export(planned(stacks, "none"), Options(exactly="linear2d_a"))
    assert none.status is Status.FAILED


def test_a_plan_before_plans_existed_is_a_disagreement(stacks):
    result = check_export(planned(stacks, "[xavierUniform 3 4 7, zeros]"), Options("tl-2026-06", exactly="linear2d_a"))
    assert "layer initialisation plan" in [f.what for item in items(result) for f in item.findings]


def test_a_plan_that_nothing_is_held_against_is_not_passed(stacks):
    result = check_export(without_attributes(planned(stacks, "[ones, ones]")), Options(exactly="linear2d_a"))
    assert result.cases[0].items[0].status is Status.NOT_COMPARABLE
    assert "plan is not compared" in result.cases[0].items[0].reason


def test_attributes_of_a_lowered_layer_are_not_passed_over(golden):
    case = "mlp/4-8-2"
    text = print_export(one_case(read_export(golden / "tl-2026-08.tlx"), case))
    place = text.index(" : ", text.index('layer "', text.index("lower ")))
    planted = parse_export((text[:place] + " {seedW := 99}" + text[place:]).encode(), "planted")
    (item,) = (item for item in items(check_export(planted, Options())) if item.status is not Status.PASSED)
    assert item.item == "lower from 0"
    assert item.status is Status.NOT_COMPARABLE
    assert "seedW" in item.reason
