"""Another formula for the same thing: a kernel turned round, a normalisation rearranged, softmax without its shift."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tests.faults.fault import Fault, by_machine
from tests.faults.machine import Machine
from tests.faults.rules import Rules


class Flipped(Machine):
    """A true convolution: the image is visited as ever, and the kernel from its far end."""

    def kernel_cell(self, cell, window):
        return tuple(k - 1 - at for at, k in zip(cell, window, strict=True))


class FlippedImage(Flipped):
    """A true convolution that visits the kernel as ever, and the image from its far end."""

    def cells(self, channels, window):
        return [(channel, self.kernel_cell(cell, window)) for channel, cell in super().cells(channels, window)]


class OnePass(Machine):
    """A variance is E[x^2] - E[x]^2."""

    def variance(self, operations, row, mean, divisor):
        square = operations.div(operations.squares(row), divisor)
        return operations.sub(square, operations.mul(mean, mean))

    def layer_variance(self, operations, row, mean, divisor):
        return self.variance(operations, row, mean, divisor)

    def nested_variance(self, operations, images, mean):
        square = self.nested_mean(operations, [[operations.mul(value, value) for value in image] for image in images])
        return operations.sub(square, operations.mul(mean, mean))


class Folded(Machine):
    """A normalisation is x * (gamma / deviation) + (beta - mean * (gamma / deviation))."""

    def scale(self, operations, gamma: float, deviation: float) -> float:
        return operations.div(gamma, deviation)

    def normal(self, operations, row, mean, deviation, gamma, beta):
        scales = [self.scale(operations, g, deviation) for g in gamma]
        return [
            operations.scaled(value, scale, operations.sub(b, operations.mul(mean, scale)))
            for value, scale, b in zip(row, scales, beta, strict=True)
        ]

    def normal_by_inverse(self, operations, row, mean, deviation, gamma, beta):
        return self.normal(operations, row, mean, deviation, gamma, beta)


class FoldedInverse(Folded):
    """The same, with gamma * (1 / deviation)."""

    def scale(self, operations, gamma, deviation):
        return operations.mul(gamma, operations.div(1.0, deviation))


class Unshifted(Machine):
    """Softmax takes the exponential of the values as they are."""

    def below(self, operations, value, largest):
        return value


NORMS = ("batch_norm", "layer_norm", "group_norm")


def _form(cause: str, build: Callable[[Rules], Machine], places: Collection[str], name: str = "") -> Fault:
    return by_machine(f"{cause}/{name}" if name else cause, cause, build, places)


FAULTS = (
    _form("flipped-kernel", Flipped, ("conv",), "kernel"),
    _form("flipped-kernel", FlippedImage, ("conv",), "image"),
    *(_form("one-pass-variance", OnePass, (place,), place) for place in NORMS),
    *(_form("folded-affine", Folded, (place,), place) for place in NORMS),
    _form("folded-affine", FoldedInverse, NORMS, "inverse"),
    _form("softmax-shift", Unshifted, ("softmax",)),
)
