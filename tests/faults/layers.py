"""The layer catalogue as the eager session computes it (numerics.md 5 and 7): what a `Machine` does with a stack.

A layer is the record of a `seq` item: builder and arguments are in its attributes, shapes in its signature.
"""

from __future__ import annotations

import math

from tests.faults.initial import bounded, constant, fan_bound, ones, uniform, zeros
from tests.faults.operations import clamp
from tests.scalar import forwards
from tests.scalar.bits import number

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
# The places whose operations each builder uses, its own first; what is not here is pointwise.
PLACES = {
    "linear": ("linear",),
    "linear2d": ("matmul",),
    "rnn": ("linear",),
    "gru": ("linear",),
    "lstm": ("linear",),
    "mamba": ("linear",),
    "layerNorm": ("layer_norm",),
    "rmsNorm": ("rms_norm",),
    "batchnormChannelFirst": ("batch_norm",),
    "batchnormChannelFirstEval": ("batch_norm",),
    "batchnormChannelFirstMode": ("batch_norm",),
    "batchNorm2dNchw": ("batch_norm",),
    "batchNorm2dNchwMode": ("batch_norm",),
    "instanceNorm2dNchw": ("group_norm",),
    "groupNorm2dNchw": ("group_norm",),
    "softmax": ("softmax",),
    "sum": ("sum",),
    "relu": ("relu",),
    "conv": ("conv",),
    "conv2d": ("conv",),
    "convTranspose": ("conv",),
    "convTranspose2d": ("conv",),
    "maxPool": ("max_pool",),
    "maxPool2d": ("max_pool",),
    "maxPool2dPad": ("max_pool",),
    "avgPool": ("average_pool",),
    "avgPool2d": ("average_pool",),
    "avgPool2dPad": ("average_pool",),
    "globalAvgPool2dChw": ("average_pool",),
    "multiHeadAttention": ("attention", "softmax"),
    "multiHeadAttentionOutputBias": ("attention", "softmax"),
}


def window_of_record(given):
    """Kernel, stride and padding."""
    if "kernel" in given:
        return given["kernel"], given["stride"], given["padding"]
    return (given["kH"], given["kW"]), (given["stride"],) * 2, (given.get("padding", 0),) * 2


def parts(values, size: int):
    """The values cut into pieces of one size."""
    return [values[start : start + size] for start in range(0, len(values), size)] if size else []


