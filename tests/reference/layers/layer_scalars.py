"""Scalar versions of the catalogue's layers: plain Python floats and loops, written from the semantics.

Every function takes and gives nested lists. IEEE corner cases that Python turns into exceptions are spelled out here.
"""

from __future__ import annotations

import math
from itertools import product

NAN = math.nan


def div(a, b):
    if b != 0.0:
        return a / b
    if a != a or b != b or a == 0.0:
        return NAN
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def root(v):
    return NAN if v != v else math.sqrt(pos(v))


def pos(v):
    return 0.0 if v <= 0.0 else v


def exp(v):
    try:
        return math.exp(v)
    except OverflowError:
        return math.inf


def log(v):
    if v == 0.0:
        return -math.inf
    return math.log(v) if v > 0.0 else NAN


def sigma(v):
    return div(1.0, 1.0 + exp(-v))


def sigma_by_sign(v):
    if v > 0.0:
        return div(1.0, 1.0 + exp(-v))
    e = exp(v)
    return div(e, 1.0 + e)


def silu(v, logistic=sigma):
    return v * logistic(v)


def fold(terms):
    total = 0.0
    for term in terms:
        total = total + term
    return total


def affine(weight, bias, vector):
    return [fold(w * v for w, v in zip(row, vector, strict=True)) + b for row, b in zip(weight, bias, strict=True)]


def matmul(left, right, columns):
    return [[fold(row[k] * right[k][j] for k in range(len(right))) for j in range(columns)] for row in left]


def gelu_spec(v):
    c0, c1 = 0.044715, math.sqrt(2.0 / math.pi)
    return (v * (1.0 + math.tanh(c1 * (v + c0 * v * v * v)))) / 2.0


def gelu_composed(v):
    c0, c1 = 44715 / 1000000, math.sqrt(2.0 / math.pi)
    cube = (v * v) * v
    inner = v + cube * c0
    return 0.5 * (v * (1.0 + math.tanh(inner * c1)))


def softmax(row):
    if not row:
        return []
    best = row[0]
    for v in row:
        best = v if best <= v else best
    e = [exp(v - best) for v in row]
    total = fold(e)
    return [div(v, total) for v in e]


def log_softmax(row):
    if not row:
        return []
    best = row[0]
    for v in row:
        best = v if best <= v else best
    total = log(fold(exp(v - best) for v in row))
    return [(v - best) - total for v in row]


def layer_norm(row, gamma, beta, eps, two_pass):
    n = float(len(row))
    mu = div(fold(row), n)
    c = [v - mu for v in row]
    m2 = div(fold(c), n)
    if two_pass:
        v = div(fold((x - m2) * (x - m2) for x in c), n)
    else:
        v = div(fold(x * x for x in c), n) - m2 * m2
    std = root(pos(v) + eps)
    return [div(x, std) * g + b for x, g, b in zip(c, gamma, beta, strict=True)]


def rms_norm(row, gamma, eps, spec):
    ms = div(fold(v * v for v in row), float(len(row)))
    if spec:
        std = root(ms + eps)
        return [div(v, std) * g for v, g in zip(row, gamma, strict=True)]
    inv = div(1.0, root(pos(ms) + eps))
    return [(v * inv) * g for v, g in zip(row, gamma, strict=True)]


def statistics(values):
    n = float(len(values))
    mean = div(fold(values), n)
    return mean, div(fold((v - mean) * (v - mean) for v in values), n)


def batch_norm_channel(values, gamma, beta, eps):
    mean, raw = statistics(values)
    std = root(pos(raw) + eps)
    return [div(v - mean, std) * gamma + beta for v in values]


def batch_norm_given(values, gamma, beta, mean, var, eps, spec):
    std = root(pos(var) + eps)
    if spec:
        return [div(v - mean, std) * gamma + beta for v in values]
    inv = div(1.0, std)
    return [((v - mean) * inv) * gamma + beta for v in values]


def normalise_group(values, eps):
    mean, v = statistics(values)
    inv = div(1.0, root(pos(v) + eps))
    return [(x - mean) * inv for x in values]


