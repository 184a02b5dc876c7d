"""Running a check over many sources, here or on an executor; the results are the same and in the same order.

Work is split by case: a piece of work is a bounded number of neighbouring cases. A worker that dies is reported with
the cases it held, and each of them is tried once more, alone.
"""

from __future__ import annotations

import itertools
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final, TypeAlias

import msgspec

from xcheck.compare.check import Options, check_export
from xcheck.compare.chunks import CasesPiece, Sets, Start, TextPiece, of_export, pieces, singles, whole_below
from xcheck.compare.executors import Engine, WorkerDiedError, engine
from xcheck.compare.jobs import (
    CasesAnswer,
    TextRequest,
    check_cases_job,
    check_tables,
    check_text,
    check_text_job,
    request_of,
)
from xcheck.compare.result import CaseResult, FileResult, ItemResult, Status
from xcheck.inputs import READ_ERRORS, Source
from xcheck.lean_parser.errors import ParseError
from xcheck.lean_parser.export import parse_export
from xcheck.reference.profile import profile_named

Narrate: TypeAlias = Callable[[str], None]
Done: TypeAlias = Callable[[int], None]
Piece: TypeAlias = Start | TextPiece | CasesPiece
Answered: TypeAlias = tuple[Piece, FileResult | CasesAnswer | None]

_AHEAD: Final = 3  # pieces waiting for each worker: enough to keep it busy, few enough to hold in memory
_NAMES_SHOWN: Final = 8


def run(
    sources: Sequence[Source],
    options: Options,
    jobs: int = 1,
    executor: str | None = None,
    narrate: Narrate = lambda line: None,
    done: Done = lambda cases: None,
) -> Iterator[FileResult]:
    """Results in the order of `sources`; with `max_fail`, cut after that many cases that did not pass.

    `executor` None means `jobs` processes of this machine, or none where one is enough. `narrate` is told of workers
    that died, `done` of every few cases that are. Raises `ExecutorError` where the executor cannot be reached.
    """
    if executor is None and (jobs <= 1 or not sources):
        results = _here(sources, options, done)
    else:
        results = _there(sources, options, jobs, executor, narrate, done)
    return limited(results, options.max_fail)


def check_source(
    source: Source, options: Options, sets: Sets | None = None, done: Done = lambda cases: None
) -> FileResult:
    """Read and check one source in this process; what cannot be read is the result's `error`."""
    if source.origin is None:
        try:
            whole = check_export(source.read(), options)
        except READ_ERRORS as error:
            return FileResult(source.name, None, error=str(error))
        done(len(whole.cases))
        return whole
    result, left = FileResult(source.name, None), options.max_fail
    cases: list[CaseResult] = []
    asked = 0
    for piece in pieces(source, options, sets or Sets(), 0):
        if isinstance(piece, Start):
            result = piece.empty
        elif isinstance(piece, CasesPiece):
            asked += len(piece.names)
            if left is None or left > 0:
                answer = check_tables(piece.tables, piece.path, profile_named(piece.profile), options.policy)
                if answer.error is not None:
                    return replace(result, cases=tuple(cases), error=answer.error)
                cases += answer.cases
                done(len(answer.cases))
                left = None if left is None else left - _not_passed(answer.cases)
    return replace(result, cases=tuple(cases), not_run=asked - len(cases))


def _here(sources: Sequence[Source], options: Options, done: Done) -> Iterator[FileResult]:
    left = options.max_fail
    sets = Sets()
    for source in sources:
        if left is not None and left <= 0:
            yield FileResult(source.name, None)
            continue
        result = check_source(source, replace(options, max_fail=left), sets, done)
        if left is not None:
            left -= _not_passed(result.cases)
        yield result


def _there(
    sources: Sequence[Source], options: Options, jobs: int, executor: str | None, narrate: Narrate, done: Done
) -> Iterator[FileResult]:
    whole = replace(options, max_fail=None)
    sets = Sets()
    limit = whole_below(len(sources), jobs)
    work = (piece for source in sources for piece in pieces(source, whole, sets, limit))
    first = list(itertools.islice(work, 3))
    gathered = _Gathered(done)
    if executor is None and len(first) < 3:
        # One piece of work gains nothing from a second process, and starting it costs half a second.
        for piece in first:
            yield from gathered.add(piece, None if isinstance(piece, Start) else _work_here(piece, whole))
        yield from gathered.last()
        return
    with engine(executor, jobs) as found:
        dispatch = _Dispatch(found, whole, narrate)
        for piece in itertools.chain(first, work):
            for finished, answer in dispatch.add(piece):
                yield from gathered.add(finished, answer)
        for finished, answer in dispatch.rest():
            yield from gathered.add(finished, answer)
        dispatch.report_restarts()
    yield from gathered.last()


def _work_here(piece: TextPiece | CasesPiece, options: Options) -> FileResult | CasesAnswer:
    if isinstance(piece, TextPiece):
        return check_text(piece.text, piece.path, options)
    return check_tables(piece.tables, piece.path, profile_named(piece.profile), options.policy)


