"""What each revision does, as far as a replay of the golden files needs it (profiles.md, one row each)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Rules:
    """One revision's axes, in this package's own words; the names are those of `xcheck.reference.profile`."""

    sampler: str = "lcg"
    kinds: str = "none"
    window: str = "truncated"
    pool_limits_padding: bool = False
    max_pool: str = "columns-first"
    linear_seed: str = "2i"
    conv_seed: str = "2i"
    batch_norm_eps: float = 1e-6
    missing_layer: str = "toLayerDefM?"
    gelu: str = "composed"
    logistic: str = "direct"
    layer_norm_variance: str = "moments"
    average_pool_2d: str = "columns-first"
    global_average: str = "nested"
    head_split: str = "reinterpret"
    masked_softmax: str = "unshifted"


_MAY = Rules()
_JUNE = replace(_MAY, kinds="graph")
_JULY_13 = replace(_JUNE, window="guarded", global_average="single", masked_softmax="shifted")
_JULY_15 = replace(_JULY_13, sampler="splitmix64", layer_norm_variance="two-pass", head_split="swap")
_AUGUST = replace(
    _JULY_15, pool_limits_padding=True, max_pool="row-major", average_pool_2d="row-major", gelu="primitive"
)
_C1 = replace(
    _AUGUST, kinds="chain", linear_seed="i", batch_norm_eps=1e-5, missing_layer="toLayerM?", logistic="by-sign"
)
_C2 = replace(_C1, conv_seed="i")

RULES = {
    "tl-2026-05": _MAY,
    "tl-2026-06": _JUNE,
    "tl-2026-07-13": _JULY_13,
    "tl-2026-07-15": _JULY_15,
    "tl-2026-08": _AUGUST,
    "tl-2026-09-c1": _C1,
    "tl-2026-09-c2": _C2,
}


def rules_of(export) -> Rules:
    """The rules of the revision that an export's header names."""
    return RULES[export.headers["profile"]]
