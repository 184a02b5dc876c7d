"""Patterns of `match`, equations and `let`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.values import Scope, Value
from xcheck.lean_parser.lean_errors import UnsupportedLeanError
from xcheck.lean_parser.lean_syntax import Term

if TYPE_CHECKING:
    from xcheck.lean_parser.elaborate.evaluator import Evaluator

_CONSTRUCTORS = frozenset(
    {"zero", "succ", "true", "false", "nil", "cons", "none", "some", "scalar", "dim", "ok", "error", "mk", "unit"}
)


def match_pattern(ev: Evaluator, pattern: Term, value: Value, scope: Scope) -> dict[str, Value] | None:
    """The names that `pattern` binds when it fits `value`, None when it does not.

    Raises `UnsupportedLeanError` for a pattern whose form is not known.
    """
    bound: dict[str, Value] = {}
    waiting: list[tuple[Term, Value]] = [(pattern, value)]
    while waiting:
        term, here = waiting.pop()
        parts = _parts(ev, term, here, scope, bound)
        if parts is None:
            return None
        waiting += parts
    return bound


def _parts(
    ev: Evaluator, term: Term, value: Value, scope: Scope, bound: dict[str, Value]
) -> list[tuple[Term, Value]] | None:
    """The subpatterns with their parts of the value, or None if the pattern does not fit; binds names on the way."""
    match term:
        case syntax.Hole():
            return []
        case syntax.Name(_, text):
            last = text.rpartition(".")[2]
            if "." in text or (text in ("true", "false") and isinstance(value, bool | v.Proposition)):
                return _constructor(ev, last, (), value, term, scope)
            if text == "none" and isinstance(value, v.OptionValue):
                return None if value.present else []
            bound[text] = value
            return []
        case syntax.Dotted(_, text):
            return _constructor(ev, text, (), value, term, scope)
        case syntax.Number(_, text):
            return [] if text.isdigit() and len(text) < 1000 and value == int(text) else None
        case syntax.Text(_, text):
            return [] if value == text else None
        case syntax.Binary(_, "+", syntax.Name(_, name), syntax.Number(_, text)) if text.isdigit():
            step = int(text) if len(text) < 1000 else 0
            if type(value) is not int or value < step:
                return None
            bound[name] = value - step
            return []
        case syntax.Binary(_, "::", left, right):
            return _uncons(value, left, right)
        case syntax.Items(_, syntax.Literal.LIST, items):
            found = value if isinstance(value, tuple) else getattr(value, "items", None)
            if found is None or len(found) != len(items):
                return None
            return list(zip(items, found, strict=True))
        case syntax.Tuple(_, items) | syntax.Anonymous(_, items):
            if isinstance(value, v.TupleValue) and len(value.items) == len(items):
                return list(zip(items, value.items, strict=True))
            if isinstance(value, v.TupleValue) and len(value.items) > len(items) >= 2:
                rest = v.TupleValue(value.items[len(items) - 1 :])
                return list(zip(items, (*value.items[: len(items) - 1], rest), strict=True))
            if type(value) is int and len(items) == 2:
                return [(items[0], value), (items[1], v.Proof())]  # an element of `Fin n`
            return None
        case syntax.Apply(_, head, arguments) if isinstance(head, syntax.Name | syntax.Dotted):
            name = head.text.rpartition(".")[2]
            return _constructor(ev, name, tuple(a.value for a in arguments), value, term, scope)
        case syntax.Ascription(_, inner, _):
            return [(inner, value)]
    raise ev.error(UnsupportedLeanError, scope, term.at, "this form of pattern is not supported")


def _uncons(value: Value, left: Term, right: Term) -> list[tuple[Term, Value]] | None:
    if isinstance(value, tuple) and value:
        return [(left, value[0]), (right, value[1:])]
    if isinstance(value, v.ListValue) and value.items:
        return [(left, value.items[0]), (right, v.ListValue(value.items[1:]))]
    return None


def _constructor(
    ev: Evaluator, name: str, arguments: tuple[Term, ...], value: Value, term: Term, scope: Scope
) -> list[tuple[Term, Value]] | None:
    """A constructor pattern."""
    if name not in _CONSTRUCTORS:
        raise ev.error(UnsupportedLeanError, scope, term.at, f"the constructor {name!r} in a pattern is not supported")
    count = len(arguments)
    match name, value:
        case "zero", int():
            return [] if value == 0 else None
        case "succ", int():
            return [(arguments[0], value - 1)] if count == 1 and value > 0 else None
        case "true" | "false", bool():
            return [] if value == (name == "true") else None
        case "scalar", tuple():
            return [] if not value else None
        case "dim", tuple():
            return [(arguments[0], value[0]), (arguments[1], value[1:])] if count == 2 and value else None
        case "nil", v.ListValue(items) | v.Pack(items):
            return [] if not items else None
        case "cons", v.ListValue() if count == 2:
            return _uncons(value, arguments[0], arguments[1])
        case "cons", v.Pack(items) if count == 2:
            return [(arguments[0], items[0]), (arguments[1], v.Pack(items[1:]))] if items else None
        case "none", v.OptionValue():
            return None if value.present else []
        case "some", v.OptionValue():
            return [(arguments[0], value.value)] if value.present and count == 1 else None
        case "ok" | "error", v.ExceptValue():
            return [(arguments[0], value.value)] if value.ok == (name == "ok") and count == 1 else None
        case "mk" | "unit", v.TupleValue(items) if count == len(items):
            return list(zip(arguments, items, strict=True))
    return None
