"""What the reference cannot tell is never passed: it is not comparable, with the reason."""

from __future__ import annotations

import pytest

from xcheck.compare.check import Options, check_export
from xcheck.compare.result import RunResult, Status
from xcheck.lean_parser.export import parse_export
from xcheck.report.exit_code import exit_code

HEAD = 'torchlean_export v1\ntorchlean "996dda0"\n'
ONE = "3ff0000000000000"


def outcomes(body, count):
    result = check_export(parse_export(f"{HEAD}{body}end {count}\n".encode(), "x"), Options())
    assert result.error is None
    run = RunResult((result,))
    rows = [(item.item.split(" ")[0], item.status, item.reason) for item in result.items()]
    return rows, exit_code(run), exit_code(run, allow_incomparable=True)


def test_a_users_own_layer():
    rows, code, allowed = outcomes(
        'graph "g" : [[1]] |- [1] -> [1] := prim "mine" : [[1]] |- [1] -> [1] counts layer\n'
        'dag "g" := op "mine" [v0, v1]\n'
        'lower "g" from 0 := ok 1 [layer "Mine" : [[1]] |- [1] -> [1] grad [true]]\n'
        f'init "g" from 0 := [f64 [1] 0x{ONE}]\n'
        f'det_init "g" from 0 := ok 1 [f64 [1] 0x{ONE}]\n'
        f'forward "g" from 0 mode eval via spec input f64 [1] 0x{ONE} trace [f64 [1] 0x{ONE}] output f64 [1] 0x{ONE}\n',
        6,
    )
    assert [(item, status) for item, status, _ in rows] == [
        ("graph", Status.PASSED),
        ("dag", Status.PASSED),
        ("lower", Status.NOT_COMPARABLE),
        ("init", Status.NOT_COMPARABLE),
        ("det_init", Status.NOT_COMPARABLE),
        ("forward", Status.NOT_COMPARABLE),
    ]
    assert all("'mine' is not one the reference knows" in reason for _, status, reason in rows if reason)
    assert all(reason for _, status, reason in rows if status is Status.NOT_COMPARABLE)
    assert (code, allowed) == (2, 0)


def test_what_surrounds_a_users_own_layer_is_still_compared():
    """Lean's value carries the replay past the unknown layer; the relu after it is wrong and found."""
    body = (
        'graph "g" : [] |- [1] -> [1] :=\n'
        '(prim "mine" : [] |- [1] -> [1] layer >>> prim "relu" : [] |- [1] -> [1] layer)\n'
        'forward "g" from 0 mode eval via spec input f64 [1] 0x3ff0000000000000\n'
        "trace [f64 [1] 0xbff0000000000000, f64 [1] 0x%s] output f64 [1] 0x%s\n"
    )
    rows, code, allowed = outcomes(body % ("0" * 16, "0" * 16), 2)
    assert [status for _, status, _ in rows] == [Status.PASSED, Status.NOT_COMPARABLE]
    assert (code, allowed) == (2, 0)
    rows, code, allowed = outcomes(body % (ONE, ONE), 2)
    assert [status for _, status, _ in rows] == [Status.PASSED, Status.FAILED]
    assert "mine" in rows[1][2]
    assert (code, allowed) == (2, 1)


