"""The evaluator: terms to values, directed by the type their place asks for.

Every method that evaluates a subterm is a step for the trampoline. The rules are Lean's as far as models need them;
what is not here raises an error that names the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeVar

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins import Builtin, Call, builtin_table, namespaces_of
from xcheck.lean_parser.elaborate.functions import (
    COMPARISONS,
    arrows_to_binders,
    equations,
    field_of,
    group_names,
    operand_type,
    receiver_position,
    record_function,
    with_argument,
)
from xcheck.lean_parser.elaborate.operators import operate
from xcheck.lean_parser.elaborate.structures import build_structure
from xcheck.lean_parser.elaborate.trampoline import DepthLimitError, Step, StepLimitError, run
from xcheck.lean_parser.elaborate.typing import RefusalError, coerce, has_hole, show, show_type, type_of
from xcheck.lean_parser.elaborate.values import HOLE, UNSET, Context, Function, Scope, Type, Value
from xcheck.lean_parser.elaborate.world import World, candidates, describe_missing, follow_alias
from xcheck.lean_parser.lean import parse_steps, parse_term
from xcheck.lean_parser.lean_errors import (
    CannotInferError,
    FalseProofError,
    LeanArgumentError,
    LeanLimitError,
    LeanSourceError,
    LeanTypeError,
    UnknownNameError,
    UnsupportedLeanError,
)
from xcheck.lean_parser.lean_syntax import Binder, Binding, Term
from xcheck.lean_parser.source import SourceText
from xcheck.reference.profile import Profile

ErrorT = TypeVar("ErrorT", bound=LeanSourceError)

MAX_STEPS: Final = 3_000_000
_MAX_NUMERAL: Final = 1000  # digits
_MAX_DOMAIN: Final = 100_000  # instances of a bounded quantifier


@dataclass(frozen=True, slots=True, eq=False)
class Actual:
    """An argument at a call: a term with its scope, or a value that is there already."""

    name: str | None
    at: int
    term: Term | None = None
    scope: Scope | None = None
    value: Value = None


@dataclass(slots=True, eq=False)
class Evaluator:
    """Evaluates terms of one world under one profile. `spent` counts steps.

    In terms of `command_line` proofs may be left out: they are worked out, as `by decide` would.
    """

    world: World
    profile: Profile
    max_steps: int = MAX_STEPS
    command_line: SourceText | None = None
    spent: int = 0
    builtins: Mapping[str, Builtin] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    names: dict[tuple[str, str, int], str | None] = field(default_factory=dict)
    memory: dict[tuple[Value, ...], Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builtins = builtin_table(self.profile)

    def may_omit_proofs(self, scope: Scope) -> bool:
        """Whether a call written in this scope may leave out its proofs."""
        return self.command_line is not None and scope.context.source is self.command_line

    # -- running ---------------------------------------------------------------------------------------------------

    def evaluate(self, term: Term, scope: Scope, expected: Type | None = None) -> Value:
        """The value of a term; raises `LeanSourceError`."""
        return self.run(self.term(term, scope, expected), scope.context.source, term.at)

    def run(self, step: Step, source: SourceText, at: int) -> Value:
        """Runs a step to its end; a limit that it meets is reported at `at`."""
        try:
            return run(step, self._spend)
        except StepLimitError:
            raise source.error(LeanLimitError, at, f"the evaluation takes more than {self.max_steps} steps") from None
        except DepthLimitError:
            raise source.error(
                LeanLimitError, at, "the evaluation nests too deeply; a recursion without end?"
            ) from None

    def _spend(self, steps: int) -> None:
        self.spent += steps
        if self.spent > self.max_steps:
            raise StepLimitError

    @staticmethod
    def error(kind: type[ErrorT], scope: Scope, at: int, message: str) -> ErrorT:
        """An error at a place of the scope's file."""
        return scope.context.source.error(kind, at, message)

    def refuse(self, scope: Scope, at: int, refusal: RefusalError) -> NoReturn:
        """A built-in's refusal, at the place that provoked it."""
        raise self.error(LeanTypeError, scope, at, str(refusal)) from None

    # -- names -----------------------------------------------------------------------------------------------------

    def full_name(self, name: str, context: Context) -> str | None:
        """The full name of the definition or built-in that an identifier stands for, None if there is none."""
        key = (name, context.namespace, hash(context.opens))
        if key in self.names:
            return self.names[key]
        found = None
        for candidate in candidates(name, context):
            full = follow_alias(candidate, context.aliases)
            if full in self.builtins or full in self.world.declared:
                found = full
                break
        self.names[key] = found
        return found

    def function(self, full: str) -> Function:
        """The definition behind a full name; a built-in comes before a file's definition of the same name."""
        if full in self.functions:
            return self.functions[full]
        builtin = self.builtins.get(full)
        function = builtin.function() if builtin is not None else self._declared(full)
        self.functions[full] = function
        return function

    def _declared(self, full: str) -> Function:
        entry = self.world.declared[full]
        scope = Scope({}, entry.context)
        if full in self.world.twice:
            raise self.error(LeanArgumentError, scope, entry.command.start, f"{full} is defined twice in this file")
        if entry.proof:
            return Function(full, entry.command.start, (), None, lambda call: v.Proof(), scope)
        if entry.command.is_structure:
            return record_function(entry, scope)
        tree = entry.parse()
        binders = (*entry.variable_binders(), *tree.binders)
        return arrows_to_binders(full, tree.at, binders, tree.type, tree.body, scope)

    def resolve(self, name: syntax.Name, scope: Scope) -> tuple[Value | Function, list[str]]:
        """What an identifier stands for, and the fields that are still to be projected from it."""
        parts = name.text.split(".")
        if parts[0] in scope.locals:
            return scope.locals[parts[0]], parts[1:]
        for count in range(len(parts), 0, -1):
            full = self.full_name(".".join(parts[:count]), scope.context)
            if full is not None:
                return self.function(full), parts[count:]
        raise self.error(
            UnknownNameError,
            scope,
            name.at,
            f"unknown identifier {name.text!r}{describe_missing(self.world)}",
        )

    # -- terms -----------------------------------------------------------------------------------------------------

    def term(self, term: Term, scope: Scope, expected: Type | None) -> Step:
        """The step that evaluates a term where a member of `expected` is asked for."""
        return _METHODS[type(term)](self, term, scope, expected)

    def checked(self, term: Term, scope: Scope, expected: Type | None) -> Step:
        """Like `term`, and the value is made to fit `expected`."""
        value = yield self.term(term, scope, expected)
        return self.fit(value, expected, scope, term.at)

    def fit(self, value: Value, expected: Type | None, scope: Scope, at: int) -> Value:
        """The value as a member of `expected`, or a type error at `at`."""
        try:
            return coerce(value, expected, self.profile)
        except RefusalError as refusal:
            self.refuse(scope, at, refusal)

    def type_value(self, term: Term | None, scope: Scope) -> Step:
        """The type a term denotes: a `Type`, a `Proposition`, or None where it is not known."""
        if term is None:
            return None
        try:
            value = yield self.term(term, scope, None)
        except CannotInferError:
            return None
        return value if isinstance(value, Type | v.Proposition) else None

    def _name(self, term: syntax.Name, scope: Scope, expected: Type | None) -> Step:
        value, rest = self.resolve(term, scope)
        if value is UNSET:
            return HOLE
        if isinstance(value, Function) and not rest:
            return (yield self.apply(value, (), scope, expected, term.at))
        if isinstance(value, Function) and rest:
            value = yield self.apply(value, (), scope, None, term.at)
        for index, name in enumerate(rest):
            last = expected if index == len(rest) - 1 else None
            value = yield self.project(value, name, (), scope, last, term.at)
        return value

    def _dotted(self, term: syntax.Dotted, scope: Scope, expected: Type | None) -> Step:
        function = self.shorthand(term, scope, expected)
        return (yield self.apply(function, (), scope, expected, term.at))

    def shorthand(self, term: syntax.Dotted, scope: Scope, expected: Type | None) -> Function:
        """The constructor `.name` of the expected type."""
        head = expected.head if isinstance(expected, Type) else None
        if head is None and term.text in ("dim", "scalar"):
            head = "Shape"  # no other built-in type has these
        if head is None:
            raise self.error(
                CannotInferError, scope, term.at, f"the type that `.{term.text}` belongs to is not known here"
            )
        for namespace in (*namespaces_of(head, self.profile), head):
            full = f"{namespace}.{term.text}"
            if full in self.builtins or full in self.world.declared:
                return self.function(full)
        assert expected is not None or head == "Shape"
        raise self.error(UnknownNameError, scope, term.at, f"{head} has no constructor or function `.{term.text}`")

    def _number(self, term: syntax.Number, scope: Scope, expected: Type | None) -> Step:
        text = term.text
        if len(text) > _MAX_NUMERAL:
            raise self.error(LeanLimitError, scope, term.at, f"a numeral of {len(text)} digits")
        if text[:2].lower() in ("0x", "0b"):
            return int(text, 0)
        if any(c in text for c in ".eE"):
            return float(text)
        number = int(text)
        return float(number) if expected == v.FLOAT else number
        yield

    def _text(self, term: syntax.Text, scope: Scope, expected: Type | None) -> Step:
        return term.text
        yield

    def _interpolated(self, term: syntax.Interpolated, scope: Scope, expected: Type | None) -> Step:
        from xcheck.lean_parser.elaborate.interpolation import pieces

        out: list[str] = []
        for text, start, end in pieces(term.text, term.at):
            if text is not None:
                out.append(text)
                continue
            inner = parse_term(scope.context.source, start, end)
            value = yield self.term(inner, scope, None)
            if value is HOLE:
                return HOLE
            if not isinstance(value, str | int | bool):
                raise self.error(
                    UnsupportedLeanError, scope, inner.at, f"the text of {show(value)} in a string is not supported"
                )
            out.append(value if isinstance(value, str) else show(value))
        return "".join(out)

    def _hole(self, term: syntax.Hole, scope: Scope, expected: Type | None) -> Step:
        return HOLE
        yield

    def _apply(self, term: syntax.Apply, scope: Scope, expected: Type | None) -> Step:
        actuals = [Actual(a.name, a.at, a.value, scope) for a in term.arguments]
        return (yield self.apply_term(term.function, actuals, scope, expected))

    def apply_term(self, head: Term, actuals: Sequence[Actual], scope: Scope, expected: Type | None) -> Step:
        """A function term with arguments: `head` may itself be an application, a shorthand or a projection."""
        at = head.at
        while isinstance(head, syntax.Apply):
            inner = [Actual(a.name, a.at, a.value, scope) for a in head.arguments]
            actuals = [*inner, *actuals]
            head = head.function
        if isinstance(head, syntax.Dotted):
            return (yield self.apply(self.shorthand(head, scope, expected), actuals, scope, expected, at))
        if isinstance(head, syntax.Project):
            base = yield self.term(head.base, scope, None)
            return (yield self.project_path(base, head.text, actuals, scope, expected, head.at))
        if isinstance(head, syntax.Name):
            value, rest = self.resolve(head, scope)
            if rest:
                if isinstance(value, Function):
                    value = yield self.apply(value, (), scope, None, at)
                return (yield self.project_path(value, ".".join(rest), actuals, scope, expected, at))
        else:
            value = yield self.term(head, scope, None)
        return (yield self.apply(value, actuals, scope, expected, at))

    def _project(self, term: syntax.Project, scope: Scope, expected: Type | None) -> Step:
        base = yield self.term(term.base, scope, None)
        return (yield self.project_path(base, term.text, (), scope, expected, term.at))

    def project_path(
        self, base: Value, path: str, actuals: Sequence[Actual], scope: Scope, expected: Type | None, at: int
    ) -> Step:
        """`base.a.b` with arguments for the last field."""
        names = path.split(".")
        for name in names[:-1]:
            base = yield self.project(base, name, (), scope, None, at)
        return (yield self.project(base, names[-1], actuals, scope, expected, at))

    def project(
        self, base: Value, name: str, actuals: Sequence[Actual], scope: Scope, expected: Type | None, at: int
    ) -> Step:
        """A field of a record or pair, or a function of the value's type with the value as its argument."""
        if base is HOLE or base is UNSET:
            return HOLE
        found = field_of(base, name)
        if found is not None:
            return (yield self.apply(found, actuals, scope, expected, at)) if actuals else found
        kind = type_of(base)
        head = kind.head if kind is not None else ""
        for namespace in (*namespaces_of(head, self.profile), head):
            full = f"{namespace}.{name}"
            if full in self.builtins or full in self.world.declared:
                function = self.function(full)
                given = receiver_position(function, head)
                if given is None:
                    break
                bound = with_argument(function, given, base)
                return (yield self.apply(bound, actuals, scope, expected, at))
        what = show(base) if kind is None else f"a {show_type(kind)}"
        raise self.error(UnknownNameError, scope, at, f"{what} has no field or function {name!r} that is known here")

    def _ascription(self, term: syntax.Ascription, scope: Scope, expected: Type | None) -> Step:
        kind = yield self.type_value(term.type, scope)
        if isinstance(kind, v.Proposition):
            self.prove(kind, term.term, scope)
            return v.Proof(kind)
        return (yield self.checked(term.term, scope, kind if kind is not None else expected))

    def _tuple(self, term: syntax.Tuple, scope: Scope, expected: Type | None) -> Step:
        kinds: Sequence[Value] = expected.arguments if isinstance(expected, Type) and expected.head == "Prod" else ()
        items = []
        for index, item in enumerate(term.items):
            kind = kinds[index] if index < len(kinds) and isinstance(kinds[index], Type) else None
            items.append((yield self.term(item, scope, kind)))
        return v.TupleValue(tuple(items))

    def _anonymous(self, term: syntax.Anonymous, scope: Scope, expected: Type | None) -> Step:
        head = expected.head if isinstance(expected, Type) else None
        if head == "Fin" and len(term.items) == 2:
            value = yield self.checked(term.items[0], scope, v.NAT)
            if value is HOLE:
                return HOLE
            return self.fit(value, expected, scope, term.at)
        if head == "Tensor" and term.items:
            return (yield self.checked(term.items[0], scope, expected))
        if head == "Prod":
            return (yield self._tuple(syntax.Tuple(term.at, term.items), scope, expected))
        if f"{head}.mk" in self.world.declared:
            actuals = [Actual(None, item.at, item, scope) for item in term.items]
            return (yield self.apply(self.function(f"{head}.mk"), actuals, scope, expected, term.at))
        if head in ("Proof", None) or isinstance(expected, v.Proposition):
            raise self.error(CannotInferError, scope, term.at, "the type that `⟨...⟩` builds is not known here")
        raise self.error(UnsupportedLeanError, scope, term.at, f"`⟨...⟩` for a {head} is not supported")

    def _items(self, term: syntax.Items, scope: Scope, expected: Type | None) -> Step:
        if term.kind is syntax.Literal.LAYERS:
            from xcheck.lean_parser.elaborate.chains import layer_list

            return (yield layer_list(self, term, scope, expected))
        item: Type | None = None
        if term.kind is syntax.Literal.SHAPE:
            item = v.NAT
        elif isinstance(expected, Type):
            if expected.head in ("List", "Array") and isinstance(expected.arguments[0], Type):
                item = expected.arguments[0]
            elif expected.head in ("Shape", "Tensor"):
                item = v.NAT
        values = []
        for part in term.items:
            values.append((yield self.checked(part, scope, item)))
        if any(value is HOLE for value in values) and (term.kind is syntax.Literal.SHAPE or item == v.NAT):
            return HOLE
        if term.kind is syntax.Literal.SHAPE:
            return tuple(values)
        return v.ListValue(tuple(values))

    def _structure(self, term: syntax.Structure, scope: Scope, expected: Type | None) -> Step:
        return (yield build_structure(self, term, scope, expected))

    def _binary(self, term: syntax.Binary, scope: Scope, expected: Type | None) -> Step:
        operator = term.operator
        if operator == ">>>":
            from xcheck.lean_parser.elaborate.chains import composition

            return (yield composition(self, term, scope, expected))
        if operator in ("<|", "|>"):
            head, last = (term.left, term.right) if operator == "<|" else (term.right, term.left)
            return (yield self.apply_term(head, [Actual(None, last.at, last, scope)], scope, expected))
        if operator in ("→", "->"):
            return (yield self._arrow(term, scope))
        inner = operand_type(operator, expected)
        left = yield self.term(term.left, scope, inner)
        if inner is None and isinstance(left, tuple):
            inner = v.SHAPE
        elif inner is None and isinstance(left, v.ListValue | float):
            inner = type_of(left)
            if has_hole(inner):
                inner = None
        if operator == "::":
            inner = expected
        right = yield self.term(term.right, scope, inner)
        if left is HOLE or right is HOLE:
            return v.Proposition(None) if operator in COMPARISONS else HOLE
        try:
            return operate(operator, left, right, self.profile)
        except RefusalError as refusal:
            self.refuse(scope, term.at, refusal)

    def _arrow(self, term: syntax.Binary, scope: Scope) -> Step:
        """A function type, or an implication between propositions."""
        if isinstance(term.left, syntax.Ascription | syntax.ImplicitGroup):
            return Type("Function")
        left = yield self.term(term.left, scope, None)
        right = yield self.term(term.right, scope, None)
        if isinstance(left, v.Proposition) and isinstance(right, v.Proposition):
            if left.holds is False or right.holds is True:
                return v.Proposition(True)
            return v.Proposition(False if left.holds and right.holds is False else None)
        return Type("Function")

    def _prefix(self, term: syntax.Prefix, scope: Scope, expected: Type | None) -> Step:
        value = yield self.term(term.operand, scope, expected if term.operator == "-" else None)
        if value is HOLE:
            return HOLE
        if term.operator == "-":
            if isinstance(value, float):
                return -value
            if type(value) is int and expected == v.FLOAT:
                return -float(value)
            raise self.error(LeanTypeError, scope, term.at, "a natural number has no negative")
        if isinstance(value, v.Proposition):
            return v.Proposition(None if value.holds is None else not value.holds)
        if isinstance(value, bool):
            return not value
        raise self.error(LeanTypeError, scope, term.at, f"{show(value)} is neither a Bool nor a proposition")

    def _lambda(self, term: syntax.Lambda, scope: Scope, expected: Type | None) -> Step:
        binders: list[Binder] = []
        patterns: list[tuple[str, Term]] = []
        for index, parameter in enumerate(term.parameters):
            match parameter:
                case syntax.Name(at, text):
                    binders.append(Binder(at, text, None, None, Binding.EXPLICIT))
                case syntax.Hole(at):
                    binders.append(Binder(at, "_", None, None, Binding.EXPLICIT))
                case syntax.ImplicitGroup(at, names, kind):
                    binders += [Binder(at, n, kind, None, Binding.IMPLICIT) for n in names]
                case syntax.Ascription(at, inner, kind) if group_names(inner):
                    binders += [Binder(at, n, kind, None, Binding.EXPLICIT) for n in group_names(inner)]
                case syntax.Items(at, _, _):
                    binders.append(Binder(at, "_", None, None, Binding.INSTANCE))
                case _:
                    hidden = f"pattern {index}"
                    binders.append(Binder(parameter.at, hidden, None, None, Binding.EXPLICIT))
                    patterns.append((hidden, parameter))
        body: Term = term.body
        for hidden, pattern in reversed(patterns):
            row = syntax.Alternative(pattern.at, ((pattern,),), body)
            body = syntax.Match(pattern.at, (syntax.Name(pattern.at, hidden),), (row,))
        return Function("fun", term.at, tuple(binders), None, body, scope)
        yield

    def _lambda_match(self, term: syntax.LambdaMatch, scope: Scope, expected: Type | None) -> Step:
        return equations("fun", term.at, (), None, term.alternatives, (), scope)
        yield

    def _let(self, term: syntax.Let, scope: Scope, expected: Type | None) -> Step:
        body: Term = term
        while isinstance(body, syntax.Let):
            scope = yield self.bind_local(body.local, body.have, scope)
            body = body.body
        return (yield self.term(body, scope, expected))

    def bind_local(self, local: syntax.Local, have: bool, scope: Scope) -> Step:
        """The scope with a `let` or `have` added."""
        if local.binders:
            assert local.name is not None
            function = arrows_to_binders(local.name, local.at, local.binders, local.type, local.value, scope)
            return scope.bind_all({local.name: function})
        kind = yield self.type_value(local.type, scope)
        if isinstance(kind, v.Proposition):
            self.prove(kind, local.value, scope)
            return scope.bind_all({local.name or "this": v.Proof(kind)})
        if have and kind is None:
            return scope.bind_all({local.name or "this": v.Proof()})
        if kind == Type("Function") and local.name is not None and isinstance(local.value, syntax.Lambda):
            function = arrows_to_binders(local.name, local.at, (), local.type, local.value, scope)
            return scope.bind_all({local.name: function})
        value = yield self.checked(local.value, scope, kind)
        if local.pattern is not None:
            bound = self.match_pattern(local.pattern, value, scope)
            if bound is None:
                raise self.error(LeanTypeError, scope, local.at, f"the pattern does not fit {show(value)}")
            return scope.bind_all(bound)
        return scope if local.name == "_" else scope.bind_all({local.name or "this": value})

    def _conditional(self, term: syntax.Conditional, scope: Scope, expected: Type | None) -> Step:
        condition = yield self.term(term.condition, scope, None)
        holds = condition.holds if isinstance(condition, v.Proposition) else condition
        if condition is HOLE:
            return HOLE
        if not isinstance(holds, bool):
            raise self.error(UnsupportedLeanError, scope, term.condition.at, "this condition cannot be worked out here")
        if term.name is not None:
            scope = scope.bind_all({term.name: v.Proof(v.Proposition(True))})
        return (yield self.term(term.then if holds else term.otherwise, scope, expected))

    def _match(self, term: syntax.Match, scope: Scope, expected: Type | None) -> Step:
        subjects = []
        for subject in term.subjects:
            subjects.append((yield self.term(subject, scope, None)))
        return (yield self.alternatives(term.alternatives, subjects, scope, expected, term.at))

    def alternatives(
        self,
        rows: Sequence[syntax.Alternative],
        subjects: Sequence[Value],
        scope: Scope,
        expected: Type | None,
        at: int,
    ) -> Step:
        """The body of the first alternative whose patterns fit."""
        if any(s is HOLE for s in subjects):
            return HOLE
        for alternative in rows:
            for row in alternative.rows:
                if len(row) != len(subjects):
                    raise self.error(
                        LeanTypeError,
                        scope,
                        alternative.at,
                        f"{len(row)} patterns for {len(subjects)} values",
                    )
                bound: dict[str, Value] | None = {}
                for pattern, value in zip(row, subjects, strict=True):
                    found = self.match_pattern(pattern, value, scope)
                    if found is None or bound is None:
                        bound = None
                        break
                    bound |= found
                if bound is not None:
                    return (yield self.term(alternative.body, scope.bind_all(bound), expected))
        shown = ", ".join(map(show, subjects))
        raise self.error(LeanTypeError, scope, at, f"no alternative fits {shown}")

    def match_pattern(self, pattern: Term, value: Value, scope: Scope) -> dict[str, Value] | None:
        """The names a pattern binds when it fits the value, or None."""
        from xcheck.lean_parser.elaborate.patterns import match_pattern

        return match_pattern(self, pattern, value, scope)

    def _quantified(self, term: syntax.Quantified, scope: Scope, expected: Type | None) -> Step:
        return (yield self._instances(term, 0, scope))

    def _instances(self, term: syntax.Quantified, index: int, scope: Scope) -> Step:
        if index == len(term.names):
            value = yield self.term(term.body, scope, None)
            if isinstance(value, bool):
                return v.Proposition(value)
            return value if isinstance(value, v.Proposition) else v.Proposition(None)
        name, kind_term = term.names[index]
        kind = yield self.type_value(kind_term, scope)
        if not isinstance(kind, Type) or kind.head not in ("Fin", "Bool"):
            return Type("Function") if isinstance(kind, Type) and kind.head == "Type" else v.Proposition(None)
        domain: Sequence[Value] = (False, True)
        if kind.head == "Fin":
            if type(kind.arguments[0]) is not int or kind.arguments[0] > _MAX_DOMAIN:
                return v.Proposition(None)
            domain = range(kind.arguments[0])
        unknown = False
        for value in domain:
            each = yield self._instances(term, index + 1, scope.bind_all({name: value}))
            holds = each.holds if isinstance(each, v.Proposition) else None
            if holds is None:
                unknown = True
            elif holds != term.universal:
                return v.Proposition(not term.universal)
        return v.Proposition(None if unknown else term.universal)

    def _block(self, term: syntax.Block, scope: Scope, expected: Type | None) -> Step:
        if term.word == "do":
            raise self.error(UnsupportedLeanError, scope, term.at, "a `do` block is not supported")
        if not isinstance(expected, Type) or expected.head in ("Proof", "Type"):
            return v.Proof()
        result: Value = None
        done = False
        for step in parse_steps(scope.context.source, term):
            if step.local is not None:
                scope = yield self.bind_local(step.local, step.have, scope)
            elif step.result is not None:
                # `simpa using e` may change how a type is written, never which it is: shapes are compared afterwards.
                result = yield self.checked(step.result, scope, expected)
                done = True
        if not done:
            raise self.error(
                UnsupportedLeanError, scope, term.at, "this `by` block has no `exact` or `simpa ... using`"
            )
        return result

    def _unsupported(self, term: syntax.Unsupported, scope: Scope, expected: Type | None) -> Step:
        raise self.error(UnsupportedLeanError, scope, term.at, f"{term.what} is not supported")
        yield

    def _implicit_group(self, term: syntax.ImplicitGroup, scope: Scope, expected: Type | None) -> Step:
        raise self.error(UnsupportedLeanError, scope, term.at, "`{...}` is not a term here")
        yield

    # -- proofs ----------------------------------------------------------------------------------------------------

    def prove(self, proposition: v.Proposition, proof: Term | None, scope: Scope, what: str = "") -> None:
        """Accepts a proof of a proposition that is not false; the proof itself is not read."""
        if proposition.holds is False:
            at = proof.at if proof is not None else 0
            sides = ""
            if proposition.sides is not None:
                sides = f" ({show(proposition.sides[0])} against {show(proposition.sides[1])})"
            raise self.error(FalseProofError, scope, at, f"the proposition{what} proved here is false{sides}")

    # -- application -----------------------------------------------------------------------------------------------

    def apply(self, function: Value, actuals: Sequence[Actual], scope: Scope, expected: Type | None, at: int) -> Step:
        """A function value with arguments."""
        from xcheck.lean_parser.elaborate.calls import apply

        if isinstance(function, Function):
            return (yield apply(self, function, actuals, scope, expected, at))
        if not actuals:
            return function
        if function is HOLE or isinstance(function, v.Proof):
            return HOLE if function is HOLE else v.Proof()
        if isinstance(function, Type):
            return HOLE
        raise self.error(LeanArgumentError, scope, at, f"{show(function)} is not a function, but has arguments")

    def enter(self, function: Function, scope: Scope, expected: Type | None, call: Call) -> Step:
        """The body of a function whose arguments are bound in `scope`."""
        if function.equations:
            subjects = [scope.locals[name] for name in function.matched]
            value = yield self.alternatives(function.equations, subjects, scope, expected, function.at)
            return value
        if callable(function.body):
            value = function.body(call)
            if hasattr(value, "send"):
                value = yield value
            return value
        return (yield self.term(function.body, scope, expected))


