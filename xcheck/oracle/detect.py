"""Which revision a TorchLean checkout is: probes of its files, in order; the first row whose probes all hold decides.

The rows are those of `lean_exports/XCheck/README.md`. They tell revisions apart, they do not prove one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcheck.reference.profile import Profile, profile_named


@dataclass(frozen=True, slots=True)
class Probe:
    """A file that exists (or, with `absent`, does not), and has `text` in it where that is given."""

    path: str
    text: str = ""
    absent: bool = False

    def __str__(self) -> str:
        if self.absent:
            return f"no {self.path}"
        return f"{self.path} has {self.text!r}" if self.text else f"{self.path} exists"

    def holds(self, checkout: Path) -> bool:
        """Whether it does."""
        place = checkout / self.path
        if self.absent or not self.text:
            return place.is_file() is not self.absent
        try:
            return self.text in place.read_text("utf-8", errors="replace")
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Revision:
    """A range of revisions: its probes, and the Compat file of the exporter for it. `profile` is None if unknown."""

    probes: tuple[Probe, ...]
    commits: str
    profile: str | None
    compat: str = ""


@dataclass(frozen=True, slots=True)
class Detected:
    """What a checkout is, and what told."""

    profile: Profile
    commits: str
    compat: str
    because: tuple[str, ...]


class UnknownCheckoutError(Exception):
    """No row holds; the text names the nearest profile."""


_SPATIAL: Final = "NN/GraphSpec/Primitives/Spatial.lean"
_VISION: Final = "NN/GraphSpec/Primitives/Vision.lean"
_UTILS: Final = "NN/Runtime/Autograd/Torch/Utils.lean"
_SEQUENTIAL: Final = Probe("NN/GraphSpec/ToSequential.lean")
_KERNEL: Final = "(sch := .uniform (-0.1) 0.1) (seed := {})"
_STRIDE: Final = "{h_inC : inC ≠ 0} {h_kH : kH ≠ 0} {h_kW : kW ≠ 0} {hStride : stride ≠ 0}"

REVISIONS: Final[tuple[Revision, ...]] = (
    Revision((Probe("NN/GraphSpec/Models/Classifier.lean"),), "996dda0", "tl-2026-09-c2", "ChainC3"),
    Revision((_SEQUENTIAL, Probe(_SPATIAL, _KERNEL.format("2 * i"))), "a351909, 801eb0e", "tl-2026-09-c1", "ChainC1"),
    Revision((_SEQUENTIAL, Probe(_SPATIAL, _KERNEL.format("i"))), "0f84531, 3447b74", "tl-2026-09-c2", "ChainC2"),
    Revision((_SEQUENTIAL,), "", None),
    Revision((Probe("NN/GraphSpec/ToTorchLean.lean", absent=True),), "", None),
    Revision((Probe(_VISION, "poolOutDim"),), "be55ea0, b2a2184", "tl-2026-08", "GraphJuly13"),
    Revision((Probe(_UTILS, "splitmix64"),), "5f7d3ee ... 46658fd", "tl-2026-07-15", "GraphJuly13"),
    Revision((Probe("NN/Spec/Core/Shape.lean", "def slidingWindowOutDim"),), "852c9c6", "tl-2026-07-13", "GraphJuly13"),
    Revision(
        (Probe("NN/Runtime/Autograd/TorchLean/Autodiff.lean", "def compileGraph"),),
        "b0afc9d ... c1043f1",
        "tl-2026-06",
        "GraphJuly07",
    ),
    Revision((Probe(_VISION, _STRIDE),), "564289f", "tl-2026-06", "GraphJune29"),
    Revision(
        (Probe("NN/Runtime/Autograd/TorchLean/NN/Core.lean", 'kind : String := "Layer"'),),
        "21198a1 and what follows",
        "tl-2026-06",
        "GraphJune17",
    ),
    Revision((Probe(_UTILS, "lcgNext"),), "fd2c196, 82bea12, 5c9cae9", "tl-2026-05", "GraphMay"),
)

# Within July the layer catalogue changed three more times; the later of the rows that hold decides.
JULY: Final[tuple[tuple[Probe | None, str, str], ...]] = (
    (None, "5f7d3ee", "tl-2026-07-15-5f7d3ee"),
    (
        Probe("NN/Runtime/Autograd/TorchLean/NN/Attention.lean", "def multiHeadAttentionOutputBias"),
        "8c3a1e6",
        "tl-2026-07-15-8c3a1e6",
    ),
    (
        Probe("NN/Spec/Layers/Attention.lean", "Tensor.swapFirstTwoSpec (reshapeSpec x size_eq)"),
        "c2be276",
        "tl-2026-07-15-c2be276",
    ),
    (
        Probe(
            "NN/Spec/Core/TensorReductionShape/Reductions.lean",
            "let squared := mapSpec (fun x => x * x) centered",
        ),
        "14bc499 ... 46658fd",
        "tl-2026-07-15",
    ),
)


def detect(checkout: Path) -> Detected:
    """What `checkout` is; raises `UnknownCheckoutError`."""
    if not checkout.is_dir():
        raise UnknownCheckoutError(f"{checkout}: there is no such folder")
    if not (checkout / "NN").is_dir():
        raise UnknownCheckoutError(f"{checkout}: this is no TorchLean checkout, it has no folder NN")
    for revision in REVISIONS:
        if not all(probe.holds(checkout) for probe in revision.probes):
            continue
        if revision.profile is None:
            break
        because = tuple(map(str, revision.probes))
        if revision.profile == "tl-2026-07-15":
            return _july(checkout, revision, because)
        return Detected(profile_named(revision.profile), revision.commits, revision.compat, because)
    raise UnknownCheckoutError(_unknown(checkout))


def _july(checkout: Path, revision: Revision, because: tuple[str, ...]) -> Detected:
    probe, commits, name = [row for row in JULY if row[0] is None or row[0].holds(checkout)][-1]
    return Detected(profile_named(name), commits, revision.compat, (*because, *([str(probe)] if probe else [])))


def _unknown(checkout: Path) -> str:
    """Which named profile the checkout is nearest to: the one of whose row it has the most."""

    def score(revision: Revision) -> tuple[int, bool]:
        files = sum((checkout / probe.path).is_file() for probe in revision.probes)
        return sum(probe.holds(checkout) for probe in revision.probes) + files, False

    named = [revision for revision in REVISIONS if revision.profile is not None]
    nearest = max(named, key=score)
    missing = "; ".join(str(probe) for probe in nearest.probes if not probe.holds(checkout))
    but = f"but not: {missing}" if missing else "but it also has what only a revision between two profiles has"
    return f"{checkout}: no known revision; the nearest is {nearest.profile} ({nearest.commits}), {but}"
