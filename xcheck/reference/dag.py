"""DAG terms and models, the lowering of a graph to one, and their evaluation.

Variables are de Bruijn levels: entry K of the environment from the left, parameters first, then the input, then each
`let1`'s value appended on the right. Type casts carry no content and are erased.
Source: `NN/GraphSpec/DAG/Core.lean` @82bea12, `NN/GraphSpec/Core.lean` (`LowerToDAG`) @82bea12, @b2a2184;
`NN/GraphSpec/Chain/ToDAG/Core.lean` @3447b74.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from xcheck.reference.dag_operation import DagOperation, Declared, Embedded
from xcheck.reference.graph import Compose, Graph, Identity, primitives, signature_of
from xcheck.reference.initialise import Initial, Zeros, initial_values
from xcheck.reference.lowering import LoweringFailure, det_init_params_aux
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Var:
    """`vK`: environment entry K."""

    level: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A primitive operation by name on argument terms.

    `operation` is what it computes, None where only the name is known; it takes no part in comparison.
    """

    name: str
    args: tuple[Term, ...]
    operation: DagOperation | None = None

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash(tuple(term_tokens(self)))

    def __repr__(self) -> str:
        return f"<op {self.name}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Let1:
    """`let1 bound body`: `bound`'s value becomes the last environment entry of `body`."""

    bound: Term
    body: Term

    def __eq__(self, other: object) -> bool:
        return _same(self, other)

    def __hash__(self) -> int:
        return hash(tuple(term_tokens(self)))

    def __repr__(self) -> str:
        return f"<let1 of {sum(1 for _ in term_tokens(self))} tokens>"


Term: TypeAlias = Var | Op | Let1


def term_tokens(term: Term) -> Iterator[str | Var | tuple[str, str]]:
    """The term in reading order: variables, `("op", name)`, and the brackets of the export format."""
    stack: list[Term | str] = [term]
    while stack:
        node = stack.pop()
        if isinstance(node, Op):
            yield ("op", node.name)
            yield "["
            rest: list[Term | str] = []
            for position, argument in enumerate(node.args):
                rest += [",", argument] if position else [argument]
            stack += ["]", *reversed(rest)]
        elif isinstance(node, Let1):
            yield "let1"
            stack += [")", node.body, "(", ")", node.bound, "("]
        else:
            yield node


def _same(left: Term, right: object) -> bool:
    if not isinstance(right, Var | Op | Let1):
        return False
    return list(term_tokens(left)) == list(term_tokens(right))


def to_dag_term(graph: Graph) -> Term:
    """The DAG term of a graph, in the environment `parameters ++ [input]`.

    `T(id) = x`; `T(prim p) = op p [its parameters, x]`; `T(g1 >>> g2) = let1 T(g1) T(g2)` with x bound to the new
    last entry in the body. One `let1` for each composition, around identities too.
    """
    total = sum(len(node.signature.params) for node in primitives(graph))
    parameter = 0
    done: list[Term] = []
    # A task is a subgraph with its data variable and environment length, a composition waiting for its body, or None:
    # both halves are done.
    tasks: list[tuple[Graph, int, int] | tuple[Graph, int] | None] = [(graph, total, total + 1)]
    while tasks:
        task = tasks.pop()
        if task is None:
            body = done.pop()
            done.append(Let1(done.pop(), body))
            continue
        if len(task) == 2:
            second, length = task
            tasks += [None, (second, length, length + 1)]
            continue
        node, data, length = task
        if isinstance(node, Compose):
            tasks += [(node.second, length), (node.first, data, length)]
        elif isinstance(node, Identity):
            done.append(Var(data))
        else:
            count = len(node.signature.params)
            levels = (*range(parameter, parameter + count), data)
            parameter += count
            name = node.primitive.name
            done.append(Op(name, tuple(map(Var, levels)), Embedded(name, node.primitive, node.signature)))
    return done[0]


