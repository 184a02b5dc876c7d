"""A case's diagnosis in words, for every format that is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xcheck.compare.result import CaseResult, Explanation

_ITEMS_SHOWN: Final = 4


def headline(case: CaseResult) -> str | None:
    """The first cause in one sentence, None where none was looked for; says so where none was found."""
    if case.diagnosis:
        return _title(case.diagnosis[0])
    return "unknown: nothing in the table of causes explains this" if case.diagnosed else None


def diagnosis_lines(case: CaseResult) -> Iterator[str]:
    """Every explanation: what it is, how much of the case it explains, and what to look at in Lean."""
    for explanation in case.diagnosis:
        yield _title(explanation)
        if explanation.explained:
            yield f"  {_extent(explanation)}"
        yield f"  look at: {explanation.look}"
        for other in explanation.alike:
            yield f"  this case cannot tell it from: {other}"


def _title(explanation: Explanation) -> str:
    return f"{explanation.says} ({explanation.name})"


def _extent(explanation: Explanation) -> str:
    if explanation.complete:
        count = explanation.findings
        what = {1: "the one finding", 2: "both findings"}.get(count, f"all {count} findings")
        rest = "" if explanation.elsewhere else "; but items that agree now would not agree with it"
        return f"accounts for {what}: {_items(explanation)}{rest}"
    whole = f" (all of {_items(explanation)})" if explanation.items else ""
    return f"accounts for {explanation.explained} of {explanation.findings} findings{whole}"


def _items(explanation: Explanation) -> str:
    shown = ", ".join(explanation.items[:_ITEMS_SHOWN])
    more = len(explanation.items) - _ITEMS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
