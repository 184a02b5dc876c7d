"""Where nothing in the table explains a forward: which layer is wrong by itself."""

from __future__ import annotations

from collections.abc import Iterator

from xcheck.compare.causes.case import FailedCase
from xcheck.compare.causes.cause import FORWARD, Candidate, Cause, Unless
from xcheck.lean_parser.records import ForwardItem


def _wrong_layer(case: FailedCase) -> Iterator[Candidate]:
    """The forward's troubles, if they all point at one layer and everything behind it follows."""
    fitting = [n for n, trouble in enumerate(case.troubles) if isinstance(case.items[trouble.item], ForwardItem)]
    if len(case.wrong_layers) == 1 and fitting:
        (position,) = case.wrong_layers
        layer = case.layers[position] if position < len(case.layers) else None
        name = "" if layer is None else f" ({layer.kind or layer.label})"
        says = (
            f"layer {position}{name} alone computes something else, and no cause in the table explains the whole of it"
        )
        yield Candidate(says, covers=frozenset(fitting))


FALLBACK = (
    Cause(
        "wrong-layer",
        FORWARD,
        "the forward of this layer; its inputs and parameters are right",
        _wrong_layer,
        unless=Unless.EXPLAINED,
    ),
)
