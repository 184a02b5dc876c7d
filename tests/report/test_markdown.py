from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from tests.report.runs import ASKED, DIFFERENCE, ELEMENT, EVERYTHING, FAILED, FINDING, GOOD, WRONG, file_of, run_of
from xcheck.compare.result import CaseResult, FileResult, Finding, ItemResult, Status
from xcheck.report.formats import render
from xcheck.report.markdown import CASES, LIMIT


def text_of(run, code=1):
    return render("markdown", run, ASKED, code).decode()


def html_of(run):
    return MarkdownIt("commonmark").enable("table").render(text_of(run))


def test_a_run_that_agrees_is_a_verdict_and_a_table():
    run = run_of(file_of(GOOD), file_of(GOOD, source="b.tlx"))
    assert text_of(run, 0).splitlines() == [
        "### xcheck: agree (2 files, 2 cases, 4 items: 4 agree)",
        "",
        "| file | profile | cases | agree | disagree | not comparable | errored |",
        "|---|---|--:|--:|--:|--:|--:|",
        "| `a.tlx` | tl-2026-08 | 1 | 2 | 0 | 0 | 0 |",
        "| `b.tlx` | tl-2026-08 | 1 | 2 | 0 | 0 | 0 |",
    ]


def test_a_failing_case_in_full():
    text = text_of(EVERYTHING, 2)
    assert text.startswith("### xcheck: could not compare (3 files, 4 cases, 8 items: ")
    for line in (
        "| `b.tlx` |  | 0 | 0 | 0 | 0 | 0 |",
        r"- `b.tlx`: b.tlx:3:1: the file stops",
        "- not comparable (1 item): a user's own primitive",
        "- errored (1 item): out of memory",
        "- `a.tlx`: stopped after 3 cases",
        "- outdated: known.toml: entry 1 matched nothing",
        "#### `wrong` in `a.tlx`",
        "**exactly one bit was changed (one-bit)**",
        "- accounts for the one finding: forward",
        "- look at: the line that writes it",
        "- this case cannot tell it from: a cosmic ray",
        "= 0  linear(4,8)  [4] -> [8]  agrees",
        "> 1  relu         [8] -> [8]  3 of 8 differ, at most 77 ulp  <- parts from the reference here",
        "| \\[0\\] | `0x3fd40cba2fa6688b` | `0x1.40cba2fa6688bp-2`"
        " | `0x3fd40cba2fa6688a` | `0x1.40cba2fa6688ap-2` | 1 |",
        "- this layer is wrong",
        "xcheck check a.tlx --call 'm 1' --profile tl-2026-08",
    ):
        assert line in text.splitlines(), line
    assert "#### `good`" not in text


def test_a_case_without_a_cause_says_so_where_one_was_looked_for():
    case = replace(WRONG, diagnosis=())
    assert "unknown" not in text_of(run_of(file_of(case)))
    text = text_of(run_of(file_of(replace(case, diagnosed=True))))
    assert "**unknown: nothing in the table of causes explains this**" in text.splitlines()


def test_files_that_failed_come_first():
    run = run_of(*(file_of(GOOD, source=f"good{n}.tlx") for n in range(150)), file_of(WRONG, source="bad.tlx"))
    text = text_of(run)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows[0].startswith("| `bad.tlx`")
    assert "and 51 more files, 0 of which did not pass" in text


def test_failing_cases_are_capped_and_the_cap_is_said():
    run = run_of(file_of(*(replace(WRONG, name=f"wrong{n}") for n in range(CASES + 7))))
    text = text_of(run)
    assert text.count("\n#### ") == CASES
    assert text.endswith(f"and 7 more failing cases (the first {CASES} are shown)\n")
    assert "more failing" not in text_of(run_of(file_of(WRONG)))


@pytest.mark.parametrize("huge", ["x" * 100_000, "<&`|" * 20_000, "\n" * 50_000, "\N{SNOWMAN}" * 50_000])
def test_it_always_fits_a_job_summary(huge):
    finding = Finding(huge, huge, huge, 1, huge, huge, why=(huge,) * 50)
    tensors = replace(FINDING, elements=replace(DIFFERENCE, first=(ELEMENT,) * 20, pattern=huge), why=(huge,) * 50)
    explanation = replace(WRONG.diagnosis[0], says=huge, look=huge, alike=(huge,) * 50)
    items = (
        replace(FAILED, findings=(finding,) * 50, item=huge, steps=(replace(FAILED.steps[0], kind=huge),) * 500),
        replace(FAILED, findings=(tensors,)),
        ItemResult(huge, 1, Status.ERRORED, reason=huge),
    )
    cases = tuple(CaseResult(huge, items[n % 2 :], (explanation,) * 3) for n in range(30))
    files = [FileResult(huge, huge, (), cases, not_run=1, not_run_reason=huge, arguments=(huge,))]
    run = run_of(*files, *[FileResult(huge, None, error=huge)] * 500, error=huge, outdated=(huge,) * 500)
    assert len(render("markdown", run, ASKED, 2)) <= LIMIT + 1_000
    assert "#### " in text_of(run)


def test_names_do_not_become_markup():
    name = "<img src=x onerror=alert(1)> | `b` **c** [d](http://e) \n# f\n```\n<script>"
    case = replace(WRONG, name=name, diagnosis=(replace(WRONG.diagnosis[0], says=name, look=name),))
    plain = Finding(name, name, name, 1, name, name, why=(name,))
    other = CaseResult(name, (replace(FAILED, item=name, findings=(plain,), reason=name),))
    files = [file_of(case, other, source=name), file_of(source=name, error=name)]
    html = html_of(run_of(*files, outdated=(name,), error=name))
    for markup in ("<img", "<script", "<h1", "<a href", "<strong>c"):
        assert markup not in html, markup
    # A bar in a name ends no cell: every row has as many as the head.
    for table in html.split("<table>")[1:]:
        widths = {row.count("<td") + row.count("<th>") + row.count("<th ") for row in table.split("<tr>")[1:]}
        assert len(widths) == 1
    assert html.count("<pre>") == 4  # two chains and two commands
