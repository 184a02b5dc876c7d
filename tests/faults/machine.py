"""A Lean that can be broken: everything an export says about a graph, one overridable method for each decision.

`Machine(rules)` is what the revision does; a fault is a subclass with one method replaced, or other `Operations` at
some places. Everything is scalar and slow on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.faults.initial import Scheme, bounded, fan_bound, ones, uniform, words, zeros
from tests.faults.layers import Layers
from tests.faults.operations import Operations, clamp
from tests.faults.rules import Rules
from tests.scalar import forwards
from xcheck.reference.graph import Prim
from xcheck.reference.primitives.base import Primitive
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax


def place_of(primitive: Primitive) -> str:
    """What kind of primitive this is; faults name places with it."""
    match primitive:
        case Linear():
            return "linear"
        case Conv2d() | Conv():
            return "conv"
        case BatchNormChw() | BatchNorm():
            return "batch_norm"
        case MaxPool2d() | MaxPoolNd():
            return "max_pool"
        case GlobalAvgPool2dChw():
            return "global_avg_pool"
        case Relu():
            return "relu"
        case Softmax():
            return "softmax"
        case Flatten():
            return "flatten"
    return "opaque"


def window_of(primitive: Primitive) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Kernel, stride and padding of a convolution or pool."""
    match primitive:
        case Conv2d(_, _, height, width, stride, padding):
            return (height, width), (stride,) * 2, (padding,) * 2
        case MaxPool2d(height, width, stride):
            return (height, width), (stride,) * 2, (0, 0)
        case Conv(_, _, _, kernel, stride, padding) | MaxPoolNd(_, kernel, stride, padding):
            return kernel, stride, padding
    raise AssertionError(primitive)


