"""What the pytest plugin collects: the cases of fixture sets and exports as test items."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from xcheck import __version__
from xcheck.compare.check import check_case
from xcheck.compare.corpus import Corpus, Entry, read_corpus
from xcheck.compare.policy import EXACT
from xcheck.compare.result import CaseResult, Status
from xcheck.fixtures.manifest import sealed_set
from xcheck.inputs import READ_ERRORS, NoInputError
from xcheck.lean_parser.records import ForwardItem, InitItem, Item
from xcheck.reference.profile import Profile, UnknownProfileError, profile_named
from xcheck.report.diagnosis import diagnosis_lines

_HASH_SHOWN = 16
_CASES = pytest.StashKey[dict[tuple[str, ...], list["LeanCase"]]]()


@dataclass(frozen=True, slots=True)
class LeanCase:
    """One case: its id, name and profile (None where unknown), and its items as Lean wrote them.

    The id is the name, or `profile:name` where the corpus has several profiles.
    """

    id: str
    name: str
    profile: Profile | None
    entry: Entry

    @property
    def items(self) -> Sequence[Item]:
        """The records of the case, in order; tensors are `xcheck.tensor.Tensor` (shape and `uint64` bits)."""
        return self.entry.load()

    @property
    def forwards(self) -> tuple[ForwardItem, ...]:
        """The forwards, in order."""
        return tuple(item for item in self.items if isinstance(item, ForwardItem))

    @property
    def initial(self) -> Mapping[int, InitItem]:
        """The initial values by start counter."""
        return {item.index: item for item in self.items if isinstance(item, InitItem)}

    def check(self) -> CaseResult:
        """Replay and compare the case; raises `UnknownProfileError` where its profile is unknown."""
        if self.profile is None:
            raise UnknownProfileError(f"case {self.name!r}: its headers name no known profile", "")
        return check_case(self.name, self.items, self.profile, EXACT)


def lean_cases(config: pytest.Config, paths: Sequence[str]) -> list[LeanCase]:
    """The cases behind `--xcheck`, sorted by id; raises `pytest.UsageError` for what cannot be read."""
    known = config.stash.setdefault(_CASES, {})
    key = tuple(paths)
    if key not in known:
        entries = [entry for path in paths for entry in _corpus(config, path).entries]
        known[key] = _cases(entries)
        if len({case.id for case in known[key]}) != len(known[key]):
            raise pytest.UsageError(f"--xcheck {' '.join(paths)}: the same case id stands in two of these paths")
    return known[key]


def header(path: str) -> str:
    """The report header's line for a path; what is wrong with the path is said when it is collected."""
    libc = " ".join(part for part in platform.libc_ver() if part) or "unknown libc"
    try:
        manifest = sealed_set(path)
    except READ_ERRORS as error:
        return f"xcheck {__version__}: {error}"
    if manifest is None:
        return f"xcheck {__version__}: export {path}, {libc}"
    profiles = ", ".join(sorted({origin.profile for origin in manifest.origins}))
    marked = "" if manifest.replay.agrees else ", marked: did not agree when recorded"
    return (
        f"xcheck {__version__}: {path}, {manifest.cases} cases, set {manifest.set_hash[:_HASH_SHOWN]}, "
        f"{profiles}, {libc}{marked}"
    )


class CorpusFile(pytest.File):
    """A fixture set or export: one item for each case, sorted by id."""

    def __init__(self, *, place: str, **rest: Any) -> None:
        super().__init__(**rest)
        self._place = place

    def collect(self) -> Iterator[pytest.Item]:
        """The items; raises `CollectError` for what cannot be read."""
        try:
            cases = _cases(_corpus(self.config, self._place).entries)
        except pytest.UsageError as error:
            raise self.CollectError(str(error)) from None
        if not cases:
            raise self.CollectError(f"{self._place}: there is no case to check")
        for case in cases:
            yield CaseItem.from_parent(self, name=case.id, case=case)


class CaseItem(pytest.Item):
    """One case as a test: it passes when every item agrees; what cannot be compared fails."""

    def __init__(self, *, case: LeanCase, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case

    def runtest(self) -> None:
        """Replay and compare."""
        result = self.case.check()
        if result.status is not Status.PASSED:
            raise CaseDisagreesError(result)

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        """The findings as `xcheck check` prints them."""
        error = excinfo.value
        if isinstance(error, CaseDisagreesError):
            return "\n".join(_finding_lines(error.result))
        if isinstance(error, (UnknownProfileError, *READ_ERRORS)):
            return str(error)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case is."""
        return self.path, None, self.case.id


class CaseDisagreesError(Exception):
    """The case did not pass; `result` says why."""

    def __init__(self, result: CaseResult) -> None:
        super().__init__(f"case {result.name!r}: {result.status}")
        self.result = result


def _corpus(config: pytest.Config, path: str) -> Corpus:
    wanted = str(config.getoption("--xcheck-profile"))
    try:
        if wanted != "auto":
            profile_named(wanted)
        if not Path(path).exists():
            raise NoInputError(f"{path}: no such fixture set or export")
        return read_corpus(path, wanted)
    except (NoInputError, UnknownProfileError, *READ_ERRORS) as error:
        raise pytest.UsageError(f"xcheck: {error}") from None


def _cases(entries: Sequence[Entry]) -> list[LeanCase]:
    several = len({entry.label for entry in entries}) > 1
    cases = [LeanCase(f"{e.label}:{e.name}" if several else e.name, e.name, e.profile, e) for e in entries]
    return sorted(cases, key=lambda case: case.id)


def _finding_lines(result: CaseResult) -> Iterator[str]:
    for number, line in enumerate(diagnosis_lines(result)):
        yield line if number else f"cause: {line}"
    for item in result.items:
        if item.status is Status.PASSED:
            continue
        yield f"{item.item}: {item.status}" + (f": {item.reason}" if item.reason else "")
        for finding in item.findings:
            where = "" if finding.layer is None else f" at layer {finding.layer} ({finding.kind})"
            tensor = "" if finding.tensor is None else f", {finding.tensor}"
            yield f"  {finding.what}{where}{tensor}: Lean {finding.lean}, reference {finding.reference}"
            if finding.elements is not None:
                ulp = finding.elements.max_ulp
                distance = "" if ulp is None else f", at most {ulp:,} ulp apart"
                yield f"    {finding.elements.differing:,} of {finding.elements.total:,} elements differ{distance}"
            yield from (f"    {why}" for why in finding.why)
