"""What an operation of a DAG term computes: `PrimOp` of TorchLean, with its input and output shapes.

Parameters are ordinary inputs here. Source: `NN/GraphSpec/DAG/Core.lean`, `NN/GraphSpec/DAG.lean` @82bea12, @b2a2184;
`NN/GraphSpec/DAG/Primitives/Core.lean` @3447b74.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from xcheck.reference.operation import NotComparableError, Operation, Run
from xcheck.reference.signature import Signature
from xcheck.tensor import F64, Shape


class DagOperation(ABC):
    """An operation with its name and shapes; `forward` gets one `float64` array for each input shape."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Lean's `PrimOp.name`, verbatim."""

    @property
    @abstractmethod
    def inputs(self) -> tuple[Shape, ...]:
        """The input shapes in order."""

    @property
    @abstractmethod
    def output(self) -> Shape:
        """The output shape."""

    @abstractmethod
    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        """The output; raises `NotComparableError` where the reference has no defined answer."""


@dataclass(frozen=True, slots=True)
class Embedded(DagOperation):
    """A chain primitive or a layer as an operation: its parameters, then its input."""

    lean_name: str
    operation: Operation
    signature: Signature

    @property
    def name(self) -> str:
        return self.lean_name

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return (*self.signature.params, self.signature.input)

    @property
    def output(self) -> Shape:
        return self.signature.output

    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        return self.operation.forward(run, values[:-1], values[-1])


_ELEMENTWISE: Final[dict[str, Callable[[F64, F64], F64]]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}


@dataclass(frozen=True, slots=True)
class Elementwise(DagOperation):
    """`add`, `sub` or `mul` of two tensors of one shape."""

    which: str
    shape: Shape

    @property
    def name(self) -> str:
        return self.which

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.shape, self.shape

    @property
    def output(self) -> Shape:
        return self.shape

    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        with np.errstate(all="ignore"):
            return _ELEMENTWISE[self.which](values[0], values[1])


@dataclass(frozen=True, slots=True)
class Filled(DagOperation):
    """`zero` or `one`: a tensor of one value, without inputs."""

    which: str
    shape: Shape

    @property
    def name(self) -> str:
        return self.which

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return ()

    @property
    def output(self) -> Shape:
        return self.shape

    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        return np.full(self.shape, 0.0 if self.which == "zero" else 1.0, np.float64)


@dataclass(frozen=True, slots=True)
class Declared(DagOperation):
    """An operation known by its declaration: a name, input shapes and an output shape."""

    lean_name: str
    input_shapes: tuple[Shape, ...]
    output_shape: Shape

    @property
    def name(self) -> str:
        return self.lean_name

    @property
    def inputs(self) -> tuple[Shape, ...]:
        return self.input_shapes

    @property
    def output(self) -> Shape:
        return self.output_shape


@dataclass(frozen=True, slots=True)
class Unknown(Declared):
    """An operation of known type whose meaning the reference does not have; `reason` says why."""

    reason: str

    def forward(self, run: Run, values: Sequence[F64]) -> F64:
        raise NotComparableError(self.reason)
