"""Solving implicit arguments: the type a binder is declared with, against the type of what was passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.typing import has_hole
from xcheck.lean_parser.elaborate.values import HOLE, UNSET, Function, Scope, Type, Value
from xcheck.lean_parser.lean_syntax import Binding, Term

if TYPE_CHECKING:
    from xcheck.lean_parser.elaborate.evaluator import Evaluator


def unify(ev: Evaluator, pattern: Term, scope: Scope, value: Value) -> None:
    """Sets the undetermined locals of `scope` that `pattern` and `value` determine; what does not fit is left alone.

    `scope.locals` is changed in place. A mismatch is found later, when the whole type is compared.
    """
    locals_ = scope.locals
    assert isinstance(locals_, dict)
    waiting: list[tuple[Term, Value]] = [(pattern, value)]
    while waiting:
        term, known = waiting.pop()
        if known is HOLE or known is None:
            continue
        match term:
            case syntax.Name(_, text) if locals_.get(text) is UNSET:
                if not has_hole(known):
                    locals_[text] = known
            case syntax.Ascription(_, inner, _):
                waiting.append((inner, known))
            case syntax.Apply(_, head, arguments):
                waiting += _application(ev, head, arguments, scope, known)
            case syntax.Binary(_, "::", left, right):
                items = known if isinstance(known, tuple) else known.items if isinstance(known, v.ListValue) else ()
                if items:
                    tail = items[1:] if isinstance(known, tuple) else v.ListValue(items[1:])
                    waiting += [(left, items[0]), (right, tail)]
            case syntax.Binary(_, "++", left, syntax.Items() as right) if isinstance(known, v.ListValue):
                cut = len(known.items) - len(right.items)
                if cut >= 0:
                    waiting += [(left, v.ListValue(known.items[:cut])), (right, v.ListValue(known.items[cut:]))]
            case syntax.Items(_, _, items):
                found = known if isinstance(known, tuple) else getattr(known, "items", ())
                if len(found) == len(items):
                    waiting += zip(items, found, strict=True)


def _application(
    ev: Evaluator, head: Term, arguments: tuple[syntax.Argument, ...], scope: Scope, known: Value
) -> list[tuple[Term, Value]]:
    """The argument patterns of a type constructor or of `Shape.dim`, each with its part of the value."""
    if isinstance(known, tuple):
        dotted = isinstance(head, syntax.Dotted) and head.text == "dim"
        named = isinstance(head, syntax.Name) and head.text.rpartition(".")[2] == "dim"
        if (dotted or named) and known and len(arguments) == 2:
            return [(arguments[0].value, known[0]), (arguments[1].value, known[1:])]
        return []
    if not isinstance(known, Type) or not isinstance(head, syntax.Name):
        return []
    full = ev.full_name(head.text, scope.context)
    builtin = ev.builtins.get(full) if full is not None else None
    if builtin is None:
        return []
    if builtin.type_head == "Vector" and known.head == "Tensor" and len(arguments) == 2:
        length = known.arguments[1][0] if isinstance(known.arguments[1], tuple) and known.arguments[1] else HOLE
        return [(arguments[0].value, known.arguments[0]), (arguments[1].value, length)]
    if builtin.type_head != known.head:
        return []
    function: Function = ev.function(full or "")
    names = [b.name for b in function.binders if b.binding is Binding.EXPLICIT]
    parts: list[tuple[Term, Value]] = []
    position = 0
    for argument in arguments:
        if argument.name is not None:
            where = names.index(argument.name) if argument.name in names else -1
        else:
            where, position = position, position + 1
        if 0 <= where < len(known.arguments):
            parts.append((argument.value, known.arguments[where]))
    return parts
