"""An oracle's answer against the reference: the same comparison that `check` makes of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xcheck.compare.check import check_case
from xcheck.compare.policy import EXACT, Policy
from xcheck.compare.result import CaseResult, ItemResult, Status
from xcheck.oracle.messages import Answer, ForwardAsk, InitAsk, Refusal, Request, kind_of
from xcheck.reference.graph import Graph, primitives
from xcheck.reference.lowering import LoweringFailure, to_seq_aux
from xcheck.reference.profile import Profile


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer compares.

    `partly` says that the graph holds a user's own primitive, of which nothing is comparable: what is left agreed
    or not, and that something was left out is no failure to compare.
    """

    status: Status
    case: CaseResult
    partly: bool = False

    @property
    def failing(self) -> tuple[str, ...]:
        """The items that disagree, as `check` labels them."""
        return tuple(item.item for item in self.case.items if item.status is Status.FAILED)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something could not be compared."""
        return tuple(dict.fromkeys(item.reason for item in self.case.items if item.reason is not None))


def judge(request: Request, answer: Answer, profile: Profile, policy: Policy = EXACT) -> Verdict:
    """Compare an answer with the reference."""
    if answer.complaint is not None:
        reason = f"the oracle does not take the graph ({answer.complaint.kind} error): {answer.complaint.text}"
        item = ItemResult("graph", 0, Status.NOT_COMPARABLE, reason=reason)
        return Verdict(Status.NOT_COMPARABLE, CaseResult(request.name, (item,)))
    # Thousands of answers are judged for the one that is reported, which `check` diagnoses.
    compared = check_case(request.name, answer.items, profile, replace(policy, diagnose=False)).items
    refused = tuple(_refusals(request, answer, profile))
    case = CaseResult(request.name, (*compared, *refused))
    statuses = {item.status for item in case.items}
    partly = has_opaque(request.graph)
    if Status.FAILED in statuses:
        return Verdict(Status.FAILED, case, partly)
    if Status.ERRORED in statuses:
        # Out of memory, say: that the reference gave up is no agreement, whatever else the graph holds.
        return Verdict(Status.NOT_COMPARABLE, case)
    if Status.NOT_COMPARABLE in statuses and not partly:
        return Verdict(Status.NOT_COMPARABLE, case)
    return Verdict(Status.PASSED, case, partly)


def has_opaque(graph: Graph) -> bool:
    """Whether the graph holds a user's own primitive."""
    return any(node.primitive.opaque for node in primitives(graph))


def _refusals(request: Request, answer: Answer, profile: Profile) -> Iterator[ItemResult]:
    for refusal in answer.refused:
        label = kind_of(refusal.ask)
        if _expected(refusal, request, profile):
            yield ItemResult(label, 0, Status.PASSED)
        else:
            yield ItemResult(label, 0, Status.NOT_COMPARABLE, reason=f"the oracle refused {label}: {refusal.reason}")


def _expected(refusal: Refusal, request: Request, profile: Profile) -> bool:
    """Whether the protocol has this ask refused."""
    ask = refusal.ask
    if isinstance(ask, ForwardAsk):
        return has_opaque(request.graph)
    if isinstance(ask, InitAsk):
        lowered = to_seq_aux(request.graph, ask.index, profile)
        return isinstance(lowered, LoweringFailure) and lowered.message == refusal.reason
    return False
