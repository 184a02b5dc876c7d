"""Where a run's work is done: worker processes of this machine, or an engine that is there already.

A job is a function of bytes that lives at the top of a module; bytes go out and bytes come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from queue import SimpleQueue
from typing import Any, Final, Protocol, TypeAlias

Job: TypeAlias = Callable[[bytes], bytes]

DASK: Final = "dask://"
_CONNECT_SECONDS: Final = 10


class ExecutorError(Exception):
    """An executor that does not exist, cannot be reached, or needs a package that is not installed."""


class WorkerDiedError(Exception):
    """The worker that held a job died before it answered."""


class Engine(Protocol):
    """Runs jobs. A future raises `WorkerDiedError` where its worker died; any other exception is the job's own."""

    @property
    def width(self) -> int:
        """How many jobs run at the same time."""

    def submit(self, job: Job, request: bytes, key: str) -> Future[bytes]:
        """Start a job; `key` is unique in the run."""

    def restarted(self) -> list[tuple[str, tuple[str, ...]]]:
        """Workers that died while the engine itself ran their jobs again, with the keys they held."""


@contextmanager
def engine(spec: str | None, jobs: int) -> Iterator[Engine]:
    """The engine for an `--executor` value: None for `jobs` processes here, or `dask://HOST:PORT`.

    Raises `ExecutorError`.
    """
    if spec is None:
        lanes = Lanes(jobs)
        try:
            yield lanes
        finally:
            lanes.close()
    elif spec.startswith(DASK):
        with _dask(spec.removeprefix(DASK)) as found:
            yield found
    else:
        raise ExecutorError(f"unknown executor {spec!r} (known: {DASK}HOST:PORT)")


class Lanes:
    """A pool of one-process pools.

    A process that dies breaks only the pool it is in, so it is known which job it held, and the others go on.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="xcheck-lane")
        self._idle: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        self._count = count
        for _ in range(count):
            self._idle.put(_one_process())

    @property
    def width(self) -> int:
        """How many processes there are."""
        return self._count

    def submit(self, job: Job, request: bytes, key: str) -> Future[bytes]:
        """Start a job on the next idle process."""
        return self._threads.submit(self._run, job, request)

    def restarted(self) -> list[tuple[str, tuple[str, ...]]]:
        """Nothing: a death is always the caller's to handle."""
        return []

    def close(self) -> None:
        """Stop: what has not started is dropped."""
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().shutdown()

    def _run(self, job: Job, request: bytes) -> bytes:
        lane = self._idle.get()
        try:
            return lane.submit(job, request).result()
        except BrokenExecutor:
            lane.shutdown(wait=False)
            lane = _one_process()
            raise WorkerDiedError from None
        finally:
            self._idle.put(lane)


def _one_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


@contextmanager
def _dask(address: str) -> Iterator[Engine]:
    try:
        Client: Any = import_module("distributed").Client  # noqa: N806
    except ImportError:
        raise ExecutorError("the Dask executor needs the `dask` extra: pip install 'torchlean-xcheck[dask]'") from None
    try:
        client = Client(f"tcp://{address}", timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ExecutorError(f"no Dask scheduler at {address}: {error}") from None
    try:
        if not client.ncores():
            raise ExecutorError(f"the Dask scheduler at {address} has no workers")
        yield _Dask(client)
    finally:
        client.close()


class _Dask:
    """Dask through its client's own executor."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._keys: set[str] = set()

    @property
    def width(self) -> int:
        return int(sum(self._client.ncores().values()))

    def submit(self, job: Job, request: bytes, key: str) -> Future[bytes]:
        killed: Any = import_module("distributed").KilledWorker
        self._keys.add(key)
        answer: Future[bytes] = Future()

        def done(inner: Future[bytes]) -> None:
            if inner.cancelled():
                answer.cancel()
                return
            error = inner.exception()
            if isinstance(error, killed):
                answer.set_exception(WorkerDiedError())
            elif error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(inner.result())

        self._executor.submit(job, request, key=key).add_done_callback(done)
        return answer

    def restarted(self) -> list[tuple[str, tuple[str, ...]]]:
        found: list[tuple[str, tuple[str, ...]]] = []
        for _, event in self._client.get_events("all"):
            if event.get("action") == "remove-worker":
                held = sorted(self._keys & set(map(str, event.get("processing-tasks", ()))))
                if held:
                    found.append((str(event.get("worker", "a worker")), tuple(held)))
        return found
