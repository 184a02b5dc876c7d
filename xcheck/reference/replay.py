"""Running a layer list: every layer's output in order, and one layer on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcheck.reference.initialise import initial_values
from xcheck.reference.lowering import LayerDefinition, Lowered
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.tensor import F64


def initial_parameters(lowered: Lowered, profile: Profile) -> list[F64]:
    """The initial parameters of a lowering, in order, `float64`.

    Raises `NotComparableError` where a layer's initial values cannot be told.
    """
    for layer in lowered.layers:
        if layer.unknown is not None and layer.signature.params:
            raise NotComparableError(layer.unknown)
    return [initial_values(initial, profile) for initial in lowered.initial]


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


def trace(layers: Sequence[LayerDefinition], run: Run, params: Sequence[F64], x: F64) -> Iterator[F64]:
    """Every layer's output in order, each layer fed by the one before."""
    for layer, own in zip(layers, split_parameters(layers, params), strict=True):
        x = run_layer(layer, run, own, x)
        yield x