@pytest.mark.parametrize(
    ("name", "given", "shape", "params", "out"),
    [
        ("conv(rank=1,in=1,out=1)", "", "[1, 1]", ["[1, 1, 1]", "[1]"], "[1, 1]"),
        ("conv(rank=1,in=1,out=1)", " {kernel := [1], stride := [1]}", "[1, 1]", ["[1, 1, 1]", "[1]"], "[1, 1]"),
        ("max_pool(rank=1)", "", "[1, 1]", [], "[1, 1]"),
        ("max_pool(rank=1)", " {kernel := [1], padding := [0]}", "[1, 1]", [], "[1, 1]"),
        ("softmax", "", "[1, 1]", [], "[1, 1]"),
    ],
)
def test_missing_geometry_is_not_guessed(name, given, shape, params, out):
    """Every value here is what the layer would give with kernel 1, stride 1, padding 0; still nothing is passed."""
    tensors = ", ".join(f"f64 {param} 0x{ONE}" for param in params)
    signature = f"[{', '.join(params)}] |- {shape} -> {out}"
    counts = " counts" if params else ""
    result = "4000000000000000" if params else ONE
    rows, code, _ = outcomes(
        f'graph "g" : {signature} := prim "{name}"{given} : {signature}{counts} layer\n'
        f'forward "g" from 0 mode eval via spec params [{tensors}] input f64 {shape} 0x{ONE}\n'
        f"trace [f64 {out} 0x{result}] output f64 {out} 0x{result}\n",
        2,
    )
    # A window decides the output's shape, softmax's axis does not.
    graph = Status.PASSED if name == "softmax" else Status.NOT_COMPARABLE
    assert [status for _, status, _ in rows] == [graph, Status.NOT_COMPARABLE]
    assert "does not give" in rows[1][2]
    assert code == 2


def test_a_file_without_items_is_an_error():
    result = check_export(parse_export((HEAD + "end 0\n").encode(), "x"), Options())
    assert result.status is Status.ERRORED
    assert exit_code(RunResult((result,))) == 2


def test_a_selection_of_nothing_is_not_green(golden_export):
    result = check_export(golden_export("tl-2026-05"), Options(contains="no such case"))
    assert result.cases == ()
    assert exit_code(RunResult((result,))) == 2


HUGE = 100_000_000_000


@pytest.mark.parametrize("extent", [HUGE, 10**25])
def test_a_tensor_no_machine_holds_stops_its_item_only(extent):
    """The kernel has 1e22 elements or more; the items around it are still compared."""
    params = f"[[1, 1, {extent}, {extent}], [1]]"
    name = f"conv2d(inC=1,outC=1,k={extent}x{extent},s=1,p=0)"
    header = HEAD.replace("996dda0", "b2a2184")
    signature = f"{params} |- [1, 1, 1] -> [1, 0, 0]"
    opaque = "10000000000000" in name
    body = (
        f'graph "g" : {signature} := prim "{name}" : {signature} counts layer\n'
        'det_init "g" from 0 := ok 1 [f64 [0] 0x, f64 [1] 0x0000000000000000]\n'
        f'forward "g" from 0 mode eval via spec input f64 [1, 1, 1] 0x{ONE}\n'
        "trace [f64 [1, 0, 0] 0x] output f64 [1, 0, 0] 0x\n"
        'graph "h" : [] |- [1] -> [1] := prim "relu" : [] |- [1] -> [1] layer\n'
        'lower "h" from 0 := ok 0 [layer "ReLU" : [] |- [1] -> [1] grad []]\nend 5\n'
    )
    result = check_export(parse_export((header + body).encode(), "x"), Options())
    statuses = [item.status for item in result.items()]
    if opaque:
        assert statuses[1:3] == [Status.NOT_COMPARABLE] * 2
    else:
        assert statuses[1:3] == [Status.FAILED, Status.ERRORED]
        _, det_init, forward, *_ = result.items()
        assert [(f.what, f.lean) for f in det_init.findings] == [("initial value shape", "[0]")]
        assert forward.reason.startswith("out of memory: ")
    assert [statuses[0], *statuses[3:]] == [Status.PASSED] * 3
    assert exit_code(RunResult((result,)), allow_incomparable=True) == (0 if opaque else 2)


def test_missing_geometry_is_not_passed_where_no_forward_stands_beside_it():
    text = (
        'torchlean_export v1\ntorchlean "3447b74"\n'
        'graph "g" : [] |- [1, 4] -> [1, 9] := prim "max_pool(rank=1)" : [] |- [1, 4] -> [1, 9] layer\nend 1\n'
    )
    result = check_export(parse_export(text.encode(), "x"), Options("tl-2026-09-c1"))
    (item,) = result.items()
    assert item.status is Status.NOT_COMPARABLE
    assert "kernel, stride, padding" in item.reason
