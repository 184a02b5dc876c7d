"""Running a layer list: every layer's output in order, one layer on its own, and the buffers after a forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from xcheck.reference.initialise import Initial, initial_values
from xcheck.reference.lowering import LayerDefinition, Lowered
from xcheck.reference.operation import NotComparableError, Position, Run, position_after
from xcheck.reference.profile import Profile, Surface
from xcheck.tensor import F64


def initial_parameters(
    lowered: Lowered, profile: Profile, values: Callable[[Initial, Profile], F64] = initial_values
) -> list[F64]:
    """The initial parameters of a lowering, in order, `float64`; `values` works out those of one parameter.

    Raises `NotComparableError` where a layer's initial values cannot be told.
    """
    for layer in lowered.layers:
        if layer.unknown is not None and layer.signature.params:
            raise NotComparableError(layer.unknown)
        if layer.initial_unknown is not None and layer.signature.params:
            raise NotComparableError(layer.initial_unknown)
    return [values(initial, profile) for initial in lowered.initial]


def split_parameters(layers: Sequence[LayerDefinition], params: Sequence[F64]) -> Iterator[Sequence[F64]]:
    """The parameters of each layer, cut from the whole list in order."""
    start = 0
    for layer in layers:
        count = len(layer.signature.params)
        yield params[start : start + count]
        start += count


def run_layer(layer: LayerDefinition, run: Run, params: Sequence[F64], x: F64) -> F64:
    """One layer's output; raises `NotComparableError` where it cannot be told."""
    if layer.unknown is not None:
        raise NotComparableError(layer.unknown)
    return layer.operation.forward(run, params, x)


def layer_runs(layers: Sequence[LayerDefinition], run: Run) -> Iterator[Run]:
    """The circumstances of each layer of a whole forward in a fresh session: `run` with the layer's own position."""
    leaves = sum(len(layer.signature.params) for layer in layers) + 1
    position = Position(leaves, 0, 0)
    if run.profile.surface is Surface.CHAIN:
        position = replace(position, nodes=None, unknown="what a Chain's runtime records was not traced")
    for layer in layers:
        here = replace(run, position=position)
        yield here
        position = position_after(layer.operation, here, layer.signature.input)


def trace(layers: Sequence[LayerDefinition], run: Run, params: Sequence[F64], x: F64) -> Iterator[F64]:
    """Every layer's output in order, each layer fed by the one before."""
    own_params = split_parameters(layers, params)
    for layer, here, own in zip(layers, layer_runs(layers, run), own_params, strict=True):
        x = run_layer(layer, here, own, x)
        yield x


def updates_buffers(layers: Sequence[LayerDefinition]) -> bool:
    """Whether a forward may change parameters (`Seq.hasBufferUpdates`)."""
    return any(layer.operation.updates_buffers for layer in layers)


def buffers_after(layers: Sequence[LayerDefinition], run: Run, params: Sequence[F64], x: F64) -> list[F64]:
    """The whole parameter list after a forward on `x`.

    Each layer updates its buffers from its own input and then runs with the updated ones
    (`Seq.updateBuffers` in `NN/Runtime/Autograd/TorchLean/NN/Seq.lean` @b2a2184, which runs the compiled layers).
    """
    updated: list[F64] = []
    own_params = split_parameters(layers, params)
    for layer, here, own in zip(layers, layer_runs(layers, run), own_params, strict=True):
        own = layer.operation.update_buffers(here, own, x)
        updated.extend(own)
        x = run_layer(layer, here, own, x)
    return updated
