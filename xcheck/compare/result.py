"""What a comparison found. Every type here is frozen and made of plain values, so it prints and travels as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FIRST_SHOWN: Final = 20


class Status(StrEnum):
    """How an item, case or file came out; the later outranks the earlier."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COMPARABLE = "not comparable"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class Element:
    """One differing element: its coordinate, both values as 16 hex digits, and their distance in ulp (if finite)."""

    coordinate: tuple[int, ...]
    lean: str
    reference: str
    ulp: int | None


@dataclass(frozen=True, slots=True)
class ElementMap:
    """Both sides of a differing tensor laid out as a grid of `rows` x `columns` cells, row-major.

    The tensor's first axis runs down, the others together run across (a long vector is wrapped, and its last row may
    be short). A cell stands for `block_rows` x `block_columns` elements and shows the one that is furthest off.
    `lean` and `reference` are the cells' bits, little-endian `uint64`; `places` their flat element numbers,
    little-endian `uint64`, empty where every element has a cell of its own (then the cell's number is the element's).
    `counts` says how many elements of each cell differ, empty likewise. `histogram[b]` counts differing pairs whose
    ulp distance has `b` binary digits, b from 1 to 64; `histogram[0]` those without a distance (NaN or infinity).
    """

    rows: int
    columns: int
    block_rows: int
    block_columns: int
    lean: bytes
    reference: bytes
    places: bytes
    counts: tuple[int, ...]
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TensorDifference:
    """Where two tensors of the same shape differ: how many of how many, the largest ulp distance, the first twenty.

    `not_finite` counts differing pairs with a NaN or an infinity, which have no distance; `max_ulp` is None where
    there is no other pair. `pattern` names the regularity of the differing places, None where there is none;
    `picture` draws them, a line for each row of the tensor. `cells` is there only where maps were asked for.
    """

    shape: tuple[int, ...]
    differing: int
    total: int
    max_ulp: int | None
    not_finite: int
    first: tuple[Element, ...]
    pattern: str | None = None
    picture: tuple[str, ...] = ()
    cells: ElementMap | None = None


class StepState(StrEnum):
    """How one layer of a forward came out."""

    RIGHT = "right"
    WRONG = "wrong"
    INHERITED = "inherited"
    ADMITTED = "admitted"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a forward that failed: how far its trace entry is from the reference's.

    `wrong` is a layer that differs on Lean's own input and parameters, `inherited` one that is right on them.
    """

    layer: int
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    state: StepState
    differing: int = 0
    total: int = 0
    max_ulp: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One cause that was tried on a failing case, and how much of it that explains.

    `name` is its row in the table of explanations; `says` what it is, in a sentence; `look` what to look at in Lean.
    `explained` of `findings` go away under it (what was only inherited is not counted); `items` are the failing items
    that then agree. `elsewhere` says that the items that agree without it agree with it too. `alike` are other
    explanations, each as a sentence, that this case cannot tell from it.
    """

    name: str
    says: str
    look: str
    explained: int
    findings: int
    items: tuple[str, ...]
    elsewhere: bool = True
    alike: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything in the case agrees under it."""
        return self.explained == self.findings


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement.

    `what` is the kind of thing that differs; `layer` counts from 0; `tensor` names the tensor; `lean` and `reference`
    are both sides as text; `elements` is set where tensors were compared; `inherited` says that the layer is right on
    Lean's own input; `why` lists what explains it.
    """

    what: str
    lean: str
    reference: str
    layer: int | None = None
    kind: str | None = None
    tensor: str | None = None
    elements: TensorDifference | None = None
    inherited: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of the export. `reason` says why it is not comparable or errored; `admitted` names the rules used.

    `steps` are the layers of a forward that failed.
    """

    item: str
    line: int
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    admitted: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """All items of one case, in file order.

    `diagnosed` says that causes were looked for, as for a case that failed; `diagnosis` are the explanations that make
    everything agree, in the table's order, else those that explain most, none where nothing explains anything.
    `primitives` are the names of what the case is made of, each once.
    """

    name: str
    items: tuple[ItemResult, ...]
    diagnosis: tuple[Explanation, ...] = ()
    primitives: tuple[str, ...] = ()
    diagnosed: bool = False

    @property
    def status(self) -> Status:
        """The gravest of the items' statuses."""
        return gravest(item.status for item in self.items)

    @property
    def findings(self) -> int:
        """How many findings the items have together."""
        return sum(len(item.findings) for item in self.items)


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file: the profile it was replayed with, its cases, or the one error that stopped it.

    `not_run` counts cases that were left out on request, `not_run_reason` says why. `arguments` are those of a command
    line that named a model to check the file against.
    """

    source: str
    profile: str | None
    headers: tuple[tuple[str, str], ...] = ()
    cases: tuple[CaseResult, ...] = ()
    error: str | None = None
    not_run: int = 0
    not_run_reason: str | None = None
    arguments: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """The gravest of the cases' statuses; a file that yields no case at all has errored."""
        if self.error is not None:
            return Status.ERRORED
        return gravest(case.status for case in self.cases)

    def items(self) -> Iterator[ItemResult]:
        """Every item of every case."""
        for case in self.cases:
            yield from case.items


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run, in the order of its paths. `error` is set where the run as a whole could not compare.

    `outdated` are the known differences that did not happen or have expired: they disagree with what was found.
    """

    files: tuple[FileResult, ...]
    error: str | None = None
    outdated: tuple[str, ...] = ()

    def cases(self) -> Iterator[CaseResult]:
        """Every case of every file."""
        for file in self.files:
            yield from file.cases

    def count(self, status: Status) -> int:
        """How many items came out so."""
        return sum(item.status is status for file in self.files for item in file.items())


_GRAVITY: Final = {status: rank for rank, status in enumerate(Status)}


def gravest(statuses: Iterator[Status]) -> Status:
    """The gravest of some statuses; passed if there are none."""
    return max(statuses, key=_GRAVITY.__getitem__, default=Status.PASSED)


def verdict(findings: Iterable[Finding], not_comparable: str | None = None) -> ItemResult:
    """The result of an item with these findings, and the reason if a part of it cannot be compared."""
    found = tuple(findings)
    if found:
        return ItemResult("", 0, Status.FAILED, found, not_comparable)
    if not_comparable is not None:
        return ItemResult("", 0, Status.NOT_COMPARABLE, reason=not_comparable)
    return ItemResult("", 0, Status.PASSED)