_METHODS: Final[dict[type, Callable[[Any, Any, Scope, Type | None], Step]]] = {
    syntax.Name: Evaluator._name,
    syntax.Dotted: Evaluator._dotted,
    syntax.Number: Evaluator._number,
    syntax.Text: Evaluator._text,
    syntax.Interpolated: Evaluator._interpolated,
    syntax.Hole: Evaluator._hole,
    syntax.Apply: Evaluator._apply,
    syntax.Binary: Evaluator._binary,
    syntax.Prefix: Evaluator._prefix,
    syntax.Project: Evaluator._project,
    syntax.Ascription: Evaluator._ascription,
    syntax.Tuple: Evaluator._tuple,
    syntax.Anonymous: Evaluator._anonymous,
    syntax.Items: Evaluator._items,
    syntax.Structure: Evaluator._structure,
    syntax.ImplicitGroup: Evaluator._implicit_group,
    syntax.Lambda: Evaluator._lambda,
    syntax.LambdaMatch: Evaluator._lambda_match,
    syntax.Let: Evaluator._let,
    syntax.Conditional: Evaluator._conditional,
    syntax.Match: Evaluator._match,
    syntax.Quantified: Evaluator._quantified,
    syntax.Block: Evaluator._block,
    syntax.Unsupported: Evaluator._unsupported,
}
