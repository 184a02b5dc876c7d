"""The typed signature of a graph, primitive or layer."""

from __future__ import annotations

from dataclasses import dataclass

from xcheck.reference.shape import format_shape, format_shapes
from xcheck.tensor import Shape


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameter shapes in order, input shape and output shape: `[ps] |- input -> output`."""

    params: tuple[Shape, ...]
    input: Shape
    output: Shape

    def __str__(self) -> str:
        return f"{format_shapes(self.params)} |- {format_shape(self.input)} -> {format_shape(self.output)}"


class SignatureError(ValueError):
    """A primitive or layer cannot take this input shape; the text shows the shapes."""
