"""A `seq` item's layers, as the catalogue builds them from the attributes the export gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
        return _unknown(record, "the export does not say which builder made the layer")
    try:
        return seq_layer(layer_of(builder, arguments, profile), record.signature.input, profile)
    except (ArgumentError, NotComparableError) as reason:
        return _unknown(record, str(reason))
    except SignatureError as reason:
        return _unknown(record, f"{builder} does not fit its input: {reason}")


def _unknown(record: LayerRecord, reason: str) -> LayerDefinition:
    operation = UnknownLayer(record.signature, reason)
    return LayerDefinition(None, record.signature, (), (), operation, 0, unknown=reason)
