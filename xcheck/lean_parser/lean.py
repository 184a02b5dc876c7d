"""Reading Lean source: a file becomes a list of commands; definitions are parsed when they are asked for.

The text is tokenised once and cut at command keywords; theorems and proofs are recognised and skipped with their
extent. Definitions go through the LALR grammar of `lean.lark` one at a time, so one that uses unsupported Lean does not
hide the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.collection import without_collection
from xcheck.lean_parser.lean_errors import LeanFileError, LeanSourceError, LeanSyntaxError, UnsupportedLeanError
from xcheck.lean_parser.lean_layout import lay_out, split_steps
from xcheck.lean_parser.lean_syntax import Binder, Definition, Local, Term
from xcheck.lean_parser.lean_tokens import LeanToken, tokenize
from xcheck.lean_parser.source import SourceText

_GRAMMAR: Final = Path(__file__).with_name("lean.lark")
_STARTS: Final = ("definition", "variables", "term", "let_step", "have_step", "structure_head", "structure_field")

_DEFINITIONS: Final = frozenset({"def", "abbrev"})
_PROOFS: Final = frozenset({"theorem", "lemma", "example", "instance", "axiom", "opaque"})
_SCOPES: Final = frozenset(
    {"namespace", "section", "end", "open", "export", "variable", "import", "module", "universe"}
)
_SKIPPED: Final = frozenset(
    {
        *("structure", "inductive", "class", "mutual", "set_option", "attribute", "deriving", "macro", "macro_rules"),
        *("syntax", "notation", "infix", "infixl", "infixr", "prefix", "postfix", "initialize", "elab", "elab_rules"),
        *("local", "scoped", "declare_syntax_cat", "omit", "include", "add_decl_doc", "run_cmd", "builtin_initialize"),
        *("unif_hint", "alias", "assert_not_exists", "library_note", "compile_inductive", "irreducible_def"),
    }
)
_MODIFIERS: Final = frozenset(
    {"private", "protected", "noncomputable", "partial", "unsafe", "public", "meta", "nonrec", "scoped", "local"}
)
_STARTERS: Final = _DEFINITIONS | _PROOFS | _SCOPES | _SKIPPED | _MODIFIERS
# Words of commands that also occur at the start of a line inside proofs and terms.
_ALSO_INSIDE: Final = frozenset({"open", "set_option", "include", "omit", "local", "scoped", "class", "public", "meta"})


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One command: its keyword, the tokens after it, and its extent in characters. `name` is that of a declaration."""

    keyword: str
    name: str
    tokens: Sequence[LeanToken]
    start: int
    end: int

    @property
    def is_definition(self) -> bool:
        """Whether the command defines something that can be evaluated."""
        return self.keyword in _DEFINITIONS

    @property
    def is_structure(self) -> bool:
        """Whether the command defines a record type."""
        return self.keyword == "structure"

    @property
    def is_proof(self) -> bool:
        """Whether the command is a theorem, lemma, example or instance, which is recognised and skipped."""
        return self.keyword in _PROOFS


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file's text and its commands in order."""

    source: SourceText
    commands: tuple[Command, ...]

    @property
    def definitions(self) -> tuple[Command, ...]:
        """The `def` and `abbrev` commands."""
        return tuple(c for c in self.commands if c.is_definition)


def read_source(path: str) -> SourceFile:
    """The commands of a Lean file; raises `LeanFileError` or `LeanUnclosedError`."""
    blank = SourceText(path, "")
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise blank.error(LeanFileError, 0, f"cannot be opened: {reason}") from None
    except ValueError:
        raise blank.error(LeanFileError, 0, "cannot be opened: not a file name") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = SourceText(path, raw[: error.start].decode("utf-8-sig"))
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        raise before.error(LeanFileError, len(before.text), message) from None
    return parse_source(text, path)


def parse_source(text: str, path: str = "<lean>") -> SourceFile:
    """The commands of a Lean text; raises `LeanUnclosedError`."""
    source = SourceText(path, text)
    with without_collection():
        return SourceFile(source, tuple(_commands(tokenize(source))))


def _commands(tokens: Sequence[LeanToken]) -> Iterator[Command]:
    starts = _command_starts(tokens)
    for index, start in enumerate(starts):
        stop = starts[index + 1] if index + 1 < len(starts) else len(tokens)
        yield _command(tokens[start:stop])


