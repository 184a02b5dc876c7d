"""The occurrence index: where it starts, and what moves it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import COUNTED, Candidate, Cause
from xcheck.compare.labels import family
from xcheck.compare.variant import Alter
from xcheck.reference.graph import Identity, leaves
from xcheck.reference.lowering import LayerDefinition, Lowered
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.profile import Profile

_REACH = 8
_PLACES = 32
_LOOK = "`toSeqAux` and `countsAsLayer` of the primitive (NN/GraphSpec/ToTorchLean.lean, ToSequential.lean)"


def _start(case: FailedCase) -> Iterator[Candidate]:
    if case.graph is None:
        return
    for distance in range(1, _REACH + 1):
        for shift in (distance, -distance):
            more = f"{distance} {'above' if shift > 0 else 'below'} the one the export names"
            yield Candidate(f"the counter starts {more}", case.variant(shift=shift))


def recounted(profile: Profile, steps: Callable[[int, LayerDefinition], int]) -> Alter:
    """Lays out the layers anew, the counter moved on behind each by `steps(position, layer)`."""

    def alter(lowered: Lowered) -> Lowered:
        if not lowered.layers:
            return lowered
        index = lowered.layers[0].index
        layers: list[LayerDefinition] = []
        for position, layer in enumerate(lowered.layers):
            layers.append(at_index(layer, index, profile))
            index += steps(position, layer)
        return replace(lowered, layers=tuple(layers), next_index=index)

    return alter


def at_index(layer: LayerDefinition, index: int, profile: Profile) -> LayerDefinition:
    """The layer built with another occurrence index."""
    if layer.unknown is not None or layer.initial_unknown is not None:
        return replace(layer, index=index)
    return replace(layer, index=index, initial=layer.operation.initial(layer.signature, profile, index))


def counts(layer: LayerDefinition) -> bool:
    """Whether the layer's primitive moves the counter on."""
    return isinstance(layer.operation, Primitive) and layer.operation.counts


def _by_family(case: FailedCase, counting: bool) -> Iterator[tuple[str, Callable[[int, LayerDefinition], int]]]:
    """Primitives that (do not) count, first all of one family, then one position; and the steps if that is reversed."""
    there = [(position, layer) for position, layer in enumerate(case.layers) if counts(layer) is counting]
    for name in dict.fromkeys(family(layer) for _, layer in there):
        yield f"every {name}", _reversed_for(lambda _, layer, name=name: family(layer) == name)  # type: ignore[misc]
    if len({family(layer) for _, layer in there}) > 1:
        yield "every primitive", _reversed_for(lambda _, layer: counts(layer) is counting)
    first = min((case.owners[parameter][0] for parameter in case.wrong_parameters), default=0)
    # A place behind the first layer that is wrong cannot have made it so, and one far before it hardly has.
    before = [(position, layer) for position, layer in reversed(there) if position < first]
    for position, layer in before[:_PLACES]:
        where = f"the {family(layer)} at place {position}"
        yield where, _reversed_for(lambda at, _, position=position: at == position)  # type: ignore[misc]


def _reversed_for(chosen: Callable[[int, LayerDefinition], bool]) -> Callable[[int, LayerDefinition], int]:
    """Steps of one for what counts, the other way round for what is chosen."""
    return lambda position, layer: int(counts(layer) is not chosen(position, layer))


def _extra(case: FailedCase) -> Iterator[Candidate]:
    if case.graph is None:
        return
    for who, steps in _by_family(case, counting=False):
        alter = recounted(case.profile, steps)
        yield Candidate(f"the counter is moved on for {who}, which does not count", case.variant(alter=alter))
    identities = _identities_before(case)
    if any(identities):
        extra = recounted(case.profile, lambda at, layer: counts(layer) + identities[at + 1])
        yield Candidate("the counter is moved on for identities", case.variant(alter=extra))
    twice = recounted(case.profile, lambda _, layer: 2 * counts(layer))
    yield Candidate("the counter is moved on twice for what counts", case.variant(alter=twice))


def _identities_before(case: FailedCase) -> list[int]:
    """How many identities stand before each primitive, and behind the last."""
    found = [0]
    for leaf in leaves(case.graph) if case.graph is not None else ():
        if isinstance(leaf, Identity):
            found[-1] += 1
        else:
            found.append(0)
    return found


def _missing(case: FailedCase) -> Iterator[Candidate]:
    if case.graph is None:
        return
    for who, steps in _by_family(case, counting=True):
        alter = recounted(case.profile, steps)
        yield Candidate(f"the counter is not moved on for {who}, which counts", case.variant(alter=alter))


def _from_the_right(case: FailedCase) -> Iterator[Candidate]:
    if case.graph is None:
        return

    def alter(lowered: Lowered) -> Lowered:
        if not lowered.layers:
            return lowered
        index = lowered.layers[0].index
        layers: list[LayerDefinition] = []
        for layer in reversed(lowered.layers):
            layers.append(at_index(layer, index, case.profile))
            index += counts(layer)
        return replace(lowered, layers=tuple(reversed(layers)))

    yield Candidate("the counter runs through the chain from the right", case.variant(alter=alter))


COUNTERS = (
    Cause("start-counter", COUNTED, "the counter that `toSeqAux` is called with", _start),
    Cause("counts-extra", COUNTED, _LOOK, _extra),
    Cause("counts-missing", COUNTED, _LOOK, _missing),
    Cause(
        "counts-from-the-right",
        COUNTED,
        "the order in which `>>>` threads the counter through its sides",
        _from_the_right,
    ),
)