class _Gathered:
    """Puts the answers of consecutive pieces together, one `FileResult` for each source."""

    def __init__(self, done: Done) -> None:
        self._done = done
        self._result: FileResult | None = None
        self._cases: list[CaseResult] = []

    def add(self, piece: Piece, answer: FileResult | CasesAnswer | None) -> Iterator[FileResult]:
        """Take one piece's answer; gives the source before, once the next begins."""
        if isinstance(piece, Start):
            yield from self.last()
            self._result, self._cases = piece.empty, []
            return
        if answer is not None:
            self._done(len(answer.cases))
        if isinstance(answer, FileResult):
            self._result, self._cases = answer, list(answer.cases)
        elif answer is not None and self._result is not None and self._result.error is None:
            self._cases += answer.cases
            self._result = replace(self._result, error=answer.error)

    def last(self) -> Iterator[FileResult]:
        """The source that is complete, if there is one."""
        if self._result is not None:
            yield replace(self._result, cases=tuple(self._cases))
        self._result = None


class _Dispatch:
    """Keeps an engine busy, a bounded number of pieces ahead, and hands answers back in order."""

    def __init__(self, engine: Engine, options: Options, narrate: Narrate) -> None:
        self._engine = engine
        self._options = options
        self._narrate = narrate
        self._waiting: deque[tuple[Piece, Future[bytes] | None]] = deque()
        self._keys: dict[str, str] = {}
        self._run = uuid.uuid4().hex

    def add(self, piece: Piece) -> Iterator[Answered]:
        """Start a piece; gives answers that are due."""
        self._waiting.append((piece, None if isinstance(piece, Start) else self._submit(piece)))
        while len(self._waiting) > _AHEAD * self._engine.width:
            yield self._next()

    def rest(self) -> Iterator[Answered]:
        """All answers not given yet."""
        while self._waiting:
            yield self._next()

    def report_restarts(self) -> None:
        """Tell of workers that died while the engine itself ran their work again."""
        for worker, keys in self._engine.restarted():
            self._narrate(f"worker {worker} died holding {', '.join(self._keys[key] for key in keys)}: done again")

    def _next(self) -> Answered:
        piece, future = self._waiting.popleft()
        if future is None or isinstance(piece, Start):
            return piece, None
        try:
            return piece, self._decoded(piece, future.result())
        except WorkerDiedError:
            self._narrate(f"a worker died holding {_held(piece)}: each is tried once more, alone")
            return piece, self._again(piece)

    def _again(self, piece: TextPiece | CasesPiece) -> FileResult | CasesAnswer:
        """Each case of a piece whose worker died, alone; what kills its worker again has errored."""
        if isinstance(piece, CasesPiece):
            return CasesAnswer(tuple(self._alone(single) for single in singles(piece)))
        try:
            export = parse_export(piece.text, piece.path)
        except ParseError as error:
            return FileResult(piece.path, None, error=str(error))
        result = FileResult(piece.path, None)
        cases: list[CaseResult] = []
        for single in of_export(export, self._options, 1):
            if isinstance(single, Start):
                result = single.empty
            else:
                cases.append(self._alone(single))
        return replace(result, cases=tuple(cases))

    def _alone(self, piece: CasesPiece) -> CaseResult:
        try:
            answer = self._decoded(piece, self._submit(piece).result())
        except WorkerDiedError:
            answer = CasesAnswer(error="its worker died twice")
        if isinstance(answer, CasesAnswer) and answer.cases:
            return answer.cases[0]
        return CaseResult(piece.names[0], (ItemResult("case", 0, Status.ERRORED, reason=_reason(answer)),))

    def _submit(self, piece: TextPiece | CasesPiece) -> Future[bytes]:
        key = f"xcheck-{self._run}-{len(self._keys)}"
        self._keys[key] = _held(piece)
        if isinstance(piece, TextPiece):
            request = msgspec.json.encode(TextRequest(piece.path, piece.text, self._options))
            return self._engine.submit(check_text_job, request, key)
        request = request_of(piece.tables, piece.path, piece.profile, self._options.policy)
        return self._engine.submit(check_cases_job, request, key)

    def _decoded(self, piece: TextPiece | CasesPiece, answer: bytes) -> FileResult | CasesAnswer:
        if isinstance(piece, TextPiece):
            return msgspec.json.decode(answer, type=FileResult)
        cases = msgspec.json.decode(answer, type=CasesAnswer)
        if cases.error is None and tuple(case.name for case in cases.cases) != piece.names:
            # A worker with another xcheck, say: a case it leaves out must not be missing without a word.
            return CasesAnswer(error=f"{piece.path}: a worker answered for other cases than {_held(piece)}")
        return cases


def _reason(answer: FileResult | CasesAnswer) -> str:
    return answer.error or "no answer"


def _held(piece: TextPiece | CasesPiece) -> str:
    if isinstance(piece, TextPiece):
        return f"every case of {piece.path}"
    if len(piece.names) <= _NAMES_SHOWN:
        return f"{', '.join(map(repr, piece.names))} of {piece.path}"
    return f"the {len(piece.names)} cases {piece.names[0]!r} ... {piece.names[-1]!r} of {piece.path}"


def _not_passed(cases: Iterable[CaseResult]) -> int:
    return sum(case.status is not Status.PASSED for case in cases)


def limited(results: Iterator[FileResult], most: int | None) -> Iterator[FileResult]:
    """The same cut whether the files ran one after the other or side by side."""
    if most is None:
        yield from results
        return
    left = most
    reason = f"stopped after {most} case{'s' if most != 1 else ''} that did not pass"
    for result in results:
        if left <= 0:
            yield FileResult(result.source, None, not_run_reason=reason)
            continue
        kept = 0
        while kept < len(result.cases) and left > 0:
            left -= result.cases[kept].status is not Status.PASSED
            kept += 1
        cut = len(result.cases) - kept + result.not_run
        yield replace(
            result, cases=result.cases[:kept], not_run=cut, not_run_reason=reason if cut else result.not_run_reason
        )
