"""Definitions as functions: binders from arrows, equations, structures, and what `value.name` means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins import Call
from xcheck.lean_parser.elaborate.values import Function, Scope, Type, Value
from xcheck.lean_parser.elaborate.world import Declared
from xcheck.lean_parser.lean import parse_structure
from xcheck.lean_parser.lean_syntax import Binder, Binding, Term

COMPARISONS: Final = frozenset({"=", "≠", "<", ">", "≤", "≥", "<=", ">=", "∈", "∉", "∣", "∧", "∨"})


def operand_type(operator: str, expected: Type | None) -> Type | None:
    """The type that an operator asks of its operands when its result is to be `expected`."""
    if operator in ("+", "-", "*", "/", "%", "^"):
        return expected if expected in (v.NAT, v.FLOAT) else None
    if operator == "++":
        return expected
    if operator == "::":
        if isinstance(expected, Type) and expected.head == "List" and isinstance(expected.arguments[0], Type):
            return expected.arguments[0]
        return v.NAT if expected == v.SHAPE else None
    return None


def group_names(term: Term) -> tuple[str, ...]:
    """`a b c` in `(a b c : T)`, or nothing if the term is no list of names."""
    items = [term]
    if isinstance(term, syntax.Apply):
        items = [term.function, *(a.value for a in term.arguments)]
    names = [i.text if isinstance(i, syntax.Name) else "_" if isinstance(i, syntax.Hole) else "" for i in items]
    return tuple(names) if all(names) else ()


def arrows_to_binders(
    name: str,
    at: int,
    binders: tuple[Binder, ...],
    result: Term | None,
    body: Term | tuple[syntax.Alternative, ...],
    scope: Scope,
) -> Function:
    """A definition as a function: arrows of the declared type become binders where equations or a `fun` take them."""
    if isinstance(body, tuple):
        wanted = len(body[0].rows[0]) if body and body[0].rows else 0
        more, rest = _peel(result, wanted)
        return equations(name, at, (*binders, *more), rest, body, tuple(b.name for b in _explicit(more)), scope)
    taken: list[Binder] = []
    while isinstance(body, syntax.Lambda) and result is not None:
        names = body.parameters
        if not all(isinstance(p, syntax.Name | syntax.Hole) for p in names):
            break
        more, rest = _peel(result, len(names))
        if len(_explicit(more)) != len(names):
            break
        for binder, parameter in zip(_explicit(more), names, strict=True):
            wanted_name = parameter.text if isinstance(parameter, syntax.Name) else "_"
            if binder.name != wanted_name and not binder.name.startswith("argument "):
                # The declared type speaks of this argument under its own name.
                return Function(name, at, binders, result, body, scope)
            taken.append(Binder(binder.at, wanted_name, binder.type, None, Binding.EXPLICIT))
        body, result = body.body, rest
    return Function(name, at, (*binders, *taken), result, body, scope)


def _explicit(binders: Sequence[Binder]) -> list[Binder]:
    return [b for b in binders if b.binding is Binding.EXPLICIT]


def _peel(result: Term | None, wanted: int) -> tuple[tuple[Binder, ...], Term | None]:
    """Binders for the first `wanted` explicit arrows of a type, and what the type is after them."""
    binders: list[Binder] = []
    explicit = 0
    while explicit < wanted:
        if isinstance(result, syntax.Binary) and result.operator in ("→", "->"):
            left = result.left
            if isinstance(left, syntax.ImplicitGroup):
                binders += [Binder(left.at, n, left.type, None, Binding.IMPLICIT) for n in left.names]
            elif isinstance(left, syntax.Ascription) and group_names(left.term):
                names = group_names(left.term)
                binders += [Binder(left.at, n, left.type, None, Binding.EXPLICIT) for n in names]
                explicit += len(names)
            else:
                binders.append(Binder(left.at, f"argument {explicit}", left, None, Binding.EXPLICIT))
                explicit += 1
            result = result.right
        else:
            at = result.at if result is not None else 0
            binders.append(Binder(at, f"argument {explicit}", None, None, Binding.EXPLICIT))
            explicit += 1
            result = None
    return tuple(binders), result


def record_function(entry: Declared, scope: Scope) -> Function:
    """A `structure` as a type, or its constructor as a function of the fields."""
    fields = parse_structure(entry.context.source, entry.command)
    name, at = entry.full_name, entry.command.start
    if not entry.constructor:
        return Function(name, at, (), None, lambda call: Type(name), scope)

    def build(call: Call) -> v.RecordValue:
        return v.RecordValue(Type(name), tuple((f.name, call[f.name]) for f in fields))

    return Function(f"{name}.mk", at, fields, None, build, scope)


def equations(
    name: str,
    at: int,
    binders: tuple[Binder, ...],
    result: Term | None,
    rows: tuple[syntax.Alternative, ...],
    matched: tuple[str, ...],
    scope: Scope,
) -> Function:
    """A function by pattern matching on the arguments named `matched` (on new ones, if none are named)."""
    if not matched:
        count = len(rows[0].rows[0]) if rows and rows[0].rows else 0
        more, _ = _peel(None, count)
        binders = (*binders, *more)
        matched = tuple(b.name for b in more)
    return Function(name, at, binders, result, None, scope, equations=rows, matched=matched)


def field_of(base: Value, name: str) -> Value | None:
    """A field that the value itself holds, or None."""
    match base:
        case v.RecordValue(_, fields):
            return dict(fields).get(name)
        case v.TupleValue(items) if items:
            if name in ("fst", "1"):
                return items[0]
            if name in ("snd", "2"):
                return items[1] if len(items) == 2 else v.TupleValue(items[1:])
        case v.ModelValue(model):
            if name == "initParams":
                return v.Pack(tuple(v.TensorValue(i) for i in model.initial))
            if name == "body":
                return v.TermValue(model.body, (*model.params, *model.inputs), model.output)
        case v.OperationValue(operation):
            if name == "name":
                return operation.name
        case v.PrimitiveValue(node):
            if name == "name":
                return node.primitive.name
    return None


def receiver_position(function: Function, head: str) -> int | None:
    """Which argument `value.name` passes the value as: the first explicit one of the value's type."""
    first: int | None = None
    for position, binder in enumerate(function.binders):
        if binder.binding is not Binding.EXPLICIT or position in function.given:
            continue
        if first is None:
            first = position
        kind = binder.type.function if isinstance(binder.type, syntax.Apply) else binder.type
        short = head.rpartition(".")[2]
        if isinstance(kind, syntax.Name) and _SAME.get(last := kind.text.rpartition(".")[2], last) == short:
            return position
    return first


_SAME: Final = {"Chain": "Graph", "Sequential": "Seq", "TensorPack": "TList", "Layer": "LayerDef", "Vector": "Tensor"}


def with_argument(function: Function, position: int, value: Value) -> Function:
    """The function with one argument bound."""
    given = {**function.given, position: value}
    return Function(
        function.name,
        function.at,
        function.binders,
        function.result,
        function.body,
        function.scope,
        given,
        function.optional,
        function.equations,
        function.matched,
    )