def batch_norm_nested(images, gamma, beta, eps):
    """`images` are the channel's values, one list for each entry of the batch."""
    n, places = float(len(images)), float(len(images[0]))
    mean = div(fold(div(fold(image), places) for image in images), n)
    var = div(fold(div(fold((v - mean) * (v - mean) for v in image), places) for image in images), n)
    inv = div(1.0, root(pos(var) + eps))
    return [[((v - mean) * inv) * gamma + beta for v in image] for image in images]


def blend(running, batch, momentum):
    return running * (1.0 - momentum) + batch * momentum


def recurrent(kind, xs, params, hidden, logistic=sigma):
    h, c, out = [0.0] * hidden, [0.0] * hidden, []
    for x in xs:
        both = x + h
        if kind == "rnn":
            h = [math.tanh(v) for v in affine(params[0], params[1], both)]
        elif kind == "gru":
            r = [logistic(v) for v in affine(params[0], params[1], both)]
            z = [logistic(v) for v in affine(params[2], params[3], both)]
            reset = x + [a * b for a, b in zip(r, h, strict=True)]
            n = [math.tanh(v) for v in affine(params[4], params[5], reset)]
            h = [(1.0 - zi) * ni + zi * hi for zi, ni, hi in zip(z, n, h, strict=True)]
        else:
            f = [logistic(v) for v in affine(params[0], params[1], both)]
            i = [logistic(v) for v in affine(params[2], params[3], both)]
            g = [math.tanh(v) for v in affine(params[4], params[5], both)]
            o = [logistic(v) for v in affine(params[6], params[7], both)]
            c = [fi * ci + ii * gi for fi, ci, ii, gi in zip(f, c, i, g, strict=True)]
            h = [oi * math.tanh(ci) for oi, ci in zip(o, c, strict=True)]
        out.append([0.0 + v for v in h])
    return out


def mamba(xs, params, hidden):
    w_in, b_in, w_d, b_d, w_g, b_g = params
    h, out = [0.0] * hidden, []
    for x in xs:
        u = [silu(v) for v in affine(w_in, b_in, x)]
        d = [sigma(v) for v in affine(w_d, b_d, x + h)]
        h = [di * hi + (1.0 - di) * ui for di, hi, ui in zip(d, h, u, strict=True)]
        gate = [silu(v) for v in affine(w_g, b_g, x)]
        out.append([0.0 + hi * gi for hi, gi in zip(h, gate, strict=True)])
    return out


def conv(x, kernel, bias, stride, padding, outputs):
    """`x`, `kernel` are dicts from index tuples to floats with their shapes under `None`."""
    (out_c, in_c, *cells), extents = kernel[None], x[None][1:]
    result = {}
    for oc in range(out_c):
        for o in product(*map(range, outputs)):
            total = 0.0
            for ic in range(in_c):
                for k in product(*map(range, cells)):
                    place = tuple(oi * s + ki - p for oi, s, ki, p in zip(o, stride, k, padding, strict=True))
                    inside = all(0 <= q < n for q, n in zip(place, extents, strict=True))
                    total = total + (x[(ic, *place)] if inside else 0.0) * kernel[(oc, ic, *k)]
            result[(oc, *o)] = total + bias[oc]
    return result


def conv_transpose(x, kernel, bias, stride, padding, outputs):
    (in_c, out_c, *cells), extents = kernel[None], x[None][1:]
    result = {}
    for oc in range(out_c):
        for o in product(*map(range, outputs)):
            total = 0.0
            for ic in range(in_c):
                for k in product(*map(range, cells)):
                    value, place = None, []
                    for oi, s, ki, p, n in zip(o, stride, k, padding, extents, strict=True):
                        shifted = oi + p - ki
                        # Lean's naturals: n % 0 = n and n / 0 = 0.
                        quotient, remainder = divmod(shifted, s) if s else (0, shifted)
                        if shifted < 0 or remainder or quotient >= n:
                            value = 0.0
                            break
                        place.append(quotient)
                    total = total + (x[(ic, *place)] if value is None else value) * kernel[(ic, oc, *k)]
            result[(oc, *o)] = total + bias[oc]
    return result


