"""Structure instances `{ field := value ... }`: DAG models, operations, primitives and layer specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.trampoline import Step
from xcheck.lean_parser.elaborate.typing import as_shape, as_shapes, has_hole, show
from xcheck.lean_parser.elaborate.values import HOLE, Scope, Type, Value
from xcheck.lean_parser.lean_errors import (
    CannotInferError,
    LeanArgumentError,
    LeanLimitError,
    LeanSourceError,
    LeanTypeError,
    UnsupportedLeanError,
)
from xcheck.reference.dag import Composite, DagModel, Var
from xcheck.reference.dag_operation import DagOperation, Unknown
from xcheck.reference.graph import Prim
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape

if TYPE_CHECKING:
    from xcheck.lean_parser.elaborate.evaluator import Evaluator

# Records whose fields are tensors, with the fields they have; the rest of their meaning is in the type's arguments.
_RECORDS = {
    "LinearSpec": ("weights", "bias"),
    "Conv2DSpec": ("kernel", "bias"),
    "ConvSpec": ("kernel", "bias"),
    "MaxPool2DSpec": (),
    "MaxPoolSpec": (),
}


def build_structure(ev: Evaluator, term: syntax.Structure, scope: Scope, expected: Type | None) -> Step:
    """The value of a structure instance, by the type its place asks for."""
    if not isinstance(expected, Type) or expected.head in ("Type", "Proof"):
        raise ev.error(CannotInferError, scope, term.at, "the structure that `{ ... }` builds is not known here")
    constructor = f"{expected.head}.mk"
    if constructor in ev.world.declared:
        return (yield _own_record(ev, term, constructor, scope, expected))
    if term.base is not None:
        raise ev.error(UnsupportedLeanError, scope, term.at, "`{ base with ... }` is not supported")
    fields = {f.name: f for f in term.fields}
    if len(fields) != len(term.fields):
        raise ev.error(LeanArgumentError, scope, term.at, "a field is given twice")
    if expected.head in _RECORDS:
        return (yield _record(ev, term, fields, scope, expected))
    if expected.head == "Model":
        return (yield _model(ev, term, fields, scope, expected))
    if expected.head == "PrimOp":
        return (yield _operation(ev, term, fields, scope, expected))
    if expected.head == "Primitive":
        return (yield _primitive(ev, term, fields, scope, expected))
    raise ev.error(UnsupportedLeanError, scope, term.at, f"a structure instance of {expected.head} is not supported")


def _own_record(ev: Evaluator, term: syntax.Structure, constructor: str, scope: Scope, expected: Type) -> Step:
    """An instance of a file's own structure; fields that are not given come from the base or their defaults."""
    from xcheck.lean_parser.elaborate.evaluator import Actual

    actuals = [Actual(f.name, f.at, f.value, scope) for f in term.fields]
    if term.base is not None:
        base = yield ev.checked(term.base, scope, expected)
        given = {f.name for f in term.fields}
        actuals += [Actual(n, term.at, None, scope, x) for n, x in base.fields if n not in given]
    value = yield ev.apply(ev.function(constructor), actuals, scope, expected, term.at)
    if isinstance(value, v.Function):
        missing = [b.name for i, b in enumerate(value.binders) if i not in value.given and b.default is None]
        raise ev.error(LeanArgumentError, scope, term.at, f"{expected.head} needs its fields {', '.join(missing)}")
    return value


def _only(
    ev: Evaluator,
    term: syntax.Structure,
    fields: dict[str, syntax.Field],
    scope: Scope,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    what: str,
) -> None:
    for name, field in fields.items():
        if name not in required and name not in optional:
            raise ev.error(LeanArgumentError, scope, field.at, f"{what} has no field {name!r}")
    for name in required:
        if name not in fields:
            raise ev.error(LeanArgumentError, scope, term.at, f"the field {name!r} of {what} is missing")


def _record(
    ev: Evaluator, term: syntax.Structure, fields: dict[str, syntax.Field], scope: Scope, expected: Type
) -> Step:
    known = _RECORDS[expected.head]
    _only(ev, term, fields, scope, known, ("stride", "padding"), expected.head)
    values = []
    for name in known:
        values.append((name, (yield ev.term(fields[name].value, scope, None))))
    return v.RecordValue(expected, tuple(values))


def _shapes(ev: Evaluator, term: syntax.Structure, scope: Scope, value: Value) -> tuple[Shape, ...]:
    if has_hole(value):
        raise ev.error(CannotInferError, scope, term.at, "the shapes of this structure's type are not known here")
    return as_shapes(value, ev.profile)


