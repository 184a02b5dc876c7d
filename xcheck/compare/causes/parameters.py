"""Parameters in the wrong place: transposed, exchanged, rotated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Final

import numpy as np

from xcheck.compare.causes.case import About, FailedCase
from xcheck.compare.causes.cause import Candidate, Cause
from xcheck.compare.variant import AlteredInitial, AlteredOperation, each_layer
from xcheck.reference.initialise import Initial, initial_values
from xcheck.reference.lowering import LayerDefinition, Lowered
from xcheck.reference.operation import Run
from xcheck.reference.profile import Profile
from xcheck.tensor import F64

_EITHER: Final = frozenset({About.INITIAL, About.FORWARD})
_MOST_PAIRS: Final = 40
_WRONG_TRIED: Final = 8
Move = Callable[[F64], F64]


def _orders(rank: int) -> list[tuple[int, ...]]:
    """The axis orders worth trying: the first two exchanged, the last two, all reversed, then the others."""
    plain = tuple(range(rank))
    swapped = [(1, 0, *plain[2:]), (*plain[:-2], rank - 1, rank - 2), plain[::-1]]
    return list(dict.fromkeys([*swapped, *(order for order in permutations(plain) if order != plain)]))


def _laid_out(order: tuple[int, ...]) -> Move:
    """The same row-major values read as if the axes stood in another order."""

    def move(values: F64) -> F64:
        if values.ndim != len(order):
            return values
        return np.ascontiguousarray(values.reshape([values.shape[a] for a in order]).transpose(np.argsort(order)))

    return move


def _transposed(order: tuple[int, ...]) -> Move:
    """The axes exchanged where they have one extent, so that the shape stays."""

    def move(values: F64) -> F64:
        if values.ndim != len(order) or tuple(values.shape[a] for a in order) != values.shape:
            return values
        return np.ascontiguousarray(values.transpose(order))

    return move


def _rolled(by: int) -> Move:
    return lambda values: np.roll(values.reshape(-1), by).reshape(values.shape)


def _initial_moved(move: Move, own: Callable[[int, int], bool]) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def start(initial: Initial, profile: Profile) -> F64:
        return move(initial_values(initial, profile))

    def change(position: int, layer: LayerDefinition) -> LayerDefinition:
        return replace(
            layer,
            initial=tuple(
                AlteredInitial(one.shape, one.scheme, one.seed, start) if own(position, place) else one
                for place, one in enumerate(layer.initial)
            ),
        )

    return change


def _used_moved(move: Move) -> Callable[[int, LayerDefinition], LayerDefinition]:
    def change(_: int, layer: LayerDefinition) -> LayerDefinition:
        if not layer.signature.params or layer.unknown is not None:
            return layer
        operation = layer.operation

        def run(run: Run, params: Sequence[F64], x: F64) -> F64:
            return operation.forward(run, [move(value) for value in params], x)

        return replace(layer, operation=AlteredOperation(operation, run))

    return change


def _where_wrong(case: FailedCase) -> Callable[[int, int], bool]:
    wrong = {case.owners[parameter] for parameter in case.wrong_parameters}
    return lambda position, own: (position, own) in wrong


def _everywhere(_: int, __: int) -> bool:
    return True


def _named(order: tuple[int, ...]) -> str:
    if len(order) == 2:
        return "transposed"
    if order == tuple(reversed(range(len(order)))):
        return "laid out with all axes reversed"
    return f"laid out with the axes in order {list(order)}"


def _reversed_axes(values: F64) -> F64:
    return _laid_out(tuple(reversed(range(values.ndim))))(values)


def _transposition(case: FailedCase) -> Iterator[Candidate]:
    if About.INITIAL in case.about:
        for own, where in ((_everywhere, ""), (_where_wrong(case), ", here only")):
            alter = each_layer(_initial_moved(_reversed_axes, own))
            says = f"initial values are filled with the first index fastest (column-major){where}"
            yield Candidate(says, case.variant(alter=alter))
    ranks = sorted({len(shape) for shape in case.lowered.param_shapes if 2 <= len(shape) <= 4})
    for rank in ranks:
        for order in _orders(rank):
            name = _named(order)
            if About.INITIAL in case.about:
                for own, where in ((_everywhere, ""), (_where_wrong(case), ", here only")):
                    alter = each_layer(_initial_moved(_laid_out(order), own))
                    yield Candidate(f"initial weights are {name}{where}", case.variant(alter=alter))
            if About.FORWARD in case.about:
                for move, how in ((_transposed(order), ""), (_laid_out(order), " in memory")):
                    alter = each_layer(_used_moved(move))
                    yield Candidate(f"the layer uses its weight {name}{how}", case.variant(alter=alter))


def _permuted(permutation: Sequence[int]) -> Callable[[Lowered], Lowered]:
    """The initial values of the parameters dealt out in another order."""

    def alter(lowered: Lowered) -> Lowered:
        initial = lowered.initial
        if len(initial) != len(permutation):
            return lowered
        dealt = iter([initial[place] for place in permutation])
        layers = tuple(replace(layer, initial=tuple(next(dealt) for _ in layer.initial)) for layer in lowered.layers)
        return replace(lowered, layers=layers)

    return alter


def _dealt(permutation: Sequence[int]) -> Callable[[Sequence[F64]], Sequence[F64]]:
    return lambda params: [params[place] for place in permutation] if len(params) == len(permutation) else params


def _exchanges(case: FailedCase) -> Iterator[tuple[str, list[int]]]:
    """Two parameters of one shape that change places; those of one layer first."""
    shapes = case.lowered.param_shapes
    found = {
        (min(wrong, other), max(wrong, other))
        for wrong in case.wrong_parameters[:_WRONG_TRIED]
        for other, shape in enumerate(shapes)
        if other != wrong and shape == shapes[wrong]
    }
    owners = case.owners
    for a, b in sorted(found, key=lambda pair: (owners[pair[0]][0] != owners[pair[1]][0], pair))[:_MOST_PAIRS]:
        permutation = list(range(len(shapes)))
        permutation[a], permutation[b] = b, a
        yield f"parameters {a} and {b} are exchanged", permutation


def _within_layers(case: FailedCase) -> Iterator[tuple[str, list[int]]]:
    """The parameters of every layer exchanged, where they have one shape."""
    permutation: list[int] = []
    for layer in case.layers:
        shapes = layer.signature.params
        here = list(range(len(permutation), len(permutation) + len(shapes)))
        permutation += here[::-1] if len(shapes) == 2 and shapes[0] == shapes[1] else here
    if permutation != sorted(permutation):
        yield "the two parameters of every layer where they have one shape are exchanged", permutation


def _rotations(case: FailedCase) -> Iterator[tuple[str, list[int]]]:
    """The parameter list moved round by one, as a whole and among the parameters of each shape."""
    shapes = case.lowered.param_shapes
    count = len(shapes)
    for by in (1, -1):
        whole = [(place + by) % count for place in range(count)]
        if count > 1 and all(shapes[a] == shapes[b] for a, b in enumerate(whole)):
            yield f"the parameter list is moved round by {by}", whole
        for shape in dict.fromkeys(shapes):
            alike = [place for place, other in enumerate(shapes) if other == shape]
            if len(alike) > 2:
                permutation = list(range(count))
                for rank, place in enumerate(alike):
                    permutation[place] = alike[(rank + by) % len(alike)]
                yield f"the parameters of shape {list(shape)} are moved round by {by}", permutation


def _dealing(case: FailedCase, ways: Iterator[tuple[str, list[int]]]) -> Iterator[Candidate]:
    for says, permutation in ways:
        if About.INITIAL in case.about:
            yield Candidate(f"initial values: {says}", case.variant(alter=_permuted(permutation)))
        if About.FORWARD in case.about:
            variant = case.variant(parameters=_dealt(permutation))
            yield Candidate(f"in the forward {says}", variant)


def _first_two(_: int, layer: LayerDefinition) -> LayerDefinition:
    """The layer runs with its first two parameters in each other's place; what it keeps of them stays."""
    shapes = layer.signature.params
    if layer.unknown is not None or len(shapes) < 2 or shapes[0] != shapes[1]:
        return layer
    operation = layer.operation

    def run(run: Run, params: Sequence[F64], x: F64) -> F64:
        return operation.forward(run, [params[1], params[0], *params[2:]], x)

    return replace(layer, operation=AlteredOperation(operation, run))


