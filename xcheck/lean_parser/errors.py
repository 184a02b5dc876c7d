"""What can be wrong with an input file: a small tree of classes with fields, one class per named mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xcheck.shown import visible


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: 1-based line and column (0 for the file as a whole), and that line's text."""

    file: str
    line: int
    column: int
    context: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class ParseError(Exception):
    """An input that cannot be read. `str()` gives the whole message, place first, with the line and a caret."""

    summary: ClassVar[str] = "cannot be read"

    def __init__(self, place: Place, message: str, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.expected = expected

    @property
    def file(self) -> str:
        """The name the file was read under."""
        return self.place.file

    @property
    def line(self) -> int:
        """1-based line."""
        return self.place.line

    @property
    def column(self) -> int:
        """1-based column, counted in characters."""
        return self.place.column

    @property
    def context(self) -> str:
        """The text of the line, shortened."""
        return self.place.context

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}"
        if self.expected:
            text += f" (expected {', '.join(self.expected)})"
        if self.context:
            shown, caret = excerpt(self.context, self.column)
            text += f"\n    {shown}\n    {caret}"
        return text


class ExportError(ParseError):
    """A `.tlx` file that is not in the export format."""


class SyntaxMistakeError(ExportError):
    """A token that cannot stand where it stands."""


class UnknownItemError(ExportError):
    """A word where an item must start that is no item of version 1."""


class UnclosedShapeError(ExportError):
    """A shape list without its closing bracket."""


class MissingComposeError(ExportError):
    """Two graph expressions side by side without `>>>`."""


class UnclosedStringError(ExportError):
    """A string literal that does not end on its line."""


class BadEscapeError(ExportError):
    """An escape sequence that Lean string literals do not have."""


class UnclosedCommentError(ExportError):
    """A `/-` comment without its `-/`."""


class OddHexDigitsError(ExportError):
    """A payload with an odd number of hex digits."""


class HexDigitError(ExportError):
    """A payload with a character that is not a lower-case hex digit."""


class PayloadLengthError(ExportError):
    """A payload whose length is not 16 digits for each element of its shape."""


class UnknownDtypeError(ExportError):
    """A tensor of a dtype that version 1 does not have."""


class NaturalTooLongError(ExportError):
    """A natural number with more digits than any shape, seed or count can mean."""


class DuplicateNameError(ExportError):
    """Two items of the same kind under the same name."""


class UnknownReferenceError(ExportError):
    """An item that refers to a graph or stack that does not stand earlier in the file."""


class GraphTypeError(ExportError):
    """A graph whose stages do not fit, or whose signature is not what its stages add up to."""


class EndCountError(ExportError):
    """An `end` count that is not the number of items."""


class CutFileError(ExportError):
    """A file that stops before its `end`."""


class TrailingTextError(ExportError):
    """Text after the `end` count."""


class NotAnExportError(ExportError):
    """A file that does not start with `torchlean_export`."""


class WrongVersionError(ExportError):
    """A format version that this reader does not know."""


class NotUtf8Error(ExportError):
    """Bytes that are not UTF-8."""


class UnreadableFileError(ExportError):
    """A path that cannot be opened."""


def excerpt(text: str, column: int, width: int = 96) -> tuple[str, str]:
    """`text` shortened to `width` characters around `column`, and a caret line under that column."""
    start = max(0, min(column - 1 - width // 2, len(text) - width))
    shown = visible(text[start : start + width]).replace("\n", " ")
    lead = "..." if start else ""
    tail = "..." if start + width < len(text) else ""
    return lead + shown + tail, " " * (len(lead) + column - 1 - start) + "^"
