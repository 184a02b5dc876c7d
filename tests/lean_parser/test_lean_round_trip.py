"""A graph written as Lean source and read back is the same graph, in every surface."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lean_parser.graphs import graphs
from tests.lean_parser.support import AUGUST, C2
from xcheck.lean_parser.elaborate import denote, describe_difference, elaborate_file
from xcheck.lean_parser.elaborate.denote import Elaboration, as_model
from xcheck.lean_parser.elaborate.world import load
from xcheck.lean_parser.lean import parse_source
from xcheck.lean_parser.lean_printer import UnprintableError, print_expression, print_shape, print_source, unprintable
from xcheck.reference.graph import Compose, Identity, chain, prim
from xcheck.reference.primitives.conv import Conv2d
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.opaque import Opaque
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.profile import PROFILES
from xcheck.reference.signature import Signature


def read(text, name, profile):
    file = parse_source(text, "Printed.lean")
    return as_model(Elaboration(file, load(file, []), profile).value_of_call(name), file.source)


@given(data=st.data(), profile=st.sampled_from(PROFILES))
def test_print_and_read_a_file(data, profile):
    graph = data.draw(graphs(profile))
    text = print_source(graph, "net", profile)
    back = read(text, "net", profile)
    assert back == graph
    assert describe_difference(graph, back) == []


@given(data=st.data(), profile=st.sampled_from(PROFILES))
def test_print_and_read_an_expression(data, profile):
    graph = data.draw(graphs(profile))
    assert denote(None, profile, expression=print_expression(graph, profile)) == graph


@given(profile=st.sampled_from(PROFILES), shape=st.lists(st.integers(0, 9), max_size=6).map(tuple))
def test_print_and_read_a_shape(profile, shape):
    assert denote(None, profile, expression=f"{print_expression(Identity(shape), profile)}") == Identity(shape)
    assert print_shape(shape, profile)


@pytest.mark.parametrize("associate", ["left", "right"])
@pytest.mark.parametrize("profile", [AUGUST, C2], ids=lambda p: p.name)
def test_a_chain_of_five_thousand_stages(associate, profile):
    stage = prim(Linear(2, 2), (2,), profile)
    if associate == "right":
        graph = chain(*[stage] * 5000)
    else:
        graph = stage
        for _ in range(4999):
            graph = Compose(graph, stage)
    assert read(print_source(graph, "deep", profile), "deep", profile) == graph


def test_what_has_no_spelling_is_refused():
    signature = Signature((), (2,), (2,))
    with pytest.raises(UnprintableError, match="own"):
        print_source(prim(Opaque.of("own", signature, {}), (2,), AUGUST), "net", AUGUST)
    empty = prim(Conv2d(0, 2, 3, 3, 1, 1), (0, 4, 4), AUGUST)
    assert list(unprintable(empty, AUGUST)) == ["conv2d with a 0 where Lean asks for a proof that it is not"]


def test_differences_are_told_apart():
    first, relu = prim(Linear(2, 3), (2,), AUGUST), prim(Relu(), (3,), AUGUST)
    second = prim(Linear(3, 2), (3,), AUGUST)
    base = chain(first, relu, second)
    assert describe_difference(base, Compose(Compose(first, relu), second)) == [
        "the stages are the same, but `>>>` associates differently"
    ]
    (line,) = describe_difference(base, chain(first, relu, prim(Linear(3, 4), (3,), AUGUST)))
    assert line.startswith("stage 3: the export has linear(3,2)")
    assert "the source linear(3,4)" in line
    shorter = describe_difference(base, chain(first, relu))
    assert shorter[0] == "the export has 3 stages, the source 2"
    assert shorter[1].startswith("only the export has stage 3: linear(3,2)")


def test_elaborating_without_a_file_has_no_definitions():
    assert elaborate_file(None, AUGUST).definitions() == ()
