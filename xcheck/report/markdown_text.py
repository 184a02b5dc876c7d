"""Text from outside inside Markdown: names must not become markup, whatever they are."""

from __future__ import annotations

import re

from xcheck.shown import one_line, visible


def code_span(text: str) -> str:
    """Text as code, backticks included."""
    inside = one_line(text).replace("`", "'")
    return f"`{inside or ' '}`"


def cell(text: str) -> str:
    """Text for prose or for a cell of a table."""
    return re.sub(r"([\\|<>*_\[\]`~&])", r"\\\1", visible(text.replace("\n", " ")))


def code_cell(text: str) -> str:
    """Code, backticks included, for a cell of a table: there a bar would end the cell even in code."""
    return code_span(text).replace("|", r"\|")


def fenced(text: str, language: str = "") -> str:
    """A code block, its fence longer than any in the text."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"


def short(text: str, most: int) -> str:
    """The text, or its beginning where it is longer than a report has room for."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"
