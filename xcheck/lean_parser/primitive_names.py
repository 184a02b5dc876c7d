"""`conv2d(inC=1,outC=2,k=3x3,s=1,p=1)` to a typed primitive and back to the same string.

A name that is not exactly one of the stock primitives' is a user's own primitive: opaque, not an error.
Source of the names: `NN/GraphSpec/Core.lean`, `NN/GraphSpec/Primitives/Vision.lean` @82bea12, @b2a2184;
`NN/GraphSpec/Chain/Primitives.lean` @a351909, `NN/GraphSpec/Primitives/Spatial.lean` @996dda0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from xcheck.reference.primitives.base import Attributes, AttributeValue, Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.signature import Signature
from xcheck.tensor import Shape

_WINDOW: Final = ("kernel", "stride", "padding")

# One row for each rule of the grammar: the class its naturals construct, and the attributes it may be given.
_CLASSES: Final[Mapping[str, tuple[Callable[..., Primitive], tuple[str, ...]]]] = {
    "linear": (Linear, ()),
    "relu": (Relu, ()),
    "softmax": (Softmax, ("axis",)),
    "flatten": (Flatten, ()),
    "conv2d": (Conv2d, ()),
    "conv": (Conv, _WINDOW),
    "max_pool2d": (MaxPool2d, ()),
    "max_pool": (MaxPoolNd, _WINDOW),
    "batchnorm_chw": (BatchNormChw, ()),
    "batch_norm": (BatchNorm, ()),
    "global_avg_pool2d_chw": (GlobalAvgPool2dChw, ()),
}


class PrimitiveAttributeError(ValueError):
    """An attribute that the primitive does not have, or of the wrong type; the text says which."""


@cache
def _parser() -> Lark:
    grammar = resources.files(__package__).joinpath("primitive_names.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr")


@cache
def _parse_name(name: str) -> tuple[str, tuple[int, ...]] | None:
    """The grammar rule and naturals of a stock name, None for any other."""
    try:
        rule = _parser().parse(name).children[0]
    except UnexpectedInput:
        return None
    if not isinstance(rule, Tree):
        return None
    return str(rule.data), tuple(int(token) for token in rule.children if isinstance(token, Token))


def primitive_of(name: str, attributes: Attributes, declared: Signature) -> Primitive:
    """The primitive of this name; `Opaque` where the name is no stock primitive's.

    Raises `PrimitiveAttributeError` for an attribute a stock primitive does not have or of the wrong type.
    """
    parsed = _parse_name(name)
    if parsed is None:
        return Opaque.of(name, declared, attributes)
    rule, naturals = parsed
    make, known = _CLASSES[rule]
    given: dict[str, int | Shape] = {}
    for attribute, value in attributes.items():
        if attribute not in known:
            raise PrimitiveAttributeError(
                f"{name} has no attribute {attribute!r}; it takes {', '.join(known) or 'none'}"
            )
        given[attribute] = _natural(name, attribute, value) if rule == "softmax" else _naturals(name, attribute, value)
    return make(*naturals, **given)


def _natural(name: str, attribute: str, value: AttributeValue) -> int:
    if type(value) is not int:
        raise PrimitiveAttributeError(f"{name}: the attribute {attribute!r} is a natural number")
    return value


def _naturals(name: str, attribute: str, value: AttributeValue) -> Shape:
    if not isinstance(value, tuple):
        raise PrimitiveAttributeError(f"{name}: the attribute {attribute!r} is a list of natural numbers")
    return tuple(_natural(name, attribute, entry) for entry in value)
