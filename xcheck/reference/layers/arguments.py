"""Reading a layer's arguments from an export's attributes: each has a name, a type, and perhaps a default.

A scheme is written as a list: `["zeros"]`, `["ones"]`, `["uniform", lo, hi]`, `["xavierUniform", fanIn, fanOut]`,
`["kaimingUniform", fanIn]`, `["normal", mean, std]`, floats as their bits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from xcheck.reference.initialise import KaimingUniform, Normal, Ones, Scheme, Uniform, XavierUniform, Zeros
from xcheck.reference.primitives.base import FloatBits

LayerArguments: TypeAlias = Mapping[str, Any]


class ArgumentError(ValueError):
    """A layer's attributes do not make a layer; `builder` names its builder."""

    def __init__(self, builder: str, message: str) -> None:
        super().__init__(f"{builder}: {message}")
        self.builder = builder


class UnknownBuilderError(ArgumentError):
    """No revision of this profile has a builder of that name."""


class MissingArgumentError(ArgumentError):
    """An argument without a default is not given."""


class UnknownArgumentError(ArgumentError):
    """An argument is given that the builder does not take."""


class ArgumentTypeError(ArgumentError):
    """An argument is given with a value of another type."""


class _Required:
    """Marks an argument without a default."""


REQUIRED: Final = _Required()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name in the export, how a value is read, what it should be in words, and its default."""

    name: str
    read: Callable[[Any], Any]
    wanted: str
    default: Any = REQUIRED

    def value(self, builder: str, given: LayerArguments) -> Any:
        """The argument's value; raises `MissingArgumentError` or `ArgumentTypeError`."""
        if self.name not in given:
            if self.default is REQUIRED:
                raise MissingArgumentError(builder, f"the argument {self.name} is missing")
            return self.default
        try:
            return self.read(given[self.name])
        except (TypeError, ValueError, struct.error):
            raise ArgumentTypeError(builder, f"{self.name} should be {self.wanted}, got {given[self.name]!r}") from None


def _natural(value: Any) -> int:
    if isinstance(value, bool | FloatBits) or not isinstance(value, int) or value < 0:
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _sequence(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError
    return value


def _naturals(value: Any) -> tuple[int, ...]:
    return tuple(map(_natural, _sequence(value)))


def _zeros_and_ones(value: Any) -> tuple[bool, ...]:
    flat = tuple(int(item) for item in _sequence(value))
    if any(item not in (0, 1) for item in flat):
        raise ValueError
    return tuple(map(bool, flat))


@dataclass(frozen=True, slots=True)
class Nested:
    """Layers given as an argument, each a mapping with its own `builder`."""

    items: tuple[LayerArguments, ...]


def _nested(value: Any) -> Nested:
    items = tuple(_sequence(value))
    if not all(isinstance(item, Mapping) and isinstance(item.get("builder"), str) for item in items):
        raise TypeError
    return Nested(items)


def _float(value: Any) -> float:
    if not isinstance(value, FloatBits):
        raise TypeError
    number: float = struct.unpack("<d", struct.pack("<Q", int(value)))[0]
    return number


def _scheme(value: Any) -> Scheme:
    name, *rest = _sequence(value)
    match name, rest:
        case "zeros", []:
            return Zeros()
        case "ones", []:
            return Ones()
        case "uniform", [low, high]:
            return Uniform(_float(low), _float(high))
        case "xavierUniform", [fan_in, fan_out]:
            return XavierUniform(_natural(fan_in), _natural(fan_out))
        case "kaimingUniform", [fan_in]:
            return KaimingUniform(_natural(fan_in))
        case "normal", [mean, std]:
            return Normal(_float(mean), _float(std))
    raise ValueError


def nat(name: str, default: Any = REQUIRED) -> Argument:
    """A natural number."""
    return Argument(name, _natural, "a natural number", default)


def nats(name: str, default: Any = REQUIRED) -> Argument:
    """A list of natural numbers."""
    return Argument(name, _naturals, "a list of natural numbers", default)


def mask(name: str) -> Argument:
    """A list of zeros and ones (or booleans), None where absent."""
    return Argument(name, _zeros_and_ones, "a list of zeros and ones", None)


def boolean(name: str, default: Any = REQUIRED) -> Argument:
    """`true` or `false`."""
    return Argument(name, _boolean, "true or false", default)


def real(name: str, default: Any = REQUIRED) -> Argument:
    """A float, given as its bits."""
    return Argument(name, _float, "a float's bits (0x and 16 hex digits)", default)


def scheme(name: str, default: Any = None) -> Argument:
    """An initialisation scheme."""
    return Argument(name, _scheme, 'a scheme such as ["uniform", 0x..., 0x...]', default)


def layers(name: str) -> Argument:
    """A list of layers, each written with its builder and arguments between braces."""
    return Argument(name, _nested, "a list of layers, each {builder := ..., ...}")


def choice(name: str, kind: type[StrEnum], default: Any = REQUIRED) -> Argument:
    """One of an enumeration's names, as a string."""
    return Argument(name, kind, "one of " + ", ".join(f'"{member}"' for member in kind), default)
