"""What a worker does. Requests and answers are JSON, with tables inside as Arrow IPC streams; nothing is pickled."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pyarrow as pa

from xcheck.compare.check import Options, check_export, check_stretch
from xcheck.compare.policy import Policy
from xcheck.compare.result import CaseResult, FileResult
from xcheck.fixtures.decode import decode
from xcheck.fixtures.encode import Encoded, Tables, encode_export
from xcheck.fixtures.errors import FixtureError
from xcheck.lean_parser.errors import ParseError
from xcheck.lean_parser.export import parse_export
from xcheck.reference.profile import Profile, profile_named


class CasesRequest(msgspec.Struct, frozen=True):
    """Check some cases of one export: its tables by name, the profile to replay with, and the policy."""

    path: str
    profile: str
    policy: Policy
    tables: dict[str, bytes]
    bits_start: int


class TextRequest(msgspec.Struct, frozen=True):
    """Check a whole export given as text."""

    path: str
    text: bytes
    options: Options


class CasesAnswer(msgspec.Struct, frozen=True):
    """The results of the cases asked for, in order, or why the cases cannot be read."""

    cases: tuple[CaseResult, ...] = ()
    error: str | None = None


def request_of(tables: Tables, path: str, profile: str, policy: Policy) -> bytes:
    """A `CasesRequest` as bytes."""
    streams = {name: _to_bytes(table) for name, table in tables.by_name.items()}
    return msgspec.json.encode(CasesRequest(path, profile, policy, streams, tables.bits_start))


def check_cases_job(request: bytes) -> bytes:
    """`CasesRequest` in, `CasesAnswer` out."""
    asked = msgspec.json.decode(request, type=CasesRequest)
    tables = Tables(_from_bytes(asked.tables), asked.bits_start)
    return msgspec.json.encode(check_tables(tables, asked.path, profile_named(asked.profile), asked.policy))


def check_tables(tables: Tables, path: str, profile: Profile, policy: Policy) -> CasesAnswer:
    """Decode some cases and check each of them."""
    try:
        cases = decode(tables, path)
    except FixtureError as error:
        return CasesAnswer(error=str(error))
    return CasesAnswer(tuple(check_stretch(((case.name, case.items) for case in cases), profile, policy)))


def check_text_job(request: bytes) -> bytes:
    """`TextRequest` in, `FileResult` out."""
    asked = msgspec.json.decode(request, type=TextRequest)
    return msgspec.json.encode(check_text(asked.text, asked.path, asked.options))


def check_text(text: bytes, path: str, options: Options) -> FileResult:
    """Parse and check a whole export; what cannot be read is the result's `error`."""
    try:
        return check_export(parse_export(text, path), options)
    except ParseError as error:
        return FileResult(path, None, error=str(error))


class EncodeAnswer(msgspec.Struct, frozen=True):
    """An export as tables (see `fixtures.encode.Encoded`), or None where it cannot be read."""

    headers: tuple[tuple[str, str], ...]
    cases: tuple[tuple[str, str], ...]
    items: int
    tables: dict[str, bytes]


def encode_text_job(request: bytes) -> bytes:
    """`TextRequest` in, `EncodeAnswer` or null out."""
    asked = msgspec.json.decode(request, type=TextRequest)
    try:
        found = encode_export(parse_export(asked.text, asked.path))
    except (ParseError, FixtureError):
        return msgspec.json.encode(None)
    tables = {name: _to_bytes(table) for name, table in found.tables.by_name.items()}
    return msgspec.json.encode(EncodeAnswer(tuple(found.headers.items()), found.cases, found.items, tables))


def encoded_of(answer: bytes, path: str) -> Encoded | None:
    """What `encode_text_job` answered."""
    found = msgspec.json.decode(answer, type=EncodeAnswer | None)
    if found is None:
        return None
    return Encoded(path, dict(found.headers), found.cases, found.items, Tables(_from_bytes(found.tables)))


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _from_bytes(streams: Mapping[str, bytes]) -> dict[str, pa.Table]:
    return {name: pa.ipc.open_stream(data).read_all() for name, data in streams.items()}
