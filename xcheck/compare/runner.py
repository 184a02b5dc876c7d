"""Running a check over many sources, in this process or in several; the results are the same and in the same order.

Only JSON crosses a process boundary: a request goes out as bytes and a result comes back as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context

import msgspec

from xcheck.compare.check import Options, check_export
from xcheck.compare.result import FileResult, Status
from xcheck.inputs import STDIN, Source
from xcheck.lean_parser.errors import ParseError


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is asked to do."""

    source: Source
    options: Options


def check_source(source: Source, options: Options) -> FileResult:
    """Read and check one source; what cannot be read is the result's `error`."""
    try:
        return check_export(source.read(), options)
    except ParseError as error:
        return FileResult(source.path, None, error=str(error))


def work(request: bytes) -> bytes:
    """A worker's whole job: `Request` as JSON in, `FileResult` as JSON out."""
    asked = msgspec.json.decode(request, type=Request)
    return msgspec.json.encode(check_source(asked.source, asked.options))


def run(sources: Sequence[Source], options: Options, jobs: int) -> Iterator[FileResult]:
    """Results in the order of `sources`; with `max_fail`, cut after that many cases that did not pass."""
    results = _here(sources, options) if jobs <= 1 or len(sources) <= 1 else _there(sources, options, jobs)
    return _limited(results, options.max_fail)


def _here(sources: Sequence[Source], options: Options) -> Iterator[FileResult]:
    left = options.max_fail
    for source in sources:
        if left is not None and left <= 0:
            yield FileResult(source.path, None)
            continue
        result = check_source(source, replace(options, max_fail=left))
        if left is not None:
            left -= _not_passed(result)
        yield result


def _there(sources: Sequence[Source], options: Options, jobs: int) -> Iterator[FileResult]:
    with _pool(jobs) as pool:
        futures: list[Future[bytes] | None] = [
            None if source.path == STDIN else pool.submit(work, msgspec.json.encode(Request(source, options)))
            for source in sources
        ]
        for source, future in zip(sources, futures, strict=True):
            yield check_source(source, options) if future is None else _result(source, options, future)


def _result(source: Source, options: Options, future: Future[bytes]) -> FileResult:
    """A worker that died takes its whole pool along, so its source is tried once more in a pool of its own."""
    try:
        answer = future.result()
    except BrokenProcessPool:
        try:
            with _pool(1) as again:
                answer = again.submit(work, msgspec.json.encode(Request(source, options))).result()
        except BrokenProcessPool:
            return FileResult(source.path, None, error=f"{source.path}: the worker process died twice on this file")
    return msgspec.json.decode(answer, type=FileResult)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def _not_passed(result: FileResult) -> int:
    return sum(case.status is not Status.PASSED for case in result.cases)


def _limited(results: Iterator[FileResult], most: int | None) -> Iterator[FileResult]:
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
