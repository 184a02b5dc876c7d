"""Exports and parameter files against the model they are said to be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from tests.compare.planted import find, flip, with_bits
from xcheck.compare.against_model import ModelChoice, check_against_model
from xcheck.compare.check import Options
from xcheck.compare.result import RunResult, Status
from xcheck.lean_parser.checkpoints import Checkpoint, StoredTensor, Tag, write_checkpoint
from xcheck.lean_parser.elaborate import denote
from xcheck.lean_parser.elaborate.layers import catalogue_arguments, layer_definition
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import print_export
from xcheck.lean_parser.records import Export, GraphItem, InitItem, LayerRecord, SeqItem
from xcheck.reference.dag import zero_model
from xcheck.reference.profile import profile_named
from xcheck.report.exit_code import exit_code
from xcheck.report.reproduce import reproduce
from xcheck.tensor import Tensor

MLP = "mlp/4-8-2"
DIM = str(Path(__file__).parent.parent / "lean_sources" / "Dim.lean")
LAYERS = str(Path(__file__).parent.parent / "lean_sources" / "Layers.lean")
PERCEPTRON = ModelChoice(DIM, "perceptron 4 8 2")


def code(result):
    return exit_code(RunResult((result,)))


def last_item(result):
    return result.cases[0].items[-1]


@pytest.fixture
def august(golden):
    return str(golden / "tl-2026-08.tlx")


@pytest.fixture
def initial(august):
    """The tensors that Lean wrote for the MLP's initial parameters."""
    return find(read_export(Path(august)), InitItem, MLP).tensors


def write(path, tensors, tag=Tag.PARAM_LIST):
    write_checkpoint(path, Checkpoint.of(tensors, tag))
    return str(path)


def test_an_export_is_the_model_its_source_denotes(august):
    result = check_against_model(august, PERCEPTRON, Options(exactly=MLP))
    assert code(result) == 0
    assert last_item(result).item == "source perceptron 4 8 2"
    assert last_item(result).status is Status.PASSED


def test_an_expression_needs_no_file(august):
    chain = "Graph.linear 4 8 >>> Graph.relu (.dim 8 .scalar) >>> Graph.linear 8 2"
    assert code(check_against_model(august, ModelChoice(expression=chain), Options(exactly=MLP))) == 0


def test_another_width_is_found(august):
    result = check_against_model(august, ModelChoice(DIM, "perceptron 4 8 3"), Options(exactly=MLP))
    assert code(result) == 1
    (finding,) = last_item(result).findings
    assert "stage 3" in finding.why[0]
    assert "linear(8,2)" in finding.why[0]
    assert "linear(8,3)" in finding.why[0]


def test_another_association_is_found(august):
    result = check_against_model(august, PERCEPTRON, Options(exactly="mlp/left-nested"))
    assert code(result) == 1
    assert "associates differently" in last_item(result).findings[0].why[0]


def test_the_command_that_reproduces_names_the_model(august):
    result = check_against_model(august, ModelChoice(DIM, "perceptron 4 8 3"), Options(exactly=MLP))
    command = reproduce(result, result.cases[0])
    assert f"--case {MLP}" in command
    assert "--call 'perceptron 4 8 3'" in command


def test_several_cases_are_too_many(august):
    result = check_against_model(august, PERCEPTRON, Options())
    assert code(result) == 2
    assert "name one with --case" in result.error


def test_faulty_source_is_one_message(august, tmp_path):
    source = tmp_path / "Bad.lean"
    source.write_text("def net := Graph.linear 4 >>> \n")
    result = check_against_model(august, ModelChoice(str(source), "net"), Options(exactly=MLP))
    assert code(result) == 2
    assert result.error.startswith(f"{source}:")


@pytest.mark.parametrize("tag", [Tag.PARAM_LIST, Tag.STATE])
@pytest.mark.parametrize("choice", [PERCEPTRON, "tlx"])
def test_leans_own_values_are_the_initialisation(tmp_path, august, initial, tag, choice):
    path = write(tmp_path / "params.json", initial, tag)
    if choice == "tlx":
        result = check_against_model(path, ModelChoice(tlx=august), Options(exactly=MLP))
    else:
        result = check_against_model(path, choice, Options(profile="tl-2026-08"))
    assert code(result) == 0


@pytest.mark.parametrize("tag", [Tag.PARAM_STREAM, Tag.STATE_STREAM, Tag.STATE_F32])
def test_a_float32_file_holds_the_values_rounded_once(tmp_path, initial, tag):
    narrow = tuple(
        StoredTensor(tensor.shape, tensor.values.reshape(-1).astype(np.float32).view(np.uint32)) for tensor in initial
    )
    path = tmp_path / "params.bin"
    write_checkpoint(path, Checkpoint(narrow, tag, 2 if tag is Tag.PARAM_STREAM else 1))
    assert code(check_against_model(str(path), PERCEPTRON, Options(profile="tl-2026-08"))) == 0
    words = narrow[0].words.copy()
    words[3] ^= 1
    version = 2 if tag is Tag.PARAM_STREAM else 1
    write_checkpoint(path, Checkpoint((StoredTensor(narrow[0].shape, words), *narrow[1:]), tag, version))
    assert code(check_against_model(str(path), PERCEPTRON, Options(profile="tl-2026-08"))) == 1


