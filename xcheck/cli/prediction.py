"""What the reference predicts for a model read from source: as text, or in the export format's shape.

A prediction starts with `torchlean_prediction`, which no reader of exports accepts: it can never be taken for an
expectation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click
import numpy as np

from xcheck.lean_parser.elaborate.denote import Denoted
from xcheck.lean_parser.elaborate.layers import UnknownLayerError, catalogue_arguments, stack_definitions
from xcheck.lean_parser.elaborate.values import SeqModel
from xcheck.lean_parser.printer import print_item
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.lean_parser.strings import quote
from xcheck.reference.dag import DagModel, Let1, Op, shared_nodes, term_tokens, to_dag_term
from xcheck.reference.graph import Graph, signature_of
from xcheck.reference.initialise import Initial, Scheme, initial_values
from xcheck.reference.lowering import LayerDefinition, Lowered, LoweringFailure, det_init_params_aux, to_seq_aux
from xcheck.reference.operation import NotComparableError
from xcheck.reference.primitives.base import AttributeValue
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, format_shapes, size
from xcheck.tensor import F64, Tensor

_MOST_VALUES = 1 << 27  # elements worked out for one command: a gibibyte


def _lowered(model: Graph | SeqModel, profile: Profile, index: int) -> Lowered | LoweringFailure:
    if not isinstance(model, SeqModel):
        return to_seq_aux(model, index, profile)
    try:
        return stack_definitions(model, profile)
    except UnknownLayerError as error:
        raise NotComparableError(str(error)) from None


def _values(initial: Sequence[Initial], profile: Profile) -> Iterator[F64]:
    if sum(size(i.shape) for i in initial) > _MOST_VALUES:
        raise NotComparableError(f"more than {_MOST_VALUES:,} parameter values; use --values none")
    for item in initial:
        yield initial_values(item, profile)


def _scheme(scheme: Scheme) -> str:
    name = type(scheme).__name__
    fields = [getattr(scheme, f) for f in getattr(scheme, "__dataclass_fields__", {})]
    return name[0].lower() + name[1:] + ("(" + ", ".join(map(repr, fields)) + ")" if fields else "")


def report_lines(model: Denoted, profile: Profile, index: int, values: str) -> Iterator[str]:
    """The model layer by layer: kinds, signatures, seeds, and the initial values as statistics or bits."""
    if isinstance(model, DagModel):
        yield from _dag_lines(model)
        yield from _initial_lines(model.initial, profile, values)
        return
    if isinstance(model, SeqModel):
        yield f"Seq {format_shape(model.input)} -> {format_shape(model.output)}"
    else:
        yield f"graph {signature_of(model)}"
    lowered = _lowered(model, profile, index)
    if isinstance(lowered, LoweringFailure):
        yield f"lower from {index}: error {lowered.message}"
        return
    scalars = sum(map(size, lowered.param_shapes))
    counts = ((len(lowered.layers), "layer"), (len(lowered.param_shapes), "parameter tensor"), (scalars, "scalar"))
    yield ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in counts)
    for position, layer in enumerate(lowered.layers):
        yield f"  [{position}] {_layer_line(layer)}"
    if not isinstance(model, SeqModel):
        yield f"next occurrence index {lowered.next_index}"
    yield from _initial_lines(lowered.initial, profile, values)


def _layer_line(layer: LayerDefinition) -> str:
    signature = layer.signature
    kind = layer.kind if layer.kind is not None else type(layer.operation).__name__
    seeds = "" if not layer.initial else " seeds " + " ".join(str(i.seed) for i in layer.initial)
    unknown = f" ({layer.unknown})" if layer.unknown is not None else ""
    shapes = f"{format_shape(signature.input)} -> {format_shape(signature.output)}"
    return f"{kind}: {shapes} params {format_shapes(signature.params)}{seeds}{unknown}"


def _dag_lines(model: DagModel) -> Iterator[str]:
    distinct, _ = shared_nodes(model.body)
    inputs = ", ".join(map(format_shape, model.inputs))
    scalars = sum(map(size, model.params))
    yield f"DAG model [{inputs}] -> {format_shape(model.output)}"
    yield f"{len(model.params)} parameter tensors, {scalars:,} scalars, {distinct} distinct nodes in the body"
    seen: set[int] = set()
    stack = [model.body]
    names: list[str] = []
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Op):
            names.append(node.name)
            stack.extend(node.args)
        elif isinstance(node, Let1):
            stack += (node.bound, node.body)
    yield f"operations: {', '.join(sorted(set(names)))} ({len(names)} in all)"
    if len(names) <= 40:
        yield "body: " + " ".join(_tokens(model))


def _tokens(model: DagModel) -> Iterator[str]:
    for token in term_tokens(model.body):
        if isinstance(token, str):
            yield token
        else:
            yield quote(token[1]) if isinstance(token, tuple) else f"v{token.level}"


def _initial_lines(initial: Sequence[Initial], profile: Profile, values: str) -> Iterator[str]:
    for position, item in enumerate(initial):
        head = f"  p{position} {format_shape(item.shape)} {_scheme(item.scheme)} seed {item.seed}"
        if values == "none":
            yield head
            continue
        (array,) = _values([item], profile)
        if values == "bits":
            yield f"{head} 0x{''.join(f'{int(bits):016x}' for bits in Tensor.of(array).bits)}"
        elif array.size:
            with np.errstate(all="ignore"):
                first = ", ".join(float(x).hex() for x in array.reshape(-1)[:3])
                more = ", ..." if array.size > 3 else ""
                yield f"{head} min {array.min():.6g} max {array.max():.6g} first {first}{more}"
        else:
            yield f"{head} empty"


def prediction_text(model: Denoted, name: str, profile: Profile, index: int) -> str:
    """A whole prediction file: the items an export of this model would have, marked as a prediction."""
    try:
        items = list(_items(model, name, profile, index))
    except NotComparableError as error:
        raise click.ClickException(f"the reference cannot tell: {error}") from None
    lines = [
        "torchlean_prediction v1",
        f"predicted_by {quote('xcheck')}",
        f"profile {quote(profile.name)}",
        "",
        *(print_item(item) for item in items),
        f"end {len(items)}",
        "",
    ]
    return "\n".join(lines)


def _tensors(initial: Sequence[Initial], profile: Profile) -> tuple[Tensor, ...]:
    return tuple(Tensor.of(values) for values in _values(initial, profile))


def _record(layer: LayerDefinition, attributes: Mapping[str, AttributeValue] | None = None) -> LayerRecord:
    return LayerRecord(layer.kind, attributes or {}, layer.signature, layer.requires_grad)


def _items(model: Denoted, name: str, profile: Profile, index: int) -> Iterator[Item]:
    if isinstance(model, DagModel):
        yield DagItem(name, model.body)
        yield InitItem(name, 0, _tensors(model.initial, profile))
        return
    lowered = _lowered(model, profile, index)
    if isinstance(model, SeqModel):
        assert isinstance(lowered, Lowered)
        records = []
        for call, layer in zip(model.layers, lowered.layers, strict=True):
            builder, arguments = catalogue_arguments(call)
            records.append(_record(layer, {"builder": builder, **arguments}))
        yield SeqItem(name, tuple(records))
        yield InitItem(name, 0, _tensors(lowered.initial, profile))
        return
    yield GraphItem(name, signature_of(model), model)
    yield DagItem(name, to_dag_term(model))
    if isinstance(lowered, LoweringFailure):
        failed = det_init_params_aux(model, index, profile)
        assert isinstance(failed, LoweringFailure)
        yield LowerItem(name, index, Failed(lowered.message))
        yield DetInitItem(name, index, Failed(failed.message))
        return
    yield LowerItem(name, index, LayersOk(lowered.next_index, tuple(map(_record, lowered.layers))))
    tensors = _tensors(lowered.initial, profile)
    yield InitItem(name, index, tensors)
    yield DetInitItem(name, index, TensorsOk(lowered.next_index, tensors))
