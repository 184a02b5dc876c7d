"""Lark's reductions become `lean_syntax` nodes; operator lists are nested by Lean's precedences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lark import Transformer

from xcheck.lean_parser import lean_syntax as syntax
from xcheck.lean_parser.lean_syntax import Binder, Binding, Literal, Local, Term
from xcheck.lean_parser.lean_tokens import LeanToken

# Precedence and associativity in Lean 4's core; `>>>` as TorchLean declares it: `infixr:80`,
# NN/GraphSpec/Core.lean @82bea12.
OPERATORS: Final[dict[str, tuple[int, str]]] = {
    "<|": (1, "right"),
    "|>": (2, "left"),
    "→": (25, "right"),
    "->": (25, "right"),
    "||": (30, "left"),
    "∨": (30, "right"),
    "&&": (35, "left"),
    "∧": (35, "right"),
    "×": (36, "right"),
    "=": (50, "left"),
    "≠": (50, "left"),
    "==": (50, "left"),
    "!=": (50, "left"),
    "<": (50, "left"),
    ">": (50, "left"),
    "≤": (50, "left"),
    "≥": (50, "left"),
    "<=": (50, "left"),
    ">=": (50, "left"),
    "∈": (50, "left"),
    "∉": (50, "left"),
    "∣": (50, "left"),
    "+": (65, "left"),
    "-": (65, "left"),
    "++": (65, "left"),
    "::": (67, "right"),
    "*": (70, "left"),
    "/": (70, "left"),
    "%": (70, "left"),
    "^": (75, "right"),
    ">>>": (80, "right"),
    "∘": (90, "right"),
    "<|>": (20, "right"),
}
_NEGATION: Final = 75


def place_of(item: Any) -> int:
    """The offset of a node or token."""
    return item.start_pos if isinstance(item, LeanToken) else item.at


def _nest(items: Sequence[Any]) -> Term:
    """Precedence climbing over `operand op operand ...` with an explicit stack."""
    operands: list[Term] = [items[0]]
    pending: list[LeanToken] = []

    def reduce() -> None:
        operator = pending.pop()
        right = operands.pop()
        left = operands.pop()
        if isinstance(left, syntax.Prefix) and left.operator == "-" and OPERATORS[operator.value][0] > _NEGATION:
            # `-a ^ b` is `-(a ^ b)`.
            inner = syntax.Binary(operator.start_pos, operator.value, left.operand, right)
            operands.append(syntax.Prefix(left.at, "-", inner))
        else:
            operands.append(syntax.Binary(operator.start_pos, operator.value, left, right))

    for index in range(1, len(items), 2):
        operator: LeanToken = items[index]
        power, side = OPERATORS.get(operator.value, (0, "left"))
        while pending:
            above = OPERATORS.get(pending[-1].value, (0, "left"))[0]
            if above > power or (above == power and side == "left"):
                reduce()
            else:
                break
        pending.append(operator)
        operands.append(items[index + 1])
    while pending:
        reduce()
    return operands[0]


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "0": "\0"}


def decode_string(text: str) -> str:
    """The value of a Lean string's inside; an escape Lean does not have stays as written."""
    if "\\" not in text:
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        here = text[at]
        if here != "\\" or at + 1 >= len(text):
            out.append(here)
            at += 1
            continue
        mark = text[at + 1]
        width = {"x": 2, "u": 4}.get(mark, 0)
        digits = text[at + 2 : at + 2 + width]
        if width and len(digits) == width and all(c in "0123456789abcdefABCDEF" for c in digits):
            out.append(chr(int(digits, 16)))
            at += 2 + width
        elif mark == "\n":
            at += 2
            while at < len(text) and text[at].isspace():
                at += 1
        else:
            out.append(_ESCAPES.get(mark, "\\" + mark))
            at += 2
    return "".join(out)


def _present(items: Sequence[Any], *drop: str) -> list[Any]:
    """The children that are not punctuation."""
    return [i for i in items if i is not None and not (isinstance(i, LeanToken) and i.type in drop)]


