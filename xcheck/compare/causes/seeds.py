"""Which seed each parameter of a layer is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import INITIAL, Candidate, Cause
from xcheck.compare.variant import each_layer
from xcheck.reference.initialise import Initial
from xcheck.reference.lowering import LayerDefinition

_LOOK = "the seeds in the layer's `toLayerDefM?` (NN/GraphSpec/Core.lean, Primitives/*.lean, Chain/Primitives.lean)"
Reseed = Callable[[tuple[Initial, ...]], tuple[int, ...]]


def _reseeded(seeds: Reseed) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        if not layer.initial:
            return layer
        pairs = zip(layer.initial, seeds(layer.initial), strict=True)
        return replace(layer, initial=tuple(replace(initial, seed=seed) for initial, seed in pairs))

    return change


def _swapped(case: FailedCase) -> Iterator[Candidate]:
    alter = each_layer(_reseeded(lambda initial: tuple(one.seed for one in reversed(initial))))
    yield Candidate("the seeds of weight and bias are exchanged", case.variant(alter=alter))


def _shared(case: FailedCase) -> Iterator[Candidate]:
    same = each_layer(_reseeded(lambda initial: (0,) * len(initial)))
    yield Candidate("every parameter is given seed 0", case.variant(alter=same))
    for factor, shown in ((3, "3"), (4, "4")):
        scaled = each_layer(_at_multiple(factor))
        yield Candidate(f"seeds are {shown} times the occurrence index", case.variant(alter=scaled))


def _at_multiple(factor: int) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        seeded = (replace(one, seed=factor * layer.index + own) for own, one in enumerate(layer.initial))
        return replace(layer, initial=tuple(seeded))

    return change


SEEDS = (
    Cause("seeds-swapped", INITIAL, _LOOK, _swapped),
    Cause("seed-rule", INITIAL, _LOOK, _shared),
)
