"""The golden files' cases asked of a process that answers what Lean once wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.processes import recorded
from xcheck.compare.result import Status
from xcheck.fuzz.judge import has_opaque, judge
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.records import GraphItem
from xcheck.oracle.claims import profile_of
from xcheck.oracle.client import Oracle
from xcheck.oracle.messages import InitAsk, LowerAsk, Request, asks_of
from xcheck.reference.graph import Identity


@pytest.mark.parametrize("name", ["tl-2026-05", "tl-2026-08", "tl-2026-09-c2"])
def test_every_golden_case_asked_live_is_what_the_file_says(name: str, golden: Path) -> None:
    path = golden / f"{name}.tlx"
    cases = read_export(path).cases()
    asked = 0
    with Oracle(recorded(path)) as oracle:
        profile = profile_of(oracle.handshake)
        assert profile.name == name
        for number, (case, items) in enumerate(cases.items()):
            subject = items[0]
            assert isinstance(subject, GraphItem)
            request = Request(f"g{number}", case, subject.graph, asks_of(items))
            answer = oracle.ask(request)
            assert answer.items == items
            verdict = judge(request, answer, profile)
            assert verdict.status is Status.PASSED
            assert verdict.partly == has_opaque(subject.graph)
            asked += len(items)
    assert asked > 400


def test_what_was_not_recorded_is_refused_and_not_made_up(golden: Path) -> None:
    path = golden / "tl-2026-08.tlx"
    subject = next(iter(read_export(path).items))
    assert isinstance(subject, GraphItem)
    with Oracle(recorded(path)) as oracle:
        profile = profile_of(oracle.handshake)
        request = Request("a", subject.name, subject.graph, (LowerAsk(0), InitAsk(77)))
        answer = oracle.ask(request)
        assert [refusal.reason for refusal in answer.refused] == ["this was not recorded"]
        verdict = judge(request, answer, profile)
        assert verdict.status is Status.NOT_COMPARABLE
        assert verdict.reasons == ("the oracle refused init: this was not recorded",)
        unknown = Request("b", "no such case", Identity((1,)), ())
        verdict = judge(unknown, oracle.ask(unknown), profile)
        assert verdict.reasons == ("the oracle does not take the graph (type error): this graph was not recorded",)
