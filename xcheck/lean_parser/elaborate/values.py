"""What Lean terms evaluate to: naturals, shapes, lists, graphs, layer stacks, DAG terms and models, and types.

Naturals, booleans, strings and floats are Python's own; a `Shape` is a tuple of naturals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from xcheck.lean_parser.lean_syntax import Alternative, Binder, Term
from xcheck.lean_parser.source import SourceText
from xcheck.reference.dag import DagModel
from xcheck.reference.dag import Term as DagTerm
from xcheck.reference.dag_operation import DagOperation
from xcheck.reference.graph import Graph, Prim
from xcheck.reference.initialise import Initial
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape

Value: TypeAlias = Any


class Absent(Enum):
    """Two kinds of nothing: a value nobody knows, and an argument not determined yet."""

    HOLE = "_"
    UNSET = "?"


HOLE = Absent.HOLE
UNSET = Absent.UNSET


@dataclass(frozen=True, slots=True)
class Type:
    """A type constructor with its arguments; `HOLE` stands for an unknown one."""

    head: str
    arguments: tuple[Value, ...] = ()


NAT = Type("Nat")
BOOL = Type("Bool")
STRING = Type("String")
FLOAT = Type("Float")
SHAPE = Type("Shape")


@dataclass(frozen=True, slots=True)
class ListValue:
    """A Lean list."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TupleValue:
    """A pair or longer tuple, or unit."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class NatTensor:
    """A rank-one tensor (or vector) of naturals: the geometry of a window."""

    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OptionValue:
    """`some value`, or `none` where `present` is false."""

    present: bool
    value: Value = None


@dataclass(frozen=True, slots=True)
class ExceptValue:
    """`.ok value` or `.error message`."""

    ok: bool
    value: Value


@dataclass(frozen=True, slots=True)
class Proposition:
    """A proposition and whether it holds; None where that cannot be worked out. An equation keeps its sides."""

    holds: bool | None
    sides: tuple[Value, Value] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof, of a known proposition or of one nobody asked about."""

    of: Proposition | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PrimitiveValue:
    """A GraphSpec primitive."""

    node: Prim


@dataclass(frozen=True, slots=True, eq=False)
class GraphValue:
    """A graph with the signature its leaves add up to."""

    graph: Graph
    signature: Signature


@dataclass(frozen=True, slots=True)
class LayerCall:
    """One layer as its builder was called: Lean argument names with their values, seeds and defaults included."""

    builder: str
    arguments: tuple[tuple[str, Value], ...]
    input: Shape
    output: Shape


@dataclass(frozen=True, slots=True)
class SeqModel:
    """A layer stack written with builders; `input` and `output` are also those of an empty stack."""

    layers: tuple[LayerCall, ...]
    input: Shape
    output: Shape


@dataclass(frozen=True, slots=True, eq=False)
class TermValue:
    """A DAG term in an environment of shapes."""

    term: DagTerm
    environment: tuple[Shape, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class ArgsValue:
    """Arguments of a DAG operation; `environment` is None for `Args.nil` on its own."""

    terms: tuple[DagTerm, ...]
    environment: tuple[Shape, ...] | None
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class VarValue:
    """A typed variable: its level from the left."""

    level: int


@dataclass(frozen=True, slots=True, eq=False)
class OperationValue:
    """A DAG primitive operation."""

    operation: DagOperation


@dataclass(frozen=True, slots=True, eq=False)
class ModelValue:
    """A DAG model."""

    model: DagModel


@dataclass(frozen=True, slots=True)
class TensorValue:
    """A parameter tensor, as the scheme and seed that make it."""

    initial: Initial


@dataclass(frozen=True, slots=True, eq=False)
class TensorTerm:
    """A tensor inside an operation's own definition: a term over that operation's inputs."""

    term: DagTerm
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A typed list of tensors (`TList`, `TensorPack`)."""

    items: tuple[TensorValue | TensorTerm, ...]


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A structure instance of a record type."""

    type: Type
    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """An executable program: what runs a model, and nothing that can be compared on its own."""

    what: str


@dataclass(frozen=True, slots=True)
class Context:
    """Where names are looked up: the file, the namespace around, and the namespaces opened so far."""

    source: SourceText
    namespace: str
    opens: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Local names on top of a context."""

    locals: Mapping[str, Value]
    context: Context

    def bind_all(self, names: Mapping[str, Value]) -> Scope:
        """This scope with more local names."""
        return Scope({**self.locals, **names}, self.context)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A definition, lambda or built-in with its binders; `given` are arguments bound already, by binder position.

    `body` is a term, equations over the last explicit binders, or Python for a built-in.
    """

    name: str
    at: int
    binders: tuple[Binder, ...]
    result: Term | None
    body: Any
    scope: Scope
    given: Mapping[int, Value] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    equations: tuple[Alternative, ...] = ()
    matched: tuple[str, ...] = ()
