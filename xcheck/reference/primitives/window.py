"""The window of a `Chain` convolution or pool: kernel, stride and padding per axis, each None where not exported.

Names and types of the `Chain` surface leave the window out, so it is the export's attributes that give it.
Source: `NN/GraphSpec/Primitives/Spatial.lean` @a351909, @3447b74.
"""

from __future__ import annotations

from typing import TypeAlias

from xcheck.reference.operation import NotComparableError
from xcheck.reference.primitives.base import AttributeValue
from xcheck.reference.signature import SignatureError
from xcheck.tensor import Shape

Window: TypeAlias = tuple[Shape, Shape, Shape]
Given: TypeAlias = tuple[Shape | None, Shape | None, Shape | None]

_NAMES = ("kernel", "stride", "padding")


def window_attributes(given: Given) -> dict[str, AttributeValue]:
    """The attributes that write what is given, in the order kernel, stride, padding."""
    return {name: value for name, value in zip(_NAMES, given, strict=True) if value is not None}


def known_window(owner: str, given: Given) -> Window:
    """The whole window; raises `NotComparableError` naming what is missing of `owner`'s."""
    kernel, stride, padding = given
    if kernel is None or stride is None or padding is None:
        missing = [name for name, value in zip(_NAMES, given, strict=True) if value is None]
        raise NotComparableError(f"the export does not give the {owner}'s {', '.join(missing)}")
    return kernel, stride, padding


def check_rank(name: str, rank: int, window: Window) -> None:
    """Raises `SignatureError` where a part of the window has not one entry for each of `rank` axes."""
    for what, values in zip(_NAMES, window, strict=True):
        if len(values) != rank:
            raise SignatureError(f"{name} has a {what} of rank {len(values)}")
