"""Putting the exporter into a checkout: all of its files or none; what is there is not touched without leave."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xcheck

FOLDER: Final = "XCheck"
_SURFACES: Final = ("Graph", "Chain")
_SCRIPT: Final = "xcheck.sh"


class InstallError(Exception):
    """The exporter cannot be installed; the text says why. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done, file by file, relative to the checkout."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]


def exporter_files(compat: str, source: Path | None = None) -> dict[str, bytes]:
    """The exporter for one Compat file: name inside the checkout's folder and content. Raises `InstallError`."""
    source = source or exporter_folder()
    surface = next((name for name in _SURFACES if compat.startswith(name)), None)
    chosen = source / "Compat" / f"{compat}.lean"
    if surface is None or not chosen.is_file():
        raise InstallError(f"{source}: the exporter has no Compat file {compat!r}")
    others = tuple(name for name in _SURFACES if name != surface)
    lean = [file for file in sorted(source.glob("*.lean")) if not file.name.startswith(others)]
    files = {file.name: file.read_bytes() for file in (*lean, source / _SCRIPT)}
    return {**files, "Compat.lean": chosen.read_bytes()}


def exporter_folder() -> Path:
    """Where the exporter's files are: inside an installed package, or beside it in a checkout of this project."""
    package = Path(xcheck.__file__).parent
    for place in (package / "lean_exports" / FOLDER, package.parent / "lean_exports" / FOLDER):
        if (place / _SCRIPT).is_file():
            return place
    raise InstallError("this installation of xcheck does not have the exporter's files")


def install(checkout: Path, compat: str, *, force: bool = False, source: Path | None = None) -> Installed:
    """Copy the exporter into `checkout`. Raises `InstallError`; a file that is there already is one without `force`."""
    files = exporter_files(compat, source)
    folder = checkout / FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InstallError(f"{folder}: is there and is no folder")
    try:
        present = {name: _content(folder / name) for name in files}
        unchanged = {name for name, content in files.items() if present[name] == content}
        in_the_way = sorted(name for name, old in present.items() if old is not None and name not in unchanged)
        if in_the_way and not force:
            names = ", ".join(f"{FOLDER}/{name}" for name in in_the_way)
            raise InstallError(f"{checkout}: would overwrite {names}; --force does")
        changed = {name: content for name, content in files.items() if name not in unchanged}
        _write(folder, changed, present)
    except OSError as error:
        raise InstallError(f"{error.filename or folder}: {error.strerror or error}") from None
    return Installed(*(tuple(f"{FOLDER}/{name}" for name in sorted(names)) for names in (changed, unchanged)))


def _content(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _write(folder: Path, changed: dict[str, bytes], before: dict[str, bytes | None]) -> None:
    """Put every file in place, or put everything back."""
    if not changed:
        return
    new_folder = not folder.exists()
    staging = Path(tempfile.mkdtemp(prefix=f".{FOLDER}.", dir=folder.parent))
    done: list[str] = []
    try:
        for name, content in changed.items():
            (staging / name).write_bytes(content)
        folder.mkdir(exist_ok=True)
        for name in changed:
            done.append(name)
            os.replace(staging / name, folder / name)
    except BaseException:
        for name in done:
            _restore(folder / name, before[name])
        if new_folder:
            with suppress(OSError):
                folder.rmdir()
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _restore(place: Path, content: bytes | None) -> None:
    with suppress(OSError):
        if content is None:
            place.unlink(missing_ok=True)
        else:
            place.write_bytes(content)
