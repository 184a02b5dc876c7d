"""Parameters that are right as numbers and in the wrong place, or of the wrong precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from tests.faults.fault import Fault, at, by_item, by_machine, shown
from tests.faults.machine import Machine, place_of
from tests.faults.precision import binary32
from tests.faults.replay import graph_of, replayed
from tests.faults.rules import Rules, rules_of
from tests.scalar import forwards
from xcheck.lean_parser.records import Export, InitItem
from xcheck.reference.graph import Prim, primitives

Values = list[list[float]]
Reorder = Callable[[Values], Values]


def transposed(shape: tuple[int, ...], values: Sequence[float]) -> list[float]:
    """The same values laid out column-major."""
    return [values[forwards.offset(shape[::-1], place[::-1])] for place in forwards.places(shape)]


class ColumnMajor(Machine):
    """Weights are filled column-major."""

    def __init__(self, rules: Rules, ranks: Sequence[int]):
        super().__init__(rules)
        self._ranks = ranks

    def fill(self, shape, scheme, seed):
        values = super().fill(shape, scheme, seed)
        return transposed(shape, values) if len(shape) in self._ranks else values


class TransposedForward(Machine):
    """A linear layer multiplies by the transpose, where that is of the right shape."""

    def linear(self, weight, bias, x, inputs, outputs):
        if inputs == outputs:
            weight = transposed((outputs, inputs), weight)
        return super().linear(weight, bias, x, inputs, outputs)


class SwappedNorm(Machine):
    """Batch norm takes its scale for its offset."""

    def batch_norm(self, gamma, beta, x, shape):
        return super().batch_norm(beta, gamma, x, shape)


class ReorderedForward(Machine):
    """A forward reads the parameter list in another order."""

    def __init__(self, rules: Rules, reorder: Reorder):
        super().__init__(rules)
        self._reorder = reorder

    def fed(self, params, nodes):
        return self._reorder(params)


class ReorderedInit(Machine):
    """The initial parameters are in another order, and the forwards run on them."""

    def __init__(self, rules: Rules, reorder: Reorder):
        super().__init__(rules)
        self._reorder = reorder

    def initial(self, nodes, index):
        return self._reorder(super().initial(nodes, index))


class RotatedElements(Machine):
    """Each random tensor starts one sample late and takes its first one last."""

    def fill(self, shape, scheme, seed):
        values = super().fill(shape, scheme, seed)
        return values[1:] + values[:1]


class Binary32Init(Machine):
    """Initial values go through binary32."""

    def fill(self, shape, scheme, seed):
        return [binary32(value) for value in super().fill(shape, scheme, seed)]


def exchange(one: int, other: int) -> Reorder:
    def reorder(values: Values) -> Values:
        found = list(values)
        found[one], found[other] = found[other], found[one]
        return found

    return reorder


def rotate(places: Sequence[int]) -> Reorder:
    """Each of these places takes what the one before it had."""

    def reorder(values: Values) -> Values:
        found = list(values)
        for place, source in zip(places, (places[-1], *places), strict=False):
            found[place] = values[source]
        return found

    return reorder


def _pairs(nodes: Sequence[Prim]) -> Iterator[Reorder]:
    """An exchange for every two parameters of one shape, but for the two of one batch norm."""
    shapes = [shape for node in nodes for shape in node.signature.params]
    owners = [number for number, node in enumerate(nodes) for _ in node.signature.params]
    for one, other in combinations(range(len(shapes)), 2):
        if shapes[one] == shapes[other] and owners[one] != owners[other]:
            yield exchange(one, other)


def _rotations(nodes: Sequence[Prim]) -> Iterator[Reorder]:
    """A rotation of each three or more parameters of one shape."""
    places: dict[tuple[int, ...], list[int]] = {}
    for place, shape in enumerate(shape for node in nodes for shape in node.signature.params):
        places.setdefault(shape, []).append(place)
    for found in places.values():
        if len(found) > 2:
            yield rotate(found)


def _reordering(
    name: str, cause: str, machine: Callable[[Rules, Reorder], Machine], orders: Callable[..., Iterator[Reorder]]
) -> Fault:
    """The first of these orders that changes anything."""

    def plant(export: Export, case: str) -> Export | None:
        item = graph_of(export, case)
        if item is None:
            return None
        for reorder in orders(list(primitives(item.graph))):
            broken = shown(export, case, replayed(export, case, machine(rules_of(export), reorder)))
            if broken is not None:
                return broken
        return None

    return Fault(name, cause, plant)


def _swap_written(item: InitItem, _: int) -> InitItem | None:
    """Two tensors of one shape exchanged in the `init` item alone."""
    for one, other in combinations(range(len(item.tensors)), 2):
        first, second = item.tensors[one], item.tensors[other]
        if first.shape == second.shape and first != second:
            return replace(item, tensors=at(at(item.tensors, one, second), other, first))
    return None


def _has_batch_norm(fault: Fault) -> Fault:
    def plant(export: Export, case: str) -> Export | None:
        item = graph_of(export, case)
        if item is None or all(place_of(node.primitive) != "batch_norm" for node in primitives(item.graph)):
            return None
        return fault.plant(export, case)

    return Fault(fault.name, fault.cause, plant)


FAULTS = (
    by_machine("transposed-weight/linear-init", "transposed-weight", lambda rules: ColumnMajor(rules, (2,))),
    by_machine("transposed-weight/every-init", "transposed-weight", lambda rules: ColumnMajor(rules, range(2, 9))),
    by_machine("transposed-weight/forward", "transposed-weight", TransposedForward),
    _has_batch_norm(by_machine("swapped-parameters/gamma-beta", "swapped-parameters", SwappedNorm)),
    _reordering("swapped-parameters/forward", "swapped-parameters", ReorderedForward, _pairs),
    _reordering("swapped-parameters/init", "swapped-parameters", ReorderedInit, _pairs),
    by_item("swapped-parameters/written", "swapped-parameters", InitItem, _swap_written),
    _reordering("rotated-parameters/forward", "rotated-parameters", ReorderedForward, _rotations),
    _reordering("rotated-parameters/init", "rotated-parameters", ReorderedInit, _rotations),
    by_machine("rotated-parameters/elements", "rotated-parameters", RotatedElements),
    by_machine("binary32-parameters", "binary32-parameters", Binary32Init),
)
