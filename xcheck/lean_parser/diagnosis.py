"""From "this token cannot stand here" to the mistake a person made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from xcheck.lean_parser import errors
from xcheck.lean_parser.errors import ExportError

Diagnosis: TypeAlias = tuple[type[ExportError], int, str, tuple[str, ...]]

_SPELLED: Final = {
    "_ASSIGN": ":=",
    "_TURNSTILE": "|-",
    "_ARROW": "->",
    "_COMPOSE": ">>>",
    "LSQB": "[",
    "RSQB": "]",
    "LPAR": "(",
    "RPAR": ")",
    "LBRACE": "{",
    "RBRACE": "}",
    "COMMA": ",",
    "COLON": ":",
    "SHAPE": "a shape",
    "HEX": "a payload 0x...",
    "NAT": "a natural number",
    "STRING": "a quoted string",
    "NAME": "a name",
    "VARIABLE": "a variable vK",
    "DTYPE": "a tensor",
    "BOOL": "true or false",
    "MODE": "eval or train",
    "VIA": "spec, eager or compiled",
    "LAYER_VIEW": "layer",
    "NO_PLAN": "none",
    "SCHEME": "an initialisation scheme",
    "$END": "the end of the file",
}
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPEN_SHAPE: Final = re.compile(r"\[(?:[\s,]|[0-9]++(?!x))*")
_PAYLOAD: Final = re.compile(r"0x[0-9a-f]*")
_LEXEME: Final = re.compile(r'"[^"\n]*|\[[\s0-9,]*|\S*')


@dataclass(frozen=True, slots=True)
class _Situation:
    text: str
    offset: int
    expected: set[str]
    here: str

    @property
    def wanted(self) -> tuple[str, ...]:
        return tuple(sorted(_SPELLED.get(name, name.lower()) for name in self.expected))


def diagnose(text: str, offset: int, expected: set[str]) -> Diagnosis:
    """The error class, its offset, the message and what was expected, for a parser that stopped at `offset`."""
    rest = text[offset : offset + 200]
    situation = _Situation(text, offset, expected, rest)
    for rule in _RULES:
        found = rule(situation)
        if found is not None:
            return found
    lexeme = _LEXEME.match(rest)
    shown = (lexeme[0] if lexeme else rest)[:40]
    return errors.SyntaxMistakeError, offset, f"{shown!r} cannot stand here", situation.wanted


def _cut(s: _Situation) -> Diagnosis | None:
    stop = len(s.text.rstrip())
    lexeme = _LEXEME.match(s.text, s.offset)
    if s.offset >= stop or (lexeme is not None and lexeme.end() >= stop and not s.text.endswith("\n", stop)):
        return errors.CutFileError, stop, "the file stops before its end count", s.wanted
    return None


def _trailing(s: _Situation) -> Diagnosis | None:
    if s.expected == {"$END"}:
        return errors.TrailingTextError, s.offset, "text after the end count", ()
    return None


def _payload(s: _Situation) -> Diagnosis | None:
    before = _PAYLOAD.search(s.text, max(0, s.text.rfind("0x", 0, s.offset + 1)))
    if before is not None and before.end() == s.offset and s.here[:1].isalnum():
        return errors.HexDigitError, s.offset, f"{s.here[0]!r} is no lower-case hex digit", ("0-9 a-f",)
    return None


def _open_string(s: _Situation) -> Diagnosis | None:
    if s.here.startswith('"') and not re.match(r'"(?:[^"\\\n]|\\.)*"', s.text[s.offset :]):
        return errors.UnclosedStringError, s.offset, "this string does not end on its line", ('"',)
    return None


def _missing_compose(s: _Situation) -> Diagnosis | None:
    word = _WORD.match(s.here)
    starts_expression = s.here.startswith("(") or (word is not None and word[0] in ("prim", "id"))
    if "_COMPOSE" in s.expected and starts_expression:
        return errors.MissingComposeError, s.offset, "two stages without >>> between them", (">>>",)
    return None


def _open_shape(s: _Situation) -> Diagnosis | None:
    if s.here.startswith("|-") and "RSQB" in s.expected:
        return errors.UnclosedShapeError, s.offset, "the list of parameter shapes is not closed", ("]",)
    if not s.here.startswith("[") or not s.expected & {"SHAPE", "LSQB", "RSQB"}:
        return None
    stop = _OPEN_SHAPE.match(s.text, s.offset)
    at = stop.end() if stop else s.offset
    if s.text[at : at + 1] == "]":
        return None
    while at > s.offset + 1 and s.text[at - 1].isspace():
        at -= 1
    return errors.UnclosedShapeError, at, "this shape is not closed", ("]",)


def _unknown_item(s: _Situation) -> Diagnosis | None:
    word = _WORD.match(s.here)
    if word is not None and {"GRAPH", "END"} <= s.expected:
        return errors.UnknownItemError, s.offset, f"{word[0]!r} is no item of version 1", s.wanted
    return None


_RULES: Final[tuple[Callable[[_Situation], Diagnosis | None], ...]] = (
    _cut,
    _trailing,
    _payload,
    _open_string,
    _missing_compose,
    _open_shape,
    _unknown_item,
)
