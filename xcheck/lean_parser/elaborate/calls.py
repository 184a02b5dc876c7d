"""Passing arguments: names, defaults, implicit arguments solved from the others, and proofs that are checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins import Call
from xcheck.lean_parser.elaborate.trampoline import Step
from xcheck.lean_parser.elaborate.typing import MismatchError, RefusalError, coerce, has_hole, show, show_type, type_of
from xcheck.lean_parser.elaborate.unify import unify
from xcheck.lean_parser.elaborate.values import HOLE, UNSET, Function, Scope, Type, Value
from xcheck.lean_parser.lean_errors import (
    CannotInferError,
    FalseProofError,
    LeanArgumentError,
    LeanTypeError,
)
from xcheck.lean_parser.lean_syntax import Binder, Binding

if TYPE_CHECKING:
    from xcheck.lean_parser.elaborate.evaluator import Actual, Evaluator


def short(function: Function) -> str:
    """A function's name without the namespaces around it."""
    return function.name.rpartition(".")[2] or function.name


def _sort(
    ev: Evaluator, function: Function, actuals: Sequence[Actual], scope: Scope
) -> tuple[dict[int, Actual], list[Actual]]:
    """Which binder each argument goes to, and the arguments left over for the result."""
    slots: dict[int, Actual] = {}
    rest: list[Actual] = []
    positions = {b.name: i for i, b in reversed(list(enumerate(function.binders)))}
    for actual in actuals:
        if actual.name is None:
            continue
        where = positions.get(actual.name)
        if where is None or where in function.given:
            known = ", ".join(b.name for b in function.binders if not b.name.startswith("argument ")) or "none"
            raise ev.error(
                LeanArgumentError,
                actual.scope or scope,
                actual.at,
                f"{short(function)} has no argument named {actual.name!r} here (it has: {known})",
            )
        if where in slots:
            raise ev.error(
                LeanArgumentError, actual.scope or scope, actual.at, f"the argument {actual.name!r} is given twice"
            )
        slots[where] = actual
    free = (
        i
        for i, b in enumerate(function.binders)
        if b.binding is Binding.EXPLICIT and i not in slots and i not in function.given
    )
    for actual in actuals:
        if actual.name is None:
            where = next(free, None)
            if where is None:
                rest.append(actual)
            else:
                slots[where] = actual
    return slots, rest


def apply(
    ev: Evaluator,
    function: Function,
    actuals: Sequence[Actual],
    scope: Scope,
    expected: Type | None,
    at: int,
) -> Step:
    """The value of a call; a function of the arguments that are still missing, if there are any."""
    slots, rest = _sort(ev, function, actuals, scope)
    locals_: dict[str, Value] = dict(function.scope.locals)
    inner = Scope(locals_, function.scope.context)
    binders = function.binders
    for binder in binders:
        locals_[binder.name] = UNSET
    result_type = None if rest else expected
    pending: list[int] = []
    missing: list[int] = []
    proofs: list[int] = []
    again: list[int] = []
    values: dict[int, Value] = {}
    for position, binder in enumerate(binders):
        if position in function.given:
            values[position] = locals_[binder.name] = function.given[position]
            kind = yield ev.type_value(binder.type, inner)
            if isinstance(kind, Type) and binder.type is not None and has_hole(kind):
                unify(ev, binder.type, inner, type_of(values[position]))
            continue
        actual = slots.get(position)
        if actual is None:
            if binder.binding is not Binding.EXPLICIT:
                pending.append(position)
            elif binder.default is not None:
                kind = yield ev.type_value(binder.type, inner)
                if isinstance(kind, v.Proposition):
                    proofs.append(position)
                    locals_[binder.name] = v.Proof(kind)
                else:
                    values[position] = locals_[binder.name] = yield ev.checked(binder.default, inner, kind)
            else:
                missing.append(position)
            continue
        kind = yield ev.type_value(binder.type, inner)
        if isinstance(kind, v.Proposition):
            proofs.append(position)
            values[position] = locals_[binder.name] = v.Proof(kind)
            continue
        if isinstance(kind, Type) and has_hole(kind) and function.result is not None and isinstance(result_type, Type):
            # What the result must be can say what this argument must be.
            unify(ev, function.result, inner, result_type)
            kind = yield ev.type_value(binder.type, inner)
        there = actual.scope or scope
        value = actual.value
        if actual.term is not None:
            value = yield ev.term(actual.term, there, kind)
        if value is HOLE:
            pending.append(position)
            continue
        value = ev.fit(value, kind, there, actual.at)
        values[position] = locals_[binder.name] = value
        if isinstance(kind, Type) and binder.type is not None and has_hole(kind):
            unify(ev, binder.type, inner, type_of(value))
            again.append(position)
    if missing and not (yield _all_proofs(ev, binders, missing, inner, scope)):
        return Function(
            function.name,
            function.at,
            binders,
            function.result,
            function.body,
            function.scope,
            {**function.given, **values},
            function.optional,
            function.equations,
            function.matched,
        )
    if pending and "<type>" in function.optional:
        for position in pending:
            if _unset(inner, binders[position]):
                locals_[binders[position].name] = HOLE
    if (
        function.result is not None
        and isinstance(result_type, Type)
        and any(_unset(inner, binders[p]) for p in pending)
    ):
        unify(ev, function.result, inner, result_type)
    if "<pass>" in function.optional and any(
        _unset(inner, binders[p]) and binders[p].binding is Binding.EXPLICIT for p in pending
    ):
        return HOLE
    for position in (*pending, *missing):
        yield _settle(ev, function, binders[position], inner, scope, at, position in missing)
    for position in again:
        binder, actual = binders[position], slots[position]
        kind = yield ev.type_value(binder.type, inner)
        locals_[binder.name] = ev.fit(locals_[binder.name], kind, actual.scope or scope, actual.at)
    for position in proofs:
        binder = binders[position]
        kind = yield ev.type_value(binder.type, inner)
        if isinstance(kind, v.Proposition):
            here = slots.get(position)
            there, place = (here.scope or scope, here.at) if here is not None else (scope, at)
            _check_proof(ev, function, binder, kind, there, place)
            locals_[binder.name] = v.Proof(kind)
    key = _memory_key(function, binders, locals_)
    if key is not None and key in ev.memory:
        value = ev.memory[key]
        return (yield ev.apply(value, rest, scope, expected, at)) if rest else value
    result = yield ev.type_value(function.result, inner)
    wanted = result if isinstance(result, Type) else result_type
    call = Call(locals_, ev.profile, wanted, function, ev)
    try:
        value = yield ev.enter(function, inner, wanted, call)
    except RefusalError as refusal:
        ev.refuse(scope, at, refusal)
    if isinstance(result, Type) and function.result is not None:
        value = _declared(ev, function, value, result, scope, at)
    if key is not None:
        ev.memory[key] = value
    if rest:
        value = yield ev.apply(value, rest, scope, expected, at)
    return value


