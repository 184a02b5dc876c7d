"""Operators on values: Lean's natural-number arithmetic, lists, comparisons and connectives."""

from __future__ import annotations

from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.typing import RefusalError, agree, show
from xcheck.lean_parser.elaborate.values import Proposition, Value
from xcheck.reference.profile import Profile, Surface

_MAX_BITS: Final = 8192
_MAX_LENGTH: Final = 1_000_000
_PLAIN: Final = (bool, int, str, tuple, v.ListValue, v.NatTensor, v.TupleValue, v.OptionValue)


def _limited(value: int) -> int:
    if value.bit_length() > _MAX_BITS:
        raise RefusalError(f"a natural of {value.bit_length()} bits is too large to be meant")
    return value


def natural(operator: str, a: int, b: int) -> int:
    """Lean's `Nat` arithmetic: subtraction stops at 0, `n / 0 = 0` and `n % 0 = n`."""
    match operator:
        case "+":
            return _limited(a + b)
        case "-":
            return max(a - b, 0)
        case "*":
            return _limited(a * b)
        case "/":
            return a // b if b else 0
        case "%":
            return a % b if b else a
        case "^":
            if a > 1 and b * a.bit_length() > 2 * _MAX_BITS:
                raise RefusalError("this power is too large to be meant")
            return _limited(a**b)
    raise RefusalError(f"the operator {operator!r} on naturals is not supported")


def _float(operator: str, a: float, b: float) -> float:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/" if b != 0.0:
            return a / b
    raise RefusalError(f"{operator!r} on these floats is not supported")


def operate(operator: str, left: Value, right: Value, profile: Profile) -> Value:
    """The value of `left operator right`; raises `RefusalError` where the operands do not fit."""
    if operator in ("=", "≠", "==", "!="):
        same = _same(left, right, profile)
        if operator in ("==", "!="):
            if same is None:
                raise RefusalError(f"{show(left)} and {show(right)} cannot be compared here")
            return same == (operator == "==")
        holds = None if same is None else same == (operator == "=")
        return Proposition(holds, (left, right))
    if operator in ("<", ">", "≤", "≥", "<=", ">="):
        return _compare(operator, left, right)
    if operator in ("∧", "∨", "&&", "||"):
        return _connect(operator, left, right)
    if operator == "++":
        return _append(left, right, profile)
    if operator == "::":
        if isinstance(right, v.ListValue):
            return v.ListValue((left, *right.items))
        if isinstance(right, tuple) and type(left) is int and profile.surface is Surface.CHAIN:
            return (left, *right)
        raise RefusalError(f"{show(right)} is not a list")
    if operator == "×" and isinstance(left, v.Type) and isinstance(right, v.Type):
        return v.Type("Prod", (left, *(right.arguments if right.head == "Prod" else (right,))))
    if operator == "∣" and type(left) is int and type(right) is int:
        return Proposition(right % left == 0 if left else right == 0, (left, right))
    if operator == "∈" and isinstance(right, v.ListValue):
        return Proposition(any(agree(left, item, profile) for item in right.items))
    if type(left) is int and type(right) is int:
        return natural(operator, left, right)
    if isinstance(left, float | int) and isinstance(right, float | int) and not isinstance(left, bool):
        return _float(operator, float(left), float(right))
    raise RefusalError(f"{operator!r} between {show(left)} and {show(right)} is not supported")


def _same(left: Value, right: Value, profile: Profile) -> bool | None:
    if isinstance(left, _PLAIN) and isinstance(right, _PLAIN):
        return agree(left, right, profile)
    if isinstance(left, v.Type) and isinstance(right, v.Type):
        return agree(left, right, profile)
    return None


def _compare(operator: str, left: Value, right: Value) -> Proposition:
    if isinstance(left, bool) or isinstance(right, bool):
        raise RefusalError(f"{show(left)} and {show(right)} have no order here")
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return Proposition(None, (left, right))
    holds = {
        "<": left < right,
        ">": left > right,
        "≤": left <= right,
        "<=": left <= right,
        "≥": left >= right,
        ">=": left >= right,
    }[operator]
    return Proposition(holds, (left, right))


def _connect(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, bool) and isinstance(right, bool) and operator in ("&&", "||"):
        return (left and right) if operator == "&&" else (left or right)
    sides = [
        s if isinstance(s, Proposition) else Proposition(s) if isinstance(s, bool) else None for s in (left, right)
    ]
    if sides[0] is None or sides[1] is None:
        raise RefusalError(f"{operator!r} between {show(left)} and {show(right)} is not supported")
    first, second = sides[0].holds, sides[1].holds
    conjunction = operator in ("∧", "&&")
    decided = not conjunction
    if first is decided or second is decided:
        return Proposition(decided)
    return Proposition(None if first is None or second is None else conjunction)


def _append(left: Value, right: Value, profile: Profile) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if profile.surface is Surface.CHAIN:
        if isinstance(left, tuple) and isinstance(right, tuple | v.ListValue):
            return left + (right if isinstance(right, tuple) else right.items)
        if isinstance(left, v.ListValue) and isinstance(right, tuple):
            return v.ListValue(left.items + right)
    if isinstance(left, v.ListValue) and isinstance(right, v.ListValue):
        if len(left.items) + len(right.items) > _MAX_LENGTH:
            raise RefusalError("this list is too long to be meant")
        return v.ListValue(left.items + right.items)
    raise RefusalError(f"`++` between {show(left)} and {show(right)} is not supported")
