"""The list of cases as data: one column per thing, so that twenty thousand rows pack into little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcheck.report.page.packing import Chunk, packed_json
from xcheck.report.page.shown import Plain, shown_in_all


@dataclass(frozen=True, slots=True)
class Kind:
    """How a case came out: the word and the sign that say so (never colour alone)."""

    id: str
    word: str
    sign: str


@dataclass(frozen=True, slots=True)
class Row:
    """One case: what the list shows of it, what it can be filtered by, and its number among those with details."""

    name: str
    kind: int
    note: str
    facets: tuple[tuple[str, ...], ...]
    detail: int | None


def packed_rows(
    rows: Sequence[Row], kinds: Sequence[Kind], facets: Sequence[tuple[str, str]], chunks: Sequence[Chunk], extra: Plain
) -> str:
    """The list, ready for the page. `facets` are the names and labels of what rows can be filtered by."""
    columns: Plain = {
        "kinds": [{"id": kind.id, "word": kind.word, "sign": kind.sign} for kind in kinds],
        "names": [row.name for row in rows],
        "kind": [row.kind for row in rows],
        "notes": _indexed([(row.note,) for row in rows]),
        "detail": [-1 if row.detail is None else row.detail for row in rows],
        "facets": [
            {"id": name, "label": label, **_indexed([row.facets[place] for row in rows])}
            for place, (name, label) in enumerate(facets)
        ],
        "chunks": [[chunk.first, chunk.count] for chunk in chunks],
        "extra": extra,
    }
    return packed_json(shown_in_all(columns))


def _indexed(values: Sequence[tuple[str, ...]]) -> dict[str, Plain]:
    """Every distinct value once, sorted, and for each row the numbers of its own."""
    distinct = sorted({value for row in values for value in row})
    number = {value: place for place, value in enumerate(distinct)}
    rows: list[Plain] = []
    for row in values:
        numbers: list[Plain] = [number[value] for value in row]
        rows.append(numbers[0] if len(numbers) == 1 else numbers)
    return {"values": list(distinct), "rows": rows}
