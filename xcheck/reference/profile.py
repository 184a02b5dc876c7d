"""Semantics profiles: what the same names meant at each TorchLean revision.

A profile is a record of independent axes. A new revision is one new row in `PROFILES` (and, if it changed
something no axis covers yet, one new field with its row in `AXES`).
Sources: the commits in each row; see `AXES` for the file and commit where each axis changed.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final

from xcheck.reference.shape import Window


class Surface(StrEnum):
    """How a model is written in Lean source."""

    GRAPH_ALIASES = "graph-aliases"
    GRAPH_DIM = "graph-dim"
    CHAIN = "chain"


class Sampler(StrEnum):
    """The unit sampler behind every random initial value."""

    LCG = "lcg"
    SPLITMIX64 = "splitmix64"


class Kinds(StrEnum):
    """What a lowered layer's `kind` string looks like."""

    NONE = "none"
    GRAPH = "graph"
    CHAIN = "chain"


class MaxPool(StrEnum):
    """The order in which a pooling window is visited and which of two equal values is kept."""

    COLUMNS_FIRST = "columns-first"
    ROW_MAJOR = "row-major"


class SeedRule(StrEnum):
    """The seed of a layer's weight as a function of its occurrence index `i`."""

    TWICE = "2i"
    INDEX = "i"

    def seed(self, index: int) -> int:
        """The seed for occurrence index `index`."""
        return 2 * index if self is SeedRule.TWICE else index


class ZeroFan(StrEnum):
    """The bound of a fan-scaled uniform scheme whose fans are all 0."""

    INFINITE = "infinite"
    ZERO = "zero"


class NormalScheme(StrEnum):
    """The `normal` initialisation scheme."""

    ABSENT = "absent"
    RAMP = "ramp"
    BOX_MULLER = "box-muller"


class MissingLayer(StrEnum):
    """The wording of the errors for a primitive without a layer view."""

    LAYER_DEF = "toLayerDefM?"
    LAYER = "toLayerM?"


class Gelu(StrEnum):
    """How the runtime computes GELU (the tanh approximation)."""

    COMPOSED = "composed"
    PRIMITIVE = "primitive"


class Logistic(StrEnum):
    """How the logistic function is computed."""

    DIRECT = "direct"
    BY_SIGN = "by-sign"


class Variance(StrEnum):
    """How layer norm computes the variance of the centred row."""

    MOMENTS = "moments"
    TWO_PASS = "two-pass"


class AveragePool(StrEnum):
    """The order in which the cells of a 2-D average-pooling window are added."""

    COLUMNS_FIRST = "columns-first"
    ROW_MAJOR = "row-major"


class GlobalAverage(StrEnum):
    """How a global average pool is composed."""

    NESTED = "nested"
    SINGLE = "single"


class HeadSplit(StrEnum):
    """How attention cuts a projection into heads."""

    REINTERPRET = "reinterpret"
    SWAP = "swap"


class MaskedSoftmax(StrEnum):
    """How attention normalises the scores that a mask lets through."""

    UNSHIFTED = "unshifted"
    SHIFTED = "shifted"


