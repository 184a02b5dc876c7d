"""One place wrong, everything else as Lean computed it: values altered between the run and the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tests.faults.fault import Fault, at, by_item, ordinary, shown, turned, with_word, without
from tests.faults.machine import Machine
from tests.faults.replay import graph_of, items_of, numbers, one_case, replayed, tensor
from tests.faults.rules import rules_of
from tests.scalar.bits import bits, number
from xcheck.lean_parser.records import DetInitItem, Export, ForwardItem, InitItem, Item, TensorsOk
from xcheck.reference.graph import primitives
from xcheck.tensor import Tensor

Change = Callable[[Tensor, int], Tensor | None]
SEVERAL = 0x00000000000005A5
"""Bits that no single rounding, sign or exponent accounts for."""


def tensors_of(item: Item) -> tuple[Tensor, ...]:
    if isinstance(item, InitItem):
        return item.tensors
    if isinstance(item, DetInitItem):
        return item.outcome.tensors if isinstance(item.outcome, TensorsOk) else ()
    if isinstance(item, ForwardItem):
        return item.trace
    raise AssertionError(item)


def with_tensors(item: Item, tensors: tuple[Tensor, ...]) -> Item:
    if isinstance(item, InitItem):
        return replace(item, tensors=tensors)
    if isinstance(item, DetInitItem):
        return replace(item, outcome=replace(item.outcome, tensors=tensors))
    return replace(item, trace=tensors)


def one_tensor(change: Change) -> Callable[[Item, int], Item | None]:
    """The first tensor of an item, from a place that depends on the case, that can be changed."""

    def changed(item: Item, salt: int) -> Item | None:
        tensors = tensors_of(item)
        for place in turned(len(tensors), salt) if tensors else ():
            found = change(tensors[place], salt)
            if found is not None:
                return with_tensors(item, at(tensors, place, found))
        return None

    return changed


def flip(bit: int) -> Change:
    """One bit of one finite value other than zero."""

    def change(given: Tensor, salt: int) -> Tensor | None:
        places = ordinary(given)
        if not places:
            return None
        place = places[salt % len(places)]
        return with_word(given, place, int(given.bits[place]) ^ (1 << bit))

    return change


def negate_zero(given: Tensor, salt: int) -> Tensor | None:
    places = np.flatnonzero(given.values.reshape(-1) == 0.0).tolist()
    if not places:
        return None
    place = places[salt % len(places)]
    return with_word(given, place, int(given.bits[place]) ^ (1 << 63))


def exchange(given: Tensor, salt: int) -> Tensor | None:
    """Two values exchanged."""
    words = given.bits.tolist()
    for one in turned(len(words), salt) if words else ():
        for other in range(len(words) - 1, -1, -1):
            if words[one] != words[other]:
                return with_word(with_word(given, one, words[other]), other, words[one])
    return None


def reverse(given: Tensor, _: int) -> Tensor | None:
    """All values in reverse order, where that is not an exchange of two."""
    words = given.bits.tolist()
    moved = sum(a != b for a, b in zip(words, reversed(words), strict=True))
    return Tensor(given.shape, given.bits[::-1].copy()) if moved > 2 else None


def _output_bit(bit: int) -> Fault:
    def change(item: ForwardItem, salt: int) -> ForwardItem | None:
        output = flip(bit)(item.output, salt)
        return output and replace(item, output=output)

    return by_item(f"one-bit/output-{bit}", "one-bit", ForwardItem, change)


def _lost(item: Item, salt: int) -> Item | None:
    tensors = tensors_of(item)
    return with_tensors(item, without(tensors, salt % len(tensors))) if tensors else None


def _altered_entry(export: Export, case: str) -> Export | None:
    """Two or more elements of a trace entry altered after the run: what follows is of the right values."""
    found = graph_of(export, case)
    if found is None:
        return None
    nodes = list(primitives(found.graph))
    shapes = [len(node.signature.params) for node in nodes]
    machine = Machine(rules_of(export))
    items = items_of(export, case)
    for place, item in enumerate(items):
        if not isinstance(item, ForwardItem):
            continue
        given = machine.initial(nodes, item.index) if item.params is None else [numbers(p) for p in item.params]
        for entry in range(len(item.trace) - 1):
            places = ordinary(item.trace[entry])
            if len(places) < 2:
                continue
            altered = item.trace[entry]
            for element in places[:3]:
                altered = with_word(altered, element, int(altered.bits[element]) ^ (SEVERAL << 30))
            start = sum(shapes[: entry + 1])
            own = given[start : start + shapes[entry + 1]]
            shape, values = machine.run(nodes[entry + 1].primitive, own, numbers(altered), altered.shape)
            if tensor(shape, values) != item.trace[entry + 1]:
                changed = replace(item, trace=at(item.trace, entry, altered))
                return replace(one_case(export, case), items=at(items, place, changed))
    return None


class WrongLayer(Machine):
    """One element of one layer's output is wrong as it leaves the layer."""

    position, element = 0, 0

    def left(self, position, values):
        if position != self.position:
            return values
        values = list(values)
        values[self.element] = number(bits(values[self.element]) ^ (SEVERAL << 20))
        return values


