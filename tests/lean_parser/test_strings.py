from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.lean_parser.strings import EscapeError, quote, unquote
from xcheck.strategies import lean_strings


@given(lean_strings(max_size=30))
def test_quoting_round_trips(text):
    literal = quote(text)
    assert unquote(literal) == text
    assert "\n" not in literal
    assert literal.isprintable() or not text.isprintable()


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"\\"', "\\"),
        (r'"\n\t\r"', "\n\t\r"),
        (r'"\'"', "'"),
        (r'"\x41\x7f"', "A\x7f"),
        (r'"\u2192"', "\u2192"),
        (r'"\\n"', "\\n"),
        (r'"\\\""', '\\"'),
        ('"\u2192 \U0001f600"', "\u2192 \U0001f600"),
        ('""', ""),
    ],
)
def test_leans_escapes(literal, text):
    assert unquote(literal) == text


@pytest.mark.parametrize(
    ("literal", "offset"), [(r'"\q"', 1), (r'"ab\e"', 3), (r'"\x4"', 1), (r'"\u12"', 1), (r'"\udfff"', 1)]
)
def test_other_escapes_are_refused(literal, offset):
    with pytest.raises(EscapeError) as caught:
        unquote(literal)
    assert caught.value.offset == offset


@given(st.text(st.sampled_from("\\\"nxu0fd8'q"), max_size=10))
def test_any_body_is_read_or_refused(body):
    try:
        text = unquote(f'"{body}"')
    except EscapeError as error:
        assert body[error.offset - 1] == "\\"  # noqa: PT017
        return
    assert unquote(quote(text)) == text
