"""The part of Lean's own library that models use: naturals, lists, options, pairs, functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call
from xcheck.lean_parser.elaborate.operators import natural
from xcheck.lean_parser.elaborate.trampoline import Step
from xcheck.lean_parser.elaborate.typing import RefusalError, show
from xcheck.lean_parser.elaborate.values import ListValue, Value

_MAX_LENGTH: Final = 1_000_000


def _items(value: Value) -> tuple[Value, ...]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, ListValue | v.NatTensor):
        return value.items
    raise RefusalError(f"{show(value)} is not a list")


def _nat(names: str, compute: Callable[..., int], *arguments: str) -> Builtin:
    def implement(call: Call) -> int:
        return compute(*(call[a] for a in arguments))

    return Builtin(names, f"({' '.join(arguments)} : Nat) : Nat", implement, holes="pass")


def _list(names: str, signature: str, compute: Callable[[Call], Any]) -> Builtin:
    return Builtin(names, signature, compute, holes="pass")


def _call(call: Call, function: Value, *arguments: Value) -> Step:
    """Applies a function value inside a built-in."""
    from xcheck.lean_parser.elaborate.evaluator import Actual

    actuals = [Actual(None, 0, None, None, a) for a in arguments]
    value = yield call.evaluator.apply(function, actuals, call.function.scope, None, 0)
    return value


def _map(call: Call) -> Step:
    out = []
    for item in _items(call["xs"]):
        out.append((yield _call(call, call["f"], item)))
    return ListValue(tuple(out))


def _filter(call: Call) -> Step:
    out = []
    for item in _items(call["xs"]):
        keep = yield _call(call, call["f"], item)
        if (keep.holds if isinstance(keep, v.Proposition) else keep) is True:
            out.append(item)
    return ListValue(tuple(out))


def _foldl(call: Call) -> Step:
    value = call["init"]
    for item in _items(call["xs"]):
        value = yield _call(call, call["f"], value, item)
    return value


def _foldr(call: Call) -> Step:
    value = call["init"]
    for item in reversed(_items(call["xs"])):
        value = yield _call(call, call["f"], item, value)
    return value


def _replicate(call: Call) -> ListValue:
    if call["n"] > _MAX_LENGTH:
        raise RefusalError(f"a list of {call['n']} entries is too long to be meant")
    return ListValue((call["a"],) * call["n"])


def _range(call: Call) -> ListValue:
    if call["n"] > _MAX_LENGTH:
        raise RefusalError(f"a list of {call['n']} entries is too long to be meant")
    return ListValue(tuple(range(call["n"])))


def _get(call: Call) -> Value:
    items, index = _items(call["xs"]), call["i"]
    if not 0 <= index < len(items):
        raise RefusalError(f"index {index} is outside a list of {len(items)}")
    return items[index]


def _get_or(call: Call) -> Value:
    items, index = _items(call["xs"]), call["i"]
    return items[index] if index < len(items) else call["default"]


def _head(call: Call) -> v.OptionValue:
    items = _items(call["xs"])
    return v.OptionValue(bool(items), items[0] if items else None)


def _joined(call: Call) -> ListValue:
    return ListValue(tuple(i for part in _items(call["xs"]) for i in _items(part)))


def _total(numbers: Sequence[Value]) -> int:
    total = 0
    for number in numbers:
        total = natural("+", total, number)
    return total


def _product(numbers: Sequence[Value]) -> int:
    total = 1
    for number in numbers:
        total = natural("*", total, number)
    return total


def _decide(call: Call) -> bool:
    holds = call["p"]
    if isinstance(holds, v.Proposition):
        holds = holds.holds
    if not isinstance(holds, bool):
        raise RefusalError("this proposition cannot be decided here")
    return holds


def _compose(call: Call) -> Step:
    inner = yield _call(call, call["g"], call["x"])
    return (yield _call(call, call["f"], inner))


def _repeat(call: Call) -> Step:
    value = call["x"]
    for _ in range(call["n"]):
        value = yield _call(call, call["f"], value)
    return value


ROWS: Final[tuple[Builtin, ...]] = (
    Builtin("Nat.zero", ": Nat", lambda c: 0),
    _nat("Nat.succ", lambda n: n + 1, "n"),
    _nat("Nat.pred", lambda n: max(n - 1, 0), "n"),
    _nat("Nat.add", lambda n, m: natural("+", n, m), "n", "m"),
    _nat("Nat.sub", lambda n, m: natural("-", n, m), "n", "m"),
    _nat("Nat.mul", lambda n, m: natural("*", n, m), "n", "m"),
    _nat("Nat.div", lambda n, m: natural("/", n, m), "n", "m"),
    _nat("Nat.mod", lambda n, m: natural("%", n, m), "n", "m"),
    _nat("Nat.pow", lambda n, m: natural("^", n, m), "n", "m"),
    _nat("Nat.max max", max, "n", "m"),
    _nat("Nat.min min", min, "n", "m"),
    _nat("Nat.gcd", math.gcd, "n", "m"),
    _nat("Nat.log2", lambda n: max(n.bit_length() - 1, 0), "n"),
    Builtin("Nat.repeat", "{α : Type} (f : _) (n : Nat) (x : _)", _repeat),
    Builtin("Bool.true true", ": Bool", lambda c: True),
    Builtin("Bool.false false", ": Bool", lambda c: False),
    Builtin("Bool.not not", "(a : Bool) : Bool", lambda c: not c["a"], holes="pass"),
    Builtin("Bool.and and", "(a b : Bool) : Bool", lambda c: c["a"] and c["b"], holes="pass"),
    Builtin("Bool.or or", "(a b : Bool) : Bool", lambda c: c["a"] or c["b"], holes="pass"),
    Builtin("Decidable.decide decide", "(p : _) : Bool", _decide, holes="pass"),
    Builtin("True", "", lambda c: v.Proposition(True)),
    Builtin("False", "", lambda c: v.Proposition(False)),
    Builtin("Not", "(p : _)", lambda c: v.Proposition(not _decide(c))),
    Builtin("id", "{α : Type} (a : _)", lambda c: c["a"]),
    Builtin("Function.comp", "(f g : _) (x : _)", _compose),
    Builtin("Function.const", "(β : _) (a : _) (b : _)", lambda c: c["a"]),
    Builtin("toString", "(a : _) : String", lambda c: c["a"] if isinstance(c["a"], str) else show(c["a"])),
    Builtin("String.append", "(s t : String) : String", lambda c: c["s"] + c["t"]),
    Builtin("String.length", "(s : String) : Nat", lambda c: len(c["s"])),
    Builtin(
        "String.intercalate",
        "(s : String) (xs : List String) : String",
        lambda c: c["s"].join(c["xs"].items),
    ),
    Builtin("Option.none none", "{α : Type}", lambda c: v.OptionValue(False)),
    Builtin("Option.some some", "{α : Type} (a : _)", lambda c: v.OptionValue(True, c["a"])),
    Builtin("Option.isSome", "(o : Option _) : Bool", lambda c: c["o"].present),
    Builtin("Option.getD", "(o : Option _) (default : _)", lambda c: c["o"].value if c["o"].present else c["default"]),
    Builtin("Prod.mk", "(a b : _)", lambda c: v.TupleValue((c["a"], c["b"]))),
    Builtin("Prod.fst", "(p : _)", lambda c: c["p"].items[0] if isinstance(c["p"], v.TupleValue) else v.HOLE),
    Builtin("Prod.snd", "(p : _)", lambda c: c["p"].items[-1] if isinstance(c["p"], v.TupleValue) else v.HOLE),
    Builtin("Fin.mk", "{n : Nat} (i : Nat) (h : Proof)", lambda c: c["i"], holes="pass"),
    Builtin("Fin.val Fin.toNat", "(i : _) : Nat", lambda c: c["i"], holes="pass"),
    _list("List.nil", "{α : Type}", lambda c: ListValue(())),
    _list("List.cons", "{α : Type} (a : α) (xs : List α)", lambda c: ListValue((c["a"], *_items(c["xs"])))),
    _list("List.length List.size", "{α : Type} (xs : List α) : Nat", lambda c: len(_items(c["xs"]))),
    _list("List.isEmpty", "{α : Type} (xs : List α) : Bool", lambda c: not _items(c["xs"])),
    _list("List.append", "{α : Type} (xs ys : List α)", lambda c: ListValue(_items(c["xs"]) + _items(c["ys"]))),
    _list("List.reverse", "{α : Type} (xs : List α)", lambda c: ListValue(_items(c["xs"])[::-1])),
    _list("List.replicate", "{α : Type} (n : Nat) (a : α)", _replicate),
    _list("List.range", "(n : Nat) : List Nat", _range),
    _list("List.get", "{α : Type} (xs : List α) (i : _)", _get),
    _list("List.getD", "{α : Type} (xs : List α) (i : Nat) (default : α)", _get_or),
    _list("List.head?", "{α : Type} (xs : List α)", _head),
    _list("List.headD", "{α : Type} (xs : List α) (default : α)", lambda c: (*_items(c["xs"]), c["default"])[0]),
    _list("List.getLastD", "{α : Type} (xs : List α) (default : α)", lambda c: (c["default"], *_items(c["xs"]))[-1]),
    _list("List.tail", "{α : Type} (xs : List α)", lambda c: ListValue(_items(c["xs"])[1:])),
    _list("List.take", "{α : Type} (n : Nat) (xs : List α)", lambda c: ListValue(_items(c["xs"])[: c["n"]])),
    _list("List.drop", "{α : Type} (n : Nat) (xs : List α)", lambda c: ListValue(_items(c["xs"])[c["n"] :])),
    _list("List.dropLast", "{α : Type} (xs : List α)", lambda c: ListValue(_items(c["xs"])[:-1])),
    _list("List.sum", "(xs : List Nat) : Nat", lambda c: _total(_items(c["xs"]))),
    _list("List.prod", "(xs : List Nat) : Nat", lambda c: _product(_items(c["xs"]))),
    _list("List.flatten List.join", "(xs : List _)", _joined),
    _list("List.map", "{α β : Type} (f : _) (xs : List α)", _map),
    _list("List.filter", "{α : Type} (f : _) (xs : List α)", _filter),
    _list("List.foldl", "{α β : Type} (f : _) (init : _) (xs : List β)", _foldl),
    _list("List.foldr", "{α β : Type} (f : _) (init : _) (xs : List α)", _foldr),
    _list(
        "List.zip",
        "{α β : Type} (xs : List α) (ys : List β)",
        lambda c: ListValue(tuple(v.TupleValue(p) for p in zip(_items(c["xs"]), _items(c["ys"]), strict=False))),
    ),
)