def test_one_bit_of_a_parameter_file_is_found(tmp_path, initial):
    tensors = list(initial)
    tensors[2] = with_bits(tensors[2], flip(5, 0))
    path = write(tmp_path / "params.json", tensors)
    result = check_against_model(path, PERCEPTRON, Options(profile="tl-2026-08"))
    (finding,) = last_item(result).findings
    assert code(result) == 1
    assert (finding.layer, finding.tensor) == (2, "parameter 2")
    assert finding.elements.first[0].coordinate == (0, 5)


def test_the_profiles_that_explain_a_parameter_file_are_named(tmp_path, initial):
    path = write(tmp_path / "params.json", initial)
    result = check_against_model(path, PERCEPTRON, Options(profile="tl-2026-07-13"))
    said = " ".join(last_item(result).findings[0].why)
    assert code(result) == 1
    assert [explanation.name for explanation in result.cases[0].diagnosis] == ["sampler"]
    assert "tl-2026-08" in said


def test_other_shapes_are_a_disagreement(tmp_path, initial):
    path = write(tmp_path / "params.json", initial[:2])
    result = check_against_model(path, PERCEPTRON, Options(profile="tl-2026-08"))
    assert code(result) == 1
    assert last_item(result).findings[0].what == "parameter shapes"


def test_a_parameter_file_needs_a_profile(tmp_path, initial):
    path = write(tmp_path / "params.json", initial)
    result = check_against_model(path, PERCEPTRON, Options())
    assert code(result) == 2
    assert "--profile" in result.error


def test_a_cut_parameter_file_is_one_message(tmp_path, initial):
    path = Path(write(tmp_path / "params.json", initial))
    path.write_bytes(path.read_bytes()[:-40])
    result = check_against_model(str(path), PERCEPTRON, Options(profile="tl-2026-08"))
    assert code(result) == 2
    assert str(path) in result.error


def test_a_missing_file_is_one_message():
    result = check_against_model("nowhere.json", PERCEPTRON, Options(profile="tl-2026-08"))
    assert code(result) == 2
    assert "nowhere.json" in result.error


def test_a_dag_models_own_initialisation(tmp_path):
    model = ModelChoice(DIM, "residual 2")
    path = write(tmp_path / "params.json", [Tensor.of(np.zeros((2, 2))), Tensor.of(np.zeros(2))])
    result = check_against_model(path, model, Options(profile="tl-2026-08"))
    assert last_item(result).status is Status.FAILED  # its weight starts uniform, not at zero
    assert [finding.tensor for finding in last_item(result).findings] == ["parameter 0"]


def stack_export(call):
    """A stack as an exporter that knows its builders would write it."""
    profile = profile_named("tl-2026-08")
    model = denote(LAYERS, profile, call=call)
    records = []
    for layer in model.layers:
        builder, arguments = catalogue_arguments(layer)
        known = layer_definition(layer, profile)
        attributes = MappingProxyType({"builder": builder, **arguments})
        records.append(LayerRecord(known.kind, attributes, known.signature, known.requires_grad))
    headers = MappingProxyType({"torchlean": "b2a2184"})
    return Export("stack", headers, (SeqItem("s", tuple(records)),))


def test_the_seeds_of_a_stack_are_those_of_its_source(tmp_path):
    path = tmp_path / "stack.tlx"
    path.write_text(print_export(stack_export("autoencoder 4 2 3")))
    same = check_against_model(str(path), ModelChoice(LAYERS, "autoencoder 4 2 3"), Options())
    assert (code(same), last_item(same).item) == (0, "source autoencoder 4 2 3")
    other = check_against_model(str(path), ModelChoice(LAYERS, "autoencoder 4 2 4"), Options())
    (finding,) = last_item(other).findings
    assert (code(other), finding.what, finding.layer) == (1, "layer arguments", 0)
    assert "seed_weight=3" in finding.lean
    assert "seed_weight=4" in finding.reference


def test_a_stack_whose_seeds_the_export_does_not_give_is_not_passed(tmp_path):
    export = stack_export("autoencoder 4 2 3")
    (stack,) = export.items
    bare = replace(stack, layers=tuple(replace(layer, attributes=MappingProxyType({})) for layer in stack.layers))
    path = tmp_path / "stack.tlx"
    path.write_text(print_export(replace(export, items=(bare,))))
    result = check_against_model(str(path), ModelChoice(LAYERS, "autoencoder 4 2 3"), Options())
    assert last_item(result).status is Status.NOT_COMPARABLE


def test_a_dag_over_other_parameters_is_another_model(monkeypatch, august):
    case = "mlp/4-8-2"
    graph = find(read_export(Path(august)), GraphItem, case).graph
    model = zero_model(graph)
    monkeypatch.setattr("xcheck.compare.against_model.denote", lambda *_, **__: model)
    same = check_against_model(august, ModelChoice(expression="m"), Options(exactly=case))
    assert code(same) == 0
    model = replace(model, params=((9, 4), *model.params[1:]))
    other = check_against_model(august, ModelChoice(expression="m"), Options(exactly=case))
    assert [finding.what for finding in last_item(other).findings] == ["dag type against its source"]
