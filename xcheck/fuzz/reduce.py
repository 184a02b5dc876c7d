"""From a request that disagrees to a small one: the first divergent prefix, then fewer leaves, sizes and digits.

Every candidate is put to the oracle. What disagrees is kept and made smaller; of what agrees, the largest is kept too:
between the two lies what matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from xcheck.compare.policy import EXACT, Policy
from xcheck.compare.result import Status
from xcheck.fuzz.case import Case, Run, case_of, keep, shapes_of
from xcheck.fuzz.judge import Verdict, has_opaque, judge
from xcheck.fuzz.smaller import fewer_leaves, simpler_values, smaller_counter, smaller_geometry
from xcheck.lean_parser.records import ForwardItem
from xcheck.oracle.client import Oracle
from xcheck.oracle.messages import Answer, Ask, DagAsk, DetInitAsk, ForwardAsk, InitAsk, LowerAsk, Request, asks_of
from xcheck.oracle.protocol import print_request
from xcheck.reference.graph import Prim
from xcheck.reference.lowering import stages
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import Profile
from xcheck.reference.replay import initial_parameters
from xcheck.tensor import Tensor

NAME: Final = "reduced"
NEIGHBOUR: Final = "passing"
_ASKS_AT_MOST: Final = 4000
# A wrong lowering makes the initial values wrong, and those the forwards: the first of them is what to look at.
_ORDER: Final = (LowerAsk, InitAsk, DetInitAsk, DagAsk, ForwardAsk)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the oracle's answer and how it compares."""

    request: Request
    answer: Answer
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reduction:
    """`case` is as it was given; `smallest` disagrees, `passing` is the largest of those asked that agree.

    Both are None where `case` does not disagree.
    """

    case: Asked
    smallest: Asked | None = None
    passing: Asked | None = None
    asks: int = 0


def reduce_request(
    oracle: Oracle,
    profile: Profile,
    request: Request,
    policy: Policy = EXACT,
    progress: Callable[[int, tuple[int, int]], None] = lambda asks, measure: None,
) -> Reduction:
    """Reduce a request that disagrees; raises `OracleError`. `progress` is told the asks so far and the size now."""
    return _Reducer(oracle, profile, policy, progress).run(request)


class _Reducer:
    def __init__(
        self, oracle: Oracle, profile: Profile, policy: Policy, progress: Callable[[int, tuple[int, int]], None]
    ) -> None:
        self._oracle = oracle
        self._profile = profile
        self._policy = policy
        self._progress = progress
        self._asks = 0
        self._known: dict[str, Status] = {}
        self._passing: Case | None = None

    def run(self, request: Request) -> Reduction:
        given = self._ask(request)
        if given.verdict.status is not Status.FAILED:
            return Reduction(given, asks=self._asks)
        case = self._single(given)
        if case is None:
            # Only all that was asked together disagrees: there is no single thing to reduce.
            return Reduction(given, given, asks=self._asks)
        case = self._first_divergent_prefix(case)
        case = self._last_layers(case)
        case = self._explicit(case)
        case = self._smallest(case)
        smallest = self._ask(case.request("smallest", NAME, self._context(case)))
        passing = self._passing
        neighbour = None
        if passing is not None:
            neighbour = self._ask(passing.request("passing", NEIGHBOUR, self._context(passing)))
            if neighbour.verdict.status is not Status.PASSED:
                neighbour = None
        return Reduction(given, smallest, neighbour, self._asks)

    def _ask(self, request: Request) -> Asked:
        self._asks += 1
        answer = self._oracle.ask(request)
        return Asked(request, answer, judge(request, answer, self._profile, self._policy))

    def _fails(self, case: Case) -> bool:
        """Whether the case disagrees; asked once."""
        request = case.request("candidate", NAME)
        text = print_request(request)
        status = self._known.get(text)
        if status is None:
            status = self._ask(request).verdict.status
            self._known[text] = status
            self._progress(self._asks, case.measure)
            if status is Status.PASSED and (self._passing is None or case.measure > self._passing.measure):
                self._passing = case
        return status is Status.FAILED

    def _single(self, given: Asked) -> Case | None:
        """The first thing asked that disagrees by itself."""
        compared = zip(asks_of(given.answer.items), given.verdict.case.items[1:], strict=False)
        failing = [ask for ask, item in compared if item.status is Status.FAILED]
        if given.verdict.case.items[0].status is Status.FAILED:
            failing.append(DagAsk())
        for ask in sorted(failing, key=lambda ask: _ORDER.index(type(ask))):
            case = case_of(given.request, ask)
            if self._fails(case):
                return case
        return None

    def _first_divergent_prefix(self, case: Case) -> Case:
        agrees, disagrees = 0, len(case.leaves)
        best = case
        while disagrees - agrees > 1:
            middle = (agrees + disagrees) // 2
            prefix = keep(case, range(middle))
            if prefix is not None and self._fails(prefix):
                disagrees, best = middle, prefix
            else:
                agrees = middle
        return best

    def _last_layers(self, case: Case) -> Case:
        """The shortest suffix that still disagrees, on what the oracle had before it."""
        before = self._values_before(case)
        for first in range(len(case.leaves) - 1, 0, -1):
            if case.run is not None and before[first] is None:
                continue
            suffix = keep(case, range(first, len(case.leaves)), before[first])
            counted = sum(leaf.counts for leaf in case.leaves[:first] if isinstance(leaf, Prim))
            if suffix is not None and self._fails(moved := replace(suffix, index=case.index + counted)):
                return moved
        return case

    def _values_before(self, case: Case) -> list[Tensor | None]:
        """What the oracle's forward had before each leaf; nothing where it ran none."""
        nothing: list[Tensor | None] = [None] * len(case.leaves)
        if case.run is None:
            return nothing
        items = self._ask(case.request("trace", NAME)).answer.items
        trace = next((item.trace for item in items if isinstance(item, ForwardItem)), ())
        found: list[Tensor | None] = []
        value: Tensor | None = case.run.input
        left = iter(trace)
        for leaf in case.leaves:
            found.append(value)
            if isinstance(leaf, Prim):
                value = next(left, None)
        return found

    def _explicit(self, case: Case) -> Case:
        """The same with its initial parameters written out, so that their values can be made simpler."""
        if case.run is None or case.run.params is not None or has_opaque(case.graph):
            return case
        try:
            values = initial_parameters(stages(case.graph, case.index, self._profile), self._profile)
        except NotComparableError:
            return case
        left = iter(map(Tensor.of, values))
        params = tuple(tuple(next(left) for _ in shapes_of(leaf)) for leaf in case.leaves)
        run = Run(params, case.run.input, case.run.mode, case.run.via)
        written = replace(case, run=run)
        return written if self._fails(written) else case

    def _smallest(self, case: Case) -> Case:
        while self._asks < _ASKS_AT_MOST:
            smaller = next((one for one in self._candidates(case) if self._fails(one)), None)
            if smaller is None:
                break
            case = smaller
        return case

    def _candidates(self, case: Case) -> Iterator[Case]:
        yield from fewer_leaves(case, self._profile)
        yield from smaller_counter(case)
        yield from smaller_geometry(case, self._profile)
        yield from simpler_values(case)

    def _context(self, case: Case) -> tuple[Ask, ...]:
        """What a reader of the reduced case wants to see besides what disagrees."""
        if case.kind == "forward":
            initial = case.run is not None and case.run.params is None
            return (LowerAsk(case.index), InitAsk(case.index)) if initial else (LowerAsk(case.index),)
        return () if case.kind == "lower" else (LowerAsk(case.index),)