def _wrong_layer(export: Export, case: str) -> Export | None:
    """The first layer and element where a wrong value is seen by the next layer too."""
    found = graph_of(export, case)
    forward = found and next((item for item in items_of(export, case) if isinstance(item, ForwardItem)), None)
    if forward is None:
        return None
    machine = WrongLayer(rules_of(export))
    for entry, element in _elements(forward):
        machine.position, machine.element = entry, element
        broken = replayed(export, case, machine)
        new = next(item for item in broken.items if isinstance(item, ForwardItem))
        if entry + 1 == len(forward.trace) or new.trace[entry + 1] != forward.trace[entry + 1]:
            return shown(export, case, broken)
    return None


def _elements(forward: ForwardItem) -> Iterator[tuple[int, int]]:
    for entry, values in enumerate(forward.trace):
        for element in ordinary(values)[:2]:
            yield entry, element


def _wrong_input(export: Export, case: str) -> Export | None:
    """One bit of the recorded input is not that of the input that ran, and the first layer can tell."""
    if graph_of(export, case) is None:
        return None
    items = items_of(export, case)
    for place, item in enumerate(items):
        if not isinstance(item, ForwardItem) or not item.trace:
            continue
        for bit in (45, 51, 52, 30):
            for element in ordinary(item.input)[:4]:
                recorded = with_word(item.input, element, int(item.input.bits[element]) ^ (1 << bit))
                broken = replace(one_case(export, case), items=at(items, place, replace(item, input=recorded)))
                again = replayed(broken, case, Machine(rules_of(export)))
                if again.items[place].trace[0] != item.trace[0]:
                    return broken
    return None


FAULTS = (
    *(by_item(f"one-bit/init-{bit}", "one-bit", InitItem, one_tensor(flip(bit))) for bit in (0, 52, 63)),
    *(by_item(f"one-bit/det-init-{bit}", "one-bit", DetInitItem, one_tensor(flip(bit))) for bit in (0, 52)),
    *(_output_bit(bit) for bit in (0, 52, 63)),
    by_item("exchanged-values/init", "exchanged-values", InitItem, one_tensor(exchange)),
    by_item("exchanged-values/det-init", "exchanged-values", DetInitItem, one_tensor(exchange)),
    by_item("reordered-values/init", "reordered-values", InitItem, one_tensor(reverse)),
    by_item("reordered-values/det-init", "reordered-values", DetInitItem, one_tensor(reverse)),
    by_item("zero-sign/init", "zero-sign", InitItem, one_tensor(negate_zero)),
    by_item("zero-sign/det-init", "zero-sign", DetInitItem, one_tensor(negate_zero)),
    by_item("parameter-count/init", "parameter-count", InitItem, _lost),
    by_item("parameter-count/det-init", "parameter-count", DetInitItem, _lost),
    Fault("altered-entry", "altered-entry", _altered_entry),
    Fault("wrong-layer", "wrong-layer", _wrong_layer),
    Fault("wrong-input", "wrong-input", _wrong_input),
)
