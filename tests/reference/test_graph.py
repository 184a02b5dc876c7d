from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcheck.reference.graph import (
    Compose,
    CompositionError,
    Identity,
    Prim,
    chain,
    fold_graph,
    leaves,
    prim,
    reading_order,
    signature_faults,
    signature_of,
)
from xcheck.reference.primitives.conv import Conv2d
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.reference.signature import Signature, SignatureError
from xcheck.strategies import graphs, profiles, sequences, with_identities

AUGUST = profile_named("tl-2026-08")


def recursive_signature(graph):
    if isinstance(graph, Identity):
        return Signature((), graph.shape, graph.shape)
    if isinstance(graph, Prim):
        return graph.signature
    first, second = recursive_signature(graph.first), recursive_signature(graph.second)
    assert first.output == second.input
    return Signature(first.params + second.params, first.input, second.output)


@given(profiles().flatmap(lambda profile: graphs(profile, opaque=True)))
def test_the_signature_is_the_recursive_one(graph):
    assert signature_of(graph) == recursive_signature(graph)


@given(st.data())
def test_association_is_visible_to_equality(data):
    sequence = data.draw(sequences(AUGUST, min_size=3, max_size=5))
    right = chain(*sequence)
    left = sequence[0]
    for node in sequence[1:]:
        left = Compose(left, node)
    assert right != left
    assert right == chain(*sequence)
    assert hash(right) == hash(chain(*sequence))
    assert list(leaves(right)) == list(leaves(left)) == list(sequence)


@given(profiles().flatmap(graphs))
def test_a_fold_sees_the_tree(graph):
    def rebuilt(g):
        return Compose(rebuilt(g.first), rebuilt(g.second)) if isinstance(g, Compose) else g

    assert fold_graph(graph, lambda leaf: leaf, Compose) == rebuilt(graph) == graph
    brackets = [node for node in reading_order(graph) if isinstance(node, str)]
    assert brackets.count("(") == brackets.count(")") == sum(1 for _ in leaves(graph)) - 1


@given(st.data())
def test_stages_that_do_not_fit_are_refused(data):
    profile = data.draw(profiles())
    sequence = data.draw(sequences(profile, min_size=1, max_size=3))
    output = sequence[-1].signature.output
    stranger = Identity((*output, 2))
    with pytest.raises(CompositionError) as error:
        signature_of(chain(*data.draw(with_identities(sequence)), stranger))
    assert str(list(stranger.shape)) in str(error.value)
    assert str(list(output)) in str(error.value)


def test_an_empty_chain_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        chain()


@given(profiles().flatmap(lambda profile: st.tuples(st.just(profile), graphs(profile))))
def test_what_a_profile_declares_has_no_fault(case):
    profile, graph = case
    assert list(signature_faults(graph, profile)) == []


def test_each_wrong_declaration_is_a_fault():
    good = prim(Linear(2, 3), (2,), AUGUST)
    wrong_shape = Signature(((3, 2), (3,)), (2,), (4,))
    declared = [
        Prim(good.primitive, wrong_shape, True, True),
        Prim(good.primitive, good.signature, False, True),
        Prim(good.primitive, good.signature, True, False),
        Prim(Linear(5, 3), good.signature, True, True),
        prim(GlobalAvgPool2dChw(1, 2, 2), (1, 2, 2), AUGUST),
    ]
    found = [[(fault.position, fault.what) for fault in signature_faults(node, AUGUST)] for node in declared]
    assert found == [
        [(0, "signature")],
        [(0, "counts as a layer")],
        [(0, "offers a layer view")],
        [(0, "signature")],
        [(0, "primitive")],
    ]


@pytest.mark.parametrize("profile", PROFILES[:5], ids=lambda profile: profile.name)
def test_the_window_rule_decides_the_declared_shape(profile):
    extent = 1 if profile.name in ("tl-2026-05", "tl-2026-06") else 0
    assert prim(Conv2d(1, 1, 4, 4, 1, 0), (1, 2, 2), profile).signature.output == (1, extent, extent)


@pytest.mark.parametrize(
    ("primitive", "shape"), [(Linear(2, 3), (3,)), (Linear(2, 3), (2, 1)), (Conv2d(2, 1, 1, 1, 1, 0), (1, 3, 3))]
)
def test_a_primitive_refuses_another_input(primitive, shape):
    with pytest.raises(SignatureError) as error:
        prim(primitive, shape, AUGUST)
    assert str(list(shape)) in str(error.value)
    assert prim(Relu(), shape, AUGUST).signature.output == shape
