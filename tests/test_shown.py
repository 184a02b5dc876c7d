from __future__ import annotations

import os

import pytest

from xcheck.shown import one_line, path_text, visible


def test_bytes_that_are_not_utf8_are_written_out():
    assert path_text(os.fsdecode(b"a\xff/\xc3\xa9")) == r"a\xff/é"


def test_controls_are_replaced_one_for_one_and_lines_stay():
    assert visible("a\x1b[31m\r\x00\x9bb\nc\td é") == "a�[31m���b\nc d é"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("mlp/4-8-2", "mlp/4-8-2"), ("a\nb", r"a\nb"), ("\u202ex", r"\u{202e}x"), ("µ\x1b[31m", r"µ\u{001b}[31m")],
)
def test_a_name_stands_on_one_line(text, shown):
    assert one_line(text) == shown
