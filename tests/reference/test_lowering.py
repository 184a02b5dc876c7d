from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scalar import graphs as scalar
from tests.scalar.bits import hexes
from xcheck.reference.graph import Compose, Identity, Prim, chain, prim, signature_of
from xcheck.reference.lowering import (
    Lowered,
    LoweringFailure,
    det_init_params_aux,
    stages,
    to_seq,
    to_seq_aux,
)
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.reference.replay import initial_parameters, trace
from xcheck.reference.signature import Signature
from xcheck.strategies import (
    associations,
    graphs,
    opaque_nodes,
    profiles,
    sequences,
    start_counters,
    values_for,
    with_identities,
)

MAY, JUNE, AUGUST, C1, C2 = (
    profile_named(n) for n in ("tl-2026-05", "tl-2026-06", "tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2")
)

# graphspec.md 3.2 and 3.5, era_c.md 3.1 and 3.5
TO_SEQ = {
    False: "graphspec.toSeq: primitive `%s` has no Seq lowering (missing toLayerDefM?); "
    "use `Compile.torchProgram` if you only need execution",
    True: "graphspec.toSeq: primitive `%s` has no Seq lowering (missing toLayerM?); "
    "use `Chain.toProgram` if you only need execution",
}
DET_INIT = {
    False: "graphspec.detInit: primitive `%s` has no deterministic init (missing toLayerDefM?)",
    True: "graphspec.detInit: primitive `%s` has no deterministic init (missing toLayerM?)",
}


@given(st.data(), profiles(), start_counters())
def test_association_and_identities_are_invisible(data, profile, index):
    sequence = data.draw(sequences(profile, opaque=True))
    plain = to_seq_aux(chain(*sequence), index, profile)
    other = data.draw(associations(data.draw(with_identities(sequence))))
    assert to_seq_aux(other, index, profile) == plain


@given(st.data(), profiles(), start_counters())
def test_the_lowering_is_the_recursive_one(data, profile, index):
    graph = data.draw(graphs(profile, opaque=True))
    ours, det = to_seq_aux(graph, index, profile), det_init_params_aux(graph, index, profile)
    expected, after = scalar.lower(graph, index)
    if isinstance(expected, str):
        chained = profile.surface == "chain"
        assert ours == LoweringFailure(TO_SEQ[chained] % expected)
        assert det == LoweringFailure(DET_INIT[chained] % expected)
        return
    assert isinstance(ours, Lowered)
    assert det == ours
    assert ours.next_index == after
    assert [(layer.operation, layer.index) for layer in ours.layers] == [(node.primitive, i) for node, i in expected]
    assert [layer.signature for layer in ours.layers] == [node.signature for node, _ in expected]


@given(st.data(), profiles(), start_counters())
def test_parameter_shapes_concatenate(data, profile, index):
    graph = data.draw(graphs(profile))
    lowered = to_seq_aux(graph, index, profile)
    assert lowered.param_shapes == signature_of(graph).params
    assert tuple(initial.shape for initial in lowered.initial) == lowered.param_shapes
    assert [len(layer.requires_grad) for layer in lowered.layers] == [
        len(layer.signature.params) for layer in lowered.layers
    ]
    assert all(flag for layer in lowered.layers for flag in layer.requires_grad)


@given(st.data(), profiles())
def test_to_seq_starts_at_zero(data, profile):
    graph = data.draw(graphs(profile, opaque=True))
    assert to_seq(graph, profile) == to_seq_aux(graph, 0, profile)


@given(st.data(), profiles(), st.integers(0, 20))
def test_a_chain_replays_as_its_halves(data, profile, index):
    first = data.draw(sequences(profile, max_size=3))
    second = data.draw(sequences(profile, input_shape=first[-1].signature.output, max_size=3))
    both = to_seq_aux(Compose(chain(*first), chain(*second)), index, profile)
    one = to_seq_aux(chain(*first), index, profile)
    two = to_seq_aux(chain(*second), one.next_index, profile)
    assert both == Lowered(one.layers + two.layers, two.next_index)
    params, x = data.draw(values_for(chain(*first, *second)))
    values = [tensor.values for tensor in params]
    cut = len(one.param_shapes)
    run = Run(profile)
    whole = [hexes(y.reshape(-1).tolist()) for y in trace(both.layers, run, values, x.values)]
    halves = list(trace(one.layers, run, values[:cut], x.values))
    halves += trace(two.layers, run, values[cut:], halves[-1])
    assert whole == [hexes(y.reshape(-1).tolist()) for y in halves]
    ours = initial_parameters(both, profile)
    parts = initial_parameters(one, profile) + initial_parameters(two, profile)
    assert [v.tolist() for v in ours] == [v.tolist() for v in parts]


