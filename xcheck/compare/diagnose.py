"""Why a case disagrees: the causes of the table, tried in order, and what each explains of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import Candidate, Cause, Unless
from xcheck.compare.causes.table import CAUSES
from xcheck.compare.policy import Policy
from xcheck.compare.result import Explanation, Finding, ItemResult, Status
from xcheck.compare.stretches import elements_of
from xcheck.compare.variant import Variant
from xcheck.lean_parser.records import InitItem, Item
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.lowering import Lowered
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import Profile
from xcheck.reference.shape import size
from xcheck.reference.signature import SignatureError

_PARTIAL_SHOWN: Final = 3
_ALIKE_SHOWN: Final = 8
_MOST_WORK: Final = 10_000_000  # about as many microseconds for one case, before the rest of the table is left untried
_CANNOT_TELL: Final = (NotComparableError, SignatureError, UnknownSchemeError)


def diagnose_case(
    items: Sequence[Item], results: Sequence[ItemResult], plain: Variant, policy: Policy
) -> tuple[Explanation, ...]:
    """The explanations of a failed case.

    Those under which everything agrees come first, in the table's order, told apart where the case can tell them
    apart; where there are none, those that explain most. None at all where nothing in the table explains anything.
    """
    return _diagnosed(FailedCase(items, results, plain, policy))


def diagnose_parameters(
    item: InitItem, result: ItemResult, plain: Variant, policy: Policy, layers_of: Callable[[Profile], Lowered]
) -> tuple[Explanation, ...]:
    """The explanations of a parameter file that does not hold the initial values of a model with these layers."""
    return _diagnosed(FailedCase((item,), (result,), plain, policy, layers_of))


def _diagnosed(case: FailedCase) -> tuple[Explanation, ...]:
    return tuple(_Diagnosis(case).explanations())


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate that explains something: how many troubles, in which items, and whether elsewhere holds too."""

    cause: Cause
    candidate: Candidate
    explained: int
    items: tuple[int, ...]
    elsewhere: bool


