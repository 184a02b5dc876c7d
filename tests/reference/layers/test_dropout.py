"""Train-mode dropout: the mask, the counter of every revision and backend, and what cannot be told."""

from __future__ import annotations

import layer_scalars as scalar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_strategies import AUGUST, CHAIN_2, MAY, same, tensors

from xcheck.reference.layers.catalogue import layer_of
from xcheck.reference.layers.dropout import bernoulli_mask, lean_float, random_counter
from xcheck.reference.lowering import seq_layer
from xcheck.reference.operation import Mode, NotComparableError, Position, Run, Via
from xcheck.reference.primitives.base import FloatBits
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.reference.replay import buffers_after, layer_runs, trace

HALF = FloatBits(0x3FE0000000000000)


def bits(value):
    return FloatBits(int(np.array(value, np.float64).view(np.uint64)))


def stack(profile, input_shape, *builders):
    layers = []
    for builder, arguments in builders:
        layers.append(seq_layer(layer_of(builder, arguments, profile), input_shape, profile))
        input_shape = layers[-1].signature.output
    return layers


@given(data=st.data(), p=st.sampled_from((0.0, 0.1, 0.5, 0.999, 1.0)), seed=st.integers(0, 1 << 66))
def test_dropout_beside_a_scalar_version(data, p, seed):
    x = data.draw(tensors((2, 5)))
    counter = data.draw(st.integers(0, 40))
    layer = layer_of("dropout", {"p": bits(p), "seed": seed}, AUGUST)
    run = Run(AUGUST, Mode.TRAIN, Via.COMPILED, Position(0, counter, 0))
    expected = scalar.dropout(x.reshape(-1).tolist(), p, seed, counter + 2)
    assert same(layer.forward(run, [np.array(p)], x), expected)
    assert layer.forward(Run(AUGUST, Mode.EVAL, Via.SPEC), [np.array(p)], x) is x


@given(data=st.data(), p=st.sampled_from((0.1, 0.5, 0.999)), seed=st.integers(0, 1 << 66))
def test_chain_dropout_scales_by_the_retained_probability(data, p, seed):
    x = data.draw(tensors((7,)))
    layer = layer_of("dropout", {"p": bits(p), "seed": seed}, CHAIN_2)
    run = Run(CHAIN_2, Mode.TRAIN, Via.EAGER, Position(3, None, 2))
    assert same(layer.forward(run, [np.array(p)], x), scalar.dropout(x.tolist(), p, seed, 2, chain=True))


def test_chain_dropout_of_nothing_and_of_everything_draws_no_mask():
    x = np.array([1.0, -2.0, np.inf])
    run = Run(CHAIN_2, Mode.TRAIN, Via.SPEC)
    none, everything = (layer_of("dropout", {"p": bits(p)}, CHAIN_2) for p in (0.0, 1.0))
    assert none.forward(run, [np.array(0.0)], x) is x
    assert same(everything.forward(run, [np.array(1.0)], x), [0.0, -0.0, np.nan])
    assert none.random_ops(run) == everything.random_ops(run) == 0


def test_the_mask_is_strict():
    assert bernoulli_mask((100,), 0.0, 1, 0).sum() == 0
    assert bernoulli_mask((100,), 1.0, 1, 0).sum() == 100
    assert bernoulli_mask((), 1.0, 1, 0).shape == ()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_the_eager_counter_of_every_revision(profile):
    tape = profile.dropout_counter.value == "tape"
    run = Run(profile, Mode.TRAIN, Via.EAGER, Position(5, 3, 2))
    assert random_counter(run, 2) == (5 + 3 + 2 if tape else 2)
    if profile.surface.value != "chain":
        assert random_counter(Run(profile, Mode.TRAIN, Via.COMPILED, Position(5, 3, 2)), 2) == 3 + 2


def test_a_stack_counts_what_the_tape_holds():
    layers = stack(
        MAY,
        (2, 4),
        ("linear2d", {"batch": 2, "inDim": 4, "outDim": 3}),
        ("relu", {}),
        ("dropout", {"p": HALF, "seed": 3}),
        ("gelu", {}),
        ("dropout", {"p": HALF, "seed": 4}),
    )
    x = np.random.default_rng(0).standard_normal((2, 4))
    params = [np.ones((3, 4)), np.zeros(3), np.array(0.5), np.array(0.5)]
    outs = list(trace(layers, Run(MAY, Mode.TRAIN, Via.EAGER), params, x))
    # Leaves: four parameters and the input. linear2d records 4 operations, relu 1, dropout 7, gelu 11.
    first = 5 + 4 + 1 + 2
    assert same(outs[2], scalar.dropout(outs[1].reshape(-1).tolist(), 0.5, 3, first))
    second = 5 + 4 + 1 + 7 + 11 + 2
    assert same(outs[4], scalar.dropout(outs[3].reshape(-1).tolist(), 0.5, 4, second))
    compiled = list(trace(layers, Run(MAY, Mode.TRAIN, Via.COMPILED), params, x))
    assert same(compiled[2], scalar.dropout(compiled[1].reshape(-1).tolist(), 0.5, 3, first - 5))


