"""Two layer lists: count, labels, shapes and flags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcheck.compare.result import Finding
from xcheck.lean_parser.printer import print_layer
from xcheck.lean_parser.records import LayerRecord
from xcheck.reference.lowering import LayerDefinition
from xcheck.reference.plan import format_plan, has_plans, plan_of
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, format_shapes


def layer_findings(lean: Sequence[LayerRecord], ours: Sequence[LayerDefinition], profile: Profile) -> list[Finding]:
    """Every difference between Lean's layers and the reference's; only the count, where that differs."""
    if len(lean) != len(ours):
        where = next((k for k, (a, b) in enumerate(zip(lean, ours, strict=False)) if _one(k, a, b, profile)), None)
        place = min(len(lean), len(ours)) if where is None else where
        why = (f"the lists part at layer {place}: Lean has {_shown(lean, place)}, the reference {_ours(ours, place)}",)
        return [Finding("layer count", str(len(lean)), str(len(ours)), layer=place, why=why)]
    return [finding for k, (a, b) in enumerate(zip(lean, ours, strict=True)) for finding in _one(k, a, b, profile)]


def agrees(lean: LayerRecord, ours: LayerDefinition, profile: Profile) -> bool:
    """Whether one of Lean's layers is the reference's."""
    return not _one(0, lean, ours, profile)


def unheld(
    lean: Sequence[LayerRecord], ours: Sequence[LayerDefinition], declared: Sequence[LayerRecord] = ()
) -> str | None:
    """What the first of Lean's layers says that nothing is held against; None where everything it says is compared.

    `declared` are the layers whose attributes the reference's were built from, none where it had a graph to lower.
    """
    for position, (record, layer) in enumerate(zip(lean, ours, strict=False)):
        known = declared[position].attributes if position < len(declared) else {}
        if record.attributes and record.attributes != known:
            return (
                f"layer {position}: its attributes {', '.join(record.attributes)} are not what the layer was built from"
            )
        if record.plan is not None and layer.unknown is None and layer.initial_unknown is not None:
            return f"layer {position}: its initialisation plan is not compared: {layer.initial_unknown}"
    return None


def _one(position: int, lean: LayerRecord, ours: LayerDefinition, profile: Profile) -> list[Finding]:
    return list(_fields(position, lean, ours, profile))


def _fields(position: int, lean: LayerRecord, ours: LayerDefinition, profile: Profile) -> Iterator[Finding]:
    label = ours.kind or ours.label
    pairs = [
        ("parameter shapes", format_shapes(lean.signature.params), format_shapes(ours.signature.params)),
        ("input shape", format_shape(lean.signature.input), format_shape(ours.signature.input)),
        ("output shape", format_shape(lean.signature.output), format_shape(ours.signature.output)),
    ]
    if ours.unknown is None:
        pairs.insert(0, ("kind", _kind(lean.kind), _kind(ours.kind)))
        pairs.append(("requires-grad", _flags(lean.requires_grad), _flags(ours.requires_grad)))
    if lean.plan is not None and ours.unknown is None and ours.initial_unknown is None:
        pairs.append(("initialisation plan", lean.plan, _plan(ours, profile)))
    for what, left, right in pairs:
        if left != right:
            yield Finding(f"layer {what}", left, right, layer=position, kind=label)


def _plan(layer: LayerDefinition, profile: Profile) -> str:
    if not has_plans(profile):
        return f"no such field at {profile.name}"
    plan = plan_of(layer.initial, profile)
    return "none" if plan is None else format_plan(plan)


def _kind(kind: str | None) -> str:
    return "no kind" if kind is None else repr(kind)


def _flags(flags: tuple[bool, ...]) -> str:
    return "[" + ", ".join("true" if flag else "false" for flag in flags) + "]"


def _shown(layers: Sequence[LayerRecord], place: int) -> str:
    return print_layer(layers[place]) if place < len(layers) else "no more layers"


def _ours(layers: Sequence[LayerDefinition], place: int) -> str:
    if place >= len(layers):
        return "no more layers"
    layer = layers[place]
    return print_layer(LayerRecord(layer.kind, {}, layer.signature, layer.requires_grad))
