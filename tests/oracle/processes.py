"""Commands that start the doubles, and whether a process is still there."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

DOUBLES = Path(__file__).parent / "doubles"


def misbehaving(mode: str, notes: Path | None = None) -> list[str]:
    return [sys.executable, "-S", str(DOUBLES / "misbehaving.py"), mode, *([str(notes)] if notes else [])]


def answering(profile: str = "tl-2026-08", defect: str | None = None) -> list[str]:
    more = ["--defect", defect] if defect else []
    return [sys.executable, str(DOUBLES / "answering.py"), "--profile", profile, *more]


def recorded(golden: Path) -> list[str]:
    return [sys.executable, str(DOUBLES / "recorded.py"), str(golden)]


def is_gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether the process ends within some seconds; a zombie counts as ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def children() -> set[int]:
    """The processes this one has started and not collected."""
    return {
        int(pid)
        for task in Path(f"/proc/{os.getpid()}/task").iterdir()
        for pid in (task / "children").read_text().split()
    }