def _swapped(case: FailedCase) -> Iterator[Candidate]:
    if About.FORWARD in case.about:
        says = "layers take their first two parameters for each other, where they have one shape"
        yield Candidate(says, case.variant(alter=each_layer(_first_two)))
    yield from _dealing(case, _within_layers(case))
    yield from _dealing(case, _exchanges(case))


def _rotated(case: FailedCase) -> Iterator[Candidate]:
    yield from _dealing(case, _rotations(case))
    for by in (1, -1):
        says = f"the elements of a parameter are moved round by {by}"
        if About.INITIAL in case.about:
            for own, where in ((_everywhere, ""), (_where_wrong(case), ", here only")):
                alter = each_layer(_initial_moved(_rolled(by), own))
                yield Candidate(f"initial values: {says}{where}", case.variant(alter=alter))
        if About.FORWARD in case.about:
            yield Candidate(f"in the forward {says}", case.variant(alter=each_layer(_used_moved(_rolled(by)))))


PARAMETERS = (
    Cause("transposed-weight", _EITHER, "the weight's index order where it is filled or used", _transposition),
    Cause(
        "swapped-parameters",
        _EITHER,
        "the order of the parameter list (`paramShapes`, the layer's `forward`)",
        _swapped,
    ),
    Cause("rotated-parameters", _EITHER, "where the parameter list is cut for each layer", _rotated),
)
