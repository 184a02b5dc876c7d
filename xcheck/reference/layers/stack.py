"""Layers made of layers: `residual`, `addBranches`, and a batch layer adapted to any leading axes.

`residual inner` is `inner(x) + x`, `addBranches f g` is `f(x) + g(x)` with f's parameters first. Parameters, initial
values, flags and buffer updates are the inner layers'.
Source: `NN/API/Neural/Blocks.lean`, `NN/API/Neural/FunctionalBatch.lean` @b2a2184; `NN/API/Neural/Blocks.lean`,
`NN/API/Neural/Impl.lean` (`adaptLeadingShape`) @3447b74.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from xcheck.reference.initialise import Initial
from xcheck.reference.layers.base import Layer
from xcheck.reference.operation import Run, position_after
from xcheck.reference.profile import Profile
from xcheck.reference.shape import format_shape, size
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Shape


@dataclass(frozen=True, slots=True)
class Stack:
    """Layers in order, inside a layer."""

    layers: tuple[Layer, ...]

    def signatures(self, input_shape: Shape, profile: Profile) -> Iterator[Signature]:
        """Each layer's signature, from the first one's input."""
        for layer in self.layers:
            signature = layer.signature(input_shape, profile)
            yield signature
            input_shape = signature.output

    def output(self, input_shape: Shape, profile: Profile) -> Shape:
        """The shape the last layer gives."""
        for signature in self.signatures(input_shape, profile):
            input_shape = signature.output
        return input_shape

    def params(self, input_shape: Shape, profile: Profile) -> tuple[Shape, ...]:
        """The parameter shapes of all layers in order."""
        return tuple(shape for s in self.signatures(input_shape, profile) for shape in s.params)

    def initial(self, input_shape: Shape, profile: Profile) -> tuple[Initial, ...]:
        """The initial parameters of all layers in order."""
        signatures = self.signatures(input_shape, profile)
        return tuple(i for layer, s in zip(self.layers, signatures, strict=True) for i in layer.initial(s, profile, 0))

    def requires_grad(self) -> tuple[bool, ...]:
        """The flags of all layers in order."""
        return tuple(flag for layer in self.layers for flag in layer.requires_grad())

    def run(self, run: Run, params: Sequence[F64], x: F64, update: bool = False) -> tuple[F64, list[F64], Run]:
        """The output, the parameters after the forward, and the circumstances of what runs next."""
        after: list[F64] = []
        start = 0
        for layer in self.layers:
            count = len(layer.signature(x.shape, run.profile).params)
            own: Sequence[F64] = params[start : start + count]
            start += count
            if update:
                own = layer.update_buffers(run, own, x)
            after.extend(own)
            out = layer.forward(run, own, x)
            run = replace(run, position=position_after(layer, run, x.shape))
            x = out
        return x, after, run

    def recorded(self, run: Run, input_shape: Shape) -> int:
        """Operations recorded by all layers."""
        total = 0
        for layer, signature in zip(self.layers, list(self.signatures(input_shape, run.profile)), strict=True):
            total += layer.recorded(run, signature.input)
        return total

    def random_ops(self, run: Run) -> int:
        """Random operations of all layers."""
        return sum(layer.random_ops(run) for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Residual(Layer):
    """Shape-preserving: the inner layers' output plus the input."""

    inner: Stack

    label: ClassVar[str] = "Residual"
    updates_buffers: ClassVar[bool] = True

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        output = self.inner.output(input_shape, profile)
        if output != input_shape:
            raise SignatureError(f"a residual of {format_shape(input_shape)} gives {format_shape(output)}")
        return Signature(self.inner.params(input_shape, profile), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return self.inner.initial(signature.input, profile)

    def requires_grad(self) -> tuple[bool, ...]:
        return self.inner.requires_grad()

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        with np.errstate(all="ignore"):
            return self.inner.run(run, params, x)[0] + x

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        return self.inner.run(run, params, x, update=True)[1]

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.inner.recorded(run, input_shape) + 1

    def random_ops(self, run: Run) -> int:
        return self.inner.random_ops(run)


@dataclass(frozen=True, slots=True)
class AddBranches(Layer):
    """Two stacks on one input, their outputs added."""

    first: Stack
    second: Stack

    label: ClassVar[str] = "AddBranches"
    updates_buffers: ClassVar[bool] = True

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        outputs = [branch.output(input_shape, profile) for branch in (self.first, self.second)]
        if outputs[0] != outputs[1]:
            raise SignatureError(f"branches give {format_shape(outputs[0])} and {format_shape(outputs[1])}")
        params = self.first.params(input_shape, profile) + self.second.params(input_shape, profile)
        return Signature(params, input_shape, outputs[0])

    def kind_text(self, profile: Profile) -> str:
        return self.label

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        return self.first.initial(signature.input, profile) + self.second.initial(signature.input, profile)

    def requires_grad(self) -> tuple[bool, ...]:
        return self.first.requires_grad() + self.second.requires_grad()

    def _both(self, run: Run, params: Sequence[F64], x: F64, update: bool) -> tuple[F64, list[F64]]:
        count = len(self.first.params(x.shape, run.profile))
        left, left_after, run = self.first.run(run, params[:count], x, update)
        right, right_after, _ = self.second.run(run, params[count:], x, update)
        with np.errstate(all="ignore"):
            return self._combined(left, right), left_after + right_after

    def _combined(self, left: F64, right: F64) -> F64:
        return left + right

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        return self._both(run, params, x, False)[0]

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        return self._both(run, params, x, True)[1]

    def recorded(self, run: Run, input_shape: Shape) -> int:
        return self.first.recorded(run, input_shape) + self.second.recorded(run, input_shape) + 1

    def random_ops(self, run: Run) -> int:
        return self.first.random_ops(run) + self.second.random_ops(run)


@dataclass(frozen=True, slots=True)
class FlatBatch(Layer):
    """A layer whose batch axis stands for any leading axes; its kind is the inner layer's."""

    inner: Layer
    leading: Shape

    @staticmethod
    def of(inner: Layer, leading: Shape) -> FlatBatch:
        """The adapter that fits: one with buffers where the inner layer has some."""
        return (FlatBatchWithBuffers if inner.updates_buffers else FlatBatch)(inner, leading)

    def available(self, profile: Profile) -> bool:
        return self.inner.available(profile)

    def _flat(self, shape: Shape) -> Shape:
        rank = len(self.leading)
        if shape[:rank] != self.leading:
            raise SignatureError(f"expected leading axes {format_shape(self.leading)}, got {format_shape(shape)}")
        return (size(self.leading), *shape[rank:])

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        inner = self.inner.signature(self._flat(input_shape), profile)
        return Signature(inner.params, input_shape, (*self.leading, *inner.output[1:]))

    def kind_text(self, profile: Profile) -> str:
        return self.inner.kind_text(profile)

    def initial(self, signature: Signature, profile: Profile, index: int) -> tuple[Initial, ...]:
        flat = self.inner.signature(self._flat(signature.input), profile)
        return self.inner.initial(flat, profile, index)

    def requires_grad(self) -> tuple[bool, ...]:
        return self.inner.requires_grad()

    def forward(self, run: Run, params: Sequence[F64], x: F64) -> F64:
        out = self.inner.forward(run, params, x.reshape(self._flat(x.shape)))
        return out.reshape(*self.leading, *out.shape[1:])

    def random_ops(self, run: Run) -> int:
        return self.inner.random_ops(run)


@dataclass(frozen=True, slots=True)
class FlatBatchWithBuffers(FlatBatch):
    """The same for a layer that updates buffers, which it does on the flattened input."""

    updates_buffers: ClassVar[bool] = True

    def update_buffers(self, run: Run, params: Sequence[F64], x: F64) -> Sequence[F64]:
        return self.inner.update_buffers(run, params, x.reshape(self._flat(x.shape)))


@dataclass(frozen=True, slots=True)
class ConcatBranches(AddBranches):
    """Two stacks on one input, their outputs joined along the first axis (`Chain` revisions)."""

    label: ClassVar[str] = "ConcatBranches"

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        first, second = (branch.output(input_shape, profile) for branch in (self.first, self.second))
        if not first or not second or first[1:] != second[1:]:
            raise SignatureError(f"branches give {format_shape(first)} and {format_shape(second)}, which do not join")
        params = self.first.params(input_shape, profile) + self.second.params(input_shape, profile)
        return Signature(params, input_shape, (first[0] + second[0], *first[1:]))

    def _combined(self, left: F64, right: F64) -> F64:
        return np.concatenate([left, right])