class Layers:
    """The stack half of `tests.faults.machine.Machine`, whose methods it uses."""

    # Initial values

    def starts(self, record):
        """The scheme and seed of each parameter; constants take any seed."""
        given, count = record.attributes, len(record.signature.params)
        match given["builder"]:
            case "linear" | "linear2d":
                return [(bounded(fan_bound(given["inDim"] + given["outDim"])), given["seedW"]), (zeros, 0)]
            case "rnn" | "gru" | "lstm":
                joined = bounded(fan_bound(given["inputSize"] + 2 * given["hiddenSize"]))
                gates = range(GATES[given["builder"]])
                return [start for gate in gates for start in ((joined, given["seedW"] + gate), (zeros, 0))]
            case "mamba":
                plain = bounded(fan_bound(given["inputSize"] + given["hiddenSize"]))
                joined = bounded(fan_bound(given["inputSize"] + 2 * given["hiddenSize"]))
                weights = [(scheme, given["seedW"] + gate) for gate, scheme in enumerate((plain, joined, plain))]
                return [start for weight in weights for start in (weight, (zeros, 0))]
            case "conv" | "conv2d" | "convTranspose" | "convTranspose2d":
                return [(self.kernel_scheme(), given["seedK"]), (zeros, 0)]
            case "multiHeadAttention" | "multiHeadAttentionOutputBias":
                scheme = bounded(fan_bound(given["dModel"] + given["numHeads"] * given["headDim"]))
                return [*((scheme, given["seedW"] + which) for which in range(4)), (zeros, 0)][:count]
            case "dropout":
                return [(constant(number(int(given["p"]))), 0)]
        schemes = [ones, zeros, zeros, ones]
        if "momentum" in given:
            schemes.append(constant(number(int(given["momentum"]))))
        return [(scheme, 0) for scheme in schemes[:count]]

    def kernel_scheme(self):
        return uniform(-0.1, 0.1)

    def stack_initial(self, records):
        """The initial parameters of a stack, flat lists in order."""
        return [
            self.fill(shape, scheme, seed)
            for record in records
            for shape, (scheme, seed) in zip(record.signature.params, self.starts(record), strict=True)
        ]

    # Forwards

    def stack_trace(self, records, params, x, train: bool):
        """Every layer's `(shape, values)`, and the parameters after the forward."""
        found, after, rest = [], [], params
        for position, record in enumerate(records):
            own, rest = rest[: len(record.signature.params)], rest[len(record.signature.params) :]
            own_after = self.updated(record, own, x) if train else own
            after += own_after
            x = self.left(position, self.run_record(record, own, x, train))
            found.append((record.signature.output, x))
        return found, after

    def run_record(self, record, params, x, train: bool):
        """One layer's output."""
        given, shape, out = record.attributes, record.signature.input, record.signature.output
        builder = given["builder"]
        operations = self.at(PLACES.get(builder, ("pointwise",))[0])
        x = [operations.enter(value) for value in x]
        params = [[operations.enter(value) for value in values] for values in params]
        match builder:
            case "linear":
                return self.linear(*params, x, given["inDim"], given["outDim"])
            case "linear2d":
                return self.linear2d(*params, x, given["batch"], given["inDim"], given["outDim"])
            case "rnn" | "gru" | "lstm" | "mamba":
                steps = [x[t * shape[1] : (t + 1) * shape[1]] for t in range(shape[0])]
                rows = getattr(self, builder)(params, steps, given["hiddenSize"])
                return [0.0 + value for row in rows for value in row]
            case "layerNorm":
                return self.by_rows(x, shape[-1], lambda row: self.layer_norm(row, *params))
            case "rmsNorm":
                return self.by_rows(x, shape[-1], lambda row: self.rms_norm(row, *params))
            case "batchnormChannelFirst":
                return self.batch_norm(*params, x, shape)
            case "batchnormChannelFirstMode" if train:
                return self.batch_norm(*params[:2], x, shape)
            case "batchnormChannelFirstEval" | "batchnormChannelFirstMode":
                return self.given_norm(*params[:4], x, (1, *shape))
            case "batchNorm2dNchwMode" if not train:
                return self.given_norm(*params[:4], x, shape)
            case "batchNorm2dNchw" | "batchNorm2dNchwMode":
                return self.nested_norm(*params[:2], x, shape)
            case "instanceNorm2dNchw" | "groupNorm2dNchw":
                return self.group_norm(*params, x, shape, given.get("groups", shape[1]))
            case "relu":
                return [self.relu(value) for value in x]
            case "sigmoid":
                return [self.logistic(operations, value) for value in x]
            case "tanh":
                return [operations.tanh(value) for value in x]
            case "silu":
                return [self.silu(operations, value) for value in x]
            case "gelu":
                return [self.gelu(operations, value) for value in x]
            case "square":
                return [operations.mul(value, value) for value in x]
            case "softmax":
                return self.by_rows(x, shape[-1], self.soft) if shape else [1.0]
            case "sum":
                return [operations.total(x)]
            case "flatten" | "flattenKeep0" | "dropout":
                return x
            case "globalAvgPool2dChw":
                return self.nested_average(x, shape)
            case "multiHeadAttention" | "multiHeadAttentionOutputBias":
                return [v for image in parts(x, math.prod(shape[1:])) for v in self.attention(image, params, given)]
        if "batch" not in given:
            return self.windowed(builder, params, x, shape, window_of_record(given), out)
        images = parts(x, math.prod(shape[1:]))
        return [
            v for i in images for v in self.windowed(builder, params, i, shape[1:], window_of_record(given), out[1:])
        ]

    def by_rows(self, x, width: int, one):
        return [value for row in parts(x, width) for value in one(row)]

    # Products

    def linear2d(self, weight, bias, x, batch: int, inputs: int, outputs: int):
        operations = self.at("matmul")
        return [
            operations.biased([(x[b * inputs + k], weight[o * inputs + k]) for k in range(inputs)], bias[o])
            for b in range(batch)
            for o in range(outputs)
        ]

    def attention(self, x, params, given):
        """Multi-head attention of one batch entry."""
        operations = self.at("attention")
        n, width, heads, d = given["n"], given["dModel"], given["numHeads"], given["headDim"]
        joined, mask = heads * d, given.get("mask")

        def product(left, right, inner: int, columns: int):
            return [
                operations.dot([(left[i * inner + k], right[k * columns + j]) for k in range(inner)])
                for i in range(n)
                for j in range(columns)
            ]

        query, key, value = (self.heads(product(x, weight, width, joined), n, heads, d) for weight in params[:3])
        scale = operations.div(1.0, operations.sqrt(float(d)))
        mixed = [0.0] * (n * joined)
        for h in range(heads):
            for i in range(n):
                scores = [
                    operations.mul(operations.dot(list(zip(query[h][i], key[h][j], strict=True))), scale)
                    for j in range(n)
                ]
                weights = self.soft(scores) if mask is None else self.masked(scores, mask[i * n : (i + 1) * n])
                for c in range(d):
                    mixed[i * joined + h * d + c] = operations.dot([(weights[j], value[h][j][c]) for j in range(n)])
        out = product(mixed, params[3], joined, width)
        if len(params) == 4:
            return out
        return [operations.add(v, params[4][place % width]) for place, v in enumerate(out)]

    def heads(self, flat, n: int, heads: int, d: int):
        """A projection cut into heads, `[head][token][column]`."""
        if self.rules.head_split == "swap":
            return [[[flat[(i * heads + h) * d + c] for c in range(d)] for i in range(n)] for h in range(heads)]
        return [[[flat[(h * n + i) * d + c] for c in range(d)] for i in range(n)] for h in range(heads)]

    def masked(self, scores, allowed):
        """Softmax of the scores that a mask lets through."""
        operations = self.at("attention")
        if self.rules.masked_softmax == "unshifted":
            e = [operations.exp(v) if a else 0.0 for v, a in zip(scores, allowed, strict=True)]
        else:
            best = None
            for v, a in zip(scores, allowed, strict=True):
                if a and (best is None or v > best):
                    best = v
            if best is None:
                return [0.0] * len(scores)
            e = [operations.exp(operations.sub(v, best)) if a else 0.0 for v, a in zip(scores, allowed, strict=True)]
        total = operations.total(e)
        return [operations.div(v, total) for v in e]

    # Recurrences

    def affine(self, params, gate: int, vector, hidden: int):
        return self.linear(params[2 * gate], params[2 * gate + 1], vector, len(vector), hidden)

    def gates(self, params, gate: int, vector, hidden: int):
        """One gate's values: an affine map through the logistic function."""
        operations = self.at("linear")
        return [self.logistic(operations, value) for value in self.affine(params, gate, vector, hidden)]

    def candidates(self, params, gate: int, vector, hidden: int):
        operations = self.at("linear")
        return [operations.tanh(value) for value in self.affine(params, gate, vector, hidden)]

    def rnn(self, params, steps, hidden: int):
        h, rows = [0.0] * hidden, []
        for x in steps:
            h = self.candidates(params, 0, x + h, hidden)
            rows.append(h)
        return rows

    def gru(self, params, steps, hidden: int):
        o = self.at("linear")
        h, rows = [0.0] * hidden, []
        for x in steps:
            reset = self.gates(params, 0, x + h, hidden)
            update = self.gates(params, 1, x + h, hidden)
            new = self.candidates(params, 2, x + [o.mul(r, v) for r, v in zip(reset, h, strict=True)], hidden)
            h = [o.add(o.mul(o.sub(1.0, z), n), o.mul(z, v)) for z, n, v in zip(update, new, h, strict=True)]
            rows.append(h)
        return rows

    def lstm(self, params, steps, hidden: int):
        o = self.at("linear")
        h, c, rows = [0.0] * hidden, [0.0] * hidden, []
        for x in steps:
            forget, put = (self.gates(params, gate, x + h, hidden) for gate in (0, 1))
            new, out = self.candidates(params, 2, x + h, hidden), self.gates(params, 3, x + h, hidden)
            c = [o.add(o.mul(f, v), o.mul(i, g)) for f, v, i, g in zip(forget, c, put, new, strict=True)]
            h = [o.mul(gate, o.tanh(v)) for gate, v in zip(out, c, strict=True)]
            rows.append(h)
        return rows

    def mamba(self, params, steps, hidden: int):
        o = self.at("linear")
        h, rows = [0.0] * hidden, []
        for x in steps:
            new = [self.silu(o, value) for value in self.affine(params, 0, x, hidden)]
            decay = self.gates(params, 1, x + h, hidden)
            h = [o.add(o.mul(d, v), o.mul(o.sub(1.0, d), u)) for d, v, u in zip(decay, h, new, strict=True)]
            gate = [self.silu(o, value) for value in self.affine(params, 2, x, hidden)]
            rows.append([o.mul(v, g) for v, g in zip(h, gate, strict=True)])
        return rows

    # Pointwise

    def logistic(self, operations, x: float) -> float:
        if self.rules.logistic == "by-sign" and not x > 0.0:
            e = operations.exp(x)
            return operations.div(e, operations.add(1.0, e))
        return operations.div(1.0, operations.add(1.0, operations.exp(-x)))

    def silu(self, operations, x: float) -> float:
        return operations.mul(x, self.logistic(operations, x))

    def cubic(self) -> float:
        """GELU's coefficient; 44715/1000000 rounds to the same number."""
        return 0.044715

    def gelu(self, operations, x: float) -> float:
        o, cubic, scale = operations, operations.enter(self.cubic()), operations.sqrt(operations.div(2.0, math.pi))
        if self.rules.gelu == "composed":
            inner = o.add(x, o.mul(o.mul(o.mul(x, x), x), cubic))
            return o.mul(0.5, o.mul(x, o.add(1.0, o.tanh(o.mul(inner, scale)))))
        inner = o.add(x, o.mul(o.mul(o.mul(cubic, x), x), x))
        return o.div(o.mul(x, o.add(1.0, o.tanh(o.mul(scale, inner)))), 2.0)

    # Normalisations

    def layer_norm(self, row, gamma, beta):
        operations = self.at("layer_norm")
        n = len(row)
        mean = operations.div(operations.total(row), float(n))
        variance = self.layer_variance(operations, row, mean, self.count_of(n))
        return self.normal(operations, row, mean, self.deviation_of(operations, variance), gamma, beta)

    def layer_variance(self, operations, row, mean: float, divisor: float) -> float:
        """Layer norm's variance: that of the centred row, from its own mean."""
        centred = [operations.sub(value, mean) for value in row]
        residue = operations.div(operations.total(centred), float(len(row)))
        if self.rules.layer_norm_variance == "two-pass":
            return self.variance(operations, centred, residue, divisor)
        square = operations.div(operations.squares(centred), divisor)
        return operations.sub(square, operations.mul(residue, residue))

    def deviation_of(self, operations, variance: float) -> float:
        return self.deviation(operations, clamp(variance), operations.enter(self.epsilon()))

    def rms_norm(self, row, gamma):
        operations = self.at("rms_norm")
        square = operations.div(operations.squares(row), float(len(row)))
        inverse = operations.div(1.0, self.deviation_of(operations, square))
        return [operations.mul(operations.mul(v, inverse), g) for v, g in zip(row, gamma, strict=True)]

    def given_norm(self, gamma, beta, mean, variance, x, shape):
        """Batch norm by given statistics."""
        operations = self.at("batch_norm")
        y = []
        for place, values in enumerate(parts(x, math.prod(shape[2:]))):
            c = place % shape[1]
            deviation = self.deviation_of(operations, variance[c])
            own = [gamma[c]] * len(values), [beta[c]] * len(values)
            y += self.normal_by_inverse(operations, values, mean[c], deviation, *own)
        return y

    def nested_norm(self, gamma, beta, x, shape):
        """Batch norm of a batch by nested means."""
        operations = self.at("batch_norm")
        if not x:
            return x
        channels, images = shape[1], parts(x, math.prod(shape[2:]))
        y = [[] for _ in images]
        for c in range(channels):
            own = images[c::channels]
            mean = self.nested_mean(operations, own)
            deviation = self.deviation_of(operations, self.nested_variance(operations, own, mean))
            for which, image in enumerate(own):
                given = [gamma[c]] * len(image), [beta[c]] * len(image)
                y[which * channels + c] = self.normal_by_inverse(operations, image, mean, deviation, *given)
        return [value for image in y for value in image]

    def nested_mean(self, operations, images) -> float:
        """The mean of the images' means."""
        means = [operations.div(operations.total(image), float(len(image))) for image in images]
        return operations.div(operations.total(means), float(len(means)))

    def nested_variance(self, operations, images, mean: float) -> float:
        centred = [[operations.sub(value, mean) for value in image] for image in images]
        return self.nested_mean(operations, [[operations.mul(value, value) for value in image] for image in centred])

    def group_norm(self, gamma, beta, x, shape, groups: int):
        """Group norm; instance norm has as many groups as channels."""
        operations = self.at("group_norm")
        places = math.prod(shape[2:])
        y = []
        for place, values in enumerate(parts(x, shape[1] // groups * places)):
            mean = operations.div(operations.total(values), float(len(values)))
            variance = self.variance(operations, values, mean, self.count_of(len(values)))
            deviation = self.deviation_of(operations, variance)
            first = place % groups * (shape[1] // groups)
            own = [first + which // places for which in range(len(values))]
            given = [gamma[c] for c in own], [beta[c] for c in own]
            y += self.normal_by_inverse(operations, values, mean, deviation, *given)
        return y

    def updated(self, record, params, x):
        """A layer's parameters after a train-mode forward: running statistics are flat."""
        builder, shape = record.attributes["builder"], record.signature.input
        if not builder.endswith("Mode"):
            return params
        operations = self.at("batch_norm")
        gamma, beta, mean, variance, momentum = params
        channels = shape[-3]
        images = parts(x, shape[-2] * shape[-1])
        after_mean, after_variance = [], []
        for c in range(channels):
            values = [value for image in images[c::channels] for value in image]
            now = operations.div(operations.total(values), float(len(values)))
            spread = self.variance(operations, values, now, self.running_count(len(values)))
            after_mean.append(self.blend(operations, mean[c], now, momentum[0]))
            after_variance.append(self.blend(operations, variance[c], spread, momentum[0]))
        return [gamma, beta, after_mean, after_variance, momentum]

    def running_count(self, n: int) -> float:
        """What the running variance's sum of squares is divided by."""
        return float(n)

    def blend(self, operations, running: float, now: float, momentum: float) -> float:
        kept = operations.mul(running, operations.sub(1.0, momentum))
        return operations.add(kept, operations.mul(now, momentum))

    # Windows

    def windowed(self, builder: str, params, x, shape, window, out):
        """A convolution or pool of one image."""
        match builder:
            case "conv" | "conv2d":
                return self.conv(*params, x, shape, window, out)
            case "convTranspose" | "convTranspose2d":
                return self.conv_transpose(*params, x, shape, window, out)
            case "maxPool" | "maxPool2dPad":
                return self.max_pool(x, shape, window, out, False)
            case "maxPool2d":
                return self.max_pool(x, shape, window, out, self.rules.max_pool == "columns-first")
            case "avgPool":
                return self.average_pool(x, shape, window, out, False)
            case "avgPool2d" | "avgPool2dPad":
                return self.average_pool(x, shape, window, out, self.rules.average_pool_2d == "columns-first")
        raise AssertionError(builder)

    def conv_transpose(self, kernel, bias, x, shape, window, out):
        operations = self.at("conv")
        (channels, *extents), (outputs, *places) = shape, out
        size, stride, padding = window
        kernel_shape = (channels, outputs, *size)
        y = []
        for oc in range(outputs):
            for place in forwards.places(places):
                pairs = []
                for ic, cell in self.cells(channels, size):
                    at = []
                    for o, s, k, p, n in zip(place, stride, cell, padding, extents, strict=True):
                        shifted = o + p - k
                        # Lean's naturals: n % 0 = n and n / 0 = 0.
                        quotient, remainder = divmod(shifted, s) if s else (0, shifted)
                        if shifted < 0 or remainder or quotient >= n:
                            break
                        at.append(quotient)
                    value = x[forwards.offset(shape, (ic, *at))] if len(at) == len(extents) else 0.0
                    weight = kernel[forwards.offset(kernel_shape, (ic, oc, *self.kernel_cell(cell, size)))]
                    pairs.append((value, weight))
                y.append(operations.biased(pairs, bias[oc]))
        return y

    def average_pool(self, x, shape, window, out, by_columns: bool):
        operations = self.at("average_pool")
        size = window[0]
        y = []
        for cells in self.windows(x, shape, window, out):
            values = {cell: 0.0 if value is None else value for cell, value in cells.items()}
            if by_columns:
                columns = [operations.total([values[(a, b)] for a in range(size[0])]) for b in range(size[1])]
                total = operations.total(columns)
            else:
                total = operations.total(list(values.values()))
            y.append(operations.div(total, float(math.prod(size))))
        return y

    def nested_average(self, x, shape):
        """A global average pool: over the width, then over the height."""
        operations = self.at("average_pool")
        height, width = shape[-2:]
        rows = [operations.div(operations.total(row), float(width)) for row in parts(x, width)]
        return [operations.div(operations.total(column), float(height)) for column in parts(rows, height)]