class Machine(Layers):
    """What one revision's Lean says about a graph, or about a stack of catalogue layers."""

    def __init__(self, rules: Rules, operations: Mapping[str, Operations] | Operations | None = None):
        """`operations` are the ones to compute with: everywhere, or by place."""
        self.rules = rules
        plain = Operations()
        if operations is None or isinstance(operations, Operations):
            self._everywhere, self._at = operations or plain, {}
        else:
            self._everywhere, self._at = plain, dict(operations)

    def at(self, place: str) -> Operations:
        return self._at.get(place, self._everywhere)

    # Lowering

    def start(self, index: int) -> int:
        """The counter everything is computed from where the item says `from index`."""
        return index

    def counts(self, node: Prim, position: int) -> bool:
        return node.counts

    def occurrences(self, nodes: Sequence[Prim], index: int) -> tuple[list[int], int]:
        """The counter each node sees, and the next one."""
        seen, counter = [], self.start(index)
        for position, node in enumerate(nodes):
            seen.append(counter)
            counter += self.counts(node, position)
        return seen, counter

    def kind(self, primitive: Primitive) -> str | None:
        """A layer's label."""
        if self.rules.kinds == "none":
            return None
        match primitive:
            case Linear(inputs, outputs):
                return f"Linear({inputs}, {outputs})"
            case Relu():
                return "ReLU"
            case Flatten():
                return "Flatten"
            case Softmax():
                return "Softmax" if self.rules.kinds == "chain" else "Layer"
            case Conv2d(inputs, outputs, height, width):
                return f"Conv2d({inputs}, {outputs}, {height}x{width})"
            case Conv(rank, inputs, outputs):
                return f"Conv(rank={rank},in={inputs},out={outputs})"
            case MaxPool2d(height, width):
                return f"MaxPool2d({height}x{width})"
            case MaxPoolNd(rank):
                return f"MaxPool(rank={rank})"
            case BatchNormChw():
                return "BatchNorm2d"
            case BatchNorm(channels, rank):
                return f"BatchNorm(channels={channels},rank={rank})"
            case GlobalAvgPool2dChw():
                return "GlobalAvgPool2d"
        raise AssertionError(primitive)

    def seq_error(self, name: str) -> str:
        missing = self.rules.missing_layer
        hint = {"toLayerDefM?": "Compile.torchProgram", "toLayerM?": "Chain.toProgram"}[missing]
        return (
            f"graphspec.toSeq: primitive `{name}` has no Seq lowering (missing {missing}); "
            f"use `{hint}` if you only need execution"
        )

    def init_error(self, name: str) -> str:
        missing = self.rules.missing_layer
        return f"graphspec.detInit: primitive `{name}` has no deterministic init (missing {missing})"

    def output_shape(self, primitive: Primitive, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The output's shape; None where the primitive cannot take this input."""
        match primitive:
            case Linear(inputs, outputs):
                return (outputs,) if shape == (inputs,) else None
            case Flatten():
                return (forwards.count(shape),)
            case GlobalAvgPool2dChw(channels, height, width):
                return shape[:1] if shape == (channels, height, width) else None
            case BatchNormChw(channels, height, width):
                return shape if shape == (channels, height, width) else None
            case Conv2d() | Conv() | MaxPool2d() | MaxPoolNd():
                pool = place_of(primitive) == "max_pool"
                if not pool and shape[0] != primitive.in_channels:
                    return None
                axes = zip(shape[1:], *window_of(primitive), strict=True)
                extents = tuple(self.extent(pool, *axis) for axis in axes)
                return (shape[0] if pool else primitive.out_channels, *extents)
        return shape

    def extent(self, pool: bool, n: int, k: int, s: int, p: int) -> int:
        if pool and self.rules.pool_limits_padding and (n == 0 or k == 0 or p > k // 2):
            return 0
        return forwards.extent(self.rules.window, n, k, s, p)

    # Initial values

    def seeds(self, primitive: Primitive, index: int) -> tuple[int, int]:
        """The seeds of a layer's two parameters (of constants, any)."""
        if place_of(primitive) == "batch_norm":
            return 2 * index, 2 * index + 1
        rule = self.rules.linear_seed if isinstance(primitive, Linear) else self.rules.conv_seed
        return (2 * index, 2 * index + 1) if rule == "2i" else (index, index)

    def schemes(self, primitive: Primitive) -> tuple[Scheme, Scheme]:
        """How a layer's two parameters start."""
        match primitive:
            case Linear(inputs, outputs):
                return bounded(fan_bound(inputs + outputs)), zeros
            case Conv2d() | Conv():
                return uniform(-0.1, 0.1), zeros
        return ones, zeros

    def words(self, seed: int, count: int) -> Sequence[int]:
        return words(self.rules.sampler, seed, count)

    def fill(self, shape: tuple[int, ...], scheme: Scheme, seed: int) -> list[float]:
        """An initial tensor, flat."""
        count = forwards.count(shape)
        if scheme is zeros or scheme is ones:
            return [scheme(0.0)] * count
        return [scheme(word / 4294967296.0) for word in self.words(seed, count)]

    def parameters(self, primitive: Primitive, shapes: Sequence[tuple[int, ...]], index: int) -> list[list[float]]:
        """A layer's initial parameters."""
        if not shapes:
            return []
        return [
            self.fill(shape, scheme, seed)
            for shape, scheme, seed in zip(shapes, self.schemes(primitive), self.seeds(primitive, index), strict=True)
        ]

    def initial(self, nodes: Sequence[Prim], index: int) -> list[list[float]]:
        """The initial parameters of a lowering, flat lists in order."""
        found = []
        for node, seen in zip(nodes, self.occurrences(nodes, index)[0], strict=True):
            found += self.parameters(node.primitive, node.signature.params, seen)
        return found

    # Forwards

    def fed(self, params: list[list[float]], nodes: Sequence[Prim]) -> list[list[float]]:
        """The parameter list as a forward reads it."""
        return params

    def trace(self, nodes: Sequence[Prim], params: list[list[float]], x: list[float], shape: tuple[int, ...]):
        """Every layer's `(shape, values)`."""
        rest = self.fed(params, nodes)
        found = []
        for position, node in enumerate(nodes):
            own, rest = rest[: len(node.signature.params)], rest[len(node.signature.params) :]
            shape, x = self.run(node.primitive, own, x, shape)
            x = self.left(position, x)
            found.append((shape, x))
        return found

    def left(self, position: int, values: list[float]) -> list[float]:
        """A layer's output as it leaves the layer."""
        return values

    def run(self, primitive: Primitive, params: list[list[float]], x: list[float], shape: tuple[int, ...]):
        """One layer's output `(shape, values)`."""
        place = place_of(primitive)
        operations = self.at(place)
        x = [operations.enter(value) for value in x]
        params = [[operations.enter(value) for value in values] for values in params]
        out = self.output_shape(primitive, shape)
        match primitive:
            case Linear(inputs, outputs):
                return out, self.linear(*params, x, inputs, outputs)
            case Relu():
                return out, [self.relu(value) for value in x]
            case Flatten():
                return out, x
            case Softmax(axis):
                return out, self.softmax(x, shape, len(shape) - 1 if axis is None else axis)
            case Conv2d() | Conv():
                return out, self.conv(*params, x, shape, window_of(primitive), out)
            case MaxPool2d() | MaxPoolNd():
                by_columns = isinstance(primitive, MaxPool2d) and self.rules.max_pool == "columns-first"
                return out, self.max_pool(x, shape, window_of(primitive), out, by_columns)
            case BatchNormChw() | BatchNorm():
                return out, self.batch_norm(*params, x, shape)
            case GlobalAvgPool2dChw():
                return out, self.global_average(x, shape)
        raise AssertionError(primitive)

    def linear(self, weight, bias, x, inputs: int, outputs: int) -> list[float]:
        operations = self.at("linear")
        return [
            operations.biased([(weight[i * inputs + k], x[k]) for k in range(inputs)], bias[i]) for i in range(outputs)
        ]

    def relu(self, x: float) -> float:
        return clamp(x)

    def softmax(self, x, shape, axis: int) -> list[float]:
        if not shape:
            return [1.0]
        y, n = [0.0] * len(x), shape[axis]
        for rest in forwards.places(shape[:axis] + shape[axis + 1 :]):
            at = [forwards.offset(shape, (*rest[:axis], j, *rest[axis:])) for j in range(n)]
            for place, value in zip(at, self.soft([x[place] for place in at]), strict=True):
                y[place] = value
        return y

    def soft(self, row: list[float]) -> list[float]:
        """Softmax of one slice."""
        operations = self.at("softmax")
        if not row:
            return row
        m = row[0]
        for value in row:
            m = operations.maximum(m, value)
        e = [operations.exp(self.below(operations, value, m)) for value in row]
        total = operations.total(e)
        return [operations.quotient(value, total) for value in e]

    def below(self, operations: Operations, value: float, largest: float) -> float:
        """What softmax takes the exponential of."""
        return operations.sub(value, largest)

    def cells(self, channels: int, window: tuple[int, ...]):
        """A convolution's loop over input channels and kernel cells."""
        return [(channel, cell) for channel in range(channels) for cell in forwards.places(window)]

    def kernel_cell(self, cell: tuple[int, ...], window: tuple[int, ...]) -> tuple[int, ...]:
        """The kernel's cell that meets the image at a window's cell."""
        return cell

    def conv(self, kernel, bias, x, shape, window, out) -> list[float]:
        operations = self.at("conv")
        (channels, *extents), (outputs, *places) = shape, out
        size, stride, padding = window
        kernel_shape = (outputs, channels, *size)
        loop = self.cells(channels, size)
        y = []
        for oc in range(outputs):
            for place in forwards.places(places):
                pairs = []
                for ic, cell in loop:
                    at = [o * s + k - p for o, s, k, p in zip(place, stride, cell, padding, strict=True)]
                    inside = all(0 <= a < n for a, n in zip(at, extents, strict=True))
                    value = x[forwards.offset(shape, (ic, *at))] if inside else 0.0
                    weight = kernel[forwards.offset(kernel_shape, (oc, ic, *self.kernel_cell(cell, size)))]
                    pairs.append((value, weight))
                y.append(operations.biased(pairs, bias[oc]))
        return y

    def windows(self, x, shape, window, out):
        """Every window of a pool, row-major: its cells with their values, None outside the image."""
        channels, *extents = shape
        size, stride, padding = window
        for channel in range(channels):
            for place in forwards.places(out[1:]):
                cells = {}
                for cell in forwards.places(size):
                    at = [o * s + k - p for o, s, k, p in zip(place, stride, cell, padding, strict=True)]
                    inside = all(0 <= a < n for a, n in zip(at, extents, strict=True))
                    cells[cell] = x[forwards.offset(shape, (channel, *at))] if inside else None
                yield cells

    def max_pool(self, x, shape, window, out, by_columns: bool) -> list[float]:
        windows = self.windows(x, shape, window, out)
        return [self.largest_by_columns(cells, window[0]) if by_columns else self.largest(cells) for cells in windows]

    def largest(self, cells: Mapping[tuple[int, ...], float | None]) -> float:
        """A window's maximum, row-major; cells outside are None."""
        best = None
        for value in cells.values():
            if value is not None and (best is None or value > best):
                best = value
        return 0.0 if best is None else best

    def largest_by_columns(self, cells: Mapping[tuple[int, ...], float | None], size: tuple[int, ...]) -> float:
        """A window's maximum, first down each column; cells outside count as 0."""
        operations = self.at("max_pool")
        columns = []
        for b in range(size[1]):
            column = [0.0 if cells[(a, b)] is None else cells[(a, b)] for a in range(size[0])]
            columns.append(self.running(operations, column))
        return self.running(operations, columns)

    def running(self, operations: Operations, values: Sequence[float]) -> float:
        best = values[0]
        for value in values[1:]:
            best = operations.maximum(best, value)
        return best

    def epsilon(self) -> float:
        """What a normalisation adds to the variance."""
        return self.rules.batch_norm_eps

    def count_of(self, n: int) -> float:
        """What the sum of squares is divided by."""
        return float(n)

    def deviation(self, operations: Operations, variance: float, epsilon: float) -> float:
        return operations.sqrt(operations.add(variance, epsilon))

    def variance(self, operations: Operations, row: Sequence[float], mean: float, divisor: float) -> float:
        """The variance of a row, from its mean."""
        return operations.div(operations.squares([operations.sub(value, mean) for value in row]), divisor)

    def normal(self, operations: Operations, row, mean: float, deviation: float, gamma, beta) -> list[float]:
        """A row normalised, scaled and shifted, each value by its own gamma and beta."""
        return [
            operations.scaled(operations.quotient(operations.sub(value, mean), deviation), g, b)
            for value, g, b in zip(row, gamma, beta, strict=True)
        ]

    def normal_by_inverse(self, operations: Operations, row, mean: float, deviation: float, gamma, beta) -> list[float]:
        """`normal` in the form that multiplies by the reciprocal of the deviation."""
        inverse = operations.div(1.0, deviation)
        return [
            operations.scaled(operations.mul(operations.sub(value, mean), inverse), g, b)
            for value, g, b in zip(row, gamma, beta, strict=True)
        ]

    def batch_norm(self, gamma, beta, x, shape) -> list[float]:
        operations = self.at("batch_norm")
        epsilon = operations.enter(self.epsilon())
        n = forwards.count(shape[1:])
        y = []
        for c in range(shape[0]):
            row = x[c * n : (c + 1) * n]
            mean = operations.div(operations.total(row), float(n)) if n else 0.0
            variance = clamp(self.variance(operations, row, mean, self.count_of(n))) if n else 0.0
            deviation = self.deviation(operations, variance, epsilon)
            y += self.normal(operations, row, mean, deviation, [gamma[c]] * n, [beta[c]] * n)
        return y

    def global_average(self, x, shape) -> list[float]:
        operations = self.at("global_avg_pool")
        n = shape[1] * shape[2]
        return [operations.div(operations.total(x[c * n : (c + 1) * n]), float(n)) for c in range(shape[0])]
