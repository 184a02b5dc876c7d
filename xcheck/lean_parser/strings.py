"""Lean string literals, both ways."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SIMPLE: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r", "'": "'"}
_NEEDS_ESCAPE: Final = re.compile(r'["\\\x00-\x1f\x7f]')
_WRITTEN: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class EscapeError(ValueError):
    """An escape that Lean does not have; `offset` counts characters from the opening quote."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def unquote(literal: str) -> str:
    """The text of a quoted literal; raises `EscapeError`."""
    body = literal[1:-1]
    if "\\" not in body:
        return body

    def replaced(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code is not None:
            value = int(code, 16)
            if 0xD800 <= value < 0xE000:
                raise EscapeError(f"{match[0]} is no character", match.start() + 1)
            return chr(value)
        if match[3] not in _SIMPLE:
            raise EscapeError(f"{match[0]} is no escape of a Lean string literal", match.start() + 1)
        return _SIMPLE[match[3]]

    return _ESCAPE.sub(replaced, body)


def quote(text: str) -> str:
    """A literal that `unquote` reads back as `text`, with the escapes Lean's `String.quote` writes."""

    def escaped(match: re.Match[str]) -> str:
        return _WRITTEN.get(match[0]) or f"\\x{ord(match[0]):02x}"

    return '"' + _NEEDS_ESCAPE.sub(escaped, text) + '"'
