"""The checker's own test: each fault planted in a golden export gives exactly its finding, and exit code 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.compare.planted import at, find, flip, found, one_case, swap, with_bits, with_item
from tests.scalar import forwards
from xcheck.compare.check import Options
from xcheck.lean_parser.records import (
    DagItem,
    DetInitItem,
    Failed,
    ForwardItem,
    GraphItem,
    InitItem,
    LayersOk,
    LowerItem,
)
from xcheck.reference.dag import Let1, Op, Var
from xcheck.reference.graph import Compose, Prim
from xcheck.tensor import Tensor

NAMES = ["tl-2026-05", "tl-2026-06", "tl-2026-07-13", "tl-2026-07-15", "tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2"]
MLP, CNN = "mlp/4-8-2", "cnn/two-conv"


@pytest.fixture(params=NAMES)
def export(request, golden_export):
    return golden_export(request.param)


def summaries(pairs):
    return [(item, finding.what, finding.layer, finding.tensor, finding.inherited) for item, finding in pairs]


def test_without_a_fault_there_is_nothing(export):
    assert found(one_case(export, MLP)) == ([], 0)


@pytest.mark.parametrize(
    ("bit", "part"), [(0, "bit 0, in the fraction"), (52, "bit 52, in the exponent"), (63, "bit 63, in the sign")]
)
def test_one_bit_of_an_initial_value(export, bit, part):
    init = find(export, InitItem, MLP)
    changed = with_bits(init.tensors[2], flip(5, bit))
    broken = one_case(with_item(export, init, replace(init, tensors=at(init.tensors, 2, changed))), MLP)
    pairs, code = found(broken)
    assert summaries(pairs) == [("init from 0", "initial value", 2, "parameter 2", False)]
    difference = pairs[0][1].elements
    assert (difference.differing, difference.total, difference.shape) == (1, 16, (2, 8))
    assert difference.first[0].coordinate == (0, 5)
    assert int(difference.first[0].lean, 16) ^ int(difference.first[0].reference, 16) == 1 << bit
    assert difference.first[0].reference == f"{int(init.tensors[2].bits[5]):016x}"
    assert any(part in why for why in pairs[0][1].why)
    assert (difference.max_ulp == 1) is (bit == 0)
    assert code == 1


def test_two_weights_swapped(export):
    init = find(export, InitItem, MLP)
    changed = with_bits(init.tensors[0], swap(1, 30))
    pairs, code = found(one_case(with_item(export, init, replace(init, tensors=at(init.tensors, 0, changed))), MLP))
    assert summaries(pairs) == [("init from 0", "initial value", 0, "parameter 0", False)]
    assert pairs[0][1].elements.differing == 2
    assert "the values at [0, 1] and [7, 2] are exchanged" in pairs[0][1].why
    assert code == 1


def test_weights_in_another_order(export):
    det = find(export, DetInitItem, MLP)

    def backwards(bits):
        bits[:] = bits[::-1].copy()

    changed = with_bits(det.outcome.tensors[0], backwards)
    outcome = replace(det.outcome, tensors=at(det.outcome.tensors, 0, changed))
    pairs, code = found(one_case(with_item(export, det, replace(det, outcome=outcome)), MLP))
    assert summaries(pairs) == [("det_init from 0", "initial value", 0, "parameter 0", False)]
    assert "both sides have the same values in another order" in pairs[0][1].why
    assert code == 1


def test_a_zero_of_the_other_sign(export):
    init = find(export, InitItem, MLP)
    changed = with_bits(init.tensors[1], flip(3, 63))
    pairs, code = found(one_case(with_item(export, init, replace(init, tensors=at(init.tensors, 1, changed))), MLP))
    assert summaries(pairs) == [("init from 0", "initial value", 0, "parameter 1", False)]
    assert pairs[0][1].elements.max_ulp == 1
    assert "only the signs of zeros differ" in pairs[0][1].why
    assert code == 1


def test_a_parameter_lost(export):
    for kind in (InitItem, DetInitItem):
        item = find(export, kind, MLP)
        if kind is InitItem:
            changed = replace(item, tensors=item.tensors[:-1])
        else:
            changed = replace(item, outcome=replace(item.outcome, tensors=item.outcome.tensors[:-1]))
        pairs, code = found(one_case(with_item(export, item, changed), MLP))
        assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("parameter count", "3", "4")]
        assert code == 1


def lowering(export, case, change, index=None):
    item = find(export, LowerItem, case, index)
    layers = change(item.outcome.layers)
    return one_case(with_item(export, item, replace(item, outcome=replace(item.outcome, layers=layers))), case)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_layer_dropped(export, lost):
    pairs, code = found(lowering(export, MLP, lambda layers: layers[:lost] + layers[lost + 1 :]))
    assert [(f.what, f.layer, f.lean, f.reference) for _, f in pairs] == [("layer count", lost, "2", "3")]
    assert f"the lists part at layer {lost}" in pairs[0][1].why[0]
    assert code == 1


def test_a_layer_doubled(export):
    pairs, code = found(lowering(export, MLP, lambda layers: layers + layers[-1:]))
    assert [(f.what, f.layer, f.lean, f.reference) for _, f in pairs] == [("layer count", 3, "4", "3")]
    assert code == 1


def test_the_counter_shifted(export):
    for kind, label in ((LowerItem, "lower from 0"), (DetInitItem, "det_init from 0")):
        item = find(export, kind, MLP)
        changed = replace(item, outcome=replace(item.outcome, next_index=item.outcome.next_index + 1))
        pairs, code = found(one_case(with_item(export, item, changed), MLP))
        assert [(i, f.what, f.lean, f.reference) for i, f in pairs] == [(label, "next index", "3", "2")]
        assert code == 1


def test_the_initial_values_of_another_index(export):
    """`mlp/from-7` starts at 7 and `mlp/from-1` at 1: the same chain, other seeds."""
    item, other = find(export, InitItem, "mlp/from-7"), find(export, InitItem, "mlp/from-1")
    assert (item.index, other.index) == (7, 1)
    pairs, code = found(
        one_case(with_item(export, item, replace(item, tensors=other.tensors)), "mlp/from-7"), Options()
    )
    initial = [(i, f) for i, f in pairs if f.what == "initial value"]
    assert summaries(initial) == [
        ("init from 7", "initial value", 0, "parameter 0", False),
        ("init from 7", "initial value", 2, "parameter 2", False),
    ]
    assert code == 1


def test_a_kind_changed(export):
    item = find(export, LowerItem, MLP)
    kind = item.outcome.layers[1].kind
    wrong = "ReLU" if kind is None else None
    pairs, code = found(lowering(export, MLP, lambda layers: at(layers, 1, replace(layers[1], kind=wrong))))
    assert [(f.what, f.layer, f.lean, f.reference) for _, f in pairs] == [
        ("layer kind", 1, repr(wrong) if wrong else "no kind", repr(kind) if kind else "no kind")
    ]
    assert code == 1


def test_a_grad_flag_flipped(export):
    pairs, code = found(lowering(export, MLP, lambda ls: at(ls, 2, replace(ls[2], requires_grad=(True, False)))))
    assert [(f.what, f.layer, f.lean, f.reference) for _, f in pairs] == [
        ("layer requires-grad", 2, "[true, false]", "[true, true]")
    ]
    assert code == 1


def test_a_grad_flag_lost(export):
    pairs, code = found(lowering(export, MLP, lambda layers: at(layers, 0, replace(layers[0], requires_grad=(True,)))))
    assert [(f.what, f.layer, f.lean) for _, f in pairs] == [("layer requires-grad", 0, "[true]")]
    assert code == 1


@pytest.mark.parametrize(
    ("field", "what", "shape"),
    [
        ("params", "layer parameter shapes", ((4, 8), (8,))),
        ("input", "layer input shape", (5,)),
        ("output", "layer output shape", ()),
    ],
)
def test_a_layer_shape_changed(export, field, what, shape):
    def change(layers):
        return at(layers, 0, replace(layers[0], signature=replace(layers[0].signature, **{field: shape})))

    pairs, code = found(lowering(export, MLP, change))
    assert [(f.what, f.layer) for _, f in pairs] == [(what, 0)]
    assert code == 1


ERRORS = ["error/first", "error/second", "error/leftmost-wins", "error/counting-opaque", "error/quoted-name"]


@pytest.mark.parametrize("case", ERRORS)
def test_a_wrong_error_string(export, case):
    for kind in (LowerItem, DetInitItem):
        item = find(export, kind, case)
        message = item.outcome.message
        changed = replace(item, outcome=Failed(message.replace("`", "'")))
        pairs, code = found(one_case(with_item(export, item, changed), case), Options())
        assert [(f.what, f.reference) for _, f in pairs] == [("error string", message)]
        # The rest of these cases is a user's own primitive, but nothing of that is in question here.
        assert code == 1


def test_an_error_instead_of_layers_and_the_reverse(export):
    item = find(export, LowerItem, MLP)
    pairs, code = found(one_case(with_item(export, item, replace(item, outcome=Failed("no"))), MLP))
    assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("outcome", "error: no", "ok")]
    assert code == 1
    item = find(export, LowerItem, "error/first")
    pairs, code = found(one_case(with_item(export, item, replace(item, outcome=LayersOk(1, ()))), "error/first"))
    assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("outcome", "ok", f"error: {item.outcome.message}")]
    assert code == 1


# Forwards


def test_a_trace_entry_removed(export):
    item = find(export, ForwardItem, MLP)
    pairs, code = found(one_case(with_item(export, item, replace(item, trace=item.trace[:1] + item.trace[2:])), MLP))
    assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("trace length", "2 entries", "3 layers")]
    assert code == 1


def test_a_trace_entry_removed_and_the_output_wrong(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, trace=item.trace[:1], output=with_bits(item.output, flip(1, 3)))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert [f.what for _, f in pairs] == ["trace length", "output"]
    assert code == 1


def test_a_trace_entry_altered_afterwards(export):
    """The layer after it was computed from the right value, so the entry alone is wrong."""
    item = find(export, ForwardItem, MLP)
    changed = replace(item, trace=at(item.trace, 0, with_bits(item.trace[0], flip(0, 0))))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    (label, first), *rest = pairs
    assert (label, first.what, first.layer, first.inherited) == (
        "forward #1 from 0 (eval, spec)",
        "trace entry",
        0,
        False,
    )
    assert first.why[0].startswith("the entry was altered after the run")
    assert rest == []
    assert code == 1


def test_the_output_alone_altered(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, output=with_bits(item.output, flip(1, 0)))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert [(f.what, f.layer, f.tensor) for _, f in pairs] == [("output", 2, "output")]
    assert pairs[0][1].elements.first[0].coordinate == (1,)
    assert code == 1


def test_the_output_of_another_shape(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, output=replace(item.output, shape=(2, 1)))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("output shape", "[2, 1]", "[2]")]
    assert code == 1


def test_a_trace_entry_of_another_shape(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, trace=at(item.trace, 1, replace(item.trace[1], shape=(2, 4))))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    first = pairs[0][1]
    assert (first.what, first.layer, first.lean) == ("trace shape", 1, "[2, 4]")
    assert code == 1


def test_an_input_of_another_shape(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, input=replace(item.input, shape=(2, 2)))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert [(f.what, f.lean, f.reference) for _, f in pairs] == [("input shape", "[2, 2]", "[4]")]
    assert code == 1


def test_parameters_of_other_shapes(export):
    item = next(i for i in export.cases()[MLP] if isinstance(i, ForwardItem) and i.params is not None)
    changed = replace(item, params=at(item.params, 0, replace(item.params[0], shape=(4, 8))))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert [(f.what, f.lean[:8]) for _, f in pairs] == [("parameter shapes", "[[4, 8],")]
    assert code == 1


def test_a_wrong_input_shows_as_a_wrong_first_layer(export):
    item = find(export, ForwardItem, MLP)
    changed = replace(item, input=with_bits(item.input, flip(0, 50)))
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    first = pairs[0][1]
    assert (first.what, first.layer, first.inherited) == ("trace entry", 0, False)
    assert all(finding.inherited for _, finding in pairs[1:])
    assert code == 1


def test_wrong_on_leans_own_input_and_inherited_are_told_apart(golden_export):
    """A wrong profile changes the convolution's initial values only; everything after a layer inherits."""
    export = one_case(golden_export("tl-2026-09-c1"), "chain/conv-per-axis")
    pairs, code = found(export, Options(profile="tl-2026-09-c2"))
    assert code == 1
    initial = [f for _, f in pairs if f.what == "initial value"]
    assert [f.layer for f in initial] == [0, 1, 0, 1]
    traces = [f for item, f in pairs if item.startswith("forward") and f.what == "trace entry"]
    assert traces
    # Each layer is right on Lean's own parameters and input: only the parameters are wrong.
    assert all(finding.inherited for finding in traces)
    assert all("inherited" in finding.why[0] for finding in traces)


