"""Text from outside, made fit to be shown: file names need not be UTF-8, and a file may hold terminal controls."""

from __future__ import annotations

import os
from typing import Final

# What may move a terminal's cursor or change its state: C0 but for the line feed, DEL, C1, and two line separators.
_CONTROLS: Final = (set(range(0x20)) - {ord("\n")}) | set(range(0x7F, 0xA0)) | {0x2028, 0x2029}
_VISIBLE: Final = dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}") | {ord("\t"): " "}


def path_text(path: str | os.PathLike[str]) -> str:
    r"""A path as text that any encoding can carry: bytes that are not UTF-8 become `\xNN`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def visible(text: str) -> str:
    """The text with controls replaced, one character for one, so that it can neither colour nor move anything."""
    return text.translate(_VISIBLE)
