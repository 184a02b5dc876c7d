"""The command line that shows one case again."""

from __future__ import annotations

import shlex

from xcheck.compare.result import CaseResult, FileResult


def reproduce(file: FileResult, case: CaseResult) -> str:
    """The command that checks this case alone."""
    which = file.arguments or ("--case", case.name)
    path = "-" if file.source == "<stdin>" else file.source
    return shlex.join(["xcheck", "check", path, *which, "--profile", str(file.profile)])