def test_an_error_that_travels_is_reported_where_it_starts(export):
    """One bit of a layer's output, and everything after it computed from that: one wrong layer, the rest inherited."""
    item, init = find(export, ForwardItem, MLP), find(export, InitItem, MLP)
    first = with_bits(item.trace[0], flip(0, 44))
    second = forwards.relu(first.values.tolist())
    weight, bias = (tensor.values.reshape(-1).tolist() for tensor in init.tensors[2:])
    third = Tensor.of(np.array(forwards.linear(weight, bias, second, 8, 2)))
    changed = replace(item, trace=(first, Tensor.of(np.array(second)), third), output=third)
    pairs, code = found(one_case(with_item(export, item, changed), MLP))
    assert summaries(pairs) == [
        ("forward #1 from 0 (eval, spec)", "trace entry", 0, "trace 0", False),
        ("forward #1 from 0 (eval, spec)", "trace entry", 1, "trace 1", True),
        ("forward #1 from 0 (eval, spec)", "trace entry", 2, "trace 2", True),
    ]
    assert pairs[0][1].why[0] == "this layer is wrong on Lean's own input"
    assert not any("altered" in why for why in pairs[0][1].why)
    assert code == 1


# Graphs and DAG terms


def test_a_dag_variable_changed(export):
    item = find(export, DagItem, MLP)
    term = item.term
    inner = term.body
    changed = Let1(term.bound, Let1(inner.bound, Op(inner.body.name, (Var(2), Var(3), Var(5)))))
    pairs, code = found(one_case(with_item(export, item, replace(item, term=changed)), MLP))
    assert [(i, f.what) for i, f in pairs] == [("dag", "dag term")]
    assert "[v2, v3, v5]" in pairs[0][1].lean
    assert "[v2, v3, v6]" in pairs[0][1].reference
    assert code == 1


