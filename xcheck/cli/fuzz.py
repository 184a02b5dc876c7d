"""`xcheck fuzz --oracle COMMAND`: look for a graph on which Lean and the reference disagree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from xcheck.cli.live import live, need_folder, oracle_options, report
from xcheck.cli.output import results
from xcheck.cli.progress import Progress
from xcheck.compare.result import Status
from xcheck.fuzz.judge import judge
from xcheck.fuzz.reduce import reduce_request
from xcheck.oracle.client import Oracle
from xcheck.oracle.errors import RequestError
from xcheck.oracle.messages import Request
from xcheck.oracle.requests import read_requests
from xcheck.reference.operation import Via
from xcheck.reference.profile import Profile
from xcheck.report.exit_code import AGREE, COULD_NOT_COMPARE, DISAGREE

_CASES = 1000


@click.command("fuzz")
@oracle_options
@click.option("--time", "seconds", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="How long.")
@click.option("--count", type=click.IntRange(1), metavar="N", help=f"How many cases; {_CASES:,} without --time.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Where to start; the same finds the same.")
@click.option("--max-primitives", type=click.IntRange(1, 32), default=4, show_default=True, metavar="N")
@click.option(
    "--via", "vias", default="spec", metavar="VIA,...", help="Lean's semantics to run: spec, eager, compiled."
)
@click.option("--requests", type=click.Path(path_type=Path), metavar="FILE", help="Ask these instead of making cases.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("xcheck-found"),
    show_default=True,
    metavar="DIR",
    help="Where a disagreement is written.",
)
@click.option(
    "--allow-incomparable", is_flag=True, help="Do not count requests that cannot be compared against the run."
)
def command(
    command: tuple[str, ...],
    start_timeout: float,
    request_timeout: float,
    profile: str,
    seconds: float | None,
    count: int | None,
    seed: int,
    max_primitives: int,
    vias: str,
    requests: Path | None,
    out: Path,
    allow_incomparable: bool,
) -> None:
    """Ask an oracle about generated graphs until one answer disagrees with the reference.

    A disagreement is reduced to a small graph with simple values, printed, and written to DIR: the oracle's answer as
    .tlx, the request, Lean source, and the largest case that agrees.
    """
    given = _given(requests)
    if given is None:
        _need_hypothesis()
    need_folder(out)
    with live(command, start_timeout, request_timeout, profile) as (oracle, semantics), Progress() as progress:
        wanted = _vias(vias, oracle)
        if given is not None:
            outcome = _replay(oracle, semantics, given, progress)
        else:
            outcome = _search(oracle, semantics, progress, seconds, count, seed, max_primitives, wanted)
        progress.clear()
        found, line, incomparable, reasons = outcome
        console = results()
        console.print(f"{semantics.name}  {line}")
        for reason in reasons:
            console.print(f"  not comparable: {reason}")
        if oracle.restarts:
            console.print(f"  the oracle had to be restarted {oracle.restarts} times")
        if found is not None:
            reduction = reduce_request(
                oracle,
                semantics,
                found,
                progress=lambda asks, size: progress(f"reducing: {asks} requests, {size[0]} leaves"),
            )
            progress.clear()
            if reduction.smallest is None:
                raise click.ClickException(
                    "the oracle disagreed once and agrees now: it does not always answer the same"
                )
            report(oracle, semantics, reduction, out, f"{found.ident}-{semantics.name}")
            raise click.exceptions.Exit(COULD_NOT_COMPARE if incomparable and not allow_incomparable else DISAGREE)
    raise click.exceptions.Exit(COULD_NOT_COMPARE if incomparable and not allow_incomparable else AGREE)


_Outcome = tuple[Request | None, str, int, tuple[str, ...]]


def _need_hypothesis() -> None:
    """Before the oracle starts, which may take minutes."""
    try:
        import xcheck.fuzz.search  # noqa: F401
    except ImportError as missing:
        raise click.ClickException(
            f"fuzz makes its cases with hypothesis: pip install 'torchlean-xcheck[strategies]' ({missing})"
        ) from None


def _given(path: Path | None) -> tuple[Request, ...] | None:
    if path is None:
        return None
    try:
        found = read_requests(path)
    except RequestError as error:
        raise click.ClickException(str(error)) from None
    if not found:
        raise click.ClickException(f"{path}: the file has no request")
    return found


def _vias(text: str, oracle: Oracle) -> tuple[Via, ...]:
    names, offered = text.split(","), oracle.handshake.via
    for name in names:
        if name not in tuple(Via) or name not in offered:
            raise click.BadParameter(f"the oracle runs {', '.join(offered)}, not {name!r}", param_hint="--via")
    return tuple(map(Via, names))


def _search(
    oracle: Oracle,
    profile: Profile,
    progress: Progress,
    seconds: float | None,
    count: int | None,
    seed: int,
    max_primitives: int,
    vias: tuple[Via, ...],
) -> _Outcome:
    from xcheck.fuzz.search import Plan, search

    cases = _CASES if count is None and seconds is None else count
    plan = Plan(seconds, cases, seed, max_primitives, vias)
    with _no_traces():
        done = search(
            oracle, profile, plan, lambda n, t: progress(f"{n:,} cases, {n / max(t, 1e-9):,.0f} a second", n, cases)
        )
    rate = done.cases / max(done.seconds, 1e-9)
    line = f"{done.cases:,} cases in {done.seconds:.1f} s ({rate:,.0f} a second), {done.partly:,} of them only in part"
    if done.not_comparable:
        line += f", {done.not_comparable:,} not comparable"
    line += ": all agree" if done.found is None else f": case {done.first_found_at:,} disagrees"
    found = done.found
    return found and _named(found, f"seed{seed}-case{done.first_found_at}"), line, done.not_comparable, done.reasons


@contextmanager
def _no_traces() -> Iterator[None]:
    """Hypothesis keeps notes in the working folder, which is the user's."""
    from hypothesis.configuration import set_hypothesis_home_dir

    with TemporaryDirectory(prefix="xcheck-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _replay(oracle: Oracle, profile: Profile, requests: tuple[Request, ...], progress: Progress) -> _Outcome:
    """Ask what a file asks; the first request that disagrees is the one that is reduced."""
    found: list[Request] = []
    reasons: dict[str, None] = {}
    incomparable = partly = 0
    for number, request in enumerate(requests, 1):
        verdict = judge(request, oracle.ask(request), profile)
        partly += verdict.partly
        progress(f"{number:,} of {len(requests):,} requests", number, len(requests))
        if verdict.status is Status.FAILED:
            found.append(request)
        elif verdict.status is Status.NOT_COMPARABLE:
            incomparable += 1
            reasons |= dict.fromkeys(f"{request.ident}: {reason}" for reason in verdict.reasons)
    line = f"{len(requests):,} requests, {partly:,} of them only in part"
    if incomparable:
        line += f", {incomparable:,} not comparable"
    names = ", ".join(request.ident for request in found[:10]) + (" ..." if len(found) > 10 else "")
    line += f": {len(found):,} disagree ({names})" if found else ": all agree"
    return (found[0] if found else None), line, incomparable, tuple(reasons)


def _named(request: Request, ident: str) -> Request:
    return Request(ident, request.name, request.graph, request.asks)
