"""Lean's white-space rules, as a filter between the lexer and the LALR parser.

Lean's own parser remembers a column at `let`, `match`, `by`, `do` and in structure instances, and lets tokens continue
a term only to the right of it. Here those decisions become tokens: `SEP` after a `let` or `have` value, `COMMA` between
fields on separate lines, `END` after the last alternative of a `match`, and one `BLOCK` token for a whole `by` or `do`
block, whose text is read only if it builds data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from xcheck.lean_parser.lean_tokens import LeanToken

_OPEN: Final = frozenset({"LPAR", "LBRACK", "LBRACE", "LANGLE", "LARRAY", "LSTRICT"})
_CLOSE: Final = frozenset({"RPAR", "RBRACK", "RBRACE", "RANGLE", "RSTRICT"})
# A line that starts with one of these goes on with the term before it, whatever its column.
_CONTINUES: Final = _CLOSE | {
    "OP",
    "COMMA",
    "BAR",
    "THEN",
    "ELSE",
    "FATARROW",
    "ASSIGN",
    "COLON",
    "WITH",
    "SEMI",
    "FIELD",
    "FROM",
    "PIPEDOT",
}


@dataclass(slots=True)
class _Open:
    """An unfinished construct: `kind` names the token that opened it, `column` is where it lets terms start."""

    kind: str
    column: int
    patterns: bool = False  # within a match: between a bar and its arrow


def lay_out(tokens: Sequence[LeanToken]) -> Iterator[LeanToken]:
    """The tokens of one command with its layout made explicit; brackets that do not match are left to the parser."""
    opened: list[_Open] = [_Open("EQUATIONS", -1)]
    count = len(tokens)
    position = 0
    previous: LeanToken | None = None
    while position < count:
        token = tokens[position]
        kind = token.type
        if token.first and previous is not None and kind not in _CONTINUES and len(opened) > 1:
            yield from _new_line(token, opened, previous)
        if kind == "BY" or kind == "DO" or kind == "WHERE":
            end = count if kind == "WHERE" else _block_end(tokens, position, opened)
            block = LeanToken(f"{kind}_BLOCK", token.value, token.start_pos, token.end_pos, token.column, token.first)
            block.block = tokens[position + 1 : end]
            if block.block:
                block.end_pos = block.block[-1].end_pos
            yield block
            previous, position = block, end
            continue
        if kind in _OPEN:
            if kind == "LBRACE" and _starts_fields(tokens, position):
                token = _retyped(token, "LSTRUCT")
                opened.append(_Open("LSTRUCT", tokens[position + 1].column))
            else:
                opened.append(_Open("BRACKET", 0))
        elif kind in _CLOSE:
            yield from _close_to(opened, token, ("BRACKET", "LSTRUCT", "EQUATIONS"))
            if opened[-1].kind != "EQUATIONS":
                opened.pop()
        elif kind == "LET" or kind == "HAVE":
            following = tokens[position + 1] if position + 1 < count else None
            if kind == "LET" and following is not None and following.type == "NAME" and following.value == "rec":
                token = _retyped(token, "LETREC")
            opened.append(_Open("LET", token.column))
        elif kind == "MATCH":
            opened.append(_Open("MATCH", 0))
        elif kind == "WITH":
            if opened[-1].kind == "MATCH":
                opened[-1] = _Open("ALTERNATIVES", -1)
            elif opened[-1].kind == "LSTRUCT" and position + 1 < count:
                opened[-1].column = tokens[position + 1].column
        elif kind == "FUN":
            if position + 1 < count and tokens[position + 1].type == "BAR":
                opened.append(_Open("ALTERNATIVES", -1))
        elif kind == "FORALL" or kind == "EXISTS":
            opened.append(_Open("QUANTIFIER", 0))
        elif kind == "IF":
            opened.append(_Open("IF", 0))
        elif kind == "ELSE":
            if any(o.kind == "IF" for o in opened):
                yield from _close_to(opened, token, ("IF", "BRACKET", "LSTRUCT", "EQUATIONS"))
                if opened[-1].kind == "IF":
                    opened.pop()
        elif kind == "BAR":
            yield from _bar(token, opened)
        elif kind == "FATARROW":
            if opened[-1].patterns:
                opened[-1].patterns = False
        elif kind == "COMMA":
            yield from _comma(token, opened)
        elif kind == "SEMI":
            while opened[-1].kind == "ALTERNATIVES":
                opened.pop()
                yield _mark("END", token)
            if opened[-1].kind == "LET":
                opened.pop()
                token = _retyped(token, "SEP")
        yield token
        previous = token
        position += 1
    if previous is not None:
        for entry in reversed(opened):
            if entry.kind == "ALTERNATIVES":
                yield _mark("END", previous, after=True)


def _mark(kind: str, near: LeanToken, after: bool = False) -> LeanToken:
    at = near.end_pos if after else near.start_pos
    return LeanToken(kind, "", at, at, near.column, False)


def _retyped(token: LeanToken, kind: str) -> LeanToken:
    return LeanToken(kind, token.value, token.start_pos, token.end_pos, token.column, token.first)


def _starts_fields(tokens: Sequence[LeanToken], position: int) -> bool:
    """Whether the brace opens a structure instance (`{}`, `{ x := ...`, `{ s with ...`) and not a binder."""
    following = [t.type for t in tokens[position + 1 : position + 3]]
    if following[:1] == ["RBRACE"]:
        return True
    return len(following) == 2 and following[0] == "NAME" and following[1] in ("ASSIGN", "WITH", "COMMA")


def _new_line(token: LeanToken, opened: list[_Open], previous: LeanToken) -> Iterator[LeanToken]:
    """What a token at the start of a line closes: the innermost `let` at or right of it, or a field."""
    depth = len(opened) - 1
    while depth > 0 and opened[depth].kind not in ("BRACKET", "LSTRUCT", "LET", "EQUATIONS"):
        depth -= 1
    entry = opened[depth]
    while entry.kind == "LET" and token.column < entry.column:
        # This `let` cannot go on here; an outer one may own the line.
        outer = depth - 1
        while outer > 0 and opened[outer].kind not in ("BRACKET", "LSTRUCT", "LET", "EQUATIONS"):
            outer -= 1
        if opened[outer].kind != "LET" or token.column > opened[outer].column:
            break
        depth, entry = outer, opened[outer]
    if entry.kind == "LET" and token.column <= entry.column:
        yield from _drop(opened, depth, token)
        opened.pop()
        yield _mark("SEP", token)
    elif entry.kind == "LSTRUCT" and token.column <= entry.column and previous.type not in ("COMMA", "LSTRUCT", "WITH"):
        yield from _drop(opened, depth, token)
        yield _mark("COMMA", token)


def _drop(opened: list[_Open], depth: int, token: LeanToken) -> Iterator[LeanToken]:
    """Closes everything above `depth`."""
    while len(opened) - 1 > depth:
        if opened.pop().kind == "ALTERNATIVES":
            yield _mark("END", token)


def _close_to(opened: list[_Open], token: LeanToken, kinds: tuple[str, ...]) -> Iterator[LeanToken]:
    while opened[-1].kind not in kinds:
        if opened.pop().kind == "ALTERNATIVES":
            yield _mark("END", token)


def _bar(token: LeanToken, opened: list[_Open]) -> Iterator[LeanToken]:
    """A bar belongs to the innermost match whose first bar is at or left of it."""
    depth = len(opened) - 1
    while depth > 0 and opened[depth].kind not in ("BRACKET", "LSTRUCT"):
        entry = opened[depth]
        if entry.kind == "ALTERNATIVES" and (entry.column < 0 or not token.first or token.column >= entry.column):
            break
        depth -= 1
    if opened[depth].kind not in ("ALTERNATIVES", "EQUATIONS"):
        return
    yield from _drop(opened, depth, token)
    if opened[depth].column < 0:
        opened[depth].column = token.column
    opened[depth].patterns = True


def _comma(token: LeanToken, opened: list[_Open]) -> Iterator[LeanToken]:
    if opened[-1].patterns:
        return
    depth = len(opened) - 1
    while depth > 0 and opened[depth].kind not in ("BRACKET", "LSTRUCT", "QUANTIFIER", "MATCH"):
        depth -= 1
    if depth == 0:
        return
    yield from _drop(opened, depth, token)
    if opened[-1].kind == "QUANTIFIER":
        opened.pop()


def _block_end(tokens: Sequence[LeanToken], position: int, opened: Sequence[_Open]) -> int:
    """The index after the last token of the `by` or `do` block that starts at `position`."""
    start = position + 1
    if start >= len(tokens):
        return start
    head = tokens[start]
    limit = next((o.column for o in reversed(opened) if o.kind in ("LET", "LSTRUCT")), -1)
    if head.first and head.column <= limit:
        return start
    depth = quantifiers = 0
    bracketed = any(o.kind in ("BRACKET", "LSTRUCT") for o in opened)
    at = start
    while at < len(tokens):
        token = tokens[at]
        kind = token.type
        if kind in _CLOSE:
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and at > start and token.first and token.column < head.column:
            break
        elif kind in _OPEN:
            depth += 1
        elif kind == "FORALL" or kind == "EXISTS":
            quantifiers += depth == 0
        elif kind == "COMMA" and depth == 0:
            if quantifiers:
                quantifiers -= 1
            elif bracketed:
                break
        at += 1
    return at


def split_steps(tokens: Sequence[LeanToken]) -> list[Sequence[LeanToken]]:
    """The tactics of a `by` block: a step starts at the block's own column, or after `;` outside brackets."""
    steps: list[Sequence[LeanToken]] = []
    start = depth = 0
    for index, token in enumerate(tokens):
        if depth == 0 and index > start and token.first and token.column <= tokens[0].column:
            steps.append(tokens[start:index])
            start = index
        if token.type in _OPEN:
            depth += 1
        elif token.type in _CLOSE:
            depth -= 1
        elif depth == 0 and token.type == "SEMI":
            steps.append(tokens[start:index])
            start = index + 1
    if start < len(tokens):
        steps.append(tokens[start:])
    return steps
