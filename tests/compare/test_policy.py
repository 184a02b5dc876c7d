from __future__ import annotations

from dataclasses import replace

import pytest

from tests.compare.planted import at, find, flip, found, one_case, with_bits, with_item
from xcheck.compare.check import Options, check_export
from xcheck.compare.policy import EXACT, Allowance, Policy
from xcheck.compare.result import RunResult, Status, TensorDifference
from xcheck.lean_parser.records import ForwardItem, InitItem
from xcheck.report.exit_code import exit_code

SOFTMAX = "mlp/softmax-head"


def difference(max_ulp, not_finite=0):
    return TensorDifference((3,), 1, 3, max_ulp, not_finite, ())


def test_the_default_admits_nothing():
    assert EXACT.admits(("exp",), difference(1)) is None


def test_an_allowance_is_for_its_function_and_its_distance():
    policy = Policy((Allowance("exp", 2), Allowance("exp", 5), Allowance("log", 9)))
    assert policy.admits(("exp",), difference(2)) == Allowance("exp", 2)
    assert policy.admits(("exp",), difference(3)) == Allowance("exp", 5)
    assert policy.admits(("exp",), difference(6)) is None
    assert policy.admits(("exp", "log"), difference(6)) == Allowance("log", 9)
    assert policy.admits((), difference(1)) is None
    assert policy.admits(("exp",), difference(1, not_finite=1)) is None
    assert policy.admits(("exp",), difference(None, not_finite=1)) is None


def nudged(export, position, bit=0):
    """The softmax case with its last bits changed, in the trace and in the output alike."""
    item = find(export, ForwardItem, SOFTMAX)
    changed = with_bits(item.trace[position], flip(1, bit))
    output = changed if position + 1 == len(item.trace) else item.output
    return one_case(
        with_item(export, item, replace(item, trace=at(item.trace, position, changed), output=output)), SOFTMAX
    )


@pytest.fixture(params=["tl-2026-05", "tl-2026-08", "tl-2026-09-c2"])
def export(request, golden_export):
    return golden_export(request.param)


def test_one_ulp_on_softmax_is_a_mismatch_without_an_allowance(export):
    pairs, code = found(nudged(export, 3))
    assert [(f.what, f.layer, f.elements.max_ulp) for _, f in pairs] == [("trace entry", 3, 1)]
    assert any("last bits" in why or "one bit" in why for why in pairs[0][1].why)
    assert code == 1


def test_the_rule_that_admits_it_is_named(export):
    options = Options(policy=Policy((Allowance("exp", 1),)))
    result = check_export(nudged(export, 3), options)
    assert [item.admitted for item in result.items() if item.admitted] == [("trace 3: exp=1",)]
    assert {item.status for item in result.items()} == {Status.PASSED}
    assert exit_code(RunResult((result,))) == 0


@pytest.mark.parametrize(("position", "bit"), [(3, 1), (0, 0), (2, 0)])
def test_nothing_else_is_admitted(export, position, bit):
    """Two ulp where one is allowed; a linear layer, which reaches no C function."""
    pairs, code = found(nudged(export, position, bit), Options(policy=Policy((Allowance("exp", 1),))))
    assert [(f.what, f.layer) for _, f in pairs] == [("trace entry", position)]
    assert code == 1


def test_initial_values_are_never_admitted_by_exp(export):
    item = find(export, InitItem, SOFTMAX)
    changed = with_bits(item.tensors[0], flip(0, 0))
    broken = one_case(with_item(export, item, replace(item, tensors=at(item.tensors, 0, changed))), SOFTMAX)
    pairs, code = found(broken, Options(policy=Policy((Allowance("exp", 99), Allowance("log", 99)))))
    assert [f.what for _, f in pairs] == ["initial value"]
    assert code == 1
