"""Neighbouring cases that are checked together: one worker's piece of work, and what a diagnosis is rationed over.

Whatever the number of processes, an export is cut at the same places, so its report is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from xcheck.fixtures.read import CHUNK_CASES, CHUNK_ELEMENTS
from xcheck.lean_parser.records import DetInitItem, ForwardItem, InitItem, Item, TensorsOk

Case: TypeAlias = tuple[str, Sequence[Item]]

DIAGNOSED: Final = 25  # cases of a stretch; a wrong profile, say, fails all of them alike


def stretches(cases: Iterable[Case], most: int = CHUNK_CASES) -> Iterator[list[Case]]:
    """The cases in order, at most `most` together and no more than fit into memory many times over."""
    stretch: list[Case] = []
    elements = 0
    for name, items in cases:
        stretch.append((name, items))
        elements += sum(map(elements_of, items))
        if len(stretch) >= most or elements >= CHUNK_ELEMENTS:
            yield stretch
            stretch, elements = [], 0
    if stretch:
        yield stretch


def elements_of(item: Item) -> int:
    """How many tensor elements an item holds."""
    match item:
        case ForwardItem():
            tensors = (*(item.params or ()), item.input, *item.trace, item.output, *(item.buffers or ()))
        case InitItem():
            tensors = item.tensors
        case DetInitItem(outcome=TensorsOk(tensors=given)):
            tensors = given
        case _:
            return 0
    return sum(tensor.bits.size for tensor in tensors)
