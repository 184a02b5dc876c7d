from __future__ import annotations

import pytest
from hypothesis import given

from tests.scalar import graphs as scalar
from xcheck.lean_parser.printer import print_term
from xcheck.reference.dag import Let1, Op, Var, to_dag_term
from xcheck.reference.graph import Compose, Identity, chain, prim
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.profile import profile_named
from xcheck.strategies import graphs, profiles

AUGUST = profile_named("tl-2026-08")
RELU = prim(Relu(), (3,), AUGUST)
FIRST, LAST = prim(Linear(2, 3), (2,), AUGUST), prim(Linear(3, 1), (3,), AUGUST)


@given(profiles().flatmap(lambda profile: graphs(profile, opaque=True)))
def test_the_term_is_the_recursive_one(graph):
    assert print_term(to_dag_term(graph)) == scalar.term(graph)


# graphspec.md 4.2
@pytest.mark.parametrize(
    ("graph", "term"),
    [
        (
            chain(FIRST, RELU, LAST),
            'let1 (op "linear(2,3)" [v0, v1, v4]) (let1 (op "relu" [v5]) (op "linear(3,1)" [v2, v3, v6]))',
        ),
        (
            Compose(Compose(FIRST, RELU), LAST),
            'let1 (let1 (op "linear(2,3)" [v0, v1, v4]) (op "relu" [v5])) (op "linear(3,1)" [v2, v3, v5])',
        ),
        (chain(Identity((3,)), RELU), 'let1 (v0) (op "relu" [v1])'),
        (chain(RELU, Identity((3,))), 'let1 (op "relu" [v0]) (v1)'),
        (Identity((3,)), "v0"),
    ],
)
def test_the_documented_terms(graph, term):
    assert print_term(to_dag_term(graph)) == term


def test_terms_are_equal_when_they_read_the_same():
    term = Let1(Op("a", (Var(0), Op("b", ()))), Var(1))
    assert term == Let1(Op("a", (Var(0), Op("b", ()))), Var(1))
    assert hash(term) == hash(Let1(Op("a", (Var(0), Op("b", ()))), Var(1)))
    assert term != Let1(Op("a", (Op("b", ()), Var(0))), Var(1))
    assert term != Let1(Op("a", (Var(0), Op("b", ()))), Var(2))
    assert Op("a", ()) != Var(0)
