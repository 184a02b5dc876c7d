from __future__ import annotations

from itertools import product

import pytest

from xcheck.compare.result import CaseResult, FileResult, Finding, ItemResult, RunResult, Status, gravest
from xcheck.report.exit_code import exit_code

FINDING = Finding("what", "lean", "reference")


def run_of(*statuses, error=None):
    items = tuple(
        ItemResult("item", 1, status, (FINDING,) if status is Status.FAILED else (), None) for status in statuses
    )
    return RunResult((FileResult("a", "p", cases=(CaseResult("c", items),)), FileResult("b", None, error=error)))


@pytest.mark.parametrize("statuses", [c for n in (1, 2, 3) for c in product(Status, repeat=n)])
@pytest.mark.parametrize("error", [None, "broken"])
@pytest.mark.parametrize("allow", [False, True])
def test_two_outranks_one_outranks_zero(statuses, error, allow):
    grave = {Status.ERRORED} | (set() if allow else {Status.NOT_COMPARABLE})
    compared = {Status.PASSED, Status.FAILED} & set(statuses)
    expected = 2 if error or grave & set(statuses) or not compared else 1 if Status.FAILED in statuses else 0
    assert exit_code(run_of(*statuses, error=error), allow_incomparable=allow) == expected


def test_nothing_compared_is_not_green():
    assert exit_code(RunResult(())) == 2
    assert exit_code(RunResult((FileResult("a", "p"),))) == 2
    assert exit_code(RunResult((), "no case")) == 2
    assert exit_code(run_of(Status.NOT_COMPARABLE), allow_incomparable=True) == 2


def test_a_failed_item_with_an_untold_part():
    item = ItemResult("item", 1, Status.FAILED, (FINDING,), "a part is unknown")
    run = RunResult((FileResult("a", "p", cases=(CaseResult("c", (item,)),)),))
    assert exit_code(run) == 2
    assert exit_code(run, allow_incomparable=True) == 1


def test_the_gravest_status():
    assert gravest(iter(())) is Status.PASSED
    assert [gravest(iter(list(Status)[: n + 1])) for n in range(4)] == list(Status)
