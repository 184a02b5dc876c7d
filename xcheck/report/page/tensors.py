"""A tensor difference as the page's script takes it, and which maps the page has room for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xcheck.compare.result import ElementMap, TensorDifference
from xcheck.report.page.packing import packed_maps
from xcheck.report.page.shown import Plain


@dataclass(frozen=True, slots=True)
class Maps:
    """The packed maps of a page. `numbers` gives each kept map's number by the identity of its difference."""

    packed: tuple[str, ...]
    numbers: dict[int, int]
    asked: int

    @property
    def left_out(self) -> int:
        """How many maps the page has no room for."""
        return self.asked - len(self.packed)


def kept_maps(
    differences: Iterable[TensorDifference | None], inherited: Iterable[TensorDifference | None] = ()
) -> Maps:
    """The maps of these differences in their order, then of those that were only inherited, within the budget."""
    mapped = [found for found in (*differences, *inherited) if found is not None and found.cells is not None]
    data = packed_maps([found.cells for found in mapped if found.cells is not None])
    return Maps(data, {id(found): number for number, found in enumerate(mapped[: len(data)])}, len(mapped))


def tensor_data(found: TensorDifference, maps: Maps) -> Plain:
    """The difference as plain data; 64-bit numbers are text, since JavaScript's numbers cannot hold them."""
    return {
        "shape": list(found.shape),
        "differing": found.differing,
        "total": found.total,
        "ulp": _text(found.max_ulp),
        "infinite": found.not_finite,
        "first": [
            [list(element.coordinate), element.lean, element.reference, _text(element.ulp)] for element in found.first
        ],
        "pattern": found.pattern,
        "picture": list(found.picture),
        "map": maps.numbers.get(id(found)),
        "mapped": found.cells is not None,
        "histogram": None if found.cells is None else _histogram(found.cells),
    }


def _histogram(cells: ElementMap) -> Plain:
    return [[digits, count] for digits, count in enumerate(cells.histogram) if count]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