class DropoutCounter(StrEnum):
    """What the eager session's random counter counts."""

    TAPE = "tape"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Profile:
    """One revision's semantics; every field but the first three is an independent axis (see `AXES`)."""

    name: str
    commits: tuple[str, ...]
    since: str
    surface: Surface
    sampler: Sampler
    kinds: Kinds
    window: Window
    pool_2d_limits_padding: bool
    pool_nd_limits_padding: bool
    max_pool: MaxPool
    linear_seed: SeedRule
    conv_seed: SeedRule
    batch_norm_eps: float
    missing_layer: MissingLayer
    global_avg_pool_primitive: bool
    zero_fan: ZeroFan
    normal_scheme: NormalScheme
    gelu: Gelu
    logistic: Logistic
    layer_norm_variance: Variance
    average_pool_2d: AveragePool
    global_average: GlobalAverage
    head_split: HeadSplit
    masked_softmax: MaskedSoftmax
    zero_head_scale: bool
    attention_output_bias: bool
    dropout_counter: DropoutCounter
    fno_nd: bool
    one_attention_builder: bool
    recurrent_spec_reversed: bool
    rope_fixed_tail: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a profile: what it decides, what a difference changes, and where it changed in TorchLean."""

    field: str
    decides: str
    effect: str
    source: str


AXES: Final[tuple[Axis, ...]] = (
    Axis("surface", "how models are written in Lean source", "source text only", "NN/GraphSpec/** @852c9c6, @a351909"),
    Axis(
        "sampler",
        "the unit sampler behind every random initial value",
        "every randomly initialised parameter",
        "NN/Runtime/Autograd/Torch/Utils.lean @5f7d3ee",
    ),
    Axis(
        "kinds",
        "the label of a lowered layer",
        "labels",
        "NN/Runtime/Autograd/TorchLean/NN/Core.lean @21198a1, @a351909",
    ),
    Axis(
        "window",
        "the output extent of a sliding window that does not fit",
        "shapes where the kernel exceeds the padded input or the stride is 0",
        "NN/Spec/Core/Shape.lean @852c9c6",
    ),
    Axis(
        "pool_2d_limits_padding",
        "whether a 2-D pool with padding above half its kernel is empty",
        "degenerate pool shapes",
        "NN/Spec/Layers/Pooling/TwoD.lean @be55ea0",
    ),
    Axis(
        "pool_nd_limits_padding",
        "whether an N-d pool with padding above half its kernel is empty",
        "degenerate pool shapes",
        "NN/Spec/Layers/Pooling/ND.lean @c2be276",
    ),
    Axis(
        "max_pool",
        "the visiting order of a max-pool window",
        "the sign of a zero maximum, and the value when a NaN lies in the window",
        "NN/Spec/Layers/Pooling/ND.lean @be55ea0",
    ),
    Axis(
        "linear_seed",
        "the seed of a linear weight",
        "linear weights after the first counted layer",
        "NN/GraphSpec/Chain/Primitives.lean @a351909",
    ),
    Axis(
        "conv_seed",
        "the seed of a convolution kernel",
        "convolution kernels after the first counted layer",
        "NN/GraphSpec/Primitives/Spatial.lean @0f84531",
    ),
    Axis(
        "batch_norm_eps",
        "the epsilon inside batch norm's square root",
        "every batch-norm output",
        "NN/Core/Numeric.lean @a351909",
    ),
    Axis(
        "missing_layer",
        "the wording of the lowering and initialisation errors",
        "error strings",
        "NN/GraphSpec/ToTorchLean.lean @b2a2184, NN/GraphSpec/ToSequential.lean @a351909",
    ),
    Axis(
        "global_avg_pool_primitive",
        "whether the global_avg_pool2d_chw primitive exists",
        "models that use it",
        "NN/GraphSpec/Primitives/Vision.lean @852c9c6",
    ),
    Axis(
        "zero_fan",
        "the Xavier and Kaiming bound when every fan is 0",
        "only tensors that are empty in practice",
        "NN/Runtime/Autograd/Torch/Initialization.lean @a351909",
    ),
    Axis(
        "normal_scheme",
        "the normal initialisation scheme",
        "parameters initialised by it (no GraphSpec primitive is)",
        "NN/Runtime/Autograd/Torch/Utils.lean @8c3a1e6, Torch/Initialization.lean @a351909",
    ),
    Axis(
        "gelu",
        "whether the runtime's GELU is one operation or composed with its own association",
        "the last bit of about one GELU output in 200, outside the pure semantics",
        "NN/Runtime/Autograd/TorchLean/Backend.lean @be55ea0",
    ),
    Axis(
        "logistic",
        "whether the logistic function branches on the sign",
        "sigmoid, silu and recurrent gates at negative inputs",
        "NN/Spec/Layers/Activation.lean @a351909",
    ),
    Axis(
        "layer_norm_variance",
        "layer norm's variance: E[x^2] - m^2, or two passes",
        "the last bits of layer norm",
        "NN/Spec/Core/TensorReductionShape/Reductions.lean @14bc499",
    ),
    Axis(
        "average_pool_2d",
        "the order of additions in a 2-D average pool",
        "the last bits of avgPool2d",
        "NN/Spec/Layers/Pooling/TwoD.lean @be55ea0",
    ),
    Axis(
        "global_average",
        "global average pooling: nested means, or one sum",
        "the last bits of global average pooling",
        "NN/API/Neural/VisionLayers.lean @852c9c6",
    ),
    Axis(
        "head_split",
        "how attention cuts a projection into heads",
        "attention with several heads and tokens",
        "NN/Spec/Layers/Attention.lean @c2be276",
    ),
    Axis(
        "masked_softmax",
        "whether masked scores are shifted by their maximum",
        "masked attention, and rows that the mask blocks whole",
        "NN/Spec/Layers/Attention.lean @852c9c6",
    ),
    Axis(
        "zero_head_scale",
        "whether heads of width 0 are scaled by 1",
        "attention with a head width of 0",
        "NN/Spec/Layers/Attention.lean @852c9c6",
    ),
    Axis(
        "attention_output_bias",
        "whether attention with an output bias exists",
        "models that use it",
        "NN/Runtime/Autograd/TorchLean/NN/Attention.lean @8c3a1e6",
    ),
    Axis(
        "dropout_counter",
        "what the eager session's random counter counts",
        "train-mode dropout in the eager session",
        "NN/Runtime/Autograd/Torch/Core.lean @8c3a1e6",
    ),
    Axis(
        "one_attention_builder",
        "whether a Chain's attention is one configurable builder",
        "labels of attention layers, and which ones are composed by the runtime",
        "NN/Runtime/Autograd/Model/Layers/Attention.lean @3447b74",
    ),
    Axis(
        "recurrent_spec_reversed",
        "whether the pure recurrent sequences give their rows in reverse order of time",
        "recurrent layers in the pure semantics",
        "NN/Spec/Layers/Rnn.lean @3447b74",
    ),
    Axis(
        "rope_fixed_tail",
        "whether RoPE's tables hold 1 and 0 in an unpaired last column",
        "RoPE of an odd head width",
        "NN/Spec/Layers/PositionalEncoding.lean @3447b74",
    ),
    Axis(
        "fno_nd",
        "whether the N-d Fourier layers exist",
        "models that use them",
        "NN/Runtime/Autograd/TorchLean/Fno.lean @852c9c6",
    ),
)

_MAY: Final = Profile(
    name="tl-2026-05",
    commits=("fd2c196", "82bea12", "5c9cae9"),
    since="2026-05-10",
    surface=Surface.GRAPH_ALIASES,
    sampler=Sampler.LCG,
    kinds=Kinds.NONE,
    window=Window.TRUNCATED,
    pool_2d_limits_padding=False,
    pool_nd_limits_padding=False,
    max_pool=MaxPool.COLUMNS_FIRST,
    linear_seed=SeedRule.TWICE,
    conv_seed=SeedRule.TWICE,
    batch_norm_eps=1e-6,
    missing_layer=MissingLayer.LAYER_DEF,
    global_avg_pool_primitive=True,
    zero_fan=ZeroFan.INFINITE,
    normal_scheme=NormalScheme.ABSENT,
    gelu=Gelu.COMPOSED,
    logistic=Logistic.DIRECT,
    layer_norm_variance=Variance.MOMENTS,
    average_pool_2d=AveragePool.COLUMNS_FIRST,
    global_average=GlobalAverage.NESTED,
    head_split=HeadSplit.REINTERPRET,
    masked_softmax=MaskedSoftmax.UNSHIFTED,
    zero_head_scale=False,
    attention_output_bias=False,
    dropout_counter=DropoutCounter.TAPE,
    fno_nd=False,
    one_attention_builder=False,
    recurrent_spec_reversed=True,
    rope_fixed_tail=False,
)
_JUNE: Final = replace(
    _MAY,
    name="tl-2026-06",
    commits=("21198a1", "564289f", "b0afc9d", "6f312be"),
    since="2026-06-17",
    kinds=Kinds.GRAPH,
)
_JULY_13: Final = replace(
    _JUNE,
    name="tl-2026-07-13",
    commits=("852c9c6",),
    since="2026-07-13",
    surface=Surface.GRAPH_DIM,
    window=Window.GUARDED,
    global_avg_pool_primitive=False,
    global_average=GlobalAverage.SINGLE,
    masked_softmax=MaskedSoftmax.SHIFTED,
    zero_head_scale=True,
    fno_nd=True,
)
# GraphSpec is uniform from 5f7d3ee to 46658fd, the layer catalogue is not: each revision that changed it has a row.
_JULY_15_INIT: Final = replace(
    _JULY_13,
    name="tl-2026-07-15-5f7d3ee",
    commits=("5f7d3ee",),
    since="2026-07-15",
    sampler=Sampler.SPLITMIX64,
)
_JULY_19: Final = replace(
    _JULY_15_INIT,
    name="tl-2026-07-15-8c3a1e6",
    commits=("8c3a1e6",),
    since="2026-07-19",
    normal_scheme=NormalScheme.RAMP,
    attention_output_bias=True,
    dropout_counter=DropoutCounter.SESSION,
)
_JULY_21: Final = replace(
    _JULY_19,
    name="tl-2026-07-15-c2be276",
    commits=("c2be276",),
    since="2026-07-21",
    pool_nd_limits_padding=True,
    head_split=HeadSplit.SWAP,
)
_JULY_15: Final = replace(
    _JULY_21,
    name="tl-2026-07-15",
    commits=("46658fd", "14bc499"),
    since="2026-07-22",
    layer_norm_variance=Variance.TWO_PASS,
)
_AUGUST: Final = replace(
    _JULY_15,
    name="tl-2026-08",
    commits=("be55ea0", "b2a2184"),
    since="2026-08-04",
    pool_2d_limits_padding=True,
    max_pool=MaxPool.ROW_MAJOR,
    average_pool_2d=AveragePool.ROW_MAJOR,
    gelu=Gelu.PRIMITIVE,
)
_SEPTEMBER_C1: Final = replace(
    _AUGUST,
    name="tl-2026-09-c1",
    commits=("a351909", "801eb0e"),
    since="2026-09",
    surface=Surface.CHAIN,
    kinds=Kinds.CHAIN,
    linear_seed=SeedRule.INDEX,
    batch_norm_eps=1e-5,
    missing_layer=MissingLayer.LAYER,
    zero_fan=ZeroFan.ZERO,
    normal_scheme=NormalScheme.BOX_MULLER,
    logistic=Logistic.BY_SIGN,
    recurrent_spec_reversed=False,
    rope_fixed_tail=True,
)
_SEPTEMBER_C2: Final = replace(
    _SEPTEMBER_C1,
    name="tl-2026-09-c2",
    commits=("3447b74", "0f84531", "996dda0"),
    since="2026-09",
    conv_seed=SeedRule.INDEX,
    one_attention_builder=True,
)

PROFILES: Final[tuple[Profile, ...]] = (
    _MAY,
    _JUNE,
    _JULY_13,
    _JULY_15_INIT,
    _JULY_19,
    _JULY_21,
    _JULY_15,
    _AUGUST,
    _SEPTEMBER_C1,
    _SEPTEMBER_C2,
)


class UnknownProfileError(ValueError):
    """A profile or revision name that no row of `PROFILES` covers; `nearest` names the closest profile."""

    def __init__(self, message: str, nearest: str) -> None:
        super().__init__(message)
        self.nearest = nearest


def profile_named(name: str) -> Profile:
    """The profile of that name; raises `UnknownProfileError` naming the nearest one."""
    for profile in PROFILES:
        if profile.name == name:
            return profile
    nearest = difflib.get_close_matches(name, [p.name for p in PROFILES], n=1, cutoff=0.0)[0]
    known = ", ".join(p.name for p in PROFILES)
    raise UnknownProfileError(f"unknown profile {name!r}; the nearest is {nearest} (known: {known})", nearest)


def profile_of_revision(revision: str) -> Profile | None:
    """The profile that lists this TorchLean commit (seven or more hex digits of it), or None."""
    short = revision.strip().lower()[:7]
    for profile in PROFILES:
        if short in profile.commits:
            return profile
    return None


def _covers(claim: Profile, actual: Profile) -> bool:
    """Whether a claimed profile is the actual one, or the name of the stretch that it is a part of.

    GraphSpec is uniform from 5f7d3ee to 46658fd, so an exporter may claim tl-2026-07-15 for any revision in between.
    """
    return claim == actual or actual.name.startswith(f"{claim.name}-")


def profile_of_headers(torchlean: str | None, claimed: str | None) -> Profile:
    """The profile of an export's `torchlean` and `profile` headers.

    The revision decides; the `profile` header is a claim that must agree with it. Raises `UnknownProfileError`
    for an unknown revision, an unknown claim, a claim that contradicts the revision, or neither header.
    """
    by_revision = profile_of_revision(torchlean) if torchlean is not None else None
    by_claim = profile_named(claimed) if claimed is not None else None
    if by_revision is not None:
        if by_claim is not None and not _covers(by_claim, by_revision):
            raise UnknownProfileError(
                f"the profile header says {by_claim.name}, but TorchLean {torchlean} is {by_revision.name}",
                by_revision.name,
            )
        return by_revision
    if torchlean is not None:
        nearest = by_claim.name if by_claim is not None else PROFILES[-1].name
        known = ", ".join(commit for profile in PROFILES for commit in profile.commits)
        raise UnknownProfileError(
            f"unknown TorchLean revision {torchlean!r}; the nearest profile is {nearest} "
            f"(known revisions: {known}); name one with --profile to check against it",
            nearest,
        )
    if by_claim is not None:
        return by_claim
    raise UnknownProfileError(
        "the export has neither a torchlean nor a profile header; name a profile with --profile", PROFILES[-1].name
    )


def differing_axes(first: Profile, second: Profile) -> tuple[Axis, ...]:
    """The axes on which two profiles differ, in the order of `AXES`."""
    return tuple(axis for axis in AXES if getattr(first, axis.field) != getattr(second, axis.field))


def variants(profile: Profile) -> tuple[tuple[Axis, Profile], ...]:
    """The profile with one axis changed to each other value that some named profile has for it, in `AXES` order."""
    found: list[tuple[Axis, Profile]] = []
    for axis in AXES:
        mine = getattr(profile, axis.field)
        others = dict.fromkeys(getattr(other, axis.field) for other in PROFILES)
        found += [(axis, replace(profile, **{axis.field: value})) for value in others if value != mine]
    return tuple(found)


def axis_value(profile: Profile, axis: Axis) -> str:
    """An axis value as a person reads it."""
    value = getattr(profile, axis.field)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)


# A field without a row here could change silently, so the table is checked when the module is read.
_unlisted = {f.name for f in fields(Profile)} - {a.field for a in AXES} - {"name", "commits", "since"}
if _unlisted:
    raise RuntimeError(f"profile axes without a row in AXES: {sorted(_unlisted)}")
