"""A check or a diff as one HTML page that needs nothing else: no server, no network, no second file.

`templates/` is what Python fills in, `assets/` the page's own style and script, `charts/` its Vega-Lite charts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xcheck.compare.change import DiffResult
    from xcheck.compare.result import RunResult


class PageUnavailableError(Exception):
    """The packages that the page is made with are not installed."""


def require_extra() -> None:
    """Say early that the page cannot be made, before anything long is run. Raises `PageUnavailableError`."""
    from importlib.util import find_spec

    missing = [name for name in ("jinja2", "vl_convert") if find_spec(name) is None]
    if missing:
        raise PageUnavailableError(
            f"the HTML report needs the `page` extra ({' and '.join(missing)} not found): "
            "pip install 'torchlean-xcheck[page]'"
        )


def check_page(run: RunResult, command: str, *, code: int | None = None) -> str:
    """The page of a check. `command` is what was run, `code` its exit code where that is not the plain run's.

    Raises `PageUnavailableError`.
    """
    require_extra()
    from xcheck.report.page import checked

    return checked.page(run, command, code)


def diff_page(result: DiffResult, command: str) -> str:
    """The page of a diff. `command` is what was run. Raises `PageUnavailableError`."""
    require_extra()
    from xcheck.report.page import diffed

    return diffed.page(result, command)
