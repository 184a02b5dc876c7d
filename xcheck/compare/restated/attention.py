"""Multi-head self-attention, with a choice of how products, sums and the softmax are formed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xcheck.compare.restated.arithmetic import Rules
from xcheck.compare.restated.softmax import softmax
from xcheck.reference import exact
from xcheck.reference.layers.attention import MultiHeadAttention, head_scale, split_heads
from xcheck.reference.profile import MaskedSoftmax, Profile
from xcheck.tensor import F64


def attention(rules: Rules, layer: MultiHeadAttention, profile: Profile, params: Sequence[F64], x: F64) -> F64:
    """`(batch, n, dModel)` to the same shape."""
    out = np.empty(x.shape, np.float64)
    for entry in range(x.shape[0]):
        query, key, value = (
            split_heads(profile.head_split, product(rules, x[entry], weight), layer.heads, layer.head_width)
            for weight in params[:3]
        )
        heads = [_head(rules, layer, profile, query[h], key[h], value[h]) for h in range(layer.heads)]
        joined = np.concatenate(heads, axis=1) if heads else np.zeros((x.shape[1], 0), np.float64)
        out[entry] = product(rules, joined, params[3])
    return rules.rounded(out + params[4]) if len(params) > 4 else out


def product(rules: Rules, left: F64, right: F64) -> F64:
    """The matrix product of `(m, k)` and `(k, n)`."""
    columns = np.ascontiguousarray(left.T)
    start = np.zeros((left.shape[0], right.shape[1]), np.float64)
    return rules.dot(right.shape[0], lambda k: columns[k][:, None], lambda k: right[k][None, :], start)


def _head(rules: Rules, layer: MultiHeadAttention, profile: Profile, query: F64, key: F64, value: F64) -> F64:
    scale = rules.rounded(np.array(head_scale(profile, query.shape[1])))
    scores = rules.rounded(product(rules, query, np.ascontiguousarray(key.T)) * scale)
    if layer.mask is None:
        return product(rules, softmax(rules, scores, -1), value)
    return product(rules, _masked(rules, layer, profile, scores), value)


def _masked(rules: Rules, layer: MultiHeadAttention, profile: Profile, scores: F64) -> F64:
    """Softmax over the last axis of what the mask lets through."""
    if scores.size == 0:
        return scores
    allowed = np.array(layer.mask, np.bool_).reshape(scores.shape)
    unshifted = (profile.masked_softmax is MaskedSoftmax.UNSHIFTED) is not rules.unshifted
    if unshifted:
        shifted = np.where(allowed, scores, 0.0)
        seen = np.ones(scores.shape[0], np.bool_)
    else:
        best, seen = _best(scores, allowed)
        shifted = np.where(allowed, rules.rounded(scores - best[:, None]), 0.0)
    powers = np.where(allowed, rules.rounded(exact.exp(shifted)), 0.0)
    terms = np.ascontiguousarray(powers.T)
    total = rules.total(terms.shape[0], lambda k: terms[k], np.zeros(scores.shape[0], np.float64))[:, None]
    divided = rules.rounded(powers * rules.rounded(1.0 / total)) if rules.reciprocal else rules.rounded(powers / total)
    return np.where(seen[:, None], divided, 0.0)


def _best(scores: F64, allowed: npt.NDArray[np.bool_]) -> tuple[F64, npt.NDArray[np.bool_]]:
    """The running maximum of each row's allowed scores, and whether it has any."""
    best = np.zeros(scores.shape[0], np.float64)
    seen = np.zeros(scores.shape[0], np.bool_)
    for key in range(scores.shape[1]):
        score, let_through = scores[:, key], allowed[:, key]
        best = np.where(let_through & (~seen | (score > best)), score, best)
        seen = seen | let_through
    return best, seen
