"""A diff as Markdown, for a review or a job summary: short on top, the cases folded away below."""

from __future__ import annotations

from collections.abc import Iterator

from xcheck.compare.change import CaseChange, DiffResult
from xcheck.report.diff_groups import another_graph, counts, groups, names
from xcheck.report.markdown_text import cell, code_span

_NAMES = 20


def diff_lines(result: DiffResult, depth: int) -> Iterator[str]:
    """The report's lines; none where the sides are equal. `depth` as in the text report."""
    if not result.cases and not result.headers:
        return
    yield f"### {code_span(result.old)} -> {code_span(result.new)}: {counts(result)}"
    if depth < 1:
        return
    yield ""
    if result.headers:
        yield "| header | old | new |"
        yield "|---|---|---|"
        yield from (f"| {cell(h.name)} | {cell(h.old)} | {cell(h.new)} |" for h in result.headers)
        yield ""
    for what in (CaseChange.REMOVED, CaseChange.ADDED):
        listed = [code_span(case.name) for case in result.of(what)]
        if listed:
            yield f"- {what}: {names(listed, len(listed) if depth > 1 else _NAMES)}"
    for case in result.of(CaseChange.RENAMED):
        yield f"- renamed: {code_span(case.old_name or '')} -> {code_span(case.name)}"
    for group in groups(result):
        yield f"- **{cell(group.title)}**: {'; '.join(map(cell, group.lines))}"
    for case_names in another_graph(result):
        yield f"- {cell(case_names)}"
    changed = list(result.of(CaseChange.CHANGED))
    if not changed:
        return
    yield ""
    yield "<details><summary>Changed cases</summary>"
    yield ""
    for case in changed if depth > 1 else changed[:_NAMES]:
        yield f"- {code_span(case.name)}"
        for change in case.changes:
            why = f" ({' and '.join(map(cell, change.axes))})" if change.axes else ""
            yield f"  - {change.item}: {cell(change.text)}{why}"
            if depth > 2:
                yield from (f"    - {code_span(line)}" for line in change.detail)
    if depth <= 1 and len(changed) > _NAMES:
        yield f"- and {len(changed) - _NAMES:,} more"
    yield ""
    yield "</details>"
