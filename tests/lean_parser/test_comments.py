from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xcheck.lean_parser.comments import OpenCommentError, blank_comments
from xcheck.lean_parser.export import parse_export
from xcheck.lean_parser.printer import print_export
from xcheck.strategies import exports

TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\[[0-9, ]*\]|[A-Za-z0-9_]+|:=|\|-|->|>>>|[][(){},:]')
COMMENTS = (
    "-- line\n",
    "/- block -/",
    "/- a /- nested -/ b -/",
    '/- "quoted -/',
    '-- "x\n',
    "/--/",
    "/-\n-/",
    "--\n",
)


@settings(max_examples=30)
@given(exports(max_cases=1), st.data())
def test_comments_between_any_tokens_change_nothing(export, data):
    text = print_export(export)
    tokens = TOKEN.findall(text)
    assert "".join(tokens) == "".join(re.sub(r'("(?:[^"\\\n]|\\.)*"|\[[0-9, ]*\])|\s+', r"\1", text).split("\0\0"))
    gaps = data.draw(st.lists(st.sampled_from(COMMENTS), min_size=1, max_size=8))
    commented = "".join(f"{token} {gaps[k % len(gaps)]} " for k, token in enumerate(tokens))
    assert parse_export(("/- top -/ " + commented).encode(), "commented") == export


@given(st.text(st.sampled_from('-/\n"\\ax'), max_size=30))
def test_blanking_keeps_every_position(text):
    try:
        blanked = blank_comments(text)
    except OpenCommentError as error:
        assert text.startswith("/-", error.offset)  # noqa: PT017
        return
    assert len(blanked) == len(text)
    assert [k for k, c in enumerate(blanked) if c == "\n"] == [k for k, c in enumerate(text) if c == "\n"]
    assert all(after in (before, " ") for before, after in zip(text, blanked, strict=True))


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("a -- b\nc", "a     \nc"),
        ("a /- b -/ c", "a         c"),
        ("/- a /- b -/ c -/ d", "                  d"),
        ('"-- no /- comment" x', '"-- no /- comment" x'),
        ('"a\\"-- b" -- c', '"a\\"-- b"     '),
        ("/- -- -/ a", "         a"),
        ("-- /- a\nb", "       \nb"),
        ("/-\n\n-/x", "  \n\n  x"),
        ("[] |- [2] -> [2]", "[] |- [2] -> [2]"),
    ],
)
def test_what_is_a_comment(text, blanked):
    assert blank_comments(text) == blanked


@pytest.mark.parametrize(("text", "offset"), [("a /- b", 2), ("/- /- -/", 0), ("x /-/", 2)])
def test_an_open_comment_is_placed(text, offset):
    with pytest.raises(OpenCommentError) as caught:
        blank_comments(text)
    assert caught.value.offset == offset


def test_comments_nest_without_limit():
    depth = 50_000
    assert blank_comments("/-" * depth + "-/" * depth + "x").strip() == "x"
