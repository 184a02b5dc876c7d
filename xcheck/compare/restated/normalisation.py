"""Normalisation of rows: mean, variance, epsilon, scale and shift, each in a choice of forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from xcheck.compare.restated.arithmetic import EpsilonAt, Rules
from xcheck.reference.exact import clamp_at_zero
from xcheck.tensor import F64


@dataclass(frozen=True, slots=True)
class Form:
    """What TorchLean's own normalisations differ in.

    `reciprocal`: multiplied by the reciprocal of the deviation instead of divided by it; `centred_again`: the
    variance is that of the centred row, centred once more (`moments`: by E[c^2] - E[c]^2 instead); `uncentred`: no
    mean is taken at all (RMS norm); `clamped`: the variance is clamped at zero before epsilon is added.
    """

    reciprocal: bool = False
    centred_again: bool = False
    moments: bool = False
    uncentred: bool = False
    clamped: bool = True


def normalised(rules: Rules, form: Form, rows: F64, gamma: F64, beta: F64 | None, eps: float) -> F64:
    """Every row of `(n, width)` by its own statistics; `gamma` and `beta` broadcast to the rows."""
    count, width = rows.shape
    size = float(width)
    if form.uncentred:
        mean, centred = np.zeros((count, 1), np.float64), rows
    else:
        mean = rules.rounded(_sums(rules, rows) / size)[:, None]
        centred = rules.rounded(rows - mean)
    variance = _variance(rules, form, rows, mean, centred)
    deviation = _deviation(rules, form, variance, eps)[:, None]
    if rules.folded and beta is not None:
        return _folded(rules, rows, mean, deviation, gamma, beta)
    if form.reciprocal is not rules.reciprocal:
        scaled = rules.rounded(centred * rules.rounded(1.0 / deviation))
    else:
        scaled = rules.rounded(centred / deviation)
    return rules.rounded(scaled * gamma) if beta is None else rules.scaled(scaled, gamma, beta)


def given(rules: Rules, divides: bool, x: F64, params: Sequence[F64], eps: float) -> F64:
    """`(n, c, spatial)` by given statistics; `params` are gamma, beta, mean, variance, each `(c,)`.

    `divides` is TorchLean's own form at this place: by the deviation, else times its reciprocal.
    """
    gamma, beta, mean, variance = (value[:, None] for value in params[:4])
    deviation = _deviation(rules, Form(), variance, eps)
    if rules.folded:
        return _folded(rules, x, mean, deviation, gamma, beta)
    centred = rules.rounded(x - mean)
    if divides is rules.reciprocal:
        scaled = rules.rounded(centred * rules.rounded(1.0 / deviation))
    else:
        scaled = rules.rounded(centred / deviation)
    return rules.scaled(scaled, gamma, beta)


def _folded(rules: Rules, x: F64, mean: F64, deviation: F64, gamma: F64, beta: F64) -> F64:
    """`x * scale + (beta - mean * scale)`."""
    scale = gamma * rules.rounded(1.0 / deviation) if rules.reciprocal else gamma / deviation
    scale = rules.rounded(scale)
    return rules.scaled(x, scale, rules.rounded(beta - rules.rounded(mean * scale)))


def nested(rules: Rules, x: F64, gamma: F64, beta: F64, eps: float) -> F64:
    """`(n, c, spatial)` by the means over space, then over n, of its own values; `gamma`, `beta` are `(c,)`."""
    mean = _nested_mean(rules, x, x)
    centred = rules.rounded(x - mean[:, None])
    if rules.one_pass:
        variance = rules.rounded(_nested_mean(rules, x, None) - rules.rounded(mean * mean))
    else:
        variance = _nested_mean(rules, centred, None)
    deviation = _deviation(rules, Form(), variance, eps)[:, None]
    if rules.folded:
        return _folded(rules, x, mean[:, None], deviation, gamma[:, None], beta[:, None])
    scaled = centred / deviation if rules.reciprocal else centred * rules.rounded(1.0 / deviation)
    return rules.scaled(rules.rounded(scaled), gamma[:, None], beta[:, None])


def statistics(rules: Rules, rows: F64) -> tuple[F64, F64]:
    """Mean and variance of every row of `(c, n)`, as running statistics take them."""
    size = float(rows.shape[1])
    mean = rules.rounded(_sums(rules, rows) / size)
    own = replace(rules, unbiased=rules.unbiased_running)
    return mean, _variance(own, Form(), rows, mean[:, None], rules.rounded(rows - mean[:, None]))


def blended(rules: Rules, running: F64, now: F64, momentum: F64) -> F64:
    """`(running * (1 - momentum)) + (now * momentum)`."""
    return rules.scaled(running, rules.rounded(1.0 - momentum), rules.rounded(now * momentum))


def _nested_mean(rules: Rules, x: F64, plain: F64 | None) -> F64:
    """The nested mean of values, or of their squares where `plain` is None."""
    count, channels, places = x.shape
    rows = x.reshape(count * channels, places)
    per_image = rules.rounded((_squares(rules, rows) if plain is None else _sums(rules, rows)) / float(places))
    images = per_image.reshape(count, channels)
    total = rules.total(count, lambda k: images[k], np.zeros(channels, np.float64))
    return rules.rounded(total / float(count))


def _sums(rules: Rules, rows: F64) -> F64:
    columns = np.ascontiguousarray(rows.T)
    return rules.total(columns.shape[0], lambda k: columns[k], np.zeros(rows.shape[0], np.float64))


def _squares(rules: Rules, rows: F64) -> F64:
    columns = np.ascontiguousarray(rows.T)
    return rules.dot(columns.shape[0], lambda k: columns[k], lambda k: columns[k], np.zeros(rows.shape[0], np.float64))


def _variance(rules: Rules, form: Form, rows: F64, mean: F64, centred: F64) -> F64:
    size = float(rows.shape[1])
    divisor = size - 1.0 if rules.unbiased else size
    if rules.one_pass:
        square = rules.rounded(mean[:, 0] * mean[:, 0])
        return rules.rounded(rules.rounded(_squares(rules, rows) / size) - square)
    if form.centred_again:
        residue = rules.rounded(_sums(rules, centred) / size)
        if form.moments:
            square = rules.rounded(residue * residue)
            return rules.rounded(rules.rounded(_squares(rules, centred) / divisor) - square)
        centred = rules.rounded(centred - residue[:, None])
    return rules.rounded(_squares(rules, centred) / divisor)


def _deviation(rules: Rules, form: Form, variance: F64, eps: float) -> F64:
    kept = np.float64(rules.rounded(np.array(eps)))
    if form.clamped and rules.epsilon is not EpsilonAt.UNCLAMPED:
        variance = clamp_at_zero(variance)
    match rules.epsilon:
        case EpsilonAt.OUTSIDE:
            return rules.rounded(rules.rounded(np.sqrt(clamp_at_zero(variance))) + kept)
        case EpsilonAt.NOWHERE:
            return rules.rounded(np.sqrt(clamp_at_zero(variance)))
        case _:
            return rules.rounded(np.sqrt(clamp_at_zero(rules.rounded(variance + kept))))