def _model(
    ev: Evaluator, term: syntax.Structure, fields: dict[str, syntax.Field], scope: Scope, expected: Type
) -> Step:
    _only(ev, term, fields, scope, ("initParams", "body"), (), "a DAG model")
    params, inputs = (_shapes(ev, term, scope, a) for a in expected.arguments[:2])
    pack = Type("TList", (v.FLOAT, v.ListValue(params)))
    initial = yield ev.checked(fields["initParams"].value, scope, pack)
    body_type = Type("Term", (v.ListValue((*params, *inputs)), expected.arguments[2]))
    body = yield ev.checked(fields["body"].value, scope, body_type)
    starts = []
    for item in initial.items:
        if not isinstance(item, v.TensorValue):
            raise ev.error(LeanTypeError, scope, fields["initParams"].at, f"{show(item)} is no initial tensor")
        starts.append(item.initial)
    return v.ModelValue(DagModel(params, inputs, body.shape, tuple(starts), body.term))


def _operation(
    ev: Evaluator, term: syntax.Structure, fields: dict[str, syntax.Field], scope: Scope, expected: Type
) -> Step:
    _only(ev, term, fields, scope, ("name", "specFwd"), ("torchProgram", "program"), "a DAG operation")
    inputs = _shapes(ev, term, scope, expected.arguments[0])
    output = as_shape(expected.arguments[1], ev.profile)
    name = yield ev.checked(fields["name"].value, scope, v.STRING)
    operation = yield _meaning(ev, fields["specFwd"], scope, str(name), inputs, output)
    return v.OperationValue(operation)


def _meaning(
    ev: Evaluator, field: syntax.Field, scope: Scope, name: str, inputs: tuple[Shape, ...], output: Shape
) -> Step:
    """What a user's own operation computes: its `specFwd` run on its inputs as variables.

    Where that needs something the evaluator does not have, the operation's value is not comparable and says why.
    """
    pack = v.Pack(tuple(v.TensorTerm(Var(i), shape) for i, shape in enumerate(inputs)))
    try:
        result = yield run_forward(ev, field.value, scope, (pack,))
    except LeanLimitError:
        raise
    except LeanSourceError as error:
        return Unknown(name, inputs, output, f"the meaning of {name!r} is not evaluated: {error.message}")
    if not isinstance(result, v.TensorTerm):
        return Unknown(name, inputs, output, f"the meaning of {name!r} is not evaluated")
    if result.shape != output:
        raise ev.error(
            LeanTypeError,
            scope,
            field.at,
            f"{name!r} is declared to give {show(output)}, but its specFwd gives {show(result.shape)}",
        )
    meaning: DagOperation = Composite(name, inputs, output, result.term)
    return meaning


def run_forward(ev: Evaluator, term: syntax.Term, scope: Scope, last: tuple[Value, ...]) -> Step:
    """Applies a `specFwd` function: instances and context first, then the given values."""
    from xcheck.lean_parser.elaborate.evaluator import Actual
    from xcheck.lean_parser.lean_syntax import Binding

    function = yield ev.term(term, scope, None)
    if not isinstance(function, v.Function):
        raise ev.error(UnsupportedLeanError, scope, term.at, "a specFwd that is not a `fun` is not supported")
    explicit = sum(b.binding is Binding.EXPLICIT for b in function.binders)
    fill: list[Value] = [v.Proof()] * max(explicit - len(last), 0)
    actuals = [Actual(None, term.at, None, scope, value) for value in (*fill, *last)]
    return (yield ev.apply(function, actuals, scope, None, term.at))


def _primitive(
    ev: Evaluator, term: syntax.Structure, fields: dict[str, syntax.Field], scope: Scope, expected: Type
) -> Step:
    """A user's own primitive: known by name, type and flags; what it computes is not compared."""
    view = ("toLayerDefM?", "toLayerM?")
    _only(
        ev, term, fields, scope, ("name", "specFwd"), ("torchProgram", "program", "countsAsLayer", *view), "a Primitive"
    )
    params = _shapes(ev, term, scope, expected.arguments[0])
    start, stop = (as_shape(a, ev.profile) for a in expected.arguments[1:] if a is not HOLE)
    name = yield ev.checked(fields["name"].value, scope, v.STRING)
    counts = False
    if "countsAsLayer" in fields:
        counts = yield ev.checked(fields["countsAsLayer"].value, scope, v.BOOL)
    given = next((fields[f].value for f in view if f in fields), None)
    layer = given is not None and not (isinstance(given, syntax.Name | syntax.Dotted) and given.text == "none")
    signature = Signature(params, start, stop)
    return v.PrimitiveValue(Prim(Opaque.of(str(name), signature, {}), signature, counts, layer))
