"""What every catalogue layer has beyond an operation: its arguments in the builder's order, and its kind string."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from xcheck.reference.operation import NotComparableError, Operation, Run
from xcheck.reference.profile import DropoutCounter, Kinds, Profile
from xcheck.reference.shape import format_shape
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import Shape


class Layer(Operation):
    """A catalogue layer. `available` says at which revisions its builder is there."""

    label: ClassVar[str] = "layer"

    @abstractmethod
    def kind_text(self, profile: Profile) -> str:
        """The kind string at the revisions that have one."""

    def kind(self, profile: Profile) -> str | None:
        return None if profile.kinds is Kinds.NONE else self.kind_text(profile)

    def available(self, profile: Profile) -> bool:
        """Whether the profile's revisions have this builder."""
        return True

    @staticmethod
    def composed(run: Run, count: int) -> int:
        """`count`, the operations of a layer that the runtime composes, where the profile's sources were traced.

        They were up to 5f7d3ee, where the eager session's counter depends on them; later only compiled graphs do.
        """
        if run.profile.dropout_counter is not DropoutCounter.TAPE:
            raise NotComparableError("how many operations a composed layer records from 8c3a1e6 on is not known")
        return count

    @classmethod
    def mapped_over_batch(cls, run: Run, batch: int, each: int) -> int:
        """Operations recorded by mapping a body of `each` operations over a batch.

        Every entry is sliced, squeezed, run, unsqueezed and joined to the rest, which is sliced too (`mapBatch0` in
        `NN/Runtime/Autograd/TorchLean/Backend.lean` @82bea12, @5f7d3ee).
        """
        return cls.composed(run, 1 + batch * (5 + each))

    def _checked(self, expected: Shape, input_shape: Shape) -> None:
        """Raises `SignatureError` unless the input has the one shape these arguments allow."""
        if input_shape != expected:
            raise SignatureError(f"{self.label} takes {format_shape(expected)}, got {format_shape(input_shape)}")


class Elementwise(Layer):
    """A layer without arguments or parameters that keeps the shape; its kind is its label."""

    def signature(self, input_shape: Shape, profile: Profile) -> Signature:
        return Signature((), input_shape, input_shape)

    def kind_text(self, profile: Profile) -> str:
        return self.label
