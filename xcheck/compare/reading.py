"""Reading exports as tables, several at a time, in order: what recording a set begins with."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from xcheck.compare.check import Options
from xcheck.compare.executors import WorkerDiedError, engine
from xcheck.compare.jobs import TextRequest, encode_text_job, encoded_of
from xcheck.compare.runner import Narrate
from xcheck.fixtures.encode import Encoded, encode_export
from xcheck.inputs import STDIN, Source

_WORTHWHILE: Final = 1 << 21  # bytes to parse before starting a second process pays


def read_encoded(sources: Sequence[Source], jobs: int, executor: str | None, narrate: Narrate) -> Iterator[Encoded]:
    """Every source as tables, in order; raises `ExportError` or `FixtureError` at the first that cannot be read."""
    texts = [source for source in sources if _is_text(source)]
    if len(texts) < 2 or (executor is None and (jobs < 2 or sum(map(_size, texts)) < _WORTHWHILE)):
        yield from (encode_export(source.read()) for source in sources)
        return
    with engine(executor, jobs) as found:
        waiting: deque[tuple[Source, Future[bytes] | None]] = deque()
        for number, source in enumerate(sources):
            future = None
            if _is_text(source):
                request = msgspec.json.encode(TextRequest(source.name, Path(source.path).read_bytes(), Options()))
                future = found.submit(encode_text_job, request, f"read-{number}-{id(waiting)}")
            waiting.append((source, future))
            if len(waiting) > 2 * found.width:
                yield _answer(*waiting.popleft(), narrate)
        while waiting:
            yield _answer(*waiting.popleft(), narrate)


def _answer(source: Source, future: Future[bytes] | None, narrate: Narrate) -> Encoded:
    if future is not None:
        try:
            answer = encoded_of(future.result(), source.name)
        except WorkerDiedError:
            narrate(f"a worker died holding every case of {source.name}: it is read once more")
            answer = None
        if answer is not None:
            return answer
    # What a worker could not read raises here, with the place and the line.
    return encode_export(source.read())


def _is_text(source: Source) -> bool:
    return source.origin is None and source.path != STDIN and Path(source.path).is_file()


def _size(source: Source) -> int:
    with suppress(OSError):
        return Path(source.path).stat().st_size
    return 0
