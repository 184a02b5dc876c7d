"""Hypothesis drives an oracle until an answer disagrees, then shrinks what was asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from xcheck.compare.policy import EXACT, Policy
from xcheck.compare.result import Status
from xcheck.fuzz.judge import Verdict, judge
from xcheck.fuzz.strategy import requests
from xcheck.oracle.client import Oracle
from xcheck.oracle.messages import Request
from xcheck.oracle.protocol import print_request
from xcheck.reference.operation import Via
from xcheck.reference.profile import Profile

_ROUND: Final = 2000  # cases between fresh starts of Hypothesis, which remembers every one of them
_SHRINKS: Final = 400  # asks that Hypothesis may spend on shrinking; the reducer does the rest
_REASONS_KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to look (seconds or cases, whichever ends first; at least one is given), from which seed, for what."""

    seconds: float | None = None
    cases: int | None = None
    seed: int = 0
    max_primitives: int = 4
    vias: tuple[Via, ...] = (Via.SPEC,)
    policy: Policy = EXACT


@dataclass(frozen=True, slots=True)
class Search:
    """What came of it.

    `found` disagrees; `seconds` is the time until then. `not_comparable` counts requests that should have been
    comparable, `partly` those that could only be compared in part.
    """

    cases: int
    seconds: float
    partly: int
    not_comparable: int
    reasons: tuple[str, ...]
    found: Request | None = None
    first_found_at: int | None = None
    shrinks: int = 0


class _Disagreement(Exception):  # noqa: N818
    """Tells Hypothesis that this request is what we are looking for."""


class _Stop(BaseException):
    """Leaves Hypothesis at once: to it, an `Exception` would be one more thing to shrink."""


def search(oracle: Oracle, profile: Profile, plan: Plan, progress: Callable[[int, float], None]) -> Search:
    """Look for a disagreement; raises `OracleError`. `progress` is told the cases and seconds so far."""
    return _Searcher(oracle, profile, plan, progress).run()


class _Searcher:
    def __init__(self, oracle: Oracle, profile: Profile, plan: Plan, progress: Callable[[int, float], None]) -> None:
        self._oracle = oracle
        self._profile = profile
        self._plan = plan
        self._progress = progress
        self._started = time.monotonic()
        self._cases = self._partly = self._not_comparable = self._shrinks = 0
        self._reasons: dict[str, None] = {}
        self._failing: dict[str, Request] = {}
        self._found: Request | None = None
        self._first: int | None = None
        self._looked = 0.0
        self._broken: BaseException | None = None

    def run(self) -> Search:
        rounds = 0
        while self._found is None and (left := self._left()) > 0:
            before = self._cases
            self._round(min(_ROUND, left), self._plan.seed + rounds)
            rounds += 1
            if self._cases == before:
                break
        return Search(
            self._cases,
            self._looked or self._elapsed(),
            self._partly,
            self._not_comparable,
            tuple(self._reasons),
            self._found,
            self._first,
            self._shrinks,
        )

    def _left(self) -> int:
        if self._plan.seconds is not None and self._elapsed() >= self._plan.seconds:
            return 0
        return _ROUND if self._plan.cases is None else self._plan.cases - self._cases

    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _round(self, cases: int, seed_number: int) -> None:
        strategy = requests(self._profile, vias=self._plan.vias, max_primitives=self._plan.max_primitives)

        @seed(seed_number)
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet,
            print_blob=False,
        )
        @given(strategy)
        def body(request: Request) -> None:
            self._try(request)

        try:
            body()
        except _Disagreement:
            pass
        except _Stop:
            if self._broken is not None:
                raise self._broken from None

    def _try(self, request: Request) -> None:
        if self._first is not None:
            self._shrink(request)
            return
        if self._plan.seconds is not None and self._elapsed() >= self._plan.seconds:
            raise _Stop
        verdict = self._judge(replace(request, ident=f"c{self._cases + 1}"))
        self._cases += 1
        self._partly += verdict.partly
        self._progress(self._cases, self._elapsed())
        if verdict.status is Status.NOT_COMPARABLE:
            self._not_comparable += 1
            for reason in verdict.reasons:
                if len(self._reasons) < _REASONS_KEPT:
                    self._reasons[reason] = None
        elif verdict.status is Status.FAILED:
            self._first, self._looked = self._cases, self._elapsed()
            self._fail(request)

    def _shrink(self, request: Request) -> None:
        """The same request is judged once, so that Hypothesis sees one answer to one question."""
        if print_request(request) in self._failing:
            self._fail(request)
        if self._shrinks < _SHRINKS:
            self._shrinks += 1
            if self._judge(replace(request, ident=f"s{self._shrinks}")).status is Status.FAILED:
                self._fail(request)

    def _fail(self, request: Request) -> None:
        self._failing[print_request(request)] = request
        self._found = request
        raise _Disagreement

    def _judge(self, request: Request) -> Verdict:
        try:
            return judge(request, self._oracle.ask(request), self._profile, self._plan.policy)
        except Exception as error:
            self._broken = error
            raise _Stop from None
