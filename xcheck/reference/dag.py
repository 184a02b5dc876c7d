"""DAG terms, and the lowering of a graph to one.

Variables are de Bruijn levels: entry K of the environment from the left, parameters first, then the input, then each
`let1`'s value appended on the right. Type casts carry no content and are erased.
Source: `NN/GraphSpec/DAG/Core.lean` @82bea12, `NN/GraphSpec/Core.lean` (`LowerToDAG`) @82bea12, @b2a2184;
`NN/GraphSpec/Chain/ToDAG/Core.lean` @3447b74.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from xcheck.reference.graph import Compose, Graph, Identity, primitives


@dataclass(frozen=True, slots=True)
class Var:
    """`vK`: environment entry K."""

    level: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """A primitive operation by name on argument terms."""

    name: str
    args: tuple[Term, ...]

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
            done.append(Op(node.primitive.name, tuple(map(Var, levels))))
    return done[0]
