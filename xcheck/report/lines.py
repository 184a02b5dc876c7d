"""The lines of a check's JSON lines, as types: a header, a line for each file and each case, a footer."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from xcheck.compare.result import CaseResult, Explanation, FileResult, ItemResult, RunResult, Status
from xcheck.report.asked import Asked

FORMAT: Final = "xcheck check"
VERSION: Final = 1


class HeaderLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="header"):
    """The first line: what kind of lines follow, who wrote them, and what the check was asked to do."""

    format: str
    version: int
    xcheck: str
    asked: Asked


class FileLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="file"):
    """A file: its profile and headers, or the error that stopped it; no `status` where no case of it ran."""

    source: str
    profile: str | None
    status: Status | None
    headers: tuple[tuple[str, str], ...]
    error: str | None
    not_run: int
    not_run_reason: str | None
    arguments: tuple[str, ...]


class CaseLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="case"):
    """A case of the file named by `source`, the last one before it, with all its items."""

    source: str
    name: str
    status: Status
    primitives: tuple[str, ...]
    diagnosis: tuple[Explanation, ...]
    diagnosed: bool
    items: tuple[ItemResult, ...]


class FooterLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="footer"):
    """The whole run, last: without it the report was cut."""

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


Line: TypeAlias = HeaderLine | FileLine | CaseLine | FooterLine


def file_line(file: FileResult) -> FileLine:
    """The file's own line."""
    status = file.status if file.cases or file.error is not None else None
    rest = (file.error, file.not_run, file.not_run_reason, file.arguments)
    return FileLine(file.source, file.profile, status, file.headers, *rest)


def case_line(file: FileResult, case: CaseResult) -> CaseLine:
    """The line of a case of a file."""
    told = case.primitives, case.diagnosis, case.diagnosed
    return CaseLine(file.source, case.name, case.status, *told, case.items)


def footer_line(run: RunResult, code: int) -> FooterLine:
    """The last line."""
    cases = list(run.cases())
    return FooterLine(
        len(run.files),
        len(cases),
        sum(len(case.items) for case in cases),
        run.count(Status.PASSED),
        run.count(Status.FAILED),
        run.count(Status.NOT_COMPARABLE),
        run.count(Status.ERRORED) + sum(file.error is not None for file in run.files),
        run.error,
        run.outdated,
        code,
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of one line."""
    (line,), components = msgspec.json.schema_components((Line,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of xcheck check --format jsonl",
        **line,
        "$defs": components,
    }
