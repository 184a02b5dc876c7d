"""The golden exports, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.records import Export

GOLDEN = Path(__file__).parent.parent.parent / "lean_exports" / "golden"


@cache
def golden(name: str) -> Export:
    """The golden export of this name."""
    return read_export(GOLDEN / f"{name}.tlx")
