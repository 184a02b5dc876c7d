"""One place wrong, everything else as Lean computed it: values altered between the run and the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.faults.fault import Fault, at, by_item, ordinary, shown, turned, with_word, without
from tests.faults.machine import Machine
from tests.faults.replay import items_of, numbers, one_case, replayed
from tests.faults.rules import rules_of
from tests.scalar.bits import bits, number
from xcheck.lean_parser.records import DetInitItem, Export, ForwardItem, InitItem, Item, TensorsOk
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


def _output_zero(item: ForwardItem, salt: int) -> ForwardItem | None:
    output = negate_zero(item.output, salt)
    return output and replace(item, output=output)


def _lost(item: Item, salt: int) -> Item | None:
    tensors = tensors_of(item)
    return with_tensors(item, without(tensors, salt % len(tensors))) if tensors else None


class Altered(Machine):
    """One layer's output is another than it computes."""

    def __init__(self, rules, position: int, change: Callable[[list[float]], list[float]]):
        super().__init__(rules)
        self._position, self._change = position, change

    def left(self, position, values):
        return self._change(values) if position == self._position else values


def _altered_entry(export: Export, case: str) -> Export | None:
    """Several bits of two or three elements of a trace entry altered after the run.

    What follows was computed from the right values, and would have come out otherwise from the altered ones.
    """
    items = items_of(export, case)
    for place, item in enumerate(items):
        if not isinstance(item, ForwardItem):
            continue
        for entry, given in enumerate(item.trace[:-1]):
            places = ordinary(given)[:3]
            if len(places) < 2:
                continue
            altered = given
            for element in places:
                altered = with_word(altered, element, int(altered.bits[element]) ^ (SEVERAL << 30))
            values = numbers(altered)
            run = replayed(export, case, Altered(rules_of(export), entry, lambda _, values=values: values))
            if run is None:
                return None
            if run.items[place].trace[entry + 1] != item.trace[entry + 1]:
                changed = replace(item, trace=at(item.trace, entry, altered))
                return replace(one_case(export, case), items=at(items, place, changed))
    return None


def _wrong_layer(export: Export, case: str) -> Export | None:
    """One element of one layer's output is wrong in every forward, and the next layer sees it."""
    items = items_of(export, case)
    place = next((place for place, item in enumerate(items) if isinstance(item, ForwardItem)), None)
    if place is None:
        return None
    trace = items[place].trace
    for entry, element in ((entry, element) for entry, given in enumerate(trace) for element in ordinary(given)[:2]):

        def change(values: list[float], element: int = element) -> list[float]:
            return at(tuple(values), element, number(bits(values[element]) ^ (SEVERAL << 20)))

        broken = replayed(export, case, Altered(rules_of(export), entry, change))
        if broken is None:
            return None
        if entry + 1 == len(trace) or broken.items[place].trace[entry + 1] != trace[entry + 1]:
            return shown(export, case, broken)
    return None


def _wrong_input(export: Export, case: str) -> Export | None:
    """One bit of the recorded input is not that of the input that ran, and the first layer can tell."""
    items = items_of(export, case)
    for place, item in enumerate(items):
        if not isinstance(item, ForwardItem) or not item.trace:
            continue
        for bit in (45, 51, 52, 30):
            for element in ordinary(item.input)[:4]:
                recorded = with_word(item.input, element, int(item.input.bits[element]) ^ (1 << bit))
                broken = replace(one_case(export, case), items=at(items, place, replace(item, input=recorded)))
                again = replayed(broken, case, Machine(rules_of(export)))
                if again is None:
                    return None
                if again.items[place].trace[0] != item.trace[0]:
                    return broken
    return None


def _buffer_bit(item: ForwardItem, salt: int) -> ForwardItem | None:
    """One bit of an updated buffer; gamma and beta are the first two."""
    for place in (2, 3) if item.buffers is not None and len(item.buffers) > 3 else ():
        changed = flip(0)(item.buffers[place], salt)
        if changed is not None:
            return replace(item, buffers=at(item.buffers, place, changed))
    return None


FAULTS = (
    *(by_item(f"one-bit/init-{bit}", "one-bit", InitItem, one_tensor(flip(bit))) for bit in (0, 52, 63)),
    *(by_item(f"one-bit/det-init-{bit}", "one-bit", DetInitItem, one_tensor(flip(bit))) for bit in (0, 52)),
    *(_output_bit(bit) for bit in (0, 52, 63)),
    by_item("one-bit/buffer", "one-bit", ForwardItem, _buffer_bit),
    by_item("exchanged-values/init", "exchanged-values", InitItem, one_tensor(exchange)),
    by_item("exchanged-values/det-init", "exchanged-values", DetInitItem, one_tensor(exchange)),
    by_item("reordered-values/init", "reordered-values", InitItem, one_tensor(reverse)),
    by_item("reordered-values/det-init", "reordered-values", DetInitItem, one_tensor(reverse)),
    by_item("zero-sign/init", "zero-sign", InitItem, one_tensor(negate_zero)),
    by_item("zero-sign/det-init", "zero-sign", DetInitItem, one_tensor(negate_zero)),
    by_item("zero-sign/output", "zero-sign", ForwardItem, _output_zero),
    by_item("parameter-count/init", "parameter-count", InitItem, _lost),
    by_item("parameter-count/det-init", "parameter-count", DetInitItem, _lost),
    Fault("altered-entry", "altered-entry", _altered_entry),
    Fault("wrong-layer", "wrong-layer", _wrong_layer),
    Fault("wrong-input", "wrong-input", _wrong_input),
)
