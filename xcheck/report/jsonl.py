"""A check as JSON lines: one object per file, one per case, one summary. `xcheck schema check` prints their schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from xcheck.compare.result import CaseResult, FileResult, ItemResult, RunResult, Status


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file: its profile and headers, or the error that stopped it; no `status` where no case of it ran."""

    type: Literal["file"]
    source: str
    profile: str | None
    status: Status | None
    headers: tuple[tuple[str, str], ...]
    error: str | None
    not_run: int
    not_run_reason: str | None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case of the file named by `source`, with all its items."""

    type: Literal["case"]
    source: str
    name: str
    status: Status
    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """The whole run, last."""

    type: Literal["summary"]
    files: int
    cases: int
    items: int
    passed: int
    failed: int
    not_comparable: int
    errored: int
    error: str | None
    outdated: tuple[str, ...]
    exit_code: int


def file_lines(file: FileResult) -> Iterator[bytes]:
    """The file's line, then one for each case."""
    yield _encoded(
        FileLine(
            "file",
            file.source,
            file.profile,
            file.status if file.cases or file.error is not None else None,
            file.headers,
            file.error,
            file.not_run,
            file.not_run_reason,
        )
    )
    for case in file.cases:
        yield _encoded(_case_line(file, case))


def _case_line(file: FileResult, case: CaseResult) -> CaseLine:
    return CaseLine("case", file.source, case.name, case.status, case.items)


def summary_line(run: RunResult, exit_code: int) -> bytes:
    """The last line."""
    cases = list(run.cases())
    return _encoded(
        SummaryLine(
            "summary",
            len(run.files),
            len(cases),
            sum(len(case.items) for case in cases),
            run.count(Status.PASSED),
            run.count(Status.FAILED),
            run.count(Status.NOT_COMPARABLE),
            run.count(Status.ERRORED) + sum(file.error is not None for file in run.files),
            run.error,
            run.outdated,
            exit_code,
        )
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of one line."""
    schemas, components = msgspec.json.schema_components(
        (FileLine, CaseLine, SummaryLine), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of xcheck check --format jsonl",
        "anyOf": list(schemas),
        "$defs": components,
    }


def _encoded(line: FileLine | CaseLine | SummaryLine) -> bytes:
    return msgspec.json.encode(line) + b"\n"
