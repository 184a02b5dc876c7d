"""The JSON Schemas of the JSON-lines reports, as files. `scripts/write_schemas.py` writes them from the types."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

# Report: the module whose `schema()` describes a line of it.
REPORTS: Final = {"check": "xcheck.report.lines", "diff": "xcheck.report.diff_jsonl"}


def schema_text(report: str) -> str:
    """The schema of one line of a report."""
    return (files(__name__) / f"{report}.schema.json").read_text("utf-8")
