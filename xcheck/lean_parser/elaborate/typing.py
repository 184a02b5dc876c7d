"""Types of values, how they print, and when two agree."""

from __future__ import annotations

from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.values import HOLE, Type, Value
from xcheck.reference.initialise import Scheme
from xcheck.reference.profile import Profile, Surface
from xcheck.tensor import Shape


class RefusalError(Exception):
    """Lean would refuse the term, or it cannot be evaluated here; the place is added by whoever knows it."""


class MismatchError(RefusalError):
    """A value of another type than its place asks for."""


_SCHEMES: Final = Scheme.__args__


def type_of(value: Value) -> Type | None:
    """The type of a value, None where it has no useful one."""
    match value:
        case bool():
            return v.BOOL
        case int():
            return v.NAT
        case str():
            return v.STRING
        case float():
            return v.FLOAT
        case tuple():
            return v.SHAPE
        case v.NatTensor(items):
            return Type("Tensor", (v.NAT, (len(items),)))
        case v.ListValue(items):
            return Type("List", (type_of(items[0]) if items else HOLE,))
        case v.TupleValue(items):
            return Type("Prod", tuple(type_of(i) or HOLE for i in items))
        case v.GraphValue(_, s):
            return Type("Graph", (v.ListValue(s.params), s.input, s.output))
        case v.PrimitiveValue(node):
            s = node.signature
            return Type("Primitive", (v.ListValue(s.params), s.input, s.output))
        case v.LayerCall():
            return Type("LayerDef", (value.input, value.output))
        case v.SeqModel():
            return Type("Seq", (value.input, value.output))
        case v.TermValue():
            return Type("Term", (v.ListValue(value.environment), value.shape))
        case v.ArgsValue():
            environment = HOLE if value.environment is None else v.ListValue(value.environment)
            return Type("Args", (environment, v.ListValue(value.shapes)))
        case v.OperationValue(operation):
            return Type("PrimOp", (v.ListValue(operation.inputs), operation.output))
        case v.ModelValue(m):
            return Type("Model", (v.ListValue(m.params), v.ListValue(m.inputs), m.output))
        case v.TensorValue(initial):
            return Type("Tensor", (v.FLOAT, initial.shape))
        case v.TensorTerm():
            return Type("Tensor", (HOLE, value.shape))
        case v.Pack(items):
            return Type("TList", (HOLE, v.ListValue(tuple(_shape_of(i) for i in items))))
        case v.RecordValue(record, _):
            return record
        case v.OptionValue():
            return Type("Option", (HOLE,))
        case v.ExceptValue():
            return Type("Except", (HOLE, HOLE))
        case v.VarValue():
            return Type("Var", (HOLE, HOLE))
        case v.Function():
            return Type("Function")
        case Type() | v.Proposition():
            return Type("Type")
        case v.Proof():
            return Type("Proof")
        case v.Program():
            return Type("Program")
    return Type("Scheme") if isinstance(value, _SCHEMES) else None


def _shape_of(item: v.TensorValue | v.TensorTerm) -> Shape:
    return item.initial.shape if isinstance(item, v.TensorValue) else item.shape


def has_hole(value: Value) -> bool:
    """Whether some part of a value or type is not known."""
    if value is HOLE or value is None or value is v.UNSET:
        return True
    if isinstance(value, Type):
        return any(has_hole(a) for a in value.arguments)
    if isinstance(value, v.ListValue):
        return not _plain(value.items) and any(has_hole(i) for i in value.items if not isinstance(i, tuple))
    return False


def _plain(items: tuple[Value, ...]) -> bool:
    """Whether all items are shapes, or all naturals: told without a loop in Python."""
    kinds = set(map(type, items))
    return kinds <= {tuple} or kinds <= {int}


def as_shape(value: Value, profile: Profile) -> Shape:
    """A value as a `Shape`; where shapes are lists (`Chain`), a list of naturals is one. Raises `MismatchError`."""
    if isinstance(value, tuple):
        return value
    chain = profile.surface is Surface.CHAIN
    if chain and isinstance(value, v.ListValue) and all(type(i) is int for i in value.items):
        return value.items
    raise MismatchError(f"{show(value)} is not a Shape")


def as_shapes(value: Value, profile: Profile) -> tuple[Shape, ...]:
    """A value as a list of shapes. Raises `MismatchError`."""
    if isinstance(value, v.ListValue):
        if set(map(type, value.items)) <= {tuple}:
            return value.items
        return tuple(as_shape(item, profile) for item in value.items)
    raise MismatchError(f"{show(value)} is not a list of shapes")


