from __future__ import annotations

import io

import pytest
from rich.console import Console

from xcheck.reference.profile import profile_named
from xcheck.report.case import case_lines, case_row

NAMES = ["tl-2026-05", "tl-2026-06", "tl-2026-07-13", "tl-2026-07-15", "tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2"]


@pytest.mark.parametrize("name", NAMES)
def test_every_golden_case_can_be_shown(golden_export, name):
    profile = profile_named(name)
    for case, items in golden_export(name).cases().items():
        stream = io.StringIO()
        console = Console(file=stream, width=200, highlight=False, markup=False, emoji=False, soft_wrap=True)
        for line in case_lines(items, profile):
            console.print(line)
        shown = stream.getvalue()
        assert shown.startswith(f"graph {case}\n")
        assert str(items[0].signature) in shown
        assert "does not lower" in shown or "lowered by" in shown
        assert case_row(items)[0] == str(len(items))