def test_another_association(export):
    """The layers are the same; the DAG term is not."""
    item = find(export, GraphItem, MLP)
    graph = item.graph
    left = Compose(Compose(graph.first, graph.second.first), graph.second.second)
    pairs, code = found(one_case(with_item(export, item, replace(item, graph=left)), MLP))
    assert [(i, f.what) for i, f in pairs] == [("dag", "dag term")]
    assert code == 1


def changed_prim(export, change):
    item = find(export, GraphItem, MLP)
    graph = item.graph
    node = change(graph.first)
    assert isinstance(node, Prim)
    return one_case(with_item(export, item, replace(item, graph=Compose(node, graph.second))), MLP)


def test_a_declared_shape_changed(export):
    def change(node):
        return replace(node, signature=replace(node.signature, params=((8, 4), (7,))))

    pairs, code = found(changed_prim(export, change))
    assert [(i, f.what, f.layer, f.kind) for i, f in pairs] == [("graph", "declared signature", 0, "linear(4,8)")]
    assert code == 1


@pytest.mark.parametrize(
    ("field", "what"), [("counts", "declared counts as a layer"), ("layer", "declared offers a layer view")]
)
def test_a_declared_flag_changed(export, field, what):
    pairs, code = found(changed_prim(export, lambda node: replace(node, **{field: False})))
    assert [(i, f.what, f.lean, f.reference) for i, f in pairs] == [("graph", what, "false", "true")]
    assert code == 1


# Headers


def test_the_profile_header_changed(export):
    other = "tl-2026-06" if export.headers["profile"] != "tl-2026-06" else "tl-2026-05"
    pairs, code = found(replace(export, headers={**export.headers, "profile": other}))
    assert (pairs, code) == ([], 2)


def test_the_revision_header_changed(export):
    pairs, code = found(replace(export, headers={**export.headers, "torchlean": "0123456"}))
    assert (pairs, code) == ([], 2)


def test_both_headers_changed_alike(golden_export):
    export = golden_export("tl-2026-09-c2")
    changed = {**export.headers, "profile": "tl-2026-09-c1", "torchlean": "a351909"}
    pairs, code = found(replace(export, headers=changed))
    assert code == 1
    assert {f.what for _, f in pairs} == {"initial value", "trace entry"}


def test_no_headers_need_a_profile(export):
    bare = replace(one_case(export, MLP), headers={})
    assert found(bare)[1] == 2
    assert found(bare, Options(profile=export.headers["profile"])) == ([], 0)
