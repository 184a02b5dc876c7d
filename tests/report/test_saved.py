"""JSON lines and back: nothing is lost, and nothing that was cut or edited gets through."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.runs import ASKED, ELEMENT, EVERYTHING, GOOD, WRONG, file_of, run_of
from xcheck.compare.policy import Allowance, Policy
from xcheck.report.asked import Asked
from xcheck.report.exit_code import exit_code
from xcheck.report.jsonl import report
from xcheck.report.saved import ReportError, read_report

RUNS = {
    "everything": EVERYTHING,
    "agree": run_of(file_of(GOOD)),
    "disagree": run_of(file_of(GOOD, WRONG)),
    "nothing": run_of(error="no case was selected"),
    "odd names": run_of(file_of(source='a "b"\n\x1b\u2028.tlx')),
}


def text_of(run, asked=ASKED):
    return report(run, asked, exit_code(run, allow_incomparable=asked.allow_incomparable))


TEXT = text_of(EVERYTHING)


def refused(text):
    with pytest.raises(ReportError) as caught:
        read_report(text.encode() if isinstance(text, str) else text, "r.jsonl")
    message = str(caught.value)
    assert message.startswith("r.jsonl:")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_lost(name):
    found = read_report(text_of(RUNS[name]).encode(), "r.jsonl")
    assert found.run == RUNS[name]
    assert found.asked == ASKED
    assert found.exit_code == exit_code(RUNS[name])


def test_what_was_asked_is_kept_and_bears_on_the_exit_code():
    model = ("--source", "m.lean", "--call", "m 1")
    policy = Policy((Allowance("exp", 2),), diagnose=False, maps=True)
    asked = Asked(("a b.tlx",), "auto", "mlp", "mlp/1", 3, policy, "known.toml", model, True)
    run = run_of(file_of(GOOD, *EVERYTHING.files[0].cases[2:3]))
    found = read_report(text_of(run, asked).encode(), "r.jsonl")
    assert (found.asked, found.exit_code) == (asked, 0)
    assert asked.command() == (
        "xcheck check 'a b.tlx' -k mlp --case mlp/1 --max-fail 3 --allow-ulp exp=2 --no-diagnose --known known.toml"
        " --source m.lean --call 'm 1' --allow-incomparable"
    )


@pytest.mark.parametrize("kept", range(1, len(TEXT.splitlines())))
def test_a_report_cut_between_two_lines(kept):
    lines = TEXT.splitlines()[:kept]
    assert refused("\n".join(lines) + "\n") == f"r.jsonl:{kept}: the report stops before its footer: it was cut"


def test_a_report_cut_anywhere():
    for length in range(0, len(TEXT) - 1, 7):
        assert re.match(r"r\.jsonl(:\d+)?: .*(cut|empty|begin with a header|stops)", refused(TEXT[:length]))


@pytest.mark.parametrize("line", range(len(TEXT.splitlines())))
def test_a_missing_line(line):
    lines = TEXT.splitlines()
    refused("\n".join(lines[:line] + lines[line + 1 :]))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('"version":1', '"version":2', "r.jsonl:1: version 2 of the format; this xcheck reads version 1"),
        ('"format":"xcheck check"', '"format":"xcheck diff"', "r.jsonl:1: this is a header of 'xcheck diff'"),
        ('"type":"header"', '"type":"footer"', "r.jsonl:1: this is a footer of 'xcheck check'"),
        ('"passed":5', '"passed":6', "the footer says passed 6, the lines before it come to 5"),
        ('"not_comparable":1', '"not_comparable":0', "the footer says not comparable 0, the lines"),
        ('"exit_code":2', '"exit_code":0', "the footer says exit code 0, the lines before it come to 2"),
        ('"name":"wrong","status":"failed"', '"name":"wrong","status":"passed"', "is said to be passed; its items are"),
        (
            '"profile":"tl-2026-08","status":"errored"',
            '"profile":"tl-2026-08","status":null',
            "a.tlx is said to be",
        ),
        ('"source":"a.tlx","name":"own"', '"source":"x.tlx","name":"own"', "which is not the file before it"),
        (ELEMENT.lean, "not a number", "'not a number' is not 16 hexadecimal digits"),
        ('"rows":1', '"rows":3', "the parts of an element map do not fit together"),
        ('"lean":"A', '"lean":"?', "no line of a report"),
        ('"differing":1', '"differing":"1"', "no line of a report: Expected `int`"),
        ('"type":"case"', '"type":"kase"', "no line of a report: Invalid value 'kase'"),
        ('"primitives"', '"primitive"', "no line of a report: Object"),
        ('{"type":"file"', '{type":"file"', "this is no JSON"),
    ],
)
def test_an_edited_report(before, after, words):
    assert before in TEXT
    assert words in refused(TEXT.replace(before, after, 1))


def test_other_files():
    assert refused("") == "r.jsonl: the report is empty"
    for text in (
        "torchlean_export v1\n",
        "[]\n",
        '{"type":"diff"}',
        "\n",
        b"\xff\xfe",
        "[" * 100_000,
        '{"a":' * 100_000,
    ):
        assert "r.jsonl:1: this is no JSON-lines report of xcheck check" in refused(text)
    assert "r.jsonl:10: there is something after the footer" in refused(TEXT + TEXT.splitlines()[1])
    assert "a second header" in refused(TEXT.splitlines()[0] + "\n" + TEXT)
    assert "something after the footer" in refused(TEXT + TEXT)


@given(st.integers(0, len(TEXT) - 1), st.binary(max_size=3))
def test_any_edit_is_one_message_or_a_report(place, put):
    data = TEXT.encode()
    with suppress(ReportError):
        read_report(data[:place] + put + data[place + 1 :], "r.jsonl")


def test_the_lines_are_json_one_by_one():
    kinds = [json.loads(line)["type"] for line in TEXT.splitlines()]
    assert kinds == ["header", "file", "case", "case", "case", "case", "file", "file", "footer"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"differing":1,"total":2', '"differing":1,"total":0', "1 of 0 elements differ in a tensor of 2"),
        ('"max_ulp":1,"not_finite":0', '"max_ulp":-5,"not_finite":0', "its distances cannot be"),
        ('"coordinate":[0]', '"coordinate":[2]', "[2] is no place in a tensor of shape [2]"),
        ('"explained":1', '"explained":-1', "-1 of 1 findings are explained"),
        ('"rows":1,"columns":2', '"rows":1,"columns":1000000', "the parts of an element map do not fit together"),
    ],
)
def test_values_that_cannot_be(old, new, message):
    assert old in TEXT
    assert message in refused(TEXT.replace(old, new, 1))
