"""One export against the reference: every item replayed and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from xcheck.compare import labels
from xcheck.compare.forward import Model, check_forward
from xcheck.compare.initial import check_initial
from xcheck.compare.layers import layer_findings, unheld
from xcheck.compare.policy import EXACT, Policy
from xcheck.compare.result import CaseResult, Explanation, FileResult, Finding, ItemResult, Status, verdict
from xcheck.compare.stacks import kind_findings
from xcheck.compare.stretches import DIAGNOSED, Case, stretches
from xcheck.compare.variant import Variant
from xcheck.lean_parser.printer import print_term
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.reference.dag import to_dag_term
from xcheck.reference.graph import signature_faults, undetermined
from xcheck.reference.initialise import UnknownSchemeError
from xcheck.reference.lowering import Lowered, LoweringFailure
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import Profile, UnknownProfileError, profile_named, profile_of_headers
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor


@dataclass(frozen=True, slots=True)
class Options:
    """A profile name or `auto`, which cases (by substring, by whole name), when to stop, and the policy."""

    profile: str = "auto"
    contains: str = ""
    exactly: str | None = None
    max_fail: int | None = None
    policy: Policy = EXACT

    def selects(self, name: str) -> bool:
        """Whether the case of this name is asked for."""
        return self.contains in name and (self.exactly is None or name == self.exactly)


def check_export(export: Export, options: Options) -> FileResult:
    """Replay and compare the selected cases of one export.

    An unknown or contradictory profile is the file's `error`; so is a file that yields no case at all.
    """
    headers = tuple(export.headers.items())
    try:
        profile = profile_for(export.headers, options.profile)
    except UnknownProfileError as error:
        return FileResult(export.source, None, headers, error=str(error))
    cases = {name: items for name, items in export.cases().items() if options.selects(name)}
    results: list[CaseResult] = []
    failed = 0
    for result in chain.from_iterable(
        check_stretch(some, profile, options.policy) for some in stretches(cases.items())
    ):
        results.append(result)
        failed += result.status is not Status.PASSED
        if options.max_fail is not None and failed >= options.max_fail:
            break
    file = FileResult(export.source, profile.name, headers, tuple(results))
    if not export.items:
        return replace(file, error="the file has no item to check")
    left = len(cases) - len(results)
    if left:
        return replace(file, not_run=left, not_run_reason=f"stopped after {failed} failing cases")
    return file


def profile_for(headers: Mapping[str, str], wanted: str) -> Profile:
    """The profile to replay with; raises `UnknownProfileError`."""
    if wanted == "auto":
        return profile_of_headers(headers.get("torchlean"), headers.get("profile"))
    return profile_named(wanted)


def check_case(name: str, items: Sequence[Item], profile: Profile, policy: Policy) -> CaseResult:
    """Replay and compare one case: its `graph` or `seq` item first, then everything that refers to it."""
    plain = Variant(profile)
    results = tuple(check_items(items, plain, policy))
    result = CaseResult(name, results, primitives=labels.made_of(items[0]))
    if not policy.diagnose or not result.findings:
        return result
    # Nothing of it is needed, nor read, while everything agrees.
    from xcheck.compare.diagnose import diagnose_case

    return replace(result, diagnosis=diagnose_case(items, results, plain, policy), diagnosed=True)


def check_stretch(cases: Iterable[Case], profile: Profile, policy: Policy) -> Iterator[CaseResult]:
    """Replay and compare neighbouring cases; causes are looked for in the first few that disagree.

    Where hundreds disagree they mostly do for one reason, and looking takes longer than replaying.
    """
    left = DIAGNOSED
    for name, items in cases:
        result = check_case(name, items, profile, policy if left > 0 else replace(policy, diagnose=False))
        if result.diagnosed:
            left -= policy.rationed
        elif policy.diagnose and result.findings:
            result = replace(result, diagnosis=(_untried(result),), diagnosed=True)
        yield result


def _untried(result: CaseResult) -> Explanation:
    says = f"causes were looked for in the {DIAGNOSED} cases before it that disagree, and not in this one"
    return Explanation("untried", says, "check it alone, with --case", 0, result.findings, ())


def check_items(items: Sequence[Item], variant: Variant, policy: Policy) -> Iterator[ItemResult]:
    """The result of each item of one case, replayed with `variant`."""
    subject = items[0]
    # Lean's own initial values: what its layers ran on, whether or not they are the right ones.
    initial = {item.index: item.tensors for item in items if isinstance(item, InitItem)}
    forwards = 0
    for item in items:
        label, line = labels.label(item), item.at.line
        if isinstance(item, ForwardItem):
            forwards += 1
            label = f"forward #{forwards} {labels.start_text(item)}"
        try:
            result = _check_item(subject, item, initial, variant, policy)
        except (NotComparableError, UnknownSchemeError) as reason:
            result = ItemResult("", 0, Status.NOT_COMPARABLE, reason=str(reason))
        except MemoryError as error:
            # One absurd shape must not cost the rest of the run its report.
            result = ItemResult("", 0, Status.ERRORED, reason=f"out of memory: {error}")
        yield replace(result, item=label, line=line)


def _check_item(
    subject: Item, item: Item, initial: Mapping[int, tuple[Tensor, ...]], variant: Variant, policy: Policy
) -> ItemResult:
    if isinstance(subject, SeqItem):
        return _check_stack_item(subject, item, initial, variant, policy)
    if not isinstance(subject, GraphItem):
        raise NotComparableError("the case has no graph")
    graph, profile = subject.graph, variant.profile
    match item:
        case GraphItem():
            findings = [
                Finding(f"declared {fault.what}", fault.declared, fault.computed, layer=fault.position, kind=fault.name)
                for fault in signature_faults(graph, profile)
            ]
            return verdict(findings, undetermined(graph, profile))
        case DagItem():
            term, computed = print_term(item.term), print_term(to_dag_term(graph))
            return verdict([] if term == computed else [Finding("dag term", term, computed)])
        case LowerItem():
            return _check_lower(item, variant.lower(graph, item.index), profile)
        case InitItem():
            lowered = variant.lower(graph, item.index)
            if isinstance(lowered, LoweringFailure):
                return verdict([Finding("init", f"{len(item.tensors)} tensors", f"error: {lowered.message}")])
            return check_initial(item.tensors, lowered, variant, policy)
        case DetInitItem():
            return _check_det_init(item, variant.det_init(graph, item.index), variant, policy)
        case ForwardItem():
            model = Model(subject.signature, variant.stages(graph, item.index), initial.get(item.index))
            return check_forward(item, model, variant, policy)
        case SeqItem():
            raise NotComparableError("a stack inside a graph's case")


def _check_stack_item(
    subject: SeqItem, item: Item, initial: Mapping[int, tuple[Tensor, ...]], variant: Variant, policy: Policy
) -> ItemResult:
    profile = variant.profile
    stack = variant.stack(subject)
    match item:
        case SeqItem():
            findings = [*kind_findings(item.layers, profile), *layer_findings(item.layers, stack.layers, profile)]
            return verdict(findings, stack.unknown or unheld(item.layers, stack.layers, item.layers))
        case LowerItem():
            return _check_lower(item, replace(stack, next_index=item.index), profile, subject.layers)
        case InitItem():
            return check_initial(item.tensors, stack, variant, policy)
        case ForwardItem():
            if not subject.layers:
                raise NotComparableError("a stack without layers does not say what shape it takes")
            first, last = subject.layers[0].signature, subject.layers[-1].signature
            signature = Signature(stack.param_shapes, first.input, last.output)
            return check_forward(item, Model(signature, stack, initial.get(item.index)), variant, policy)
        case GraphItem() | DagItem() | DetInitItem():
            raise NotComparableError("a stack has no graph")


def _check_lower(
    item: LowerItem, ours: Lowered | LoweringFailure, profile: Profile, declared: Sequence[LayerRecord] = ()
) -> ItemResult:
    disagreement = _outcomes(item.outcome, ours)
    if disagreement is not None:
        return verdict([disagreement])
    if isinstance(item.outcome, Failed) or isinstance(ours, LoweringFailure):
        return verdict([])
    findings = layer_findings(item.outcome.layers, ours.layers, profile)
    if item.outcome.next_index != ours.next_index:
        findings = [*findings, Finding("next index", str(item.outcome.next_index), str(ours.next_index))]
    return verdict(findings, ours.unknown or unheld(item.outcome.layers, ours.layers, declared))


def _check_det_init(item: DetInitItem, ours: Lowered | LoweringFailure, variant: Variant, policy: Policy) -> ItemResult:
    disagreement = _outcomes(item.outcome, ours)
    if disagreement is not None:
        return verdict([disagreement])
    if not isinstance(item.outcome, TensorsOk) or isinstance(ours, LoweringFailure):
        return verdict([])
    result = check_initial(item.outcome.tensors, ours, variant, policy)
    if item.outcome.next_index != ours.next_index:
        counter = Finding("next index", str(item.outcome.next_index), str(ours.next_index))
        return replace(result, status=Status.FAILED, findings=(*result.findings, counter))
    return result


def _outcomes(lean: object, ours: Lowered | LoweringFailure) -> Finding | None:
    """The finding where one side has an error and the other none, or the error strings differ."""
    if isinstance(lean, Failed) and isinstance(ours, LoweringFailure):
        return None if lean.message == ours.message else Finding("error string", lean.message, ours.message)
    if isinstance(lean, Failed):
        return Finding("outcome", f"error: {lean.message}", "ok")
    if isinstance(ours, LoweringFailure):
        return Finding("outcome", "ok", f"error: {ours.message}")
    return None
