"""A diff as JSON Lines: one line for the sides, one for each case that is not the same, and a summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from xcheck.compare.change import CaseChange, DiffResult
from xcheck.report.diff_groups import groups


def diff_lines(result: DiffResult, code: int) -> Iterator[bytes]:
    """Every line, with its line break; none where the sides are equal."""
    if not result.cases and not result.headers:
        return
    yield _line(
        "diff",
        old=result.old,
        new=result.new,
        old_profiles=result.old_profiles,
        new_profiles=result.new_profiles,
        headers=result.headers,
    )
    for case in result.cases:
        yield _line("case", **{name: getattr(case, name) for name in case.__dataclass_fields__})
    yield _line(
        "summary",
        counts={str(change): result.count(change) for change in CaseChange},
        explanations=[
            {"axes": group.axes, "cases": len(group.cases), "changes": group.lines} for group in groups(result)
        ],
        exit_code=code,
    )


def _line(kind: str, **fields: Any) -> bytes:
    return msgspec.json.encode({"type": kind, **fields}) + b"\n"
