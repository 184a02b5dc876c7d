"""Whatever the bytes, the parser gives an export or one `ExportError` with a place and a message."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcheck.lean_parser.errors import ExportError
from xcheck.lean_parser.export import parse_export
from xcheck.lean_parser.printer import print_export
from xcheck.strategies import edited, exports

WORDS = (
    *("graph", "seq", "dag", "lower", "init", "det_init", "forward", "end", "from", "ok", "error", "mode", "eval"),
    *("via", "spec", "params", "input", "trace", "output", "buffers", "id", "prim", "counts", "layer", "grad", "op"),
    *("let1", "v0", "f64", "0x", "0x0", "0x3ff0000000000000", "[", "]", "[2]", "(", ")", "{", "}", ",", ":", ":="),
    *("|-", "->", ">>>", '"a"', '"', "\\", "--", "/-", "-/", "0", "7", "true", "false", "torchlean", "v1", "\u0663"),
)


def attempt(data: bytes):
    try:
        parse_export(data, "file.tlx")
    except ExportError as error:
        return error
    return None


def outcome(data: bytes):
    """The error, if there is one, looked over; anything but an `ExportError` fails the test."""
    error = attempt(data)
    if error is None:
        return None
    assert error.file == "file.tlx"
    assert 1 <= error.line <= len(data.decode("utf-8", "replace").split("\n"))
    assert error.column >= 1
    assert error.message
    text = str(error)
    assert text.startswith(f"file.tlx:{error.line}:{error.column}: ")
    assert "Token(" not in text
    assert "UnexpectedToken" not in text
    return error


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
def test_arbitrary_bytes(data):
    assert outcome(data) is not None


@given(st.binary(max_size=30) | st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")))
def test_arbitrary_bytes_after_the_first_line(data):
    outcome(b"torchlean_export v1\n" + data)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_arbitrary_tokens(words):
    outcome(("torchlean_export v1 " + " ".join(words)).encode())


@settings(max_examples=40)
@given(st.data())
def test_arbitrary_edits_of_generated_exports(data):
    text = print_export(data.draw(exports(max_cases=2))).encode()
    outcome(data.draw(edited(text)))


@pytest.fixture(scope="module")
def excerpts(golden):
    """The first cases of two golden files, with payloads and errors, small enough to edit many times."""
    found = []
    for name, start, stop in (
        ("tl-2026-05", 'graph "relu/scalar"', 'graph "softmax/matrix"'),
        ("tl-2026-09-c2", 'graph "chain/softmax-axis-0"', 'graph "chain/softmax-axis-1-of-3"'),
        ("tl-2026-06", 'graph "error/first"', 'graph "cnn/global-avg-pool"'),
    ):
        text = (golden / f"{name}.tlx").read_text("utf-8")
        body = text[text.index(start) : text.index(stop)]
        items = sum(line.startswith(("graph", "dag", "lower", "init", "det_", "forw")) for line in body.split("\n"))
        excerpt = text[: text.index("graph")] + body + f"end {items}\n"
        assert outcome(excerpt.encode()) is None
        found.append(excerpt.encode())
    return found


@settings(max_examples=70)
@given(st.data())
def test_arbitrary_edits_of_real_exports(excerpts, data):
    outcome(data.draw(edited(data.draw(st.sampled_from(excerpts)))))


def test_a_cut_anywhere_is_an_error(excerpts):
    """A file cut at any byte before its last digit is never a shorter corpus."""
    generator = random.Random(0)
    for excerpt in excerpts:
        whole = len(excerpt.rstrip())
        for at in sorted({*generator.sample(range(whole), 10), 0, 1, 15, 16, 17, 18, 19, 20, whole - 1, whole - 2}):
            assert outcome(excerpt[:at]) is not None, at


def test_whole_golden_files_cut_anywhere(golden):
    generator = random.Random(1)
    data = (golden / "tl-2026-09-c1.tlx").read_bytes()
    for at in generator.sample(range(len(data) - 1), 12):
        assert outcome(data[:at]) is not None


def test_a_cut_end_count_is_a_wrong_count(golden):
    # "end 552" cut to "end 55" and "end 5" still reads; the count shows it.
    data = (golden / "tl-2026-09-c1.tlx").read_bytes().rstrip()
    for lost in (1, 2):
        error = outcome(data[:-lost])
        assert type(error).__name__ == "EndCountError"
