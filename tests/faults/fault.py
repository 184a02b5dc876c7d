"""What a fault is, and the two ways of making one: a machine that computes wrongly, or a change to what was written."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.faults.machine import Machine
from tests.faults.replay import items_of, one_case, replayed
from tests.faults.rules import Rules, rules_of
from xcheck.lean_parser.records import Export, Item
from xcheck.tensor import Tensor


@dataclass(frozen=True)
class Fault:
    """One way of being wrong.

    `cause` is the row of the diagnosis that should come first. `plant(export, case)` is an export of this case alone
    as a Lean with the fault would have written it, or None where the fault cannot show in the case.
    """

    name: str
    cause: str
    plant: Callable[[Export, str], Export | None]

    def __repr__(self) -> str:
        return self.name


def shown(export: Export, case: str, broken: Export | None) -> Export | None:
    """The broken export, None where nothing in it is broken."""
    return None if broken is None or broken.items == items_of(export, case) else broken


def by_machine(name: str, cause: str, build: Callable[[Rules], Machine | None]) -> Fault:
    """A fault that computes: `build` gives the machine for a revision's rules, None where it does not apply."""

    def plant(export: Export, case: str) -> Export | None:
        machine = build(rules_of(export))
        return machine and shown(export, case, replayed(export, case, machine))

    return Fault(name, cause, plant)


def by_item(name: str, cause: str, kind: type, change: Callable[[Item, int], Item | None]) -> Fault:
    """A fault in one item: the first of this kind that `change(item, salt)` can change.

    `salt` is a number that depends on the case alone, so that faults do not always sit in the same place.
    """

    def plant(export: Export, case: str) -> Export | None:
        items = items_of(export, case)
        for place, item in enumerate(items):
            if isinstance(item, kind):
                changed = change(item, salt_of(case))
                if changed is not None and changed != item:
                    return replace(one_case(export, case), items=(*items[:place], changed, *items[place + 1 :]))
        return None

    return Fault(name, cause, plant)


def salt_of(case: str) -> int:
    """A number that depends on the name alone."""
    return zlib.crc32(case.encode())


def turned(count: int, salt: int) -> Iterator[int]:
    """`range(count)` from a place that depends on the salt, around the end."""
    for step in range(count):
        yield (salt + step) % count


def at(values: tuple, place: int, value) -> tuple:
    """A tuple with one entry exchanged."""
    return (*values[:place], value, *values[place + 1 :])


def without(values: tuple, place: int) -> tuple:
    """A tuple with one entry left out."""
    return values[:place] + values[place + 1 :]


def with_word(tensor: Tensor, place: int, word: int) -> Tensor:
    """The tensor with other bits at one place."""
    bits = tensor.bits.copy()
    bits[place] = np.uint64(word)
    return Tensor(tensor.shape, bits)


def ordinary(tensor: Tensor) -> list[int]:
    """The flat places of finite values other than zero."""
    return np.flatnonzero(np.isfinite(tensor.values.reshape(-1)) & (tensor.values.reshape(-1) != 0.0)).tolist()
