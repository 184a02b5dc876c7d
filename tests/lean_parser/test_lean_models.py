"""Our own model files, in every surface, denote the models that the reference builds by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.lean_parser.support import AUGUST, C1, C2, FILES, JUNE, MAY, expression, model, value
from xcheck.lean_parser.elaborate import SeqModel, describe_difference
from xcheck.lean_parser.elaborate.layers import UnknownLayerError, layer_definition, stack_definitions
from xcheck.lean_parser.elaborate.values import LayerCall, ListValue
from xcheck.lean_parser.lean_errors import LeanArgumentError
from xcheck.reference.dag import DagModel, Let1, Op, Var, run_model, shared_nodes
from xcheck.reference.graph import chain, prim, signature_of
from xcheck.reference.initialise import Uniform, Zeros
from xcheck.reference.lowering import Lowered, to_seq
from xcheck.reference.operation import Run
from xcheck.reference.primitives.batch_norm import BatchNorm, BatchNormChw
from xcheck.reference.primitives.conv import Conv, Conv2d
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.max_pool import MaxPool2d, MaxPoolNd
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import PROFILES, Surface


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_a_perceptron_is_the_same_graph_in_every_surface(profile):
    expected = chain(prim(Linear(2, 3), (2,), profile), prim(Relu(), (3,), profile), prim(Linear(3, 1), (3,), profile))
    graph = model(FILES[profile.surface], "perceptron 2 3 1", profile)
    assert graph == expected
    assert describe_difference(expected, graph) == []


@pytest.mark.parametrize("profile", [MAY, JUNE], ids=lambda p: p.name)
def test_a_network_for_pictures_with_computed_sizes(profile):
    steps = [
        (Conv2d(1, 2, 3, 3, 1, 1), (1, 8, 8)),
        (BatchNormChw(2, 8, 8), (2, 8, 8)),
        (Relu(), (2, 8, 8)),
        (MaxPool2d(2, 2, 2), (2, 8, 8)),
        (Flatten(), (2, 4, 4)),
        (Linear(32, 3), (32,)),
    ]
    assert model("Aliases.lean", "pictures 1 2 8 3", profile) == chain(*(prim(p, s, profile) for p, s in steps))


def test_a_stack_built_by_recursion_keeps_the_association_of_its_source():
    graph = model("Dim.lean", "tower 3 4", AUGUST)
    assert signature_of(graph).params == ((3, 3), (3,)) * 4
    lowered = to_seq(graph, AUGUST)
    assert isinstance(lowered, Lowered)
    assert [i.seed for i in lowered.initial[::2]] == [0, 2, 4, 6]


def test_a_tower_of_a_thousand_blocks_is_no_deeper_for_the_reader_than_one():
    assert len(signature_of(model("Dim.lean", "tower 2 1000", AUGUST)).params) == 2000


def test_a_head_takes_its_shapes_from_the_body_it_is_given():
    graph = model("Dim.lean", "picture 8", AUGUST)
    steps = [
        (Conv2d(1, 4, 3, 3, 2, 1), (1, 8, 8)),
        (Relu(), (4, 4, 4)),
        (Flatten(), (4, 4, 4)),
        (Linear(64, 10), (64,)),
        (Softmax(), (10,)),
    ]
    body, head = steps[:2], steps[2:]
    expected = chain(chain(*(prim(p, s, AUGUST) for p, s in body)), *(prim(p, s, AUGUST) for p, s in head))
    assert graph == expected


def test_a_classifier_of_chains():
    graph = model("Chains.lean", "pictures 2", C1)
    steps = [
        (Conv(2, 1, 2, (3, 3), (1, 2), (1, 1)), (1, 8, 8)),
        (Relu(), (2, 8, 4)),
        (Flatten(), (2, 8, 4)),
        (Linear(64, 10), (64,)),
        (Softmax(0), (10,)),
    ]
    body, head = steps[:2], steps[2:]
    expected = chain(chain(*(prim(p, s, C1) for p, s in body)), *(prim(p, s, C1) for p, s in head))
    assert graph == expected


def test_windows_of_one_axis_and_norms_of_two():
    assert model("Chains.lean", "pooled", C2) == prim(MaxPoolNd(1, (2,), (2,), (0,)), (2, 6), C2)
    assert model("Chains.lean", "normalised 3", C2) == prim(BatchNorm(3, 2), (3, 4, 4), C2)


@pytest.mark.parametrize(("profile", "name"), [(AUGUST, "Dim.lean"), (C2, "Chains.lean")])
def test_a_residual_block_shares_its_input(profile, name):
    block = model(name, "residual 3", profile)
    assert isinstance(block, DagModel)
    assert block.params == ((3, 3), (3,))
    inner = Op("linear(3,3)", (Var(0), Var(1), Var(2)))
    if name == "Dim.lean":
        assert block.body == Let1(inner, Op("add", (Var(3), Var(2))))
        assert [i.scheme for i in block.initial] == [Uniform(-0.5, 0.5), Zeros()]
    else:
        assert block.body == Op("relu", (Op("add", (inner, Var(2))),))
    weight = np.arange(9.0).reshape(3, 3) / 7
    bias, x = np.array([0.5, -2.0, 0.25]), np.array([1.0, -1.0, 3.0])
    out = run_model(block, Run(profile), [weight, bias], [x])
    plain = [sum(weight[i, j] * x[j] for j in range(3)) + bias[i] + x[i] for i in range(3)]
    assert out.tolist() == (plain if name == "Dim.lean" else [max(v, 0.0) for v in plain])


def test_a_residual_network_without_let1_computes_each_node_once():
    network = model("Residual.lean", "model 2 4 18", MAY)
    assert isinstance(network, DagModel)
    assert len(network.params) == 36
    # 3 operations and 2 parameters for each block, and the input: without sharing there would be 2**18 paths.
    assert shared_nodes(network.body)[0] == 18 * 5 + 1
    params = [np.full(shape, 0.125) for shape in network.params]
    out = run_model(network, Run(MAY), params, [np.ones((2, 4, 4))])
    x = np.ones((2, 4, 4))
    for _ in range(18):
        padded = np.zeros((2, 6, 6))
        padded[:, 1:5, 1:5] = x
        y = np.zeros((4, 4))
        for c in range(2):
            for i in range(3):
                for j in range(3):
                    y = y + padded[c, i : i + 4, j : j + 4] * 0.125
        x = np.maximum(y[None] + 0.125 + x, 0.0)
    assert out.tolist() == x.tolist()


def test_stacks_written_with_builders():
    stack = model("Layers.lean", "autoencoder 4 2 1 (seedW2 := 7)", AUGUST)
    assert isinstance(stack, SeqModel)
    assert [c.builder for c in stack.layers] == ["linear", "tanh", "linear"]
    assert dict(stack.layers[2].arguments) == {"inDim": 2, "outDim": 4, "seedW": 7, "seedB": 0}
    lowered = stack_definitions(stack, AUGUST)
    assert [layer.kind for layer in lowered.layers] == ["Linear(4, 2)", "Tanh", "Linear(2, 4)"]
    assert [i.seed for i in lowered.initial] == [1, 0, 7, 0]


def test_an_attention_block():
    lowered = stack_definitions(model("Layers.lean", "attention 1 2 4 2", AUGUST), AUGUST)
    assert [layer.kind for layer in lowered.layers] == ["MultiHeadAttention(heads=2, headDim=2)", "LayerNorm"]
    assert [i.seed for i in lowered.initial[:4]] == [5, 6, 7, 8]


def test_a_layer_before_the_first_known_shape_takes_it_from_the_right():
    stack = model("Layers.lean", "startsWithShapeFromRight", AUGUST)
    assert [(c.builder, c.input) for c in stack.layers] == [("relu", (3,)), ("sigmoid", (3,)), ("linear", (3,))]


def test_convolutional_stack_infers_flatten():
    stack = model("Layers.lean", "convolutional 4", AUGUST)
    assert [c.output for c in stack.layers] == [(2, 4, 4), (2, 4, 4), (32,), (4,)]


def test_a_layer_call_that_the_catalogue_types_otherwise_is_named():
    call = LayerCall("linear", (("inDim", 2), ("outDim", 3)), (2,), (4,))
    with pytest.raises(UnknownLayerError, match=r"linear gives \[3\]"):
        layer_definition(call, AUGUST)
    with pytest.raises(UnknownLayerError, match="nonsense"):
        layer_definition(LayerCall("nonsense", (), (2,), (2,)), AUGUST)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("3 - 5", 0),
        ("7 / 0", 0),
        ("7 % 0", 7),
        ("(8 + 2 * 1 - 3) / 2 + 1", 4),
        ("2 ^ 3 ^ 2", 512),
        ("10 - 3 - 2", 5),
        ("let a := 3; a * a", 9),
        ("(fun x y => x + 2 * y) 1 2", 5),
        ("if 3 > 4 then 1 else 2", 2),
        ("match 5 with | 0 => 1 | n + 2 => n | _ => 9", 3),
        ("[1, 2, 3].length + (List.range 4).sum", 9),
        ("([1, 2] ++ [3]).foldl (fun a b => a * 10 + b) 0", 123),
        ("max 3 (Nat.succ 4)", 5),
        ("(2, 5).2", 5),
        ("3 |> Nat.succ", 4),
        ("Nat.succ <| Nat.succ <| 3", 5),
        ("(shape![2, 3, 4]).size", 24),
        ("Spec.Shape.slidingWindowOutDim 3 5 1 0", 0),
    ],
)
def test_terms_over_naturals(term, expected):
    from xcheck.lean_parser.elaborate import elaborate_file

    assert elaborate_file(None, AUGUST).value_of_expression(term) == expected


def test_strings_are_put_together():
    assert value("Dim.lean", "describe 3", AUGUST) == "n=3, twice=6"
    assert value("Dim.lean", "pooled 32 3", AUGUST) == 4


def test_a_users_own_primitive_lowers_to_leans_error():
    body = '{ name := "own", specFwd := fun {α} _ctx params x => x }'
    source = f"{body} : NN.GraphSpec.Primitive [] (.dim 2 .scalar) (.dim 2 .scalar)"
    graph = expression(f"Graph.prim ({source}) >>> Graph.linear 2 3")
    lowered = to_seq(graph, AUGUST)
    assert "primitive `own` has no Seq lowering" in getattr(lowered, "message", "")


def test_models_configured_by_a_structure():
    widths = {"smallNetwork": (4, 5, 2), "wideNetwork": (4, 5, 7), "network { inDim := 3 }": (3, 8, 2)}
    for call, (first, hidden, last) in widths.items():
        graph = model("Records.lean", call, AUGUST)
        assert signature_of(graph).params == ((hidden, first), (hidden,), (last, hidden), (last,))
    assert value("Records.lean", "totals", AUGUST) == ListValue((11, 16, 6))
    with pytest.raises(LeanArgumentError, match="needs its fields inDim"):
        value("Records.lean", "incomplete", AUGUST)
    with pytest.raises(LeanArgumentError, match="no argument named 'depth'"):
        value("Records.lean", "misnamed", AUGUST)


def test_what_an_export_does_not_give_is_no_difference():
    known = model("Chains.lean", "pooled", C2)
    bare = prim(MaxPoolNd(1, (2,), (2,), (0,)), (2, 6), C2)
    exported = type(bare)(MaxPoolNd(1), bare.signature, bare.counts, bare.layer)
    assert describe_difference(exported, known) == []
    other = type(bare)(MaxPoolNd(1, (3,)), bare.signature, bare.counts, bare.layer)
    assert len(describe_difference(other, known)) == 1


def test_every_surface_has_a_file():
    assert set(FILES) == set(Surface)
