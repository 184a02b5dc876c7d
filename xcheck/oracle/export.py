"""Running the exporter of a checkout through Lake, and taking only a complete export from it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcheck.lean_parser.errors import ExportError
from xcheck.lean_parser.export import parse_export
from xcheck.lean_parser.records import Export
from xcheck.oracle.install import FOLDER

_SCRIPT: Final = Path(FOLDER) / "xcheck.sh"
_BUILT: Final = Path(".lake/build/xcheck") / FOLDER
_PROGRAMS: Final = ("Main", "Oracle")  # run from source, so they have no compiled file
_PARTLY: Final = 1  # the exporter's status when something was refused and the rest is complete


class LeanRunError(Exception):
    """The exporter did not give a complete export; the text says why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class LeanExport:
    """What the exporter wrote. `partly` says that it had to leave something out; its standard error said what."""

    data: bytes
    export: Export
    partly: bool


def run_exporter(checkout: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> LeanExport:
    """Build the exporter where that is needed and run it. Its standard error is ours. Raises `LeanRunError`."""
    if not (checkout / _SCRIPT).is_file():
        raise LeanRunError(f"{checkout}: the exporter is not installed; xcheck lean install {checkout}")
    lake = environment.get("XCHECK_LAKE", "lake")
    # A path is meant from the checkout, as the exporter's script means it.
    found = (checkout / lake).is_file() if "/" in lake else shutil.which(lake, path=environment.get("PATH"))
    if not found:
        raise LeanRunError(f"there is no {lake!r} to run Lean with; install elan, or name Lake's path in XCHECK_LAKE")
    if _needs_build(checkout):
        _, status = _run(checkout, ["build"], environment)
        if status:
            raise LeanRunError(f"the exporter does not build in {checkout}: xcheck.sh build {_how(status)}")
    data, status = _run(checkout, ["export", *arguments], environment)
    if status not in (0, _PARTLY):
        raise LeanRunError(f"the exporter failed in {checkout}: xcheck.sh export {_how(status)}")
    try:
        export = parse_export(data, "what the exporter wrote")
    except ExportError as error:
        raise LeanRunError(f"the exporter did not write a complete export ({_how(status)}): {error}") from None
    return LeanExport(data, export, status == _PARTLY)


def revision_of(checkout: Path) -> str | None:
    """The commit that is checked out, seven digits of it; None where git cannot tell."""
    if not (checkout / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()[:7] or None if done.returncode == 0 else None


def _needs_build(checkout: Path) -> bool:
    """Whether a source is newer than what was compiled from it, or was never compiled."""
    for source in (checkout / FOLDER).glob("*.lean"):
        if source.stem in _PROGRAMS:
            continue
        compiled = checkout / _BUILT / f"{source.stem}.olean"
        if not compiled.is_file() or compiled.stat().st_mtime < source.stat().st_mtime:
            return True
    return False


def _run(checkout: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[bytes, int]:
    """The script's standard output and status; no process of it is left, whatever happens."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                ["sh", str(_SCRIPT), *arguments],
                cwd=checkout,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                start_new_session=True,
            )
        except OSError as error:
            raise LeanRunError(f"sh cannot be run: {error.strerror or error}") from None
        try:
            # Collected only after its group is ended: until then its number cannot belong to anybody else.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        return output.read(), process.returncode


def _how(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
