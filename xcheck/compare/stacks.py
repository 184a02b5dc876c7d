"""A `seq` item's layers, as the catalogue builds them from the attributes the export gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from xcheck.compare.result import Finding
from xcheck.lean_parser.kinds import determines_forward, kind_faults, layers_of_kind, parse_kind
from xcheck.lean_parser.records import LayerRecord, SeqItem
from xcheck.reference.layers.arguments import ArgumentError
from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.lowering import LayerDefinition, Lowered, seq_layer
from xcheck.reference.operation import NotComparableError, Operation, Run
from xcheck.reference.profile import Profile
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape

BUILDER: Final = "builder"


@dataclass(frozen=True, slots=True)
class UnknownLayer(Operation):
    """A layer the reference cannot build: only its declaration is known."""

    declared: Signature
    reason: str

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return self.declared

    def kind(self, profile: Profile) -> str | None:
        raise NotComparableError(self.reason)

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        raise NotComparableError(self.reason)


def stack_of(item: SeqItem, profile: Profile) -> Lowered:
    """The stack under a profile. A layer that cannot be built keeps its declaration and says why it is unknown."""
    return Lowered(tuple(_layer(record, profile) for record in item.layers), 0)


def _layer(record: LayerRecord, profile: Profile) -> LayerDefinition:
    arguments = dict(record.attributes)
    builder = arguments.pop(BUILDER, None)
    if not isinstance(builder, str):
        return _by_kind(record, profile)
    try:
        return seq_layer(layer_of(builder, arguments, profile), record.signature.input, profile)
    except (ArgumentError, NotComparableError) as reason:
        return _unknown(record, str(reason))
    except SignatureError as reason:
        return _unknown(record, f"{builder} does not fit its input: {reason}")


def _by_kind(record: LayerRecord, profile: Profile) -> LayerDefinition:
    """The layer that a kind string and shapes determine, without its initial values."""
    kind = None if record.kind is None else parse_kind(record.kind)
    if kind is None:
        return _unknown(record, "the export says neither which builder made the layer nor a kind that tells")
    found = layers_of_kind(kind, record.signature, profile) if determines_forward(kind) else ()
    fitting = [layer for layer in found or () if layer.requires_grad() == record.requires_grad]
    if len(fitting) != 1:
        return _unknown(record, f"the kind {record.kind} and its shapes do not determine the layer")
    layer = seq_layer(fitting[0], record.signature.input, profile)
    return replace(layer, initial_unknown=f"the kind {record.kind} does not carry the initialisers")


def kind_findings(layers: Sequence[LayerRecord], profile: Profile) -> list[Finding]:
    """What contradicts the kinds of the layers whose builder is not given."""
    return [
        Finding("layer against its kind", str(record.signature), fault, layer=position, kind=record.kind)
        for position, record in enumerate(layers)
        if BUILDER not in record.attributes
        for fault in kind_faults(record.kind, record.signature, record.requires_grad, profile)
    ]


def _unknown(record: LayerRecord, reason: str) -> LayerDefinition:
    operation = UnknownLayer(record.signature, reason)
    return LayerDefinition(None, record.signature, (), (), operation, 0, unknown=reason)