_PUNCTUATION: Final = (
    *("LPAR", "RPAR", "LBRACK", "RBRACK", "LARRAY", "LBRACE", "RBRACE", "LSTRICT", "RSTRICT", "LANGLE", "RANGLE"),
    *("LSTRUCT", "COMMA", "COLON", "ASSIGN", "FATARROW", "SEP", "END", "FUN", "LET", "HAVE", "SHOW", "FROM", "IF"),
    *("THEN", "ELSE", "MATCH", "WITH", "FORALL", "EXISTS", "TLSEQ", "SHAPE", "AT"),
)


def _split(items: Sequence[Any]) -> tuple[list[Any], Any | None, Any | None]:
    """`heads [COLON type] [ASSIGN value]`: the heads, the type and the value."""
    heads: list[Any] = []
    type_: Any | None = None
    value: Any | None = None
    state = "heads"
    for item in items:
        if item is None:
            continue
        if isinstance(item, LeanToken) and item.type == "COLON":
            state = "type"
        elif isinstance(item, LeanToken) and item.type == "ASSIGN":
            state = "value"
        elif state == "heads":
            heads.append(item)
        elif state == "type":
            type_ = item
        else:
            value = item
    return heads, type_, value


class TreeBuilder(Transformer[Any, Any]):
    """One method for each alternative of `lean.lark`; children arrive with their punctuation."""

    def _binders(self, items: list[Any], binding: Binding) -> list[Binder]:
        inner = _present(items, "LPAR", "RPAR", "LBRACE", "RBRACE", "LSTRICT", "RSTRICT")
        block = next((i for i in inner if isinstance(i, LeanToken) and i.type == "BY_BLOCK"), None)
        names, type_, default = _split([i for i in inner if i is not block])
        if block is not None:
            default = _block(block)
        return [Binder(n.start_pos, n.value, type_, default, binding) for n in names]

    def explicit_binder(self, items: list[Any]) -> list[Binder]:
        return self._binders(items, Binding.EXPLICIT)

    def implicit_binder(self, items: list[Any]) -> list[Binder]:
        return self._binders(items, Binding.IMPLICIT)

    def instance_binder(self, items: list[Any]) -> list[Binder]:
        inner = _present(items, "LBRACK", "RBRACK", "COLON")
        name = inner[0].value if isinstance(inner[0], LeanToken) else "_"
        return [Binder(place_of(items[0]), name, inner[-1], None, Binding.INSTANCE)]

    def variables(self, items: list[Any]) -> tuple[Binder, ...]:
        return tuple(b for group in items for b in group)

    def structure_head(self, items: list[Any]) -> syntax.Block:
        return _block(items[-1])

    def structure_field(self, items: list[Any]) -> list[Binder]:
        return self._binders(items, Binding.EXPLICIT)

    def definition(self, items: list[Any]) -> syntax.Definition:
        heads, type_, _ = _split(items[:-1])
        binders = tuple(b for group in heads[1:] for b in group)
        return syntax.Definition(heads[0].start_pos, heads[0].value, binders, type_, items[-1])

    def body_term(self, items: list[Any]) -> Any:
        return items[1]

    def body_alternatives(self, items: list[Any]) -> Any:
        return tuple(items)

    def body_where(self, items: list[Any]) -> Any:
        return syntax.Unsupported(items[0].start_pos, "a definition by `where`")

    def body_term_where(self, items: list[Any]) -> Any:
        return syntax.Unsupported(items[-1].start_pos, "local definitions by `where`")

    def first_operation(self, items: list[Any]) -> list[Any]:
        return items

    def next_operation(self, items: list[Any]) -> list[Any]:
        growing: list[Any] = items[0]
        growing += (items[1], items[2])
        return growing

    def operation(self, items: list[Any]) -> Term:
        return _nest(items[0])

    def first_argument(self, items: list[Any]) -> list[Any]:
        return items

    def next_argument(self, items: list[Any]) -> list[Any]:
        growing: list[Any] = items[0]
        growing.append(items[1])
        return growing

    def prefix(self, items: list[Any]) -> Term:
        return syntax.Prefix(items[0].start_pos, items[0].value, items[1])

    def application(self, items: list[Any]) -> Term:
        head, *rest = items[0]
        arguments = tuple(
            [i if isinstance(i, syntax.Argument) else syntax.Argument(place_of(i), None, i) for i in rest]
        )
        return syntax.Apply(place_of(head), head, arguments)

    def named_argument(self, items: list[Any]) -> syntax.Argument:
        return syntax.Argument(items[1].start_pos, items[1].value, items[3])

    def function(self, items: list[Any]) -> Term:
        inner = _present(items, *_PUNCTUATION)
        return syntax.Lambda(items[0].start_pos, tuple(inner[:-1]), inner[-1])

    def function_typed(self, items: list[Any]) -> Term:
        inner = _present(items, *_PUNCTUATION)
        *names, type_, body = inner
        parameters = tuple(syntax.Ascription(n.at, n, type_) for n in names)
        return syntax.Lambda(items[0].start_pos, parameters, body)

    def function_alternatives(self, items: list[Any]) -> Term:
        return syntax.LambdaMatch(items[0].start_pos, tuple(items[1:-1]))

    def let(self, items: list[Any]) -> Term:
        return syntax.Let(items[0].start_pos, False, items[1], items[3])

    def have(self, items: list[Any]) -> Term:
        return syntax.Let(items[0].start_pos, True, items[1], items[3])

    def let_name(self, items: list[Any]) -> Local:
        if isinstance(items[-1], LeanToken):
            items = [*items[:-1], LeanToken("ASSIGN", "", 0, 0, 0, False), _block(items[-1])]
        heads, type_, value = _split(items)
        assert value is not None
        binders = tuple(b for group in heads[1:] for b in group)
        return Local(heads[0].start_pos, heads[0].value, None, binders, type_, value)

    def have_unnamed(self, items: list[Any]) -> Local:
        _, type_, value = _split(items)
        assert value is not None
        return Local(place_of(value), "this", None, (), type_, value)

    def let_pattern(self, items: list[Any]) -> Local:
        heads, type_, value = _split(items)
        assert value is not None
        return Local(heads[0].at, None, heads[0], (), type_, value)

    def let_step(self, items: list[Any]) -> Local:
        return items[1]  # type: ignore[no-any-return]

    def have_step(self, items: list[Any]) -> Local:
        return items[1]  # type: ignore[no-any-return]

    def conditional(self, items: list[Any]) -> Term:
        condition, then, otherwise = _present(items, *_PUNCTUATION)
        return syntax.Conditional(items[0].start_pos, None, condition, then, otherwise)

    def named_conditional(self, items: list[Any]) -> Term:
        name, condition, then, otherwise = _present(items, *_PUNCTUATION)
        return syntax.Conditional(items[0].start_pos, name.value, condition, then, otherwise)

    def match(self, items: list[Any]) -> Term:
        inner = _present(items, *_PUNCTUATION)
        subjects = tuple(i for i in inner if not isinstance(i, syntax.Alternative))
        rows = tuple(i for i in inner if isinstance(i, syntax.Alternative))
        return syntax.Match(items[0].start_pos, subjects, rows)

    def alternative(self, items: list[Any]) -> syntax.Alternative:
        rows: list[tuple[Term, ...]] = []
        row: list[Term] = []
        for item in items[1:-1]:
            if isinstance(item, LeanToken):
                if item.type in ("BAR", "FATARROW"):
                    rows.append(tuple(row))
                    row = []
            else:
                row.append(item)
        return syntax.Alternative(items[0].start_pos, tuple(rows), items[-1])

    def quantified(self, items: list[Any]) -> Any:
        return items[0]

    def quantified_type(self, items: list[Any]) -> Any:
        return (None, items[1])

    def quantified_group(self, items: list[Any]) -> Any:
        names, type_, _ = _split(_present(items, "LPAR", "RPAR", "LBRACE", "RBRACE"))
        return (tuple(n.value for n in names), type_)

    def _quantifier(self, items: list[Any], universal: bool) -> Term:
        names: list[tuple[str, Term | None]] = []
        for item in items[1:-2]:
            if isinstance(item, LeanToken):
                names.append((item.value, None))
            elif item[0] is None:
                names = [(n, item[1] if t is None else t) for n, t in names]
            else:
                names += [(n, item[1]) for n in item[0]]
        return syntax.Quantified(items[0].start_pos, universal, tuple(names), items[-1])

    def universal(self, items: list[Any]) -> Term:
        return self._quantifier(items, True)

    def existential(self, items: list[Any]) -> Term:
        return self._quantifier(items, False)

    def show(self, items: list[Any]) -> Term:
        last = items[-1]
        value = _block(last) if isinstance(last, LeanToken) else last
        return syntax.Ascription(items[0].start_pos, value, items[1])

    def proof_block(self, items: list[Any]) -> Term:
        return _block(items[0])

    def do_block(self, items: list[Any]) -> Term:
        return _block(items[0])

    def name(self, items: list[Any]) -> Term:
        return syntax.Name(items[0].start_pos, items[0].value)

    def dotted(self, items: list[Any]) -> Term:
        return syntax.Dotted(items[0].start_pos, items[0].value[1:])

    def number(self, items: list[Any]) -> Term:
        return syntax.Number(items[0].start_pos, items[0].value)

    def string(self, items: list[Any]) -> Term:
        return syntax.Text(items[0].start_pos, decode_string(items[0].value[1:-1]))

    def interpolated(self, items: list[Any]) -> Term:
        return syntax.Interpolated(items[0].start_pos, items[0].value)

    def character(self, items: list[Any]) -> Term:
        return syntax.Unsupported(items[0].start_pos, "a character literal")

    def hole(self, items: list[Any]) -> Term:
        return syntax.Hole(items[0].start_pos)

    def centre_dot(self, items: list[Any]) -> Term:
        return syntax.Unsupported(items[0].start_pos, "a function written with `·`")

    def explicit_name(self, items: list[Any]) -> Term:
        return syntax.Unsupported(items[0].start_pos, "a name with `@` (every argument explicit)")

    def unit(self, items: list[Any]) -> Term:
        return syntax.Tuple(items[0].start_pos, ())

    def parenthesised(self, items: list[Any]) -> Term:
        return items[1]  # type: ignore[no-any-return]

    def ascription(self, items: list[Any]) -> Term:
        return syntax.Ascription(items[0].start_pos, items[1], items[3])

    def open_ascription(self, items: list[Any]) -> Term:
        return syntax.Ascription(items[0].start_pos, items[1], None)

    def tuple_literal(self, items: list[Any]) -> Term:
        return syntax.Tuple(items[0].start_pos, tuple(_present(items, *_PUNCTUATION)))

    def anonymous(self, items: list[Any]) -> Term:
        return syntax.Anonymous(items[0].start_pos, tuple(_present(items, *_PUNCTUATION)))

    def _items(self, items: list[Any], kind: Literal) -> Term:
        return syntax.Items(items[0].start_pos, kind, tuple(_present(items, *_PUNCTUATION)))

    def list_literal(self, items: list[Any]) -> Term:
        return self._items(items, Literal.LIST)

    def array(self, items: list[Any]) -> Term:
        return self._items(items, Literal.ARRAY)

    def layer_list(self, items: list[Any]) -> Term:
        return self._items(items, Literal.LAYERS)

    def shape_literal(self, items: list[Any]) -> Term:
        return self._items(items, Literal.SHAPE)

    def implicit_group(self, items: list[Any]) -> Term:
        names, type_, _ = _split(_present(items, "LBRACE", "RBRACE"))
        return syntax.ImplicitGroup(items[0].start_pos, tuple(n.value for n in names), type_)

    def structure(self, items: list[Any]) -> Term:
        return syntax.Structure(items[0].start_pos, None, tuple(_present(items, *_PUNCTUATION)))

    def structure_update(self, items: list[Any]) -> Term:
        base, *fields = _present(items, *_PUNCTUATION)
        return syntax.Structure(items[0].start_pos, syntax.Name(base.start_pos, base.value), tuple(fields))

    def projection(self, items: list[Any]) -> Term:
        return syntax.Project(items[1].start_pos, items[0], items[1].value[1:])

    def field(self, items: list[Any]) -> syntax.Field:
        return syntax.Field(items[0].start_pos, items[0].value, items[2])

    def field_shorthand(self, items: list[Any]) -> syntax.Field:
        name = items[0]
        return syntax.Field(name.start_pos, name.value, syntax.Name(name.start_pos, name.value))


def _block(token: LeanToken) -> syntax.Block:
    return syntax.Block(token.start_pos, token.value, token.block)