def pool(x, kernel, stride, padding, outputs, mode):
    channels, extents = x[None][0], x[None][1:]
    result = {}
    for c in range(channels):
        for o in product(*map(range, outputs)):

            def cell(k, c=c, o=o):
                place = tuple(oi * s + ki - p for oi, s, ki, p in zip(o, stride, k, padding, strict=True))
                return x[(c, *place)] if all(0 <= q < n for q, n in zip(place, extents, strict=True)) else None

            cells = {k: cell(k) for k in product(*map(range, kernel))}
            result[(c, *o)] = _POOLS[mode](cells, kernel)
    return result


def _max_row_major(cells, kernel):
    best = None
    for value in cells.values():
        if value is not None and (best is None or value > best):
            best = value
    return 0.0 if best is None else best


def _max_by_columns(cells, kernel):
    columns = []
    for j in range(kernel[1]):
        best = cells[(0, j)] or 0.0 if cells[(0, j)] is None else cells[(0, j)]
        for i in range(1, kernel[0]):
            value = 0.0 if cells[(i, j)] is None else cells[(i, j)]
            best = value if best <= value else best
        columns.append(best)
    best = columns[0]
    for value in columns[1:]:
        best = value if best <= value else best
    return best


def _mean_row_major(cells, kernel):
    return div(fold(0.0 if v is None else v for v in cells.values()), float(math.prod(kernel)))


def _mean_by_columns(cells, kernel):
    columns = [
        fold(0.0 if cells[(i, j)] is None else cells[(i, j)] for i in range(kernel[0])) for j in range(kernel[1])
    ]
    return div(fold(columns), float(kernel[0] * kernel[1]))


_POOLS = {
    "max": _max_row_major,
    "max columns": _max_by_columns,
    "mean": _mean_row_major,
    "mean columns": _mean_by_columns,
}


def masked_softmax(row, allowed, shifted):
    if not shifted:
        e = [exp(v) if a else 0.0 for v, a in zip(row, allowed, strict=True)]
        total = fold(e)
        return [div(v, total) for v in e]
    best = None
    for v, a in zip(row, allowed, strict=True):
        if a and (best is None or v > best):
            best = v
    if best is None:
        return [0.0] * len(row)
    e = [exp(v - best) if a else 0.0 for v, a in zip(row, allowed, strict=True)]
    total = fold(e)
    return [div(v, total) for v in e]


def attention(x, params, heads, width, mask, swap, shifted, bias=None):
    n, d_model = len(x), len(params[0])
    joined = heads * width
    projected = [matmul(x, w, joined) for w in params[:3]]

    def split(rows):
        flat = [v for row in rows for v in row]
        if swap:
            return [[[rows[i][h * width + d] for d in range(width)] for i in range(n)] for h in range(heads)]
        return [[[flat[(h * n + i) * width + d] for d in range(width)] for i in range(n)] for h in range(heads)]

    query, key, value = map(split, projected)
    scale = div(1.0, math.sqrt(float(width)))
    mixed = [[0.0] * joined for _ in range(n)]
    for h in range(heads):
        for i in range(n):
            scores = [fold(query[h][i][d] * key[h][j][d] for d in range(width)) * scale for j in range(n)]
            weights = softmax(scores) if mask is None else masked_softmax(scores, mask[i], shifted)
            for d in range(width):
                mixed[i][h * width + d] = fold(weights[j] * value[h][j][d] for j in range(n))
    out = matmul(mixed, params[3], d_model)
    return out if bias is None else [[v + b for v, b in zip(row, bias, strict=True)] for row in out]


MASK64 = (1 << 64) - 1


def splitmix(word):
    z = (word + 0x9E3779B97F4A7C15) & MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
    return z ^ (z >> 31)


def dropout(flat, p, seed, counter, chain=False):
    key = splitmix((seed + counter) & MASK64)
    keep = 1.0 - p
    out = []
    for index, v in enumerate(flat):
        unit = (splitmix((key + index) & MASK64) & 0xFFFFFFFF) / 4294967296.0
        mask = 1.0 if keep > unit else 0.0
        scale = div(1.0, 1.0 - p * mask) if chain else div(1.0, keep)
        out.append((v * mask) * scale)
    return out
