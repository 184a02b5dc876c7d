"""Reading `.tlx` files: bytes to an `Export`, or one `ExportError` that says where and why."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import numpy as np
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.grammar import Rule
from lark.lexer import TerminalDef

from xcheck.lean_parser import errors
from xcheck.lean_parser.comments import OpenCommentError, blank_comments
from xcheck.lean_parser.diagnosis import diagnose
from xcheck.lean_parser.errors import ExportError, Place
from xcheck.lean_parser.payloads import REFERENCE, Compact, compact
from xcheck.lean_parser.primitive_names import PrimitiveAttributeError, primitive_of
from xcheck.lean_parser.records import (
    At,
    DagItem,
    DetInitItem,
    Export,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    Item,
    LayerRecord,
    LayersOk,
    LowerItem,
    SeqItem,
    TensorsOk,
)
from xcheck.lean_parser.strings import EscapeError, unquote
from xcheck.reference.dag import Let1, Op, Term, Var
from xcheck.reference.graph import Compose, CompositionError, Graph, Identity, Prim, signature_of
from xcheck.reference.operation import Mode, Via
from xcheck.reference.primitives.base import Attributes, AttributeValue, FloatBits
from xcheck.reference.shape import format_shape, size
from xcheck.reference.signature import Signature
from xcheck.shown import path_text
from xcheck.tensor import Shape, Tensor

VERSION: Final = "v1"
_MAGIC: Final = re.compile(r"\s*torchlean_export\s+(\S+)")
_DIGITS_AT_MOST: Final = 4000  # Python refuses longer decimal literals; no shape, seed or count needs them
_HEX_PER_ELEMENT: Final = 16
_PLAN_ARGUMENTS: Final = {
    "zeros": (),
    "ones": (),
    "uniform": ("HEX", "HEX", "NAT"),
    "normal": ("HEX", "HEX", "NAT"),
    "xavierUniform": ("NAT", "NAT", "NAT"),
    "kaimingUniform": ("NAT", "NAT"),
    "flat": ("HEX",),
}
_PLAN_WORDS: Final = {"HEX": "0x...", "NAT": "a natural number"}


def read_export(path: Path) -> Export:
    """The export in a file; raises `ExportError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise errors.UnreadableFileError(Place(path_text(path), 0, 0, ""), f"cannot be opened: {reason}") from None
    return parse_export(data, path_text(path))


def parse_export(data: bytes, source: str) -> Export:
    """The export in `data`, read under the name `source`; raises `ExportError`."""
    return ExportReader().read(data, source)


class ExportReader:
    """Reads one export after another with the same parser: making a parser takes longer than reading a small export."""

    def __init__(self) -> None:
        self._build = _Build()
        self._parser = _parser(self._build)

    def read(self, data: bytes, source: str) -> Export:
        """The export in `data`, read under the name `source`; raises `ExportError`."""
        shortened = compact(data)
        try:
            text = _decoded(shortened.data)
            self._build.begin(source, shortened)
            parsed = self._parser.parse(text)
        except _MistakeError as mistake:
            raise _placed(mistake, data, shortened, source) from None
        except UnexpectedInput as error:
            raise _placed(_diagnosed(error, text), data, shortened, source) from None
        return cast(Export, parsed)


def _decoded(data: bytes) -> str:
    """The text with comments blanked, once its first line says that this reader knows the rest."""
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8"))
        byte = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise _MistakeError(errors.NotUtf8Error, offset, byte) from None
    if raw.startswith("\ufeff"):
        raw = " " + raw[1:]
    try:
        text = blank_comments(raw)
    except OpenCommentError as error:
        raise _MistakeError(errors.UnclosedCommentError, error.offset, "this comment is not closed", ("-/",)) from None
    _check_version(text)
    return text


def _placed(mistake: _MistakeError, data: bytes, shortened: Compact, source: str) -> ExportError:
    """The mistake with its place in the file as it is."""
    text = data.decode("utf-8", errors="replace")
    place = place_of(text, shortened.original(mistake.offset), source)
    return mistake.kind(place, mistake.message, mistake.expected)


def place_of(text: str, offset: int, source: str) -> Place:
    """The place of a character offset."""
    start = text.rfind("\n", 0, offset) + 1
    stop = text.find("\n", offset)
    line = text[start : stop if stop >= 0 else len(text)]
    return Place(source, text.count("\n", 0, offset) + 1, offset - start + 1, line)


def _check_version(text: str) -> None:
    match = _MAGIC.match(text)
    if match is None:
        offset = len(text) - len(text.lstrip())
        if "torchlean_export".startswith(text.strip()):
            raise _MistakeError(errors.CutFileError, len(text), "the file stops before its first line ends")
        raise _MistakeError(errors.NotAnExportError, offset, "this is not a TorchLean export", ("torchlean_export v1",))
    if match[1] != VERSION:
        raise _MistakeError(
            errors.WrongVersionError,
            match.start(1),
            f"format version {match[1]} is unknown to this reader",
            (VERSION,),
        )


def _diagnosed(error: UnexpectedInput, text: str) -> _MistakeError:
    match error:
        case UnexpectedToken():
            token: Token = error.token
            offset = len(text) if token.type == "$END" else int(token.start_pos or 0)
            expected = set(error.accepts or error.expected)
        case UnexpectedCharacters():
            offset, expected = int(error.pos_in_stream or 0), set(error.allowed or ())
        case UnexpectedEOF():
            offset, expected = len(text), set(error.expected)
        case _:
            offset, expected = int(error.pos_in_stream or 0), set()
    kind, at, message, wanted = diagnose(text, offset, expected)
    return _MistakeError(kind, at, message, wanted)


class _MistakeError(Exception):
    """A mistake at an offset or token of the shortened text: its `ExportError` is made once the place is known."""

    def __init__(self, kind: type[ExportError], at: Token | int, message: str, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.offset = at if isinstance(at, int) else int(at.start_pos or 0)
        self.message = message
        self.expected = expected


@cache
def _grammar() -> str:
    return resources.files(__package__).joinpath("export.lark").read_text("utf-8")


@cache
def _tables() -> tuple[dict[str, Any], dict[int, Any]]:
    """The parser tables, as a standalone parser carries them: loading is ten times as fast as making them."""
    data, memo = Lark(_grammar(), parser="lalr").memo_serialize([TerminalDef, Rule])
    return data, memo


def _parser(build: _Build) -> Lark:
    data, memo = _tables()
    parser: Lark = Lark._load_from_dict(data, memo, transformer=build)  # type: ignore[no-untyped-call]
    return parser


class _Build:
    """Turns each reduction of the grammar into its record, while the parser runs: one file after another."""

    def __init__(self) -> None:
        self.begin("", compact(b""))

    def begin(self, source: str, shortened: Compact) -> None:
        """Forget the file before."""
        self._source = source
        self._shortened = shortened
        self._shapes: dict[str, Shape] = {}
        self._names: dict[tuple[str, ...], Token] = {}
        self._cases: dict[str, str] = {}
        self._headers: dict[str, str] = {}

    def start(self, children: list[Any]) -> Export:
        count: Token = children[-1]
        items: list[Item] = [child for child in children[1:-1] if child is not None]
        if self._natural(count) != len(items):
            raise _MistakeError(errors.EndCountError, count, f"the file says {count} items, it has {len(items)}")
        return Export(self._source, MappingProxyType(dict(self._headers)), tuple(items))

    def header(self, children: list[Token]) -> None:
        name, value = children
        self._once(("header", str(name)), name, f"header {name!s}")
        self._headers[str(name)] = self._string(value)

    # items

    def graph(self, children: list[Any]) -> GraphItem:
        token, signature, graph = children
        name = self._case("graph", token)
        try:
            total = signature_of(graph)
        except CompositionError as error:
            raise _MistakeError(errors.GraphTypeError, token, f"graph {name!r}: {error}") from None
        if total != signature:
            raise _MistakeError(
                errors.GraphTypeError, token, f"graph {name!r} is declared as {signature}, its stages make {total}"
            )
        return GraphItem(name, signature, graph, self._at(token))

    def seq(self, children: list[Any]) -> SeqItem:
        token, layers = children
        name = self._case("seq", token)
        for position, (before, after) in enumerate(pairwise(layers)):
            if before.signature.output != after.signature.input:
                raise _MistakeError(
                    errors.GraphTypeError,
                    token,
                    f"stack {name!r}: layer {position + 1} takes {format_shape(after.signature.input)}, "
                    f"but layer {position} gives {format_shape(before.signature.output)}",
                )
        return SeqItem(name, layers, self._at(token))

    def dag(self, children: list[Any]) -> DagItem:
        token, term = children
        name = self._refer(token, ("graph",))
        self._once(("dag", name), token, f"dag {name!r}")
        return DagItem(name, term, self._at(token))

    def lower(self, children: list[Any]) -> LowerItem:
        token, index, *outcome = children
        name, start = self._refer(token, ("graph", "seq")), self._natural(index)
        self._once(("lower", name, str(start)), token, f"lower {name!r} from {start}")
        if isinstance(outcome[0], Failed):
            return LowerItem(name, start, outcome[0], self._at(token))
        return LowerItem(name, start, LayersOk(self._natural(outcome[0]), outcome[1]), self._at(token))

    def init(self, children: list[Any]) -> InitItem:
        token, index, tensors = children
        name, start = self._refer(token, ("graph", "seq")), self._natural(index)
        self._once(("init", name, str(start)), token, f"init {name!r} from {start}")
        return InitItem(name, start, tensors, self._at(token))

    def det_init(self, children: list[Any]) -> DetInitItem:
        token, index, *outcome = children
        name, start = self._refer(token, ("graph",)), self._natural(index)
        self._once(("det_init", name, str(start)), token, f"det_init {name!r} from {start}")
        if isinstance(outcome[0], Failed):
            return DetInitItem(name, start, outcome[0], self._at(token))
        return DetInitItem(name, start, TensorsOk(self._natural(outcome[0]), outcome[1]), self._at(token))

    def forward(self, children: list[Any]) -> ForwardItem:
        token, index, mode, via, params, entry, trace, output, buffers = children
        name = self._refer(token, ("graph", "seq"))
        return ForwardItem(
            name, self._natural(index), Mode(mode), Via(via), params, entry, trace, output, buffers, self._at(token)
        )

    def error(self, children: list[Token]) -> Failed:
        return Failed(self._string(children[0]))

    def params(self, children: list[Any]) -> tuple[Tensor, ...]:
        tensors: tuple[Tensor, ...] = children[0]
        return tensors

    buffers = params

    # graph expressions

    def identity(self, children: list[Token]) -> Graph:
        return Identity(self._shape(children[0]))

    def prim(self, children: list[Any]) -> Graph:
        token, attributes, signature, counts, layer = children
        try:
            primitive = primitive_of(self._string(token), attributes or {}, signature)
        except PrimitiveAttributeError as error:
            raise _MistakeError(errors.SyntaxMistakeError, token, str(error)) from None
        return Prim(primitive, signature, counts is not None, layer is not None)

    def compose(self, children: list[Graph]) -> Graph:
        return Compose(children[0], children[1])

    # DAG terms

    def var(self, children: list[Token]) -> Term:
        return Var(int(children[0][1:]))

    def op(self, children: list[Any]) -> Term:
        return Op(self._string(children[0]), tuple(child for child in children[1:] if child is not None))

    def let1(self, children: list[Term]) -> Term:
        return Let1(children[0], children[1])

    # attributes

    def attrs(self, children: list[tuple[Token, AttributeValue]]) -> Attributes:
        given: dict[str, AttributeValue] = {}
        for name, value in children:
            if str(name) in given:
                raise _MistakeError(errors.DuplicateNameError, name, f"the attribute {name!s} is given twice")
            given[str(name)] = value
        return MappingProxyType(given)

    def attr(self, children: list[Any]) -> tuple[Token, AttributeValue]:
        return children[0], children[1]

    def nat(self, children: list[Token]) -> int:
        return self._natural(children[0])

    def bool(self, children: list[Token]) -> AttributeValue:
        return str(children[0]) == "true"

    def string(self, children: list[Token]) -> AttributeValue:
        return self._string(children[0])

    def float_bits(self, children: list[Token]) -> AttributeValue:
        digits = len(children[0]) - 2
        if digits != _HEX_PER_ELEMENT:
            raise _MistakeError(
                errors.PayloadLengthError, children[0], f"a float attribute has 16 hex digits, not {digits}"
            )
        return FloatBits(int(children[0], 16))

    def values(self, children: list[AttributeValue]) -> AttributeValue:
        return tuple(child for child in children if child is not None)

    # layers, signatures, tensors

    def layers(self, children: list[Any]) -> tuple[LayerRecord, ...]:
        return tuple(child for child in children if child is not None)

    def layer(self, children: list[Any]) -> LayerRecord:
        kind, attributes, signature, *flags, plan = children
        label = None if kind is None else self._string(kind)
        grads = tuple(flag == "true" for flag in flags if flag is not None)
        return LayerRecord(label, attributes or MappingProxyType({}), signature, grads, plan)

    def plan(self, children: list[str | None]) -> str:
        if len(children) == 1 and isinstance(children[0], Token):
            return str(children[0])
        return "[" + ", ".join(entry for entry in children if entry is not None) + "]"

    def plan_entry(self, children: list[Token]) -> str:
        scheme, *arguments = children
        wanted = _PLAN_ARGUMENTS[str(scheme)]
        if tuple(argument.type for argument in arguments) != wanted:
            shown = " ".join(_PLAN_WORDS[kind] for kind in wanted) or "nothing"
            raise _MistakeError(errors.SyntaxMistakeError, scheme, f"{scheme!s} takes {shown} in a plan", wanted)
        digits = [self._payload(argument) if argument.type == "HEX" else str(argument) for argument in arguments]
        return " ".join([str(scheme), *digits])

    def _payload(self, token: Token) -> str:
        """A float's bits or a flat payload, written out."""
        text = self._shortened.restored(f"{token!s} ").strip() if token.startswith(REFERENCE) else str(token)
        if (len(text) - 2) % _HEX_PER_ELEMENT:
            raise _MistakeError(
                errors.PayloadLengthError, token, f"{len(text) - 2} hex digits are not 16 for each value"
            )
        return text

    def sig(self, children: list[Any]) -> Signature:
        return Signature(children[0], self._shape(children[1]), self._shape(children[2]))

    def shapes(self, children: list[Token | None]) -> tuple[Shape, ...]:
        return tuple(self._shape(child) for child in children if child is not None)

    def tensors(self, children: list[Any]) -> tuple[Tensor, ...]:
        return tuple(child for child in children if child is not None)

    def tensor(self, children: list[Token]) -> Tensor:
        dtype, shape_token, payload = children
        if dtype != "f64":
            raise _MistakeError(errors.UnknownDtypeError, dtype, f"dtype {dtype!s} is unknown to version 1", ("f64",))
        shape = self._shape(shape_token)
        cut = payload.startswith(REFERENCE)
        digits, needed = self._shortened.digits(payload) if cut else len(payload) - 2, _HEX_PER_ELEMENT * size(shape)
        if digits % 2:
            raise _MistakeError(
                errors.OddHexDigitsError, payload, f"the payload has {digits} hex digits, an odd number"
            )
        if digits != needed:
            raise _MistakeError(
                errors.PayloadLengthError,
                payload,
                f"shape {format_shape(shape)} needs {needed} hex digits, the payload has {digits}",
            )
        if cut:
            return Tensor(shape, self._shortened.words(payload))
        return Tensor(shape, np.frombuffer(bytes.fromhex(payload[2:]), ">u8").astype(np.uint64))

    # tokens

    def _shape(self, token: Token) -> Shape:
        known = self._shapes.get(token)
        if known is None:
            body = token[1:-1].strip()
            if any(len(part) > _DIGITS_AT_MOST for part in body.split(",")):
                raise _MistakeError(errors.NaturalTooLongError, token, "this shape has a dimension of absurd length")
            known = tuple(map(int, body.split(","))) if body else ()
            self._shapes[str(token)] = known
        return known

    def _natural(self, token: Token) -> int:
        if len(token) > _DIGITS_AT_MOST:
            raise _MistakeError(errors.NaturalTooLongError, token, f"a natural number of {len(token)} digits")
        return int(token)

    def _string(self, token: Token) -> str:
        try:
            return unquote(self._shortened.restored(token) if REFERENCE in token else token)
        except EscapeError as error:
            mistake = _MistakeError(
                errors.BadEscapeError, token, str(error), ("\\\" \\\\ \\n \\t \\r \\' \\xHH \\uHHHH",)
            )
            mistake.offset += error.offset
            raise mistake from None

    # names and places

    def _at(self, token: Token) -> At:
        column, offset = int(token.column or 0), int(token.start_pos or 0)
        line_start = offset - column + 1
        return At(int(token.line or 0), self._shortened.original(offset) - self._shortened.original(line_start) + 1)

    def _once(self, key: tuple[str, ...], token: Token, what: str) -> None:
        first = self._names.setdefault(key, token)
        if first is not token:
            raise _MistakeError(
                errors.DuplicateNameError, token, f"{what} stands twice; the first is on line {first.line}"
            )

    def _case(self, kind: str, token: Token) -> str:
        name = self._string(token)
        self._once(("case", name), token, f"{kind} {name!r}")
        self._cases[name] = kind
        return name

    def _refer(self, token: Token, kinds: tuple[str, ...]) -> str:
        name = self._string(token)
        if self._cases.get(name) not in kinds:
            wanted = " or ".join(kinds)
            raise _MistakeError(errors.UnknownReferenceError, token, f"no {wanted} {name!r} stands earlier in the file")
        return name
