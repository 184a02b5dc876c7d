"""Planted defects are found within 200 cases and reduced to at most two primitives; without one, nothing is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.processes import answering, misbehaving
from xcheck.compare.result import CaseResult, ItemResult, Status
from xcheck.fuzz.judge import judge
from xcheck.fuzz.record import record
from xcheck.fuzz.reduce import Reduction, reduce_request
from xcheck.fuzz.search import Plan, Search, search
from xcheck.lean_parser.elaborate.denote import denote
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.records import GraphItem
from xcheck.oracle.claims import headers_of, profile_of
from xcheck.oracle.client import Limits, Oracle
from xcheck.oracle.errors import DiedError
from xcheck.oracle.messages import Answer, Request
from xcheck.oracle.requests import read_requests
from xcheck.reference.graph import primitives, signature_of
from xcheck.reference.profile import Profile, profile_named
from xcheck.reference.shape import size

DEFECTS = {
    "softmax-without-shift": ("softmax", "forward"),
    "seeds-swapped": ("linear conv2d conv", "init det_init"),
    "counter-too-early": ("linear conv2d conv", "init det_init"),
    "conv-loop-order": ("conv2d conv", "forward"),
}
PROFILES = ("tl-2026-08", "tl-2026-09-c2")


def silent(*_: object) -> None:
    pass


def look(oracle: Oracle, plan: Plan) -> tuple[Profile, Search]:
    profile = profile_of(oracle.handshake)
    return profile, search(oracle, profile, plan, silent)


@pytest.mark.parametrize("profile", PROFILES)
def test_without_a_defect_nothing_is_found(profile: str) -> None:
    with Oracle(answering(profile)) as oracle:
        _, done = look(oracle, Plan(cases=400))
    assert done.found is None
    assert done.cases == 400
    assert done.not_comparable == 0
    assert done.partly > 0
    assert oracle.restarts == 0


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found_and_reduced(defect: str, profile: str, tmp_path: Path) -> None:
    kinds, items = DEFECTS[defect]
    with Oracle(answering(profile, defect)) as oracle:
        semantics, done = look(oracle, Plan(cases=200))
        assert done.found is not None
        assert done.first_found_at is not None
        assert done.first_found_at <= 200
        reduction = reduce_request(oracle, semantics, done.found)
        check_reduction(reduction, kinds, items)
        check_files(oracle, reduction, semantics, tmp_path)


def check_reduction(reduction: Reduction, kinds: str, items: str) -> None:
    smallest = reduction.smallest
    assert smallest is not None
    assert smallest.verdict.status is Status.FAILED
    assert any(label.split()[0] in items.split() for label in smallest.verdict.failing)
    nodes = list(primitives(smallest.request.graph))
    assert len(nodes) == 1
    assert nodes[0].primitive.name.split("(")[0] in kinds.split()
    signature = signature_of(smallest.request.graph)
    assert size(signature.input) <= 12
    assert reduction.passing is not None
    assert reduction.passing.verdict.status is Status.PASSED


def check_files(oracle: Oracle, reduction: Reduction, profile: Profile, folder: Path) -> None:
    """The files hold the same case: the oracle's words, the request, and source that denotes the graph."""
    smallest = reduction.smallest
    assert smallest is not None
    written = record(folder, "found", headers_of(oracle.handshake), smallest, reduction.passing, profile)
    export = read_export(written.export)
    assert export.items == smallest.answer.items
    (again,) = read_requests(written.requests)
    assert again == smallest.request
    assert judge(again, oracle.ask(again), profile).status is Status.FAILED
    assert written.lean is not None
    source = written.lean.read_text()
    assert denote(str(written.lean), profile, call="subject") == smallest.request.graph
    assert "#eval" in source
    assert written.passing is not None
    passing = read_export(written.passing).items[0]
    assert isinstance(passing, GraphItem)
    assert sorted(path.name for path in folder.iterdir()) == [
        "found-passing.tlx",
        "found.lean",
        "found.requests",
        "found.tlx",
    ]


def test_the_same_seed_finds_the_same() -> None:
    def once() -> Iterator[object]:
        with Oracle(answering(defect="counter-too-early")) as oracle:
            _, done = look(oracle, Plan(cases=200, seed=1))
            yield done.found
            yield done.first_found_at

    assert list(once()) == list(once())


def test_the_time_is_kept() -> None:
    with Oracle(answering()) as oracle:
        _, done = look(oracle, Plan(seconds=0.5))
    assert done.found is None
    assert done.cases > 0
    assert done.seconds < 5


def test_what_cannot_be_compared_is_counted_and_said() -> None:
    with Oracle(misbehaving("complains")) as oracle:
        _, done = look(oracle, Plan(cases=3))
    assert (done.cases, done.not_comparable, done.found) == (3, 3, None)
    assert done.reasons == ("the oracle does not take the graph (type error): shapes do not meet",)


def test_an_oracle_that_dies_ends_the_search() -> None:
    with pytest.raises(DiedError), Oracle(misbehaving("dies"), Limits(start=5, request=1)) as oracle:
        look(oracle, Plan(cases=5))


def test_giving_up_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = CaseResult("g", (ItemResult("init from 0", 1, Status.ERRORED, reason="out of memory"),))
    monkeypatch.setattr("xcheck.fuzz.judge.check_case", lambda *_: gave_up)
    profile = profile_named("tl-2026-08")
    for name in ("relu", "mine"):
        text = f'torchlean_export v1\ngraph "g" : [] |- [1] -> [1] := prim "{name}" : [] |- [1] -> [1] layer\nend 1\n'
        (item,) = parse_export(text.encode(), "x").items
        assert isinstance(item, GraphItem)
        verdict = judge(Request("r1", "g", item.graph, ()), Answer((item,)), profile)
        assert verdict.status is Status.NOT_COMPARABLE
        assert verdict.reasons == ("out of memory",)
