from __future__ import annotations

import os

from xcheck.shown import path_text, visible


def test_bytes_that_are_not_utf8_are_written_out():
    assert path_text(os.fsdecode(b"a\xff/\xc3\xa9")) == r"a\xff/é"


def test_controls_are_replaced_one_for_one_and_lines_stay():
    assert visible("a\x1b[31m\r\x00\x9bb\nc\td é") == "a�[31m���b\nc d é"