def coerce(value: Value, expected: Type | None, profile: Profile) -> Value:
    """`value` as a member of `expected`; raises `MismatchError` showing both types."""
    if expected is None or not isinstance(expected, Type) or value is HOLE:
        return value
    head, arguments = expected.head, expected.arguments
    match head:
        case "Shape":
            return as_shape(value, profile)
        case "Nat" | "Fin":
            if type(value) is not int:
                raise _mismatch(value, expected)
            if head == "Fin" and arguments and type(arguments[0]) is int and value >= arguments[0]:
                raise MismatchError(f"{value} is not below {arguments[0]}")
            return value
        case "Bool":
            if isinstance(value, v.Proposition) and value.holds is not None:
                return value.holds
            if not isinstance(value, bool):
                raise _mismatch(value, expected)
            return value
        case "String":
            if not isinstance(value, str):
                raise _mismatch(value, expected)
            return value
        case "Float":
            if type(value) is int:
                return float(value)
            if not isinstance(value, float):
                raise _mismatch(value, expected)
            return value
        case "List" | "Array":
            if isinstance(value, tuple) and profile.surface is Surface.CHAIN:
                value = v.ListValue(value)
            if not isinstance(value, v.ListValue):
                raise _mismatch(value, expected)
            item = arguments[0] if arguments else None
            if item == v.SHAPE and set(map(type, value.items)) <= {tuple}:
                return value
            if isinstance(item, Type):
                return v.ListValue(tuple(coerce(i, item, profile) for i in value.items))
            return value
        case "Prod":
            if not isinstance(value, v.TupleValue) or len(value.items) != len(arguments):
                raise _mismatch(value, expected)
            parts = zip(value.items, arguments, strict=True)
            return v.TupleValue(tuple(coerce(i, t if isinstance(t, Type) else None, profile) for i, t in parts))
        case "Tensor" if arguments and arguments[0] == v.NAT:
            return _nat_tensor(value, arguments[1], expected)
        case "Activation":
            if not isinstance(value, str):
                raise _mismatch(value, expected)
            return value
        case "Args":
            if not isinstance(value, v.ArgsValue):
                raise _mismatch(value, expected)
        case "Function" | "Type" | "Proof" | "Var" | "Except" | "Program":
            return value
    actual = type_of(value)
    if actual is None or not agree(actual, expected, profile):
        raise _mismatch(value, expected)
    return value


def _nat_tensor(value: Value, shape: Value, expected: Type) -> v.NatTensor:
    items = value.items if isinstance(value, v.NatTensor | v.ListValue) else value
    if not isinstance(items, tuple) or any(type(i) is not int for i in items):
        raise _mismatch(value, expected)
    length = shape[0] if isinstance(shape, tuple) and len(shape) == 1 else None
    if isinstance(shape, v.ListValue) and len(shape.items) == 1:
        length = shape.items[0]
    if type(length) is int and length != len(items):
        raise MismatchError(f"{show(value)} has {len(items)} entries, {show_type(expected)} has {length}")
    return v.NatTensor(items)


def _mismatch(value: Value, expected: Type) -> MismatchError:
    actual = type_of(value)
    if actual is not None and actual.head == expected.head:
        return MismatchError(f"the term has type {show_type(actual)}, but its place asks for {show_type(expected)}")
    what = show(value) if actual is None or actual.head in ("Nat", "Shape", "Bool", "String") else show_type(actual)
    return MismatchError(f"{what} stands where a {show_type(expected)} is asked for")


def agree(left: Value, right: Value, profile: Profile) -> bool:
    """Whether two values or types are the same as far as both are known."""
    if left is HOLE or right is HOLE or left is None or right is None:
        return True
    if isinstance(left, Type) and isinstance(right, Type):
        if left.head != right.head:
            return False
        return all(agree(a, b, profile) for a, b in zip(left.arguments, right.arguments, strict=False))
    if isinstance(left, tuple | v.ListValue) and isinstance(right, tuple | v.ListValue):
        a = left if isinstance(left, tuple) else left.items
        b = right if isinstance(right, tuple) else right.items
        if _plain(a) and _plain(b):
            return a == b
        return len(a) == len(b) and all(agree(x, y, profile) for x, y in zip(a, b, strict=True))
    return bool(left == right)


_PLAIN: Final = {"TList": 1, "Tensor": 0}


def show_type(kind: Value) -> str:
    """A type as a person reads it: `Graph [[3, 2], [3]] [2] [3]`."""
    if not isinstance(kind, Type):
        return show(kind)
    if kind.head == "Prod":
        return " × ".join(show_type(a) for a in kind.arguments)
    parts = [f"({t})" if " " in (t := show_type(a)) and t[0] != "[" else t for a in kind.arguments]
    return " ".join([kind.head, *parts])


def show(value: Value) -> str:
    """A value as a person reads it, shortened where it is long."""
    if value is HOLE or value is None or value is v.UNSET:
        return "_"
    if isinstance(value, Type):
        return show_type(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, v.ListValue | v.NatTensor):
        items = [show(i) for i in value.items[:100]]
        if len(value.items) > 100:
            items.append(f"... {len(value.items)} in all")
        return "[" + ", ".join(items) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 512 else "a very large natural"
    if isinstance(value, str):
        return '"' + value + '"'
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, v.Function):
        return f"the function {value.name}"
    kind = type_of(value)
    return "a value" if kind is None else f"a {show_type(kind)}"
