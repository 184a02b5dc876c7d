"""A check as a person reads it: one line per file, a full report per mismatch, and a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from xcheck.compare.result import CaseResult, Element, FileResult, Finding, ItemResult, RunResult, Status
from xcheck.compare.ulp import float_of
from xcheck.report.chain import chain_lines
from xcheck.report.diagnosis import diagnosis_lines, headline
from xcheck.report.reproduce import reproduce
from xcheck.shown import one_line

_STYLE = {
    Status.PASSED: "green",
    Status.FAILED: "bold red",
    Status.NOT_COMPARABLE: "yellow",
    Status.ERRORED: "bold red",
}
_WORDS = {
    Status.PASSED: "agree",
    Status.FAILED: "disagree",
    Status.NOT_COMPARABLE: "not comparable",
    Status.ERRORED: "errored",
}


def print_file(console: Console, file: FileResult) -> None:
    """One line for the file, then everything in it that did not pass."""
    console.print(file_line(file))
    for part in file_report(file):
        console.print(part)


def file_line(file: FileResult) -> Text:
    """`path  profile  75 cases, 484 items: all agree`."""
    line = Text(file.source, style="bold")
    if file.profile is not None:
        line.append(f"  {file.profile}", style="cyan")
    if file.error is not None:
        line.append("  could not be compared", style=_STYLE[Status.ERRORED])
        return line
    if not file.cases:
        line.append(f"  {file.not_run_reason or 'no case selected'}", style="yellow")
        return line
    counts = Counter(item.status for item in file.items())
    line.append(f"  {_many(len(file.cases), 'case')}, {_many(sum(counts.values()), 'item')}: ")
    if set(counts) == {Status.PASSED}:
        line.append("all agree", style=_STYLE[Status.PASSED])
    else:
        line.append_text(_tally(counts))
    if file.not_run > 0:
        line.append(f"; {_many(file.not_run, 'case')} not run ({file.not_run_reason})", style="yellow")
    return line


def file_report(file: FileResult) -> Iterator[RenderableType]:
    """The error, or every mismatch and every item that could not be compared, in file order."""
    if file.error is not None:
        yield Text("\n".join(f"  {line}" for line in file.error.splitlines()), style=_STYLE[Status.ERRORED])
        return
    for case in file.cases:
        yield from _diagnosis(case)
        said: dict[tuple[Finding, ...], str] = {}
        for item in case.items:
            yield from _item(file, case, item, said.get(item.findings))
            said.setdefault(item.findings, item.item)
    for status in (Status.NOT_COMPARABLE, Status.ERRORED):
        reasons = Counter(item.reason for item in file.items() if item.status is status)
        for reason, count in sorted(reasons.items(), key=lambda pair: str(pair[0])):
            yield Text(f"  {_WORDS[status]} ({_many(count, 'item')}): {reason}", style=_STYLE[status])


def _diagnosis(case: CaseResult) -> Iterator[RenderableType]:
    said = headline(case)
    # What is known or admitted is no mismatch, and needs no cause.
    if said is None or not case.findings:
        return
    lines = list(diagnosis_lines(case)) or [said]
    head = Text("\nCAUSE ", style="bold magenta")
    head.append(f"{one_line(case.name)}  ", style="bold")
    for number, line in enumerate(lines):
        text = Text(line) if number else head.append(line)
        yield text


def _item(file: FileResult, case: CaseResult, item: ItemResult, same_as: str | None = None) -> Iterator[RenderableType]:
    """What an item that did not pass has to say; findings that another item has word for word are not repeated."""
    if item.findings:
        head = Text("\nMISMATCH ", style=_STYLE[Status.FAILED])
        head.append(f"{one_line(case.name)}  {one_line(item.item)}", style="bold")
        head.append(f"  [{file.profile}, line {item.line}]", style="dim")
        yield head
        yield from (Text("  ").append_text(line) for line in chain_lines(item.steps))
        if same_as is not None:
            count = len(item.findings)
            yield Text(f"  the same {'finding' if count == 1 else f'{count} findings'} as in {same_as}")
        for finding in item.findings if same_as is None else ():
            # What a layer inherited is in the chain above; the layer that is wrong has the values.
            if not (finding.inherited and item.steps):
                yield from _finding(finding)
        if item.reason is not None:
            yield Text(f"  not comparable in part: {item.reason}", style=_STYLE[Status.NOT_COMPARABLE])
        yield Text(f"  reproduce: {reproduce(file, case)}", style="dim")
    for rule in item.admitted:
        yield Text(f"  admitted by allowance in {one_line(case.name)} {item.item}: {rule}", style="yellow")


def _finding(finding: Finding) -> Iterator[RenderableType]:
    where = [] if finding.layer is None else [f"layer {finding.layer}" + (f" {finding.kind}" if finding.kind else "")]
    if finding.tensor is not None:
        where.append(finding.tensor)
    line = Text(f"  {finding.what}", style="bold")
    if where:
        line.append(f" at {', '.join(where)}")
    elements = finding.elements
    if elements is None:
        yield line.append(":")
        yield Text(f"    Lean:      {finding.lean}")
        yield Text(f"    reference: {finding.reference}")
    else:
        line.append(f", shape {list(elements.shape)}: {elements.differing:,} of {elements.total:,} elements differ")
        if elements.max_ulp is not None:
            line.append(f", by at most {elements.max_ulp:,} ulp")
        if elements.not_finite:
            line.append(f", {elements.not_finite:,} of them with no distance (NaN or infinity)")
        yield line
        shown = elements.first
        yield Padding.indent(_elements(shown), 4)
        if elements.differing > len(shown):
            yield Text(f"    ... the first {len(shown)} of {elements.differing:,}")
        if elements.pattern is not None:
            yield Text(f"    where: {elements.pattern}")
        for row in elements.picture if elements.differing > 1 else ():
            yield Text(f"      {row}")
    for reason in finding.why:
        yield Text(f"    why: {reason}")


def _elements(shown: tuple[Element, ...]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("at", no_wrap=True)
    for side in ("Lean", "reference"):
        table.add_column(f"{side} bits", no_wrap=True)
        table.add_column(side, no_wrap=True)
    table.add_column("ulp", justify="right", no_wrap=True)
    for element in shown:
        table.add_row(
            str(list(element.coordinate)),
            f"0x{element.lean}",
            float_of(int(element.lean, 16)).hex(),
            f"0x{element.reference}",
            float_of(int(element.reference, 16)).hex(),
            "-" if element.ulp is None else f"{element.ulp:,}",
        )
    return table


def summary(run: RunResult) -> Text:
    """The last line: files, cases, items, and how they came out."""
    counts = Counter(item.status for file in run.files for item in file.items())
    broken = sum(file.error is not None for file in run.files)
    line = Text("\n")
    cases = sum(len(file.cases) for file in run.files)
    line.append(f"{_many(len(run.files), 'file')}, {_many(cases, 'case')}, {_many(sum(counts.values()), 'item')}: ")
    line.append_text(_tally(counts) if counts else Text("nothing was compared", style=_STYLE[Status.ERRORED]))
    if broken:
        line.append(f"; {_many(broken, 'file')} could not be compared", style=_STYLE[Status.ERRORED])
    if run.error is not None:
        line.append(f"; {run.error}", style=_STYLE[Status.ERRORED])
    for entry in run.outdated:
        line.append(f"\noutdated: {entry}", style=_STYLE[Status.FAILED])
    return line


def _tally(counts: Counter[Status]) -> Text:
    line = Text()
    for status in Status:
        if counts[status]:
            line.append(", " if line else "")
            line.append(f"{counts[status]:,} {_WORDS[status]}", style=_STYLE[status])
    return line


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")
