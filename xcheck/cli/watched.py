"""What a watched check reads, and in which state it is: two equal looks mean that nothing has changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from xcheck.cli.checking import Plan, sources
from xcheck.inputs import Source
from xcheck.shown import path_text

# A file's time of change, size and number; None where there is none.
State: TypeAlias = tuple[int, int, int] | None
States: TypeAlias = tuple[tuple[str, State], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """The state of every file that a check reads: its sources, those of the model, and the known differences."""

    sources: tuple[tuple[Source, States], ...]
    model: States
    known: States

    def changed(self, before: Look) -> list[str]:
        """The names of what is not as it was, each once."""
        old, new = dict(before.files()), dict(self.files())
        return [path_text(name) for name in sorted({*old, *new}) if old.get(name) != new.get(name)]

    def files(self) -> Iterator[tuple[str, State]]:
        """Every file with its state."""
        for _, states in self.sources:
            yield from states
        yield from (*self.model, *self.known)


def look(plan: Plan) -> Look:
    """Look at everything the check reads; raises `NoInputError`."""
    found = tuple((source, _states(_files_of(source))) for source in sources(plan))
    return Look(found, _states(_model_files(plan)), _states([plan.known] if plan.known is not None else []))


def folders(plan: Plan, seen: Look) -> list[str]:
    """The folders to be told of changes in: of every file, and those that new files could appear in."""
    files = [*(name for name, _ in seen.files()), *plan.paths]
    found = {_there(Path(name).parent) for name in files}
    for given in (*plan.paths, *_roots(plan)):
        found.update(Path(folder) for folder, _, _ in _walk(given))
    return sorted(map(str, found))


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _states(paths: Iterable[str]) -> States:
    return tuple((path, _state(path)) for path in dict.fromkeys(paths))


def _state(path: str) -> State:
    with suppress(OSError):
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, found.st_ino
    return None


def _files_of(source: Source) -> list[str]:
    """The file, or all files of a fixture set."""
    if not source.stored:
        return [source.path]
    with suppress(OSError):
        return [source.path, *sorted(entry.path for entry in os.scandir(source.path) if entry.is_file())]
    return [source.path]


def _model_files(plan: Plan) -> list[str]:
    """The export or the Lean source that names the model, and all Lean source that it might import."""
    model = plan.model
    if model is None:
        return []
    named = [path for path in (model.tlx, model.source) if path is not None]
    return [*named, *(path for root in _roots(plan) for path in _lean_files(root))]


def _roots(plan: Plan) -> list[str]:
    """Where the model's imports are looked for."""
    if plan.model is None:
        return []
    beside = [str(Path(plan.model.source).parent)] if plan.model.source is not None else []
    return [*plan.model.search_path, *beside]


def _lean_files(root: str) -> Iterator[str]:
    for folder, _, files in _walk(root):
        yield from (os.path.normpath(os.path.join(folder, name)) for name in sorted(files) if name.endswith(".lean"))


def _walk(folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """`os.walk` in order, without what is hidden."""
    for here, inside, files in os.walk(folder):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        yield here, inside, files
