"""The steps of the reducer, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.processes import answering
from xcheck.compare.result import Status
from xcheck.fuzz.case import Case, Run, case_of, cut, keep, retyped
from xcheck.fuzz.reduce import reduce_request
from xcheck.fuzz.smaller import complexity, complexity_of, fewer_leaves, simpler_bits, simpler_values, smaller_geometry
from xcheck.fuzz.strategy import requests
from xcheck.lean_parser.printer import print_graph
from xcheck.oracle.client import Oracle
from xcheck.oracle.messages import ForwardAsk, InitAsk, LowerAsk, Request
from xcheck.reference.graph import Compose, Identity, chain, prim, signature_faults, signature_of
from xcheck.reference.operation import Mode, Via
from xcheck.reference.primitives.conv import Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, profile_named
from xcheck.strategies import float_bits
from xcheck.tensor import Shape, Tensor

AUGUST = profile_named("tl-2026-08")


def tensor(*values: float) -> Tensor:
    return Tensor.of(np.array(values, np.float64))


def deep_graph(length: int) -> Request:
    """Relus with a softmax in the middle and linear layers after it."""
    leaves = [prim(Relu(), (3,), AUGUST) for _ in range(length)]
    leaves.append(prim(Softmax(), (3,), AUGUST))
    leaves += [prim(Relu(), (3,), AUGUST) for _ in range(length)]
    leaves.append(prim(Linear(3, 2), (3,), AUGUST))
    graph = chain(*leaves)
    params = tuple(Tensor.of(np.ones(shape)) for shape in signature_of(graph).params)
    asks = (LowerAsk(3), InitAsk(3), ForwardAsk(3, params, tensor(0.3, 1.7, -0.4)))
    return Request("deep", "deep", graph, asks)


def test_a_long_chain_is_bisected() -> None:
    with Oracle(answering(defect="softmax-without-shift")) as oracle:
        reduction = reduce_request(oracle, AUGUST, deep_graph(40))
    assert reduction.smallest is not None
    assert print_graph(reduction.smallest.request.graph).startswith('prim "softmax"')
    # 82 leaves need 7 questions to bisect; the rest is for sizes and values.
    assert reduction.asks < 120
    assert reduction.passing is not None
    assert len(list(signature_faults(reduction.passing.request.graph, AUGUST))) == 0


def test_a_case_that_agrees_is_left_alone() -> None:
    with Oracle(answering()) as oracle:
        reduction = reduce_request(oracle, AUGUST, deep_graph(2))
    assert reduction.smallest is None
    assert reduction.case.verdict.status is Status.PASSED
    assert reduction.asks == 1


def test_initial_parameters_are_written_out_to_be_simplified() -> None:
    graph = prim(Conv2d(2, 1, 2, 2, 1, 0), (2, 3, 3), AUGUST)
    entry = Tensor.of(np.sin(np.arange(18.0)).reshape(2, 3, 3))
    request = Request("r", "n", graph, (ForwardAsk(5, None, entry),))
    with Oracle(answering(defect="conv-loop-order")) as oracle:
        reduction = reduce_request(oracle, AUGUST, request)
    assert reduction.smallest is not None
    ask = reduction.smallest.request.asks[-1]
    assert isinstance(ask, ForwardAsk)
    assert ask.params is not None
    assert ask.index == 0
    assert complexity(ask.input) < complexity(entry)
    assert ask.input.bits.size < 18


def test_leaves_are_kept_with_their_association_and_parameters() -> None:
    first, second = prim(Linear(2, 3), (2,), AUGUST), prim(Relu(), (3,), AUGUST)
    third = prim(Linear(3, 1), (3,), AUGUST)
    graph = Compose(Compose(first, second), Compose(Identity((3,)), third))
    request = Request("r", "n", graph, ())
    params = tuple(Tensor.of(np.full(shape, 1.0 + k)) for k, shape in enumerate(signature_of(graph).params))
    case = case_of(request, ForwardAsk(0, params, tensor(1, 2)))
    shorter = keep(case, [1, 3], tensor(1, 2, 3))
    assert shorter is not None
    assert shorter.graph == Compose(second, third)
    assert shorter.run is not None
    assert shorter.run.params == ((), params[2:])
    assert keep(case, []) is None


def test_what_follows_from_the_input_is_typed_again() -> None:
    leaves = (prim(Conv2d(2, 3, 2, 2, 1, 0), (2, 3, 3), AUGUST), prim(Flatten(), (3, 2, 2), AUGUST))
    leaves = (*leaves, prim(Linear(12, 2), (12,), AUGUST))
    case = Case(chain(*leaves), 0, "lower")
    smaller = retyped(case, leaves, (1, 2, 3), AUGUST)
    assert smaller is not None
    assert [getattr(leaf, "primitive").name for leaf in smaller.leaves] == [  # noqa: B009
        "conv2d(inC=1,outC=3,k=2x2,s=1,p=0)",
        "flatten",
        "linear(6,2)",
    ]
    assert retyped(case, leaves, (3,), AUGUST) is None


@pytest.mark.parametrize(("old", "new"), [((2, 3), (1, 2)), ((2, 3), (3, 4)), ((4,), ()), ((0,), (2,)), ((), (1, 1))])
def test_a_tensor_is_cut_to_any_shape(old: Shape, new: Shape) -> None:
    given_tensor = Tensor.of(np.arange(1.0, 1 + np.prod(old, dtype=int)).reshape(old))
    result = cut(given_tensor, new)
    assert result.shape == new
    both = tuple(slice(0, min(a, b)) for a, b in zip(old, new, strict=False))
    if len(old) == len(new):
        assert np.array_equal(result.values[both], given_tensor.values[both])


@given(float_bits())
def test_simpler_bits_are_simpler(bits: int) -> None:
    for simpler in simpler_bits(bits):
        assert complexity_of(simpler) < complexity_of(bits)


def test_zero_is_simplest_and_full_mantissas_are_not_simple() -> None:
    simple = [tensor(value).bits.tolist()[0] for value in (0.0, 1.0, -1.0, 2.0, 0.5, 0.1, 1e300)]
    found = [complexity_of(bits) for bits in simple]
    assert found == sorted(found)
    assert list(simpler_bits(0)) == []


@given(st.data())
def test_every_candidate_is_well_typed_and_none_is_the_case_itself(data: st.DataObject) -> None:
    profile = data.draw(st.sampled_from(PROFILES))
    request = data.draw(requests(profile))
    for ask in request.asks:
        case = case_of(request, ask)
        candidates = [*fewer_leaves(case, profile), *smaller_geometry(case, profile), *simpler_values(case)]
        for candidate in candidates[:60]:
            made = candidate.request("r", "n")
            assert list(signature_faults(made.graph, profile)) == []
            assert candidate != case
            last = made.asks[-1]
            if isinstance(last, ForwardAsk) and last.params is not None:
                assert tuple(given_tensor.shape for given_tensor in last.params) == made.signature.params
                assert last.input.shape == made.signature.input


def test_a_run_is_what_it_ran_on() -> None:
    case = Case(prim(Relu(), (1,), AUGUST), 0, "forward", Run(None, tensor(1), Mode.EVAL, Via.EAGER))
    assert case.request("r", "n").asks == (ForwardAsk(0, None, tensor(1), Mode.EVAL, Via.EAGER),)
    assert case.measure == (1, 1)
