"""The entry points: a file and a call give a graph, a layer stack or a DAG model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.evaluator import MAX_STEPS, Evaluator
from xcheck.lean_parser.elaborate.typing import show
from xcheck.lean_parser.elaborate.values import Context, Scope, SeqModel, Value
from xcheck.lean_parser.elaborate.world import Declared, World, load
from xcheck.lean_parser.lean import SourceFile, parse_source, parse_term, read_source
from xcheck.lean_parser.lean_errors import LeanArgumentError, LeanTypeError, UnknownNameError
from xcheck.lean_parser.lean_syntax import Term
from xcheck.lean_parser.source import SourceText
from xcheck.reference.dag import DagModel
from xcheck.reference.graph import Graph
from xcheck.reference.profile import Profile

Denoted: TypeAlias = Graph | SeqModel | DagModel

# What an expression on the command line may use without qualification, besides the file's own namespaces.
_OPENS = (
    "NN.GraphSpec",
    "NN",
    "Runtime.Autograd",
    "Runtime.Autograd.TorchLean",
    "TorchLean",
    "Spec",
    "NN.Tensor",
    "NN.GraphSpec.DAG",
    "NN.GraphSpec.Models",
)


@dataclass(frozen=True, slots=True, eq=False)
class Elaboration:
    """A file with its imports, ready to evaluate calls and expressions under one profile."""

    file: SourceFile
    world: World
    profile: Profile
    max_steps: int = MAX_STEPS

    def definitions(self) -> tuple[Declared, ...]:
        """The file's own definitions, theorems included."""
        return tuple(self.world.own)

    def _evaluator(self, source: SourceText) -> Evaluator:
        return Evaluator(self.world, self.profile, self.max_steps, command_line=source)

    def _scope(self, source: SourceText) -> Scope:
        own = sorted(self.world.namespaces, key=lambda n: (-n.count("."), n))
        opens = tuple(dict.fromkeys([*_OPENS, *reversed(own)]))
        return Scope({}, Context(source, "", opens, self.world.aliases))

    def value_of_call(self, call: str) -> Value:
        """The value of `NAME ARGUMENT...`, where the name may be short if only one definition of the file has it."""
        source = SourceText("<call>", call)
        term = parse_term(source)
        head = term
        arguments: tuple[syntax.Argument, ...] = ()
        while isinstance(head, syntax.Apply):
            arguments, head = (*head.arguments, *arguments), head.function
        if not isinstance(head, syntax.Name):
            raise source.error(LeanArgumentError, head.at, "a call starts with the name of a definition")
        full = self._find(head, source)
        renamed: Term = syntax.Name(head.at, f"_root_.{full}")
        if arguments:
            renamed = syntax.Apply(term.at, renamed, arguments)
        return self._evaluator(source).evaluate(renamed, self._scope(source))

    def _find(self, name: syntax.Name, source: SourceText) -> str:
        wanted = name.text.removeprefix("_root_.")
        names = [d.full_name for d in self.world.own if not d.proof]
        if wanted in names:
            return wanted
        fitting = sorted({n for n in names if n.endswith("." + wanted)})
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise source.error(LeanArgumentError, name.at, f"{wanted!r} may be any of {', '.join(fitting)}")
        known = ", ".join(sorted({n.rpartition(".")[2] for n in names})) or "none"
        raise source.error(
            UnknownNameError, name.at, f"{self.file.source.path} defines no {wanted!r} (it defines: {known})"
        )

    def value_of_expression(self, expression: str) -> Value:
        """The value of a Lean expression that sees the file's definitions."""
        source = SourceText("<expr>", expression)
        return self._evaluator(source).evaluate(parse_term(source), self._scope(source))


def elaborate_file(path: str | None, profile: Profile, search_path: Sequence[Path] = ()) -> Elaboration:
    """A file with its imports; without a path, an empty one. Raises `LeanSourceError`."""
    file = parse_source("", "<none>") if path is None else read_source(path)
    return Elaboration(file, load(file, search_path), profile)


def denote(
    path: str | None,
    profile: Profile,
    *,
    call: str | None = None,
    expression: str | None = None,
    search_path: Sequence[Path] = (),
) -> Denoted:
    """What a call (`mlp 4 8 2`) or an expression denotes in a file: a graph, a layer stack or a DAG model.

    Imports are looked for under `search_path`. Raises `LeanSourceError`, and `ValueError` unless exactly one of `call`
    and `expression` is given.
    """
    if (call is None) == (expression is None):
        raise ValueError("give either a call or an expression")
    elaboration = elaborate_file(path, profile, search_path)
    if call is not None:
        return as_model(elaboration.value_of_call(call), SourceText("<call>", call))
    assert expression is not None
    return as_model(elaboration.value_of_expression(expression), SourceText("<expr>", expression))


def as_model(value: Value, source: SourceText) -> Denoted:
    """A value as a model; raises `LeanTypeError` for a value that is none."""
    match value:
        case v.GraphValue(graph, _):
            return graph
        case v.PrimitiveValue(node):
            return node
        case v.SeqModel():
            return value
        case v.LayerCall():
            return SeqModel((value,), value.input, value.output)
        case v.ModelValue(model):
            return model
        case v.ExceptValue(True, inner):
            return as_model(inner, source)
        case v.ExceptValue(False, message):
            raise source.error(LeanTypeError, 0, f"this is no model but an error: {message}")
        case v.Function():
            missing = ", ".join(b.name for i, b in enumerate(value.binders) if i not in value.given)
            raise source.error(LeanArgumentError, 0, f"{value.name} still needs arguments (of: {missing})")
        case v.Program(what):
            raise source.error(LeanTypeError, 0, f"this is {what}")
    raise source.error(LeanTypeError, 0, f"this denotes {show(value)}, which is no model")
