"""Lean's tokens: one regular expression, with nested comments and interpolated strings followed by hand.

A name and the fields that follow it without a space are one token (`NN.GraphSpec.Graph.linear`, `p.1`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from xcheck.lean_parser.lean_errors import LeanUnclosedError
from xcheck.lean_parser.source import SourceText


class LeanToken:
    """A token with what layout needs: its column and whether it is the first on its line (0-based columns).

    The attribute names are those that Lark reads. `block` holds the tokens of a skipped `by` or `do` block.
    """

    __slots__ = ("block", "column", "end_pos", "first", "start_pos", "type", "value")

    line: ClassVar[int] = 0
    end_line: ClassVar[int] = 0
    end_column: ClassVar[int] = 0

    def __init__(self, type_: str, value: str, start_pos: int, end_pos: int, column: int, first: bool) -> None:
        self.type = type_
        self.value = value
        self.start_pos = start_pos
        self.end_pos = end_pos
        self.column = column
        self.first = first
        self.block: Sequence[LeanToken] = ()

    def __repr__(self) -> str:
        return f"{self.type}({self.value!r}@{self.start_pos})"


_IDENT: Final = r"(?:[^\W\d]|«[^»\n]+»)(?:[\w']|[!?](?!=))*"
_TOKEN: Final = re.compile(
    rf"""
    (?P<SPACE>\s+)
  | (?P<LINE>--[^\n]*)
  | (?P<OPEN>/-)
  | (?P<ISTRING>s!")
  | (?P<STRING>"(?:[^"\\]|\\.)*")
  | (?P<NAME>{_IDENT}(?:\.(?:{_IDENT}|\d+))*)
  | (?P<DOT>\.{_IDENT}(?:\.(?:{_IDENT}|\d+))*)
  | (?P<PROJECT>\.\d+)
  | (?P<NUMBER>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
  | (?P<CHAR>'(?:[^'\\\n]|\\[^\n'][^'\n]*|\\')')
  | (?P<SYMBOL>>>>|<\|>|\|>\.|<;>|<\||\|>|\|\||&&|::|\+\+|==|!=|<=|>=|<-|->|:=|=>|\.\.\.|\.\.|\#\[|@\[
      |[()\[\]{{}}⟨⟩,;:|@=≠<>≤≥+\-*/%^∣∈∉→←↦×∧∨¬!∀∃∘·⦃⦄$])
  | (?P<OTHER>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE: Final = re.compile(r"/-|-/")

_SYMBOLS: Final = {
    "(": "LPAR",
    ")": "RPAR",
    "[": "LBRACK",
    "]": "RBRACK",
    "#[": "LARRAY",
    "{": "LBRACE",
    "}": "RBRACE",
    "⦃": "LSTRICT",
    "⦄": "RSTRICT",
    "⟨": "LANGLE",
    "⟩": "RANGLE",
    ",": "COMMA",
    ";": "SEMI",
    ":": "COLON",
    ":=": "ASSIGN",
    "=>": "FATARROW",
    "↦": "FATARROW",
    "|": "BAR",
    "@": "AT",
    "-": "MINUS",
    "¬": "NOT",
    "!": "NOT",
    "∀": "FORALL",
    "∃": "EXISTS",
    "·": "CDOT",
    "@[": "ATTRIBUTE",
    "|>.": "PIPEDOT",
    "..": "DOTS",
    "...": "DOTS",
    "←": "LARROW",
    "<-": "LARROW",
    "$": "DOLLAR",
    "<;>": "THENTACTIC",
}
_WORDS: Final = {
    "fun": "FUN",
    "λ": "FUN",
    "let": "LET",
    "letI": "LET",
    "have": "HAVE",
    "haveI": "HAVE",
    "show": "SHOW",
    "from": "FROM",
    "if": "IF",
    "then": "THEN",
    "else": "ELSE",
    "match": "MATCH",
    "with": "WITH",
    "by": "BY",
    "do": "DO",
    "where": "WHERE",
    "forall": "FORALL",
    "exists": "EXISTS",
    "_": "HOLE",
    "tlseq": "TLSEQ",
    "shape!": "SHAPE",
}
_AFTER_VALUE: Final = frozenset({"NAME", "RPAR", "RBRACK", "RBRACE", "RANGLE", "FIELD", "STRING"})


def tokenize(source: SourceText, start: int = 0, end: int | None = None) -> list[LeanToken]:
    """The tokens of `source.text[start:end]`, comments dropped; raises `LeanUnclosedError`."""
    text = source.text
    stop = len(text) if end is None else end
    tokens: list[LeanToken] = []
    append = tokens.append
    scan = _TOKEN.match
    symbols, words = _SYMBOLS, _WORDS
    at = start
    line_start = text.rfind("\n", 0, start) + 1
    first = True
    while at < stop:
        match = scan(text, at, stop)
        if match is None:  # pragma: no cover - OTHER takes any character
            break
        kind = match.lastgroup or ""
        begin, at = at, match.end()
        if kind == "SPACE":
            newline = text.rfind("\n", begin, at)
            if newline >= 0:
                line_start, first = newline + 1, True
            continue
        if kind == "LINE":
            continue
        if kind == "OPEN":
            at = _comment_end(source, begin, stop)
            newline = text.rfind("\n", begin, at)
            if newline >= 0:
                line_start, first = newline + 1, True
            continue
        value = match.group()
        if kind == "NAME":
            kind = words.get(value, "NAME")
        elif kind == "SYMBOL":
            kind = symbols.get(value, "OP")
        elif kind == "DOT" or kind == "PROJECT":
            previous = tokens[-1] if tokens else None
            if previous is not None and previous.end_pos == begin and previous.type in _AFTER_VALUE:
                kind = "FIELD"
            elif kind == "PROJECT":
                kind = "OTHER"
        elif kind == "ISTRING":
            at = _interpolation_end(source, begin, stop)
            value = text[begin:at]
        elif kind == "OTHER" and value == '"':
            raise source.error(LeanUnclosedError, begin, "this string has no end")
        append(LeanToken(kind, value, begin, at, begin - line_start, first))
        first = False
        if kind in ("STRING", "ISTRING"):
            newline = text.rfind("\n", begin, at)
            if newline >= 0:
                line_start = newline + 1
    return tokens


def _comment_end(source: SourceText, begin: int, stop: int) -> int:
    depth, at = 0, begin
    while True:
        edge = _COMMENT_EDGE.search(source.text, at, stop)
        if edge is None:
            raise source.error(LeanUnclosedError, begin, "this comment has no closing `-/`")
        at = edge.end()
        depth += 1 if edge.group() == "/-" else -1
        if depth == 0:
            return at


def _interpolation_end(source: SourceText, begin: int, stop: int) -> int:
    """The end of `s!"...{term}..."`: quotes inside braces belong to the terms."""
    text = source.text
    at = begin + 3
    nesting = ['"']  # what closes each open string or hole
    while at < stop:
        here = text[at]
        if here == "\\" and nesting[-1] == '"':
            at += 2
            continue
        if here == nesting[-1]:
            nesting.pop()
            if not nesting:
                return at + 1
        elif here == "{":
            nesting.append("}")
        elif here == '"':
            nesting.append('"')
        at += 1
    raise source.error(LeanUnclosedError, begin, "this string has no end")