@given(st.data(), profiles(), start_counters())
def test_a_users_own_layer_lowers_but_is_unknown(data, profile, index):
    node = data.draw(opaque_nodes((3,), layer=True))
    lowered = to_seq_aux(node, index, profile)
    assert lowered.next_index == index + node.counts
    (layer,) = lowered.layers
    assert repr(node.primitive.name) in layer.unknown
    assert layer.signature == node.signature
    with pytest.raises(NotComparableError):
        list(trace(lowered.layers, Run(profile), [], np.zeros(3)))
    if node.signature.params:
        with pytest.raises(NotComparableError):
            initial_parameters(lowered, profile)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_identities_alone_lower_to_nothing(profile):
    for graph in (Identity((2, 3)), Compose(Identity(()), Compose(Identity(()), Identity(())))):
        assert to_seq_aux(graph, 5, profile) == Lowered((), 5)


def test_the_flags_of_a_stock_primitive_are_not_believed():
    """Declared flags of stock primitives are faults to report, not facts to lower by."""
    node = replace(prim(Linear(2, 2), (2,), AUGUST), counts=False, layer=False)
    lowered = to_seq_aux(Compose(node, prim(Linear(2, 2), (2,), AUGUST)), 3, AUGUST)
    assert [layer.index for layer in lowered.layers] == [3, 4]


def test_stages_ignore_missing_layer_views():
    signature = Signature((), (2,), (2,))
    node = Prim(Opaque("mine", signature), signature, True, False)
    assert isinstance(to_seq_aux(node, 0, AUGUST), LoweringFailure)
    assert stages(node, 0, AUGUST).next_index == 1


# graphspec.md 2.3 and era_c.md 2.1
IMAGE = (2, 4, 3)


@pytest.mark.parametrize(
    ("primitive", "shape", "may", "june", "c2"),
    [
        (Linear(4, 3), (4,), None, "Linear(4, 3)", "Linear(4, 3)"),
        (Relu(), IMAGE, None, "ReLU", "ReLU"),
        (Flatten(), IMAGE, None, "Flatten", "Flatten"),
        (Softmax(), IMAGE, None, "Layer", "Softmax"),
        (Softmax(1), IMAGE, ..., ..., "Softmax"),
        (Conv2d(2, 5, 3, 2, 1, 0), IMAGE, None, "Conv2d(2, 5, 3x2)", ...),
        (MaxPool2d(2, 3, 1), IMAGE, None, "MaxPool2d(2x3)", ...),
        (BatchNormChw(*IMAGE), IMAGE, None, "BatchNorm2d", ...),
        (GlobalAvgPool2dChw(*IMAGE), IMAGE, None, "GlobalAvgPool2d", ...),
        (Conv(2, 2, 5, (3, 2), (1, 1), (0, 0)), IMAGE, ..., ..., "Conv(rank=2,in=2,out=5)"),
        (MaxPoolNd(2, (2, 2), (1, 1), (0, 0)), IMAGE, ..., ..., "MaxPool(rank=2)"),
        (BatchNorm(2, 2), IMAGE, ..., ..., "BatchNorm(channels=2,rank=2)"),
    ],
)
def test_documented_kinds_and_surfaces(primitive, shape, may, june, c2):
    for profile, kind in ((MAY, may), (JUNE, june), (C2, c2)):
        assert primitive.available(profile) is (kind is not ...)
        if kind is not ...:
            assert to_seq(prim(primitive, shape, profile), profile).layers[0].kind == kind


# graphspec.md 2.4 and 3.2, era_c.md 2.2: conv, batch norm, relu, flatten, linear from index i
@pytest.mark.parametrize(
    ("profile", "conv_seed", "linear_seed"), [(AUGUST, 10, 14), (C1, 10, 7), (C2, 5, 7)], ids=["2i", "c1", "c2"]
)
def test_documented_seeds(profile, conv_seed, linear_seed):
    shape, nodes = (1, 3, 3), []
    chained = profile.surface == "chain"
    conv = Conv(2, 1, 2, (1, 1), (1, 1), (0, 0)) if chained else Conv2d(1, 2, 1, 1, 1, 0)
    norm = BatchNorm(2, 2) if chained else BatchNormChw(2, 3, 3)
    for primitive in (conv, norm, Relu(), Flatten(), Linear(18, 2)):
        nodes.append(prim(primitive, shape, profile))
        shape = nodes[-1].signature.output
    lowered = to_seq_aux(chain(*nodes), 5, profile)
    assert [layer.index for layer in lowered.layers] == [5, 6, 7, 7, 7]
    assert lowered.next_index == 8
    assert lowered.layers[0].initial[0].seed == conv_seed
    assert lowered.layers[4].initial[0].seed == linear_seed


# graphspec.md 2.4 and era_c.md 4.6: mlp(2, 3, 1) at (0.5, 0.8)
@pytest.mark.parametrize(
    ("profile", "output"),
    [(MAY, -0.129074583828244), (AUGUST, -0.11319233601507747), (C1, -0.011884446506665564)],
    ids=["lcg", "splitmix64", "chain"],
)
def test_the_documented_mlp(profile, output):
    graph = chain(prim(Linear(2, 3), (2,), profile), prim(Relu(), (3,), profile), prim(Linear(3, 1), (3,), profile))
    lowered = to_seq(graph, profile)
    x = np.array([0.5, 0.8])
    *_, y = trace(lowered.layers, Run(profile), initial_parameters(lowered, profile), x)
    assert y.tolist() == [output]