def _memory_key(function: Function, binders: Sequence[Binder], locals_: dict[str, Value]) -> tuple[Value, ...] | None:
    """What a call of a file's own definition depends on: definitions are pure, so a call need be made only once."""
    if callable(function.body) or function.scope.locals or function.name == "fun":
        return None
    values = (locals_[b.name] for b in binders)
    # 1 and true are equal in Python, not in Lean.
    return (function.name, *((type(v_), v_) for v_ in values if not isinstance(v_, v.Proof)))


def _unset(inner: Scope, binder: Binder) -> bool:
    return inner.locals.get(binder.name) is UNSET


def _declared(ev: Evaluator, function: Function, value: Value, result: Type, scope: Scope, at: int) -> Value:
    """The value as the declared type has it; the error shows the declared and the actual type."""
    try:
        return coerce(value, result, ev.profile)
    except MismatchError:
        actual = type_of(value)
        shown = show_type(actual) if actual is not None else show(value)
        message = f"{short(function)} is declared as\n      {show_type(result)}\n    but its body is\n      {shown}"
        if callable(function.body) or function.result is None:
            raise ev.error(LeanTypeError, scope, at, message) from None
        raise ev.error(LeanTypeError, function.scope, function.result.at, message) from None


def _all_proofs(ev: Evaluator, binders: Sequence[Binder], missing: Sequence[int], inner: Scope, scope: Scope) -> Step:
    """Whether every missing argument is a proof, which the command line may leave out."""
    if not ev.may_omit_proofs(scope):
        return False
    for position in missing:
        kind = yield ev.type_value(binders[position].type, inner)
        if not isinstance(kind, v.Proposition):
            return False
    return True


def _settle(
    ev: Evaluator, function: Function, binder: Binder, inner: Scope, scope: Scope, at: int, missing: bool
) -> Step:
    """An argument nobody gave: solved by now, an instance, a proof that may be left out, or an error."""
    locals_ = inner.locals
    assert isinstance(locals_, dict)
    if locals_[binder.name] is not UNSET:
        return None
    kind = yield ev.type_value(binder.type, inner)
    if isinstance(kind, v.Proposition):
        allowed = (
            binder.binding is Binding.INSTANCE
            or binder.name in function.optional
            or missing
            or ev.may_omit_proofs(scope)
        )
        if not allowed:
            raise ev.error(
                LeanArgumentError,
                scope,
                at,
                f"{short(function)} needs the proof `{_snippet(function, binder)}`; "
                f"give it as ({binder.name} := by decide)",
            )
        _check_proof(ev, function, binder, kind, scope, at)
        locals_[binder.name] = v.Proof(kind)
    elif binder.binding is Binding.INSTANCE:
        locals_[binder.name] = v.Proof()
    elif (
        kind is None or kind.head in ("Type", "Function") or function.name == "fun" or binder.name in function.optional
    ):
        locals_[binder.name] = HOLE
    else:
        raise ev.error(
            CannotInferError,
            scope,
            at,
            f"the argument {binder.name} of {short(function)} cannot be told from the surroundings; "
            f"give it as ({binder.name} := ...)",
        )
    return None


def _check_proof(ev: Evaluator, function: Function, binder: Binder, kind: v.Proposition, scope: Scope, at: int) -> None:
    if kind.holds is not False:
        return
    sides = f" ({show(kind.sides[0])} against {show(kind.sides[1])})" if kind.sides is not None else ""
    raise ev.error(
        FalseProofError,
        scope,
        at,
        f"{short(function)} asks for a proof of `{_snippet(function, binder)}`, which is false here{sides}",
    )


def _snippet(function: Function, binder: Binder) -> str:
    """A binder as its source has it: `h_kH : kH ≠ 0`."""
    text = function.scope.context.source.text
    if binder.type is None or not text.startswith(binder.name, binder.at):
        return binder.name
    colon = text.find(":", binder.at)
    depth, at = 0, colon
    while 0 <= at < len(text):
        if text[at] in "([{⟨":
            depth += 1
        elif text[at] in ")]}⟩":
            if depth == 0:
                break
            depth -= 1
        at += 1
    return " ".join(f"{binder.name} {text[colon:at]}".split()) if colon >= 0 else binder.name