def _command_starts(tokens: Sequence[LeanToken]) -> list[int]:
    """Where commands begin: a command word or attribute at the start of a line, unless it belongs to the one before."""
    starts: list[int] = []
    modifiers = False  # the tokens since the last start are attributes and modifiers only
    position, count = 0, len(tokens)
    while position < count:
        token = tokens[position]
        kind = token.type
        if kind == "ATTRIBUTE":
            if not modifiers:
                starts.append(position)
            depth = 1
            while position + 1 < count and depth:
                position += 1
                depth += {"LBRACK": 1, "ATTRIBUTE": 1, "LARRAY": 1, "RBRACK": -1}.get(tokens[position].type, 0)
            modifiers = True
        elif kind == "NAME" and token.value in _STARTERS and _begins(tokens, position, modifiers):
            if not modifiers:
                starts.append(position)
            modifiers = token.value in _MODIFIERS
        elif kind == "OTHER" and token.value == "#" and token.first:
            starts.append(position)
            modifiers = False
        else:
            if not starts:
                starts.append(position)
            modifiers = False
        position += 1
    return starts


def _begins(tokens: Sequence[LeanToken], position: int, modifiers: bool) -> bool:
    token = tokens[position]
    if modifiers or position == 0:
        return True
    previous = tokens[position - 1]
    if previous.type == "NAME" and previous.value == "in" and not token.first:
        return True
    if not token.first:
        return token.value in ("end", "namespace") and previous.type == "NAME"
    if token.column == 0:
        return True
    return token.value not in _ALSO_INSIDE and previous.type not in ("ASSIGN", "COLON", "FATARROW", "OP", "COMMA")


def _command(tokens: Sequence[LeanToken]) -> Command:
    position, count = 0, len(tokens)
    while position < count:
        token = tokens[position]
        if token.type == "ATTRIBUTE":
            depth = 1
            position += 1
            while position < count and depth:
                depth += {"LBRACK": 1, "ATTRIBUTE": 1, "LARRAY": 1, "RBRACK": -1}.get(tokens[position].type, 0)
                position += 1
        elif token.type == "NAME" and token.value in _MODIFIERS and position + 1 < count:
            position += 1
        else:
            break
    keyword = tokens[position].value if position < count else ""
    rest = tokens[position + 1 :]
    name = rest[0].value if rest and rest[0].type == "NAME" else ""
    return Command(keyword, name, rest, tokens[0].start_pos, tokens[-1].end_pos)


class _TokenFeed:
    """The lexer Lark sees: it hands on tokens that are already there."""

    def __init__(self, _configuration: Any) -> None:
        pass

    def lex(self, tokens: Iterable[LeanToken]) -> Iterable[LeanToken]:
        return tokens


class _Parser(Protocol):
    def parse(self, text: Any, start: str) -> Any: ...


@cache
def _parser() -> _Parser:
    from lark import Lark
    from lark.lexer import Lexer

    from xcheck.lean_parser.lean_tree import TreeBuilder

    feed = type("TokenFeed", (_TokenFeed, Lexer), {})
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=feed,
        start=list(_STARTS),
        transformer=TreeBuilder(),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )


def _parse(source: SourceText, tokens: Sequence[LeanToken], start: str, end: int) -> Any:
    from lark.exceptions import UnexpectedToken, VisitError

    try:
        with without_collection():
            return _parser().parse(lay_out(tokens), start)
    except UnexpectedToken as error:
        raise _syntax_error(source, error, end) from None
    except VisitError as error:  # pragma: no cover - a defect in the tree builder
        raise error.orig_exc from None


_FORMS: Final = {
    "LETREC": "`let rec`",
    "AT": "a name with `@` (every argument explicit)",
    "LARROW": "an arrow `←` outside a `do` block",
    "DOLLAR": "`$`",
    "DOTS": "`..`",
    "PIPEDOT": "`|>.`",
    "THENTACTIC": "a tactic combinator outside `by`",
    "ATTRIBUTE": "an attribute inside a term",
}
_SHOWN: Final = {
    "ASSIGN": ":=",
    "COLON": ":",
    "COMMA": ",",
    "RPAR": ")",
    "RBRACK": "]",
    "RBRACE": "}",
    "RANGLE": "⟩",
    "THEN": "then",
    "ELSE": "else",
    "WITH": "with",
    "FATARROW": "=>",
    "BAR": "|",
}


