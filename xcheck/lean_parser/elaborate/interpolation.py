"""The pieces of an interpolated string `s!"text {term} text"`."""

from __future__ import annotations

from collections.abc import Iterator

from xcheck.lean_parser.lean_tree import decode_string


def pieces(raw: str, at: int) -> Iterator[tuple[str | None, int, int]]:
    """Each piece as `(text, 0, 0)`, or as `(None, start, end)`: the offsets of a term in the file.

    `raw` is the literal as written, quotes included, and `at` the offset of its first character.
    """
    position, end = 3, len(raw) - 1
    start = position
    while position < end:
        here = raw[position]
        if here == "\\":
            position += 2
        elif here == "{":
            if position > start:
                yield decode_string(raw[start:position]), 0, 0
            close = _closing(raw, position + 1)
            yield None, at + position + 1, at + close
            position = start = close + 1
        else:
            position += 1
    if end > start:
        yield decode_string(raw[start:end]), 0, 0


def _closing(raw: str, position: int) -> int:
    depth = 0
    quoted = False
    while position < len(raw):
        here = raw[position]
        if here == "\\" and quoted:
            position += 1
        elif here == '"':
            quoted = not quoted
        elif not quoted and here == "{":
            depth += 1
        elif not quoted and here == "}":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    return len(raw) - 1
