"""`toSeqAux`: a graph and an occurrence index become a flat layer list and the next index, or an error string.

The counter counts the counting primitives strictly to the left; a layer sees it before the increment. Identities
vanish and association is invisible; the first primitive without a layer view, in reading order, is the error.
Source: `NN/GraphSpec/ToTorchLean.lean` @82bea12, @b2a2184; `NN/GraphSpec/ToSequential.lean` @a351909, @3447b74;
initialisation `NN/GraphSpec/Core.lean` @82bea12 (`detInitParamsAux`), `Chain/ToDAG/Model.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xcheck.reference.graph import Graph, Prim, primitives
from xcheck.reference.initialise import Initial
from xcheck.reference.operation import NotComparableError, Operation
from xcheck.reference.profile import MissingLayer, Profile
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import Shape

_EXECUTION_HINT: Final = {
    MissingLayer.LAYER_DEF: "Compile.torchProgram",
    MissingLayer.LAYER: "Chain.toProgram",
}


@dataclass(frozen=True, slots=True)
class LayerDefinition:
    """One layer of a lowered `Seq`.

    `kind` is None where the revision has no such field. `unknown` is the reason why kind, initial values and forward
    cannot be told (a user's own primitive, a declaration no primitive can have), or None; then `kind`,
    `requires_grad` and `initial` mean nothing. `index` is the occurrence index the layer was built with.
    `initial_unknown` is the reason why `initial` is not the layer's own, or None.
    """

    kind: str | None
    signature: Signature
    requires_grad: tuple[bool, ...]
    initial: tuple[Initial, ...]
    operation: Operation
    index: int
    unknown: str | None = None
    initial_unknown: str | None = None

    @property
    def label(self) -> str:
        """What to call the layer where it has no kind: the primitive's name."""
        name = getattr(self.operation, "name", None)
        return name if isinstance(name, str) else type(self.operation).__name__


@dataclass(frozen=True, slots=True)
class Lowered:
    """A successful lowering: the layers in order and the next occurrence index."""

    layers: tuple[LayerDefinition, ...]
    next_index: int

    @property
    def param_shapes(self) -> tuple[Shape, ...]:
        """The parameter shapes of all layers, concatenated."""
        return tuple(shape for layer in self.layers for shape in layer.signature.params)

    @property
    def unknown(self) -> str | None:
        """Why the first layer that cannot be told cannot, if there is one."""
        return next((layer.unknown for layer in self.layers if layer.unknown is not None), None)

    @property
    def initial(self) -> tuple[Initial, ...]:
        """The initial parameters of all layers, concatenated."""
        return tuple(initial for layer in self.layers for initial in layer.initial)


@dataclass(frozen=True, slots=True)
class LoweringFailure:
    """Lean's error string, verbatim."""

    message: str


def to_seq_aux(graph: Graph, index: int, profile: Profile) -> Lowered | LoweringFailure:
    """Lower `graph` starting from occurrence index `index`."""
    for node in primitives(graph):
        if not _has_layer(node):
            return LoweringFailure(_to_seq_error(node.primitive.name, profile))
    return stages(graph, index, profile)


def stages(graph: Graph, index: int, profile: Profile) -> Lowered:
    """Every primitive as a layer, whether or not it offers a layer view: what the pure semantics run."""
    layers: list[LayerDefinition] = []
    for node, here, after in _occurrences(graph, index):
        layers.append(_layer(node, here, profile))
        index = after
    return Lowered(tuple(layers), index)


def to_seq(graph: Graph, profile: Profile) -> Lowered | LoweringFailure:
    """Lower `graph` from occurrence index 0."""
    return to_seq_aux(graph, 0, profile)


def det_init_params_aux(graph: Graph, index: int, profile: Profile) -> Lowered | LoweringFailure:
    """The deterministic initialisation of the DAG road: the same walk and counter, its own error string."""
    lowered = to_seq_aux(graph, index, profile)
    if isinstance(lowered, Lowered):
        return lowered
    name = next(node.primitive.name for node in primitives(graph) if not _has_layer(node))
    return LoweringFailure(
        f"graphspec.detInit: primitive `{name}` has no deterministic init (missing {profile.missing_layer})"
    )


def _occurrences(graph: Graph, index: int) -> Iterator[tuple[Prim, int, int]]:
    """Each primitive in reading order with the index it sees and the index after it."""
    for node in primitives(graph):
        counts = node.counts if node.primitive.opaque else node.primitive.counts
        after = index + 1 if counts else index
        yield node, index, after
        index = after


def _has_layer(node: Prim) -> bool:
    return node.layer if node.primitive.opaque else node.primitive.has_layer


def _to_seq_error(name: str, profile: Profile) -> str:
    return (
        f"graphspec.toSeq: primitive `{name}` has no Seq lowering (missing {profile.missing_layer}); "
        f"use `{_EXECUTION_HINT[profile.missing_layer]}` if you only need execution"
    )


def _layer(node: Prim, index: int, profile: Profile) -> LayerDefinition:
    primitive = node.primitive
    try:
        signature = primitive.signature(node.signature.input, profile)
    except SignatureError as fault:
        # `signature_faults` reports it as well.
        return LayerDefinition(None, node.signature, (), (), primitive, index, f"the declaration cannot be: {fault}")
    except NotComparableError:
        # Geometry the export does not give: shapes as declared.
        signature = node.signature
        count = len(primitive.requires_grad())
        if not primitive.opaque and len(signature.params) != count:
            reason = f"{primitive.name} has {count} parameters, {len(signature.params)} are declared"
            return LayerDefinition(None, signature, (), (), primitive, index, reason)
    try:
        kind = primitive.kind(profile)
        initial = primitive.initial(signature, profile, index)
    except NotComparableError as reason:
        return LayerDefinition(None, signature, (), (), primitive, index, str(reason))
    return LayerDefinition(kind, signature, primitive.requires_grad(), initial, primitive, index)


def seq_layer(operation: Operation, input_shape: Shape, profile: Profile) -> LayerDefinition:
    """A catalogue layer on its input, as an item of a `Seq` written with builders; their seeds are their own.

    Raises `SignatureError` where it cannot take this input.
    """
    signature = operation.signature(input_shape, profile)
    return LayerDefinition(
        operation.kind(profile),
        signature,
        operation.requires_grad(),
        operation.initial(signature, profile, 0),
        operation,
        0,
    )
