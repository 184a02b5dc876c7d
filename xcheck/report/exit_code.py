"""The exit code of every verb: 0 agree, 1 disagree, 2 could not compare. 2 outranks 1, as in `diff` and `grep`."""

from __future__ import annotations

from typing import Final

from xcheck.compare.result import FileResult, RunResult, Status

AGREE: Final = 0
DISAGREE: Final = 1
COULD_NOT_COMPARE: Final = 2


def exit_code(run: RunResult, *, allow_incomparable: bool = False) -> int:
    """The exit code of a run. A run without a single compared item is never 0."""
    if run.error is not None or any(file.error is not None for file in run.files):
        return COULD_NOT_COMPARE
    statuses = {item.status for file in run.files for item in file.items()}
    if Status.ERRORED in statuses or not statuses & {Status.PASSED, Status.FAILED}:
        return COULD_NOT_COMPARE
    if Status.NOT_COMPARABLE in statuses and not allow_incomparable:
        return COULD_NOT_COMPARE
    if _partly_told(run.files) and not allow_incomparable:
        return COULD_NOT_COMPARE
    return DISAGREE if Status.FAILED in statuses or run.outdated else AGREE


def _partly_told(files: tuple[FileResult, ...]) -> bool:
    """Whether an item that failed also has a part that could not be compared."""
    return any(item.reason is not None for file in files for item in file.items())
