"""Which seed each parameter of a layer is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import INITIAL, Candidate, Cause
from xcheck.compare.labels import family
from xcheck.compare.variant import each_layer
from xcheck.reference.initialise import Initial
from xcheck.reference.lowering import LayerDefinition

_LOOK = "the seeds in the layer's `toLayerDefM?` (NN/GraphSpec/Core.lean, Primitives/*.lean, Chain/Primitives.lean)"
Change = Callable[[int, LayerDefinition], LayerDefinition]
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


def _ruled(case: FailedCase) -> Iterator[Candidate]:
    """Other rules for the seeds: of every layer, then of one kind of layer alone."""
    rules = (
        ("every parameter is given seed 0", _reseeded(lambda initial: (0,) * len(initial))),
        ("seeds are 3 times the occurrence index", _at_multiple(3)),
        ("seeds are 4 times the occurrence index", _at_multiple(4)),
    )
    for says, change in rules:
        yield Candidate(says, case.variant(alter=each_layer(change)))
    families = dict.fromkeys(family(layer) for layer in case.layers if layer.initial)
    for name in families if len(families) > 1 else ():
        for says, change in rules:
            yield Candidate(f"{says}, in {name}", case.variant(alter=each_layer(_only(name, change))))


def _only(name: str, change: Change) -> Change:
    return lambda position, layer: change(position, layer) if family(layer) == name else layer


def _at_multiple(factor: int) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        seeded = (replace(one, seed=factor * layer.index + own) for own, one in enumerate(layer.initial))
        return replace(layer, initial=tuple(seeded))

    return change


SEEDS = (
    Cause("seeds-swapped", INITIAL, _LOOK, _swapped),
    Cause("seed-rule", INITIAL, _LOOK, _ruled),
)
