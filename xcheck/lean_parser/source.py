"""A source text that knows its lines, for positions in messages."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from xcheck.lean_parser.errors import Place
from xcheck.lean_parser.lean_errors import LeanSourceError

ErrorT = TypeVar("ErrorT", bound=LeanSourceError)

_CONTEXT = 2000  # characters of a line kept in an error


@dataclass(frozen=True, eq=False)
class SourceText:
    """`text` under the name it was read as."""

    path: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def line_column(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of a character offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def place(self, offset: int) -> Place:
        """The place of a character offset, with its line's text."""
        offset = max(0, min(offset, len(self.text)))
        line, column = self.line_column(offset)
        start = self._line_starts[line - 1]
        end = self.text.find("\n", start)
        text = self.text[start : len(self.text) if end < 0 else end].rstrip("\r")
        if len(text) > _CONTEXT and column <= _CONTEXT:
            text = text[:_CONTEXT]
        return Place(self.path, line, column, text)

    def error(self, kind: type[ErrorT], offset: int, message: str, expected: tuple[str, ...] = ()) -> ErrorT:
        """An error of `kind` at a character offset."""
        return kind(self.place(offset), message, expected)
