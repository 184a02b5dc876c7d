"""What a built-in is: full names, a Lean argument list, and Python for the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from xcheck.lean_parser.elaborate.values import Context, Function, Scope, Type, Value
from xcheck.lean_parser.lean import parse_definition, parse_source
from xcheck.lean_parser.lean_syntax import Definition
from xcheck.lean_parser.source import SourceText
from xcheck.reference.profile import Profile

# Types of the argument lists below are looked up here first; no source can write this namespace.
TYPES: Final = "xcheck«built-in»"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call of a built-in: its arguments by name, and the type of its result as far as that is known."""

    arguments: Mapping[str, Value]
    profile: Profile
    expected: Type | None
    function: Function
    evaluator: Any

    def __getitem__(self, name: str) -> Value:
        return self.arguments[name]


Implementation = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """One row: full names (blank-separated), the argument list in Lean, and what computes the value.

    `when` limits it to some profiles. `proofs` are implicit proof arguments that may be left out, because revisions of
    one profile differ in them. `holes` lets unknown arguments through: "type" for type constructors, "pass" where
    the result is then unknown too.
    """

    names: str
    signature: str
    implement: Implementation
    when: Callable[[Profile], bool] = lambda profile: True
    proofs: tuple[str, ...] = ()
    holes: str = ""
    type_head: str = ""

    def function(self) -> Function:
        """The built-in as a function value."""
        name = self.names.split()[0]
        source, tree = _parsed(name, self.signature)
        scope = Scope({}, Context(source, "", (TYPES,)))
        optional = frozenset((*self.proofs, f"<{self.holes}>"))
        return Function(name, tree.at, tree.binders, tree.type, self.implement, scope, optional=optional)


@cache
def _parsed(name: str, signature: str) -> tuple[SourceText, Definition]:
    file = parse_source(f"def builtin {signature} := _", f"<built-in {name}>")
    return file.source, parse_definition(file.source, file.commands[0])