def _syntax_error(source: SourceText, error: Any, end: int) -> LeanSourceError:
    token = error.token
    expected = tuple(sorted(repr(_SHOWN[k]) for k in error.accepts or error.expected if k in _SHOWN))
    if token.type == "$END" or not isinstance(token, LeanToken):
        return source.error(LeanSyntaxError, end, "the term stops here", expected)
    if token.type in _FORMS:
        return source.error(UnsupportedLeanError, token.start_pos, f"{_FORMS[token.type]} is not supported")
    if token.type == "SEP":
        return source.error(LeanSyntaxError, token.start_pos, "the `let` or `have` above has no value yet", expected)
    if token.type == "END":
        return source.error(LeanSyntaxError, token.start_pos, "the `match` above is cut short here", expected)
    shown = token.value if token.value else token.type
    return source.error(LeanSyntaxError, token.start_pos, f"{shown!r} cannot stand here", expected)


def parse_definition(source: SourceText, command: Command) -> Definition:
    """The syntax tree of a `def` or `abbrev`; raises `LeanSyntaxError` or `UnsupportedLeanError`."""
    tree: Definition = _parse(source, command.tokens, "definition", command.end)
    return tree


def parse_variables(source: SourceText, command: Command) -> tuple[Binder, ...]:
    """The binders of a `variable` command."""
    binders: tuple[Binder, ...] = _parse(source, command.tokens, "variables", command.end)
    return binders


def parse_structure(source: SourceText, command: Command) -> tuple[Binder, ...]:
    """The fields of a `structure` without parameters, with types and defaults.

    Raises `UnsupportedLeanError` for one with parameters or parents.
    """
    fields: list[Binder] = []
    simple = [t.type for t in command.tokens[:2]] == ["NAME", "WHERE"]
    typed = [t.type for t in command.tokens[:4]] == ["NAME", "COLON", "NAME", "WHERE"]
    if not simple and not typed:
        raise source.error(
            UnsupportedLeanError, command.start, "a structure with parameters or parents is not supported"
        )
    block: syntax.Block = _parse(source, command.tokens, "structure_head", command.end)
    for tokens in split_steps(block.tokens):
        if tokens:
            fields += _parse(source, tokens, "structure_field", tokens[-1].end_pos)
    return tuple(fields)


def parse_term(source: SourceText, start: int = 0, end: int | None = None) -> Term:
    """The syntax tree of the term in `source.text[start:end]`."""
    stop = len(source.text) if end is None else end
    tokens = tokenize(source, start, stop)
    term: Term = _parse(source, tokens, "term", stop)
    return term


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A tactic that builds data: a local definition, or the term that is the result."""

    local: Local | None
    have: bool
    result: Term | None


def parse_steps(source: SourceText, block: syntax.Block) -> tuple[Step, ...]:
    """The tactics of a `by` block that builds data: `let`, `have`, then `exact e` or `simpa ... using e`.

    Raises `UnsupportedLeanError` for any other tactic.
    """
    steps: list[Step] = []
    for tokens in split_steps(block.tokens):
        if not tokens:
            continue
        head = tokens[0]
        end = tokens[-1].end_pos
        if head.type in ("LET", "HAVE"):
            start = "let_step" if head.type == "LET" else "have_step"
            steps.append(Step(_parse(source, tokens, start, end), head.type == "HAVE", None))
        elif head.type == "NAME" and head.value in ("exact", "refine"):
            steps.append(Step(None, False, _parse(source, tokens[1:], "term", end)))
        elif head.type == "NAME" and head.value == "simpa":
            using = next((i for i, t in enumerate(tokens) if t.type == "NAME" and t.value == "using"), None)
            if using is None:
                raise source.error(UnsupportedLeanError, head.start_pos, "`simpa` without `using` builds no data")
            steps.append(Step(None, False, _parse(source, tokens[using + 1 :], "term", end)))
        else:
            raise source.error(
                UnsupportedLeanError,
                head.start_pos,
                f"the tactic {head.value!r} in a `by` block that builds data is not supported",
            )
    return tuple(steps)
