"""Text from exports, made fit to be shown: what has no glyph of its own is written out."""

from __future__ import annotations

import unicodedata
from typing import TypeAlias

Plain: TypeAlias = "str | int | list[Plain] | tuple[Plain, ...] | dict[str, Plain] | None"

# Controls, formats (bidirectional overrides among them), surrogates, and the two separators that break lines.
_WRITTEN_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown(text: str) -> str:
    r"""The text with every invisible character as `\u{202e}`; line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{{{ord(c):04x}}}" if c != "\n" and unicodedata.category(c) in _WRITTEN_OUT else c for c in text)


def shown_in_all(value: Plain) -> Plain:
    """The same data with every text in it as `shown` has it."""
    match value:
        case str():
            return shown(value)
        case list() | tuple():
            return [shown_in_all(part) for part in value]
        case dict():
            return {key: shown_in_all(part) for key, part in value.items()}
    return value
