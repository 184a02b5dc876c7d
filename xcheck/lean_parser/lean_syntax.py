"""The syntax tree of a Lean term or definition: frozen, typed, with the character offset of every node.

Nodes compare by identity and print without their children, so that a chain of any length is safe to handle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from xcheck.lean_parser.lean_tokens import LeanToken


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """An identifier, dotted or not."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Dotted:
    """`.name`: a constructor of the expected type."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A numeral as written; decimal points make it a float."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string literal, decoded."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Interpolated:
    """`s!"...{term}..."`, as written."""

    at: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Hole:
    """`_`."""

    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """One argument, by name or by position."""

    at: int
    name: str | None
    value: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """A function with its arguments."""

    at: int
    function: Term
    arguments: tuple[Argument, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Binary:
    """An infix operator; `at` is the operator's own place."""

    at: int
    operator: str
    left: Term = field(repr=False)
    right: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """`-x`, `¬p` or `!b`."""

    at: int
    operator: str
    operand: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """`term.name` or `term.1` after a bracket."""

    at: int
    base: Term = field(repr=False)
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Ascription:
    """`(term : type)`."""

    at: int
    term: Term = field(repr=False)
    type: Term | None = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Tuple:
    """`(a, b, ...)`, or `()`."""

    at: int
    items: tuple[Term, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Anonymous:
    """`⟨a, b, ...⟩`."""

    at: int
    items: tuple[Term, ...] = field(repr=False)


class Literal(StrEnum):
    """Which bracket a sequence of terms stands in."""

    LIST = "[...]"
    ARRAY = "#[...]"
    SHAPE = "shape![...]"
    LAYERS = "tlseq[...]"


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """A literal of several terms."""

    at: int
    kind: Literal
    items: tuple[Term, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """`name := value` in a structure instance."""

    at: int
    name: str
    value: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """`{ name := value ... }`, perhaps `{ base with ... }`."""

    at: int
    base: Term | None
    fields: tuple[Field, ...] = field(repr=False)


class Binding(StrEnum):
    """How an argument is passed."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True, eq=False)
class Binder:
    """One bound name with its type and default."""

    at: int
    name: str
    type: Term | None = field(repr=False)
    default: Term | None = field(repr=False)
    binding: Binding


@dataclass(frozen=True, slots=True, eq=False)
class ImplicitGroup:
    """`{a b : T}` before an arrow or after `fun`."""

    at: int
    names: tuple[str, ...]
    type: Term | None = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """`| patterns => body`; several rows of patterns may share a body."""

    at: int
    rows: tuple[tuple[Term, ...], ...] = field(repr=False)
    body: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Lambda:
    """`fun x y => body`: each parameter is a name, a hole, a group or a pattern."""

    at: int
    parameters: tuple[Term, ...] = field(repr=False)
    body: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class LambdaMatch:
    """`fun | patterns => body ...`."""

    at: int
    alternatives: tuple[Alternative, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """What a `let` or `have` binds: a name with its own binders, or a pattern."""

    at: int
    name: str | None
    pattern: Term | None = field(repr=False)
    binders: tuple[Binder, ...] = field(repr=False)
    type: Term | None = field(repr=False)
    value: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Let:
    """`let` or (with `have` set) `have`, and the term after it."""

    at: int
    have: bool
    local: Local = field(repr=False)
    body: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """`if name : condition then a else b`."""

    at: int
    name: str | None
    condition: Term = field(repr=False)
    then: Term = field(repr=False)
    otherwise: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """`match subjects with alternatives`."""

    at: int
    subjects: tuple[Term, ...] = field(repr=False)
    alternatives: tuple[Alternative, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Quantified:
    """`∀ names : type, body`; `universal` is false for `∃`."""

    at: int
    universal: bool
    names: tuple[tuple[str, Term | None], ...] = field(repr=False)
    body: Term = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A `by` or `do` block, unread."""

    at: int
    word: str
    tokens: Sequence[LeanToken] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Unsupported:
    """A form that parses but is never evaluated; `what` names it."""

    at: int
    what: str


Term: TypeAlias = (
    Name
    | Dotted
    | Number
    | Text
    | Interpolated
    | Hole
    | Apply
    | Binary
    | Prefix
    | Project
    | Ascription
    | Tuple
    | Anonymous
    | Items
    | Structure
    | ImplicitGroup
    | Lambda
    | LambdaMatch
    | Let
    | Conditional
    | Match
    | Quantified
    | Block
    | Unsupported
)


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A parsed `def` or `abbrev`: binders, declared type, and a body that is a term or a list of equations."""

    at: int
    name: str
    binders: tuple[Binder, ...] = field(repr=False)
    type: Term | None = field(repr=False)
    body: Term | tuple[Alternative, ...] = field(repr=False)
