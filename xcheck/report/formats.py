"""The formats of a check's report. A format is a row here and a module with `report(run, asked, code) -> str`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from xcheck.compare.result import RunResult
from xcheck.report.asked import Asked


@dataclass(frozen=True, slots=True)
class Format:
    """One row: the module that renders, and what it takes.

    `needs` are modules that the extra `extra` installs. `maps` asks the comparison for element maps. `terminal` says
    that a terminal is a place for it, `repeats` that one report may follow another.
    """

    module: str
    needs: tuple[str, ...] = ()
    extra: str = ""
    maps: bool = False
    terminal: bool = True
    repeats: bool = False


FORMATS: Final = {
    "text": Format("xcheck.report.plain_text", repeats=True),
    "jsonl": Format("xcheck.report.jsonl", repeats=True),
    "junit": Format("xcheck.report.junit", ("junitparser",), "junit"),
    "markdown": Format("xcheck.report.markdown"),
    "html": Format("xcheck.report.html", ("jinja2", "vl_convert"), "page", maps=True, terminal=False),
}


class MissingExtraError(Exception):
    """A format whose packages are not installed; the text says which extra has them."""


def require(name: str) -> None:
    """Raise `MissingExtraError` where the format's packages are missing: before the work, not after it."""
    form = FORMATS[name]
    missing = [module for module in form.needs if find_spec(module) is None]
    if missing:
        what = f"the format {name} needs {' and '.join(missing)}"
        raise MissingExtraError(f"{what}: pip install 'torchlean-xcheck[{form.extra}]'")


def render(name: str, run: RunResult, asked: Asked, code: int) -> bytes:
    """A run as a whole report in a format; raises `MissingExtraError`."""
    require(name)
    text: str = import_module(FORMATS[name].module).report(run, asked, code)
    # A file name need not be UTF-8; a report always is.
    return text.encode("utf-8", "backslashreplace")
