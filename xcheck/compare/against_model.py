"""An export or a parameter file against a model named beside it: by Lean source, or as a case of another export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from xcheck.compare.check import Options, check_export, profile_for
from xcheck.compare.checkpoint import Subject, check_checkpoint
from xcheck.compare.layers import layer_findings
from xcheck.compare.result import CaseResult, FileResult, Finding, ItemResult, Status, verdict
from xcheck.compare.stacks import UnknownLayer, stack_of
from xcheck.inputs import is_parameter_file
from xcheck.lean_parser.checkpoints import CheckpointError, read_checkpoint
from xcheck.lean_parser.elaborate import denote, describe_difference
from xcheck.lean_parser.elaborate.layers import UnknownLayerError, stack_definitions
from xcheck.lean_parser.elaborate.values import SeqModel
from xcheck.lean_parser.errors import ParseError
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import print_term
from xcheck.lean_parser.records import DagItem, Export, GraphItem, Item, SeqItem
from xcheck.reference.dag import DagModel
from xcheck.reference.graph import Graph, signature_of
from xcheck.reference.lowering import LayerDefinition, Lowered, LoweringFailure, stages, to_seq_aux
from xcheck.reference.operation import NotComparableError
from xcheck.reference.profile import Profile, UnknownProfileError
from xcheck.reference.shape import format_shape, format_shapes
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model: a call or expression over an optional Lean file, or a case of another export."""

    source: str | None = None
    call: str | None = None
    expression: str | None = None
    search_path: tuple[str, ...] = ()
    tlx: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line's arguments that choose this model."""
        given = (("--source", self.source), ("--call", self.call), ("--expr", self.expression), ("--tlx", self.tlx))
        chosen = [text for flag, value in given if value is not None for text in (flag, value)]
        return (*chosen, *(text for root in self.search_path for text in ("-I", root)))

    @property
    def name(self) -> str:
        """What to call the model in a report."""
        return self.call or self.expression or str(self.tlx)


def check_against_model(path: str, choice: ModelChoice, options: Options) -> FileResult:
    """Check one file against the chosen model; whatever cannot be read is the result's `error`."""
    try:
        if is_parameter_file(path):
            return _parameters(path, choice, options)
        return _export(path, choice, options)
    except UnknownProfileError as error:
        return FileResult(path, None, error=f"{path}: {error}")
    except (ParseError, CheckpointError, NotComparableError) as error:
        return FileResult(path, None, error=str(error))
    except OSError as error:
        return FileResult(path, None, error=f"{path}: cannot be opened: {error.strerror or error}")


def _parameters(path: str, choice: ModelChoice, options: Options) -> FileResult:
    if choice.tlx is not None:
        export = read_export(Path(choice.tlx))
        profile = profile_for(export.headers, options.profile)
        name, items = _the_case(export, options)
        subject = _case_subject(name, items[0])
    elif options.profile == "auto":
        message = "a parameter file does not say which revision wrote it: name a profile with --profile"
        return FileResult(path, None, error=f"{path}: {message}")
    else:
        profile = profile_for({}, options.profile)
        subject = _denoted_subject(choice, profile)
    result = check_checkpoint(path, read_checkpoint(Path(path)), subject, profile, options.policy)
    case = ("--case", subject.name) if choice.tlx is not None else ()
    return replace(result, arguments=(*case, *choice.arguments))


