"""Text from outside, made fit to be shown: file names need not be UTF-8, and a file may hold terminal controls."""

from __future__ import annotations

import os
import unicodedata
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


def one_line(text: str) -> str:
    r"""The text on one line, in which nothing is invisible: line breaks as `\n`, what has no glyph as `\u{202e}`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(character) for character in text)


def _written_out(character: str) -> str:
    if character == "\n":
        return "\\n"
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return f"\\u{{{ord(character):04x}}}" if hidden else character
