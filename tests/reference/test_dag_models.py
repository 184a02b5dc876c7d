"""DAG terms: evaluation with sharing, models, and agreement with the chain they were lowered from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lean_parser.graphs import graphs
from xcheck.reference.dag import (
    Composite,
    DagModel,
    Let1,
    Op,
    Var,
    det_model,
    evaluate,
    model_parameters,
    run_model,
    shared_nodes,
    to_dag_term,
    zero_model,
)
from xcheck.reference.dag_operation import DagOperation, Elementwise, Filled, Unknown
from xcheck.reference.graph import chain, prim, signature_of
from xcheck.reference.lowering import Lowered, LoweringFailure, to_seq
from xcheck.reference.operation import NotComparableError, Run
from xcheck.reference.primitives.batch_norm import BatchNormChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.reference.replay import initial_parameters, trace
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

AUGUST = profile_named("tl-2026-08")
RUN = Run(AUGUST)


@dataclass(frozen=True)
class Counting(DagOperation):
    """Adds its inputs and counts how often it runs."""

    calls: list

    @property
    def name(self):
        return "count"

    @property
    def inputs(self):
        return (2,), (2,)

    @property
    def output(self):
        return (2,)

    def forward(self, run, values):
        self.calls.append(1)
        return values[0] + values[1]


@given(data=st.data(), profile=st.sampled_from(PROFILES))
def test_a_lowered_chain_evaluates_to_the_bits_of_its_own_replay(data, profile):
    graph = data.draw(graphs(profile, max_stages=6))
    lowered = to_seq(graph, profile)
    assert isinstance(lowered, Lowered)
    params = initial_parameters(lowered, profile)
    run = Run(profile)
    shape = signature_of(graph).input
    x = np.array(np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=shape))
    expected = [x, *trace(lowered.layers, run, params, x)][-1]
    model = det_model(graph, profile)
    assert isinstance(model, DagModel)
    assert model.initial == lowered.initial
    assert model.body == to_dag_term(graph)
    assert Tensor.of(run_model(model, run, params, [x])) == Tensor.of(expected)


def test_a_shared_node_runs_once_where_paths_are_exponential():
    calls: list[int] = []
    count = Counting(calls)
    node = Var(0)
    for _ in range(200):
        node = Op("count", (node, node), count)
    assert shared_nodes(node)[0] == 201
    out = evaluate(node, [np.array([1.0, 2.0**-200])], RUN)
    assert out.tolist() == [2.0**200, 1.0]
    assert len(calls) == 200


def test_one_node_under_two_bindings_is_computed_for_each():
    calls: list[int] = []
    body = Op("count", (Var(1), Var(1)), Counting(calls))
    double = Op("count", (Var(0), Var(0)), Counting(calls))
    term = Op("count", (Let1(Var(0), body), Let1(double, body)), Counting(calls))
    out = evaluate(term, [np.array([1.0, 3.0])], RUN)
    assert out.tolist() == [2.0 + 4.0, 6.0 + 12.0]


def test_a_shared_let_is_computed_once():
    calls: list[int] = []
    bound = Let1(Op("count", (Var(0), Var(0)), Counting(calls)), Op("count", (Var(1), Var(0)), Counting(calls)))
    term = Op("count", (bound, bound), Counting(calls))
    assert evaluate(term, [np.array([1.0, 3.0])], RUN).tolist() == [6.0, 18.0]
    assert len(calls) == 3


def test_a_bound_value_is_gone_after_its_body():
    inner = Let1(Op("add", (Var(0), Var(0)), Elementwise("add", (1,))), Var(1))
    after = Let1(inner, Op("add", (Var(1), Var(0)), Elementwise("add", (1,))))
    assert evaluate(after, [np.array([3.0])], RUN).tolist() == [9.0]
    with pytest.raises(IndexError):
        evaluate(Op("add", (inner, Var(1)), Elementwise("add", (1,))), [np.array([3.0])], RUN)


def test_ten_thousand_bindings_deep():
    term = Var(10_000)
    for level in reversed(range(10_000)):
        term = Let1(Op("add", (Var(level), Var(0)), Elementwise("add", (1,))), term)
    assert evaluate(term, [np.array([1.0])], RUN).tolist() == [10_001.0]


def test_zero_and_deterministic_models():
    graph = chain(prim(Linear(2, 3), (2,), AUGUST), prim(Relu(), (3,), AUGUST), prim(Linear(3, 1), (3,), AUGUST))
    zero = zero_model(graph)
    assert zero.params == ((3, 2), (3,), (1, 3), (1,))
    assert zero.inputs == ((2,),)
    assert all(not p.any() for p in model_parameters(zero, AUGUST))
    det = det_model(graph, AUGUST)
    assert isinstance(det, DagModel)
    assert [i.seed for i in det.initial] == [0, 1, 2, 3]
    out = run_model(det, RUN, model_parameters(det, AUGUST), [np.array([0.5, 0.8])])
    assert out.tolist() == [-0.11319233601507747]


def test_a_zero_model_starts_even_gamma_at_zero():
    model = zero_model(prim(BatchNormChw(2, 2, 2), (2, 2, 2), AUGUST))
    assert not run_model(model, RUN, model_parameters(model, AUGUST), [np.arange(8.0).reshape(2, 2, 2)]).any()


def test_a_primitive_without_a_layer_has_no_deterministic_model():
    own = prim(Opaque.of("own", Signature((), (2,), (2,)), {}), (2,), AUGUST)
    hidden = type(own)(own.primitive, own.signature, False, False)
    failure = det_model(chain(hidden, prim(Relu(), (2,), AUGUST)), AUGUST)
    assert isinstance(failure, LoweringFailure)
    assert failure.message.startswith("graphspec.detInit: primitive `own`")
    with pytest.raises(NotComparableError, match="own"):
        run_model(zero_model(hidden), RUN, [], [np.zeros(2)])


def test_operations_by_name_alone_or_of_unknown_meaning_are_not_comparable():
    with pytest.raises(NotComparableError, match="'mystery'"):
        evaluate(Op("mystery", (Var(0),)), [np.zeros(2)], RUN)
    unknown = Unknown("own", ((2,),), (2,), "the meaning of 'own' is not evaluated")
    with pytest.raises(NotComparableError, match="not evaluated"):
        evaluate(Op("own", (Var(0),), unknown), [np.zeros(2)], RUN)
    with pytest.raises(NotComparableError, match=r"takes \[3\]"):
        evaluate(Op("add", (Var(0), Var(0)), Elementwise("add", (3,))), [np.zeros(2)], RUN)


def test_an_operation_defined_by_a_term():
    body = Op("sub", (Var(1), Op("mul", (Var(0), Var(0)), Elementwise("mul", (2,)))), Elementwise("sub", (2,)))
    own = Composite("own", ((2,), (2,)), (2,), body)
    out = evaluate(Op("own", (Var(0), Var(1)), own), [np.array([2.0, 3.0]), np.array([1.0, 1.0])], RUN)
    assert out.tolist() == [-3.0, -8.0]
    one = evaluate(Op("one", (), Filled("one", (2,))), [], RUN)
    assert one.tolist() == [1.0, 1.0]


def test_terms_compare_by_name_and_shape_of_the_term_only():
    assert Op("add", (Var(0),), Elementwise("add", (2,))) == Op("add", (Var(0),))
    assert Op("add", (Var(0),)) != Op("add", (Var(1),))