class _Diagnosis:
    """One walk over the table."""

    def __init__(self, case: FailedCase) -> None:
        self._case = case
        # What one replay costs: the layers are gone through one by one, their elements many at a time.
        given = sum(elements_of(case.items[number]) for number in case.failing)
        declared = sum(map(size, case.lowered.param_shapes))
        self._each = 100 + 60 * len(case.layers) + max(given, declared) // 100
        self._work = 0
        self._untried: dict[str, None] = {}
        # Items of which everything is told, and nothing admitted: they agree if they are what a variant makes.
        self._told_exactly = frozenset() if case.policy.allowances else frozenset(self._told_whole())

    def _told_whole(self) -> Iterator[int]:
        case = self._case
        for number, result in enumerate(case.results if self._each <= _MOST_WORK else ()):
            try:
                agrees = not result.findings and case.follows(case.plain, (number,))
            except MemoryError:
                continue
            if agrees or (result.findings and result.reason is None):
                yield number

    def explanations(self) -> Iterator[Explanation]:
        """What explains the whole case, else what explains most of it; and whether anything was left untried."""
        yield from self._found()
        if self._untried:
            says = f"the case is large: {len(self._untried)} of {len(CAUSES)} causes were not tried to the end"
            look = "a smaller case that shows the same, or `xcheck reduce`"
            yield Explanation("untried", says, look, 0, len(self._case.troubles), ())

    def _found(self) -> Iterator[Explanation]:
        complete = list(self._complete())
        yield from self._told_apart(complete)
        if all(found.cause.unless is Unless.EXPLAINED for found in complete):
            # Nothing explains it all, or only where it sits is known: what explains a part of it is worth saying too.
            partial = sorted(self._partial(), key=lambda f: (-f.explained, f.cause.unless is not Unless.NEVER))
            yield from (self._explanation(found) for found in partial[:_PARTIAL_SHOWN])

    def _candidates(self, cause: Cause) -> Iterator[Candidate]:
        """The cause's candidates, while there is time for them."""
        if not cause.about & self._case.about:
            return
        try:
            for candidate in cause.candidates(self._case):
                if candidate.variant is not None:
                    self._work += self._each
                    if self._work > _MOST_WORK:
                        self._untried[cause.name] = None
                        return
                yield candidate
        except _CANNOT_TELL:
            return
        except MemoryError:
            # One absurd shape must not cost the case what the other causes have to say.
            self._untried[cause.name] = None

    def _complete(self) -> Iterator[_Found]:
        explained = holds = False
        for cause in CAUSES:
            if explained and (
                cause.unless is Unless.EXPLAINED or (holds and cause.unless is Unless.EXPLAINED_AND_HOLDS)
            ):
                continue
            for candidate in self._candidates(cause):
                try:
                    if not self._explains_all(candidate):
                        continue
                    here = self._holds(candidate)
                except MemoryError:
                    self._untried[cause.name] = None
                    continue
                explained, holds = True, holds or here
                yield _Found(cause, candidate, len(self._case.troubles), self._case.failing, here)
                break

    def _explains_all(self, candidate: Candidate) -> bool:
        if candidate.variant is None:
            return len(candidate.covers) == len(self._case.troubles)
        return self._agree(candidate, self._case.failing)

    def _holds(self, candidate: Candidate) -> bool:
        """Whether the items that agree without the candidate agree with it too."""
        return candidate.variant is None or self._agree(candidate, self._case.passing)

    def _agree(self, candidate: Candidate, numbers: Sequence[int]) -> bool:
        """Whether these items agree under the candidate.

        Each exactly; but one that is comparable in part only, or that an allowance may admit, is compared as it was,
        and must leave nothing more untold than it did.
        """
        case = self._case
        variant = candidate.variant or case.plain
        for number in numbers:
            if candidate.policy is None and case.follows(variant, (number,)):
                continue
            before = case.results[number]
            if candidate.policy is None and number in self._told_exactly:
                return False
            (after,) = self._checked(candidate, (number,))
            if after.findings or after.status is Status.ERRORED or after.reason != before.reason:
                return False
        return True

    def _partial(self) -> Iterator[_Found]:
        for cause in CAUSES:
            if cause.unless is Unless.EXPLAINED:
                continue
            best: _Found | None = None
            for candidate in self._candidates(cause):
                try:
                    found = self._part(cause, candidate)
                except MemoryError:
                    self._untried[cause.name] = None
                    continue
                if found is not None and (best is None or found.explained > best.explained):
                    best = found
            if best is not None:
                yield best

    def _part(self, cause: Cause, candidate: Candidate) -> _Found | None:
        """What the candidate explains of a case that it does not explain whole."""
        case, left = self._case, dict[int, tuple[Finding, ...]]()
        if candidate.variant is None:
            covered, added = candidate.covers, 0
        else:
            results = self._checked(candidate, case.failing)
            left = {number: result.findings for number, result in zip(case.failing, results, strict=True)}
            covered = frozenset(
                n for n, t in enumerate(case.troubles) if not any(_same_place(t.finding, f) for f in left[t.item])
            )
            # What is new under the candidate counts against it.
            added = sum(
                not any(_same_place(f, old) for old in case.results[number].findings)
                for number, findings in left.items()
                for f in findings
            )
        # Something is left, or it would have explained everything.
        explained = min(len(covered) - added, len(case.troubles) - 1)
        if explained <= 0:
            return None
        unexplained = {trouble.item for n, trouble in enumerate(case.troubles) if n not in covered}
        unexplained |= {number for number, findings in left.items() if findings}
        items = tuple(sorted({case.troubles[n].item for n in covered} - unexplained))
        return _Found(cause, candidate, explained, items, self._holds(candidate))

    def _checked(self, candidate: Candidate, numbers: Sequence[int]) -> list[ItemResult]:
        """These items compared under the candidate; one that it makes less comparable keeps its findings."""
        case = self._case
        policy = candidate.policy or replace(case.policy, diagnose=False, maps=False)
        results = case.checked(candidate.variant or case.plain, policy, numbers)
        return [_told(result, case.results[number]) for number, result in zip(numbers, results, strict=True)]

    def _told_apart(self, complete: list[_Found]) -> Iterator[Explanation]:
        """The first of those that hold elsewhere too, with the others that do; then those that do not."""
        for elsewhere in (True, False):
            alike = [found for found in complete if found.elsewhere is elsewhere]
            if not alike:
                continue
            first, *others = alike
            said = tuple(f"{other.candidate.says} ({other.cause.name})" for other in others[:_ALIKE_SHOWN])
            yield replace(self._explanation(first), alike=said)
            if elsewhere:
                # What contradicts the rest of the case is no rival of what does not.
                return

    def _explanation(self, found: _Found) -> Explanation:
        case, candidate = self._case, found.candidate
        return Explanation(
            found.cause.name,
            candidate.says,
            candidate.look or found.cause.look,
            found.explained,
            len(case.troubles),
            tuple(case.results[number].item for number in found.items),
            found.elsewhere,
        )


def _told(result: ItemResult, before: ItemResult) -> ItemResult:
    """What cannot be told under a candidate is not explained by it: then the item is as it was before."""
    return before if result.status is Status.ERRORED or result.reason != before.reason else result


def _same_place(one: Finding, other: Finding) -> bool:
    return (one.what, one.layer, one.tensor) == (other.what, other.layer, other.tensor) and not other.inherited
