"""Chains far deeper than Python's recursion limit, and numbers far wider than a machine word."""

from __future__ import annotations

import pytest

from xcheck.compare.check import Options, check_export
from xcheck.compare.result import Status
from xcheck.lean_parser.errors import ExportError
from xcheck.lean_parser.export import parse_export
from xcheck.lean_parser.printer import print_export, print_graph, print_term
from xcheck.lean_parser.records import DagItem, Export, GraphItem
from xcheck.reference.dag import to_dag_term
from xcheck.reference.graph import Compose, chain, prim, signature_of
from xcheck.reference.lowering import to_seq_aux
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.profile import profile_named

AUGUST = profile_named("tl-2026-08")
STAGES = 20_000
RELU = prim(Relu(), (2,), AUGUST)


def left(nodes):
    graph = nodes[0]
    for node in nodes[1:]:
        graph = Compose(graph, node)
    return graph


def right(nodes):
    return chain(*nodes)


@pytest.mark.parametrize("nested", [left, right])
def test_a_deep_chain_parses_lowers_prints_and_compares(nested):
    graph, again = nested([RELU] * STAGES), nested([RELU] * STAGES)
    assert graph == again
    assert hash(graph) == hash(again)
    assert repr(graph) == f"<chain of {STAGES} primitives>"
    assert len(to_seq_aux(graph, 0, AUGUST).layers) == STAGES
    items = (GraphItem("deep", signature_of(graph), graph), DagItem("deep", to_dag_term(graph)))
    text = print_export(Export("deep", {"torchlean": "b2a2184"}, items))
    export = parse_export(text.encode(), "deep")
    assert export.items == items
    assert print_export(export) == text
    result = check_export(export, Options())
    assert [item.status for item in result.items()] == [Status.PASSED] * 2


def test_deep_chains_of_other_association_differ():
    one, other = left([RELU] * 2000), right([RELU] * 2000)
    assert one != other
    assert print_graph(one) != print_graph(other)
    assert print_term(to_dag_term(one)) != print_term(to_dag_term(other))
    assert to_dag_term(one) != to_dag_term(other)


def test_deep_lists_of_brackets_are_an_error_and_not_a_crash():
    for text in ("(" * 50_000, '(prim "relu" : [] |- [2] -> [2] layer >>> ' * 5000, "[" * 50_000):
        data = f'torchlean_export v1\ngraph "g" : [] |- [2] -> [2] := {text}'.encode()
        with pytest.raises(ExportError):
            parse_export(data, "deep")


def test_naturals_of_any_size():
    wide = 10**30
    primitive = Linear(10**17, 3)
    node = prim(primitive, (10**17,), AUGUST)
    text = (
        f'torchlean_export v1\ngraph "g" : {signature_of(node)} :=\n  {print_graph(node)}\n'
        f'graph "h" : [] |- [{wide}, 0] -> [{wide}, 0] := id [{wide}, 0]\n'
        f'lower "g" from {wide} := error "x"\ninit "h" from {wide} := [f64 [{wide}, 0] 0x]\nend 4\n'
    )
    graph, identity, lower, init = parse_export(text.encode(), "wide").items
    assert graph.graph.primitive == primitive
    assert identity.signature.input == (wide, 0)
    assert lower.index == init.index == wide
    assert init.tensors[0].shape == (wide, 0)
