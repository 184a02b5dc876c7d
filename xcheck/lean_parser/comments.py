"""Comments become spaces, so that every position in the rest of the text stays what it was."""

from __future__ import annotations

import re
from typing import Final

_INTERESTING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|--[^\n]*|/-')
_NESTING: Final = re.compile(r"/-|-/")
_VISIBLE: Final = re.compile(r"[^\n]")


class OpenCommentError(ValueError):
    """A `/-` without its `-/`; `offset` is where it opens."""

    def __init__(self, offset: int) -> None:
        super().__init__("unclosed comment")
        self.offset = offset


def blank_comments(text: str) -> str:
    """`text` with `--` and nested `/- -/` comments replaced by spaces, line breaks kept; raises `OpenCommentError`."""
    if "--" not in text and "/-" not in text:
        return text
    pieces: list[str] = []
    copied = position = 0
    while match := _INTERESTING.search(text, position):
        position = match.end()
        if match[0].startswith('"'):
            continue
        if match[0] == "/-":
            depth = 1
            while depth:
                inner = _NESTING.search(text, position)
                if inner is None:
                    raise OpenCommentError(match.start())
                depth += 1 if inner[0] == "/-" else -1
                position = inner.end()
        pieces += [text[copied : match.start()], _VISIBLE.sub(" ", text[match.start() : position])]
        copied = position
    return "".join([*pieces, text[copied:]])