def test_a_session_counts_random_operations():
    layers = stack(AUGUST, (6,), ("dropout", {"p": HALF}), ("silu", {}), ("dropout", {"p": HALF, "seed": 7}))
    x = np.random.default_rng(0).standard_normal(6)
    params = [np.array(0.5), np.array(0.5)]
    outs = list(trace(layers, Run(AUGUST, Mode.TRAIN, Via.EAGER), params, x))
    assert same(outs[0], scalar.dropout(x.tolist(), 0.5, 0, 0))
    assert same(outs[2], scalar.dropout(outs[1].tolist(), 0.5, 7, 1))
    assert buffers_after(layers, Run(AUGUST, Mode.TRAIN, Via.EAGER), params, x) == params


def test_what_cannot_be_told():
    dropout = layer_of("dropout", {"p": HALF}, AUGUST)
    x, p = np.ones(3), [np.array(0.5)]
    for via, reason in ((Via.SPEC, "no pure semantics"), (Via.EAGER, "run on its own"), (Via.COMPILED, "on its own")):
        with pytest.raises(NotComparableError, match=reason):
            dropout.forward(Run(AUGUST, Mode.TRAIN, via), p, x)
    layers = stack(AUGUST, (3,), ("silu", {}), ("dropout", {"p": HALF}))
    with pytest.raises(NotComparableError, match="from 8c3a1e6 on"):
        list(trace(layers, Run(AUGUST, Mode.TRAIN, Via.COMPILED), p, x))
    layers = stack(CHAIN_2, (3,), ("relu", {}), ("dropout", {"p": HALF}))
    with pytest.raises(NotComparableError, match="Chain's runtime"):
        list(trace(layers, Run(CHAIN_2, Mode.TRAIN, Via.COMPILED), p, x))
    assert [r.position.leaves for r in layer_runs(layers, Run(CHAIN_2))] == [2, 2]


RECORDED = (
    ("rnn", {"seqLen": 3, "inputSize": 2, "hiddenSize": 2}, (3, 2), 2 + 3 * 5),
    ("gru", {"seqLen": 3, "inputSize": 2, "hiddenSize": 2}, (3, 2), 3 + 3 * 15),
    ("lstm", {"seqLen": 3, "inputSize": 2, "hiddenSize": 2}, (3, 2), 3 + 3 * 16),
    ("mamba", {"seqLen": 3, "inputSize": 2, "hiddenSize": 2}, (3, 2), 3 + 3 * 16),
    ("layerNorm", {"batch": 2, "seqLen": 1, "embedDim": 2}, (2, 1, 2), 1 + 2 * 6),
    ("rmsNorm", {"batch": 2, "seqLen": 1, "embedDim": 2}, (2, 1, 2), 1 + 2 * 17),
    ("instanceNorm2dNchw", {"n": 1, "c": 1, "h": 1, "w": 1}, (1, 1, 1, 1), 19),
    ("groupNorm2dNchw", {"n": 1, "c": 1, "h": 1, "w": 1, "groups": 1}, (1, 1, 1, 1), 23),
    ("batchNorm2dNchw", {"n": 1, "c": 1, "h": 1, "w": 1}, (1, 1, 1, 1), 21),
    ("batchnormChannelFirstEval", {"channels": 1, "height": 1, "width": 1}, (1, 1, 1), 16),
    ("globalAvgPool2dChw", {"c": 1, "h": 1, "w": 1}, (1, 1, 1), 2),
    ("silu", {}, (2,), 2),
    ("sum", {}, (2,), 1),
)


@pytest.mark.parametrize(("builder", "arguments", "shape", "count"), RECORDED, ids=[r[0] for r in RECORDED])
def test_operations_recorded_in_may(builder, arguments, shape, count):
    assert layer_of(builder, arguments, MAY).recorded(Run(MAY, Mode.TRAIN, Via.EAGER), shape) == count


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.500000"), (0.1, "0.100000"), (1e-9, "0.000000"), (float("nan"), "NaN"), (float("-inf"), "-inf")],
)
def test_lean_prints_six_decimals(value, text):
    assert lean_float(value) == text
    assert (
        layer_of("dropout", {"p": bits(value)}, profile_named("tl-2026-06")).kind_text(AUGUST) == f"Dropout(p={text})"
    )