@dataclass(frozen=True, slots=True)
class DagModel:
    """A DAG model: parameter shapes and how they start, input shapes, output shape, and the body.

    The body's environment is the parameters, then the inputs.
    """

    params: tuple[Shape, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    initial: tuple[Initial, ...]
    body: Term


def zero_model(graph: Graph) -> DagModel:
    """`toDAGModelZeroInit`: the graph as a DAG model with every parameter zero, batch norm's gamma included."""
    signature = signature_of(graph)
    initial = tuple(Initial(shape, Zeros(), 0) for shape in signature.params)
    return DagModel(signature.params, (signature.input,), signature.output, initial, to_dag_term(graph))


def det_model(graph: Graph, profile: Profile) -> DagModel | LoweringFailure:
    """`toDAGModelDetInit?`: the graph with its layers' own initial parameters, or Lean's error string."""
    lowered = det_init_params_aux(graph, 0, profile)
    if isinstance(lowered, LoweringFailure):
        return lowered
    signature = signature_of(graph)
    return DagModel(signature.params, (signature.input,), signature.output, lowered.initial, to_dag_term(graph))


def model_parameters(model: DagModel, profile: Profile) -> list[F64]:
    """The initial parameters of a model, `float64`, in order."""
    return [initial_values(initial, profile) for initial in model.initial]


def run_model(model: DagModel, run: Run, params: Sequence[F64], inputs: Sequence[F64]) -> F64:
    """The model's output; raises `NotComparableError` where an operation's meaning is not known."""
    return evaluate(model.body, (*params, *inputs), run)


def shared_nodes(term: Term) -> tuple[int, frozenset[int]]:
    """How many distinct nodes a term has, and the identities of those that several places use."""
    uses: Counter[int] = Counter()
    stack: list[Term] = [term]
    while stack:
        node = stack.pop()
        uses[id(node)] += 1
        if uses[id(node)] > 1:
            continue
        if isinstance(node, Op):
            stack.extend(node.args)
        elif isinstance(node, Let1):
            stack += (node.bound, node.body)
    return len(uses), frozenset(node for node, count in uses.items() if count > 1)


def evaluate(term: Term, environment: Sequence[F64], run: Run) -> F64:
    """The value of a term, each distinct node computed once in each environment.

    Lean's own evaluators compute a repeated subterm again; the values are the same. Sharing is by node identity, so a
    ResNet body without `let1` costs its distinct operations and not its paths.
    Raises `NotComparableError` where an operation's meaning is not known, `IndexError` for a variable outside the
    environment.
    """
    _, shared = shared_nodes(term)
    values = list(environment)
    scope, scopes = 0, 0  # which binding of the innermost `let1` is in force, and how many there have been
    remembered: dict[tuple[int, int], F64] = {}
    done: list[F64] = []
    # A task is a term to evaluate, an operation whose arguments are done, or a stage of a `let1`.
    tasks: list[tuple[str, Term, int]] = [("term", term, 0)]
    while tasks:
        what, node, note = tasks.pop()
        if what == "term":
            key = (id(node), scope)
            if isinstance(node, Var):
                done.append(values[node.level])
            elif key in remembered:
                done.append(remembered[key])
            else:
                if id(node) in shared:
                    tasks.append(("keep", node, scope))
                if isinstance(node, Op):
                    tasks.append(("apply", node, len(node.args)))
                    tasks += [("term", argument, 0) for argument in reversed(node.args)]
                else:
                    tasks += [("bind", node, 0), ("term", node.bound, 0)]
        elif what == "keep":
            remembered[id(node), note] = done[-1]
        elif what == "apply":
            assert isinstance(node, Op)
            arguments = done[len(done) - note :]
            del done[len(done) - note :]
            done.append(_apply(node, arguments, run))
        elif what == "bind":
            assert isinstance(node, Let1)
            values.append(done.pop())
            scopes += 1
            tasks += [("unbind", node, scope), ("term", node.body, 0)]
            scope = scopes
        else:
            values.pop()
            scope = note
    return done[0]


def _apply(node: Op, arguments: Sequence[F64], run: Run) -> F64:
    operation = node.operation
    if operation is None:
        raise NotComparableError(f"the reference does not know the operation {node.name!r}")
    for position, (value, shape) in enumerate(zip(arguments, operation.inputs, strict=True)):
        if np.shape(value) != shape:
            raise NotComparableError(
                f"{node.name} takes {format_shape(shape)} as argument {position + 1}, got {format_shape(value.shape)}"
            )
    return operation.forward(run, arguments)


@dataclass(frozen=True, slots=True)
class Composite(Declared):
    """A user's own operation whose meaning is a term over its inputs."""

    body: Term

    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        return evaluate(self.body, values, run)