def _the_case(export: Export, options: Options) -> tuple[str, tuple[Item, ...]]:
    """The one case that is meant; raises `NotComparableError` where the selection leaves several or none."""
    fitting = [(name, items) for name, items in export.cases().items() if options.selects(name)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise NotComparableError(f"{export.source}: no case is selected")
    shown = ", ".join(name for name, _ in fitting[:5]) + (", ..." if len(fitting) > 5 else "")
    raise NotComparableError(f"{export.source}: {len(fitting)} cases are selected ({shown}); name one with --case")


def _case_subject(name: str, subject: Item) -> Subject:
    if isinstance(subject, SeqItem):
        stack = subject
        return Subject(name, cache(lambda profile: stack_of(stack, profile)))
    if isinstance(subject, GraphItem):
        return _graph_subject(name, subject.graph)
    raise NotComparableError(f"{name}: the case has neither a graph nor a stack")


def _graph_subject(name: str, graph: Graph) -> Subject:
    return Subject(name, cache(lambda profile: stages(graph, 0, profile)), lambda profile: _failure(graph, profile))


def _failure(graph: Graph, profile: Profile) -> LoweringFailure | None:
    lowered = to_seq_aux(graph, 0, profile)
    return lowered if isinstance(lowered, LoweringFailure) else None


def _denoted_subject(choice: ModelChoice, profile: Profile) -> Subject:
    model = _denoted(choice, profile)
    if isinstance(model, SeqModel):
        stack = model
        return Subject(choice.name, cache(lambda other: _stack(stack, other)))
    if isinstance(model, DagModel):
        whole = Lowered((_whole(model),), 0)
        return Subject(choice.name, lambda _: whole)
    return _graph_subject(choice.name, model)


def _denoted(choice: ModelChoice, profile: Profile) -> Graph | SeqModel | DagModel:
    roots = [Path(root) for root in choice.search_path]
    if choice.source is not None:
        roots.append(Path(choice.source).parent)
    return denote(choice.source, profile, call=choice.call, expression=choice.expression, search_path=roots)


def _stack(model: SeqModel, profile: Profile) -> Lowered:
    try:
        return stack_definitions(model, profile)
    except UnknownLayerError as error:
        raise NotComparableError(str(error)) from None


def _whole(model: DagModel) -> LayerDefinition:
    """A DAG model has no layers: its parameters count as those of one."""
    inputs = model.inputs[0] if model.inputs else ()
    signature = Signature(model.params, inputs, model.output)
    operation = UnknownLayer(signature, "a DAG model has no layers")
    return LayerDefinition("DAG model", signature, (), model.initial, operation, 0)


def _export(path: str, choice: ModelChoice, options: Options) -> FileResult:
    export = read_export(Path(path))
    profile = profile_for(export.headers, options.profile)
    name, items = _the_case(export, options)
    result = check_export(export, options)
    try:
        against = _against_source(items, choice, profile)
    except NotComparableError as reason:
        against = ItemResult("", 0, Status.NOT_COMPARABLE, reason=str(reason))
    item = replace(against, item=f"source {choice.name}", line=items[0].at.line)
    cases = tuple(CaseResult(case.name, (*case.items, item)) if case.name == name else case for case in result.cases)
    return replace(result, cases=cases, arguments=("--case", name, *choice.arguments))


def _against_source(items: Sequence[Item], choice: ModelChoice, profile: Profile) -> ItemResult:
    """Whether the exported model is the one the source denotes."""
    if choice.tlx is not None:
        raise NotComparableError("--tlx names the model of a parameter file; an export is checked against Lean source")
    model = _denoted(choice, profile)
    subject = items[0]
    if isinstance(model, DagModel):
        dags = [item for item in items if isinstance(item, DagItem)]
        if not dags:
            return ItemResult(
                "", 0, Status.NOT_COMPARABLE, reason="the source denotes a DAG model, the case has no dag"
            )
        pairs = [("dag term against its source", print_term(dags[0].term), print_term(model.body))]
        if isinstance(subject, GraphItem):
            whole = subject.signature
            types = _dag_type(whole.params, (whole.input,), whole.output)
            pairs.append(("dag type against its source", types, _dag_type(model.params, model.inputs, model.output)))
        return verdict(Finding(what, mine, theirs) for what, mine, theirs in pairs if mine != theirs)
    if isinstance(model, SeqModel):
        if not isinstance(subject, SeqItem):
            return verdict([Finding("model against its source", "a graph", "a layer stack")])
        return _against_stack(subject, _stack(model, profile), profile)
    if not isinstance(subject, GraphItem):
        return verdict([Finding("model against its source", "a layer stack", "a graph")])
    lines = describe_difference(subject.graph, model)
    if not lines:
        return verdict([])
    declared, denoted = str(subject.signature), str(signature_of(model))
    return verdict([Finding("graph against its source", declared, denoted, why=tuple(lines))])


def _dag_type(params: Sequence[Shape], inputs: Sequence[Shape], output: Shape) -> str:
    return f"{format_shapes(params)} |- {format_shapes(inputs)} -> {format_shape(output)}"


def _against_stack(exported: SeqItem, source: Lowered, profile: Profile) -> ItemResult:
    """Shapes, kinds and flags, then what only the builders' arguments say: geometry, seeds and schemes."""
    findings = layer_findings(exported.layers, source.layers, profile)
    ours = stack_of(exported, profile)
    if findings or len(ours.layers) != len(source.layers):
        return verdict(findings, ours.unknown)
    unknown: str | None = None
    for position, (layer, denoted) in enumerate(zip(ours.layers, source.layers, strict=True)):
        told = layer.unknown or layer.initial_unknown
        if told is not None:
            # A kind that leaves only the initial values open says all there is of a layer without any.
            if layer.unknown is not None or denoted.initial:
                unknown = unknown or f"layer {position}: {told}"
        elif layer.operation != denoted.operation:
            sides = repr(layer.operation), repr(denoted.operation)
            findings.append(Finding("layer arguments", *sides, layer=position, kind=layer.kind or layer.label))
    return verdict(findings, unknown)
