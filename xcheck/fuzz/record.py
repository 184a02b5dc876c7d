"""A disagreement as files: the request to replay, the oracle's answer as an export, and the case as Lean source.

The export holds what the oracle answered and nothing else: it is its word, not ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xcheck.fuzz.reduce import Asked
from xcheck.lean_parser.printer import export_lines
from xcheck.oracle.files import write_whole
from xcheck.oracle.protocol import print_request
from xcheck.reference.profile import Profile
from xcheck.report.lean_source import NoLeanSourceError, lean_source


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where the files of one disagreement are. `no_lean` says why there is no Lean source."""

    requests: Path
    export: Path
    lean: Path | None
    no_lean: str | None
    passing: Path | None


def record(
    folder: Path, stem: str, headers: Mapping[str, str], smallest: Asked, passing: Asked | None, profile: Profile
) -> Recorded:
    """Write the files, each as a whole. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    requests, export = folder / f"{stem}.requests", folder / f"{stem}.tlx"
    write_whole(requests, print_request(smallest.request).encode("utf-8"))
    write_whole(export, _export(headers, smallest))
    lean: Path | None = folder / f"{stem}.lean"
    no_lean: str | None = None
    try:
        source = lean_source(smallest.answer.items, profile)
    except NoLeanSourceError as reason:
        lean, no_lean = None, str(reason)
    else:
        write_whole(folder / f"{stem}.lean", source.encode("utf-8"))
    neighbour: Path | None = None
    if passing is not None:
        neighbour = folder / f"{stem}-passing.tlx"
        write_whole(neighbour, _export(headers, passing))
    return Recorded(requests, export, lean, no_lean, neighbour)


def _export(headers: Mapping[str, str], asked: Asked) -> bytes:
    return "".join(export_lines(headers, asked.answer.items)).encode("utf-8")
