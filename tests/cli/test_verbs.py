from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from tests.cli.conftest import MLP, environment

HEAVY = ("numpy", "lark", "pyarrow", "msgspec", "rich", "hypothesis", "xcheck.reference", "xcheck.lean_parser")


def modules_after(*args):
    program = (
        "import sys\n"
        f"sys.argv = ['xcheck', *{list(args)!r}]\n"
        "from xcheck.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), check=True, timeout=60
    )
    return done.stdout.splitlines()[-1].split()[1:], done.stdout


@pytest.mark.parametrize("args", [["--help"], ["-h"], ["--version"], []])
def test_help_loads_nothing_heavy(args):
    loaded, out = modules_after(*args)
    assert loaded == []
    assert "xcheck" in out or not args


def test_help_names_every_verb(xcheck):
    done = xcheck("--help")
    assert done.code == 0
    for verb in ("check", "show", "profile", "schema"):
        assert verb in done.out
        assert xcheck(verb, "--help").code == 0
    assert "0 agree, 1 disagree, 2 could not compare" in done.out


@pytest.mark.parametrize("args", [["nonsense"], ["check"], ["profile", "nonsense"], ["show"], ["schema", "nonsense"]])
def test_wrong_usage_is_exit_code_2(xcheck, args):
    done = xcheck(*args)
    assert done.code == 2
    assert done.out == ""
    assert done.err


def test_json_lines_follow_their_schema(xcheck, samples):
    printed = xcheck("schema", "check")
    assert printed.code == 0
    schema = json.loads(printed.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    seen = []
    runs = [
        (["wrong.tlx", "cut.tlx", "own.tlx", "missing.tlx"], ["--profile", "auto"]),
        (["good.tlx"], ["--profile", "tl-2026-06", "--fail-fast"]),
        (["good.tlx"], ["-k", "zzz"]),
    ]
    for files, options in runs:
        done = xcheck("check", *files, "--format", "jsonl", *options, cwd=samples)
        assert done.err == ""
        lines = [json.loads(line) for line in done.out.splitlines()]
        for line in lines:
            validator.validate(line)
        assert [line["type"] for line in lines].count("footer") == 1
        assert lines[-1]["type"] == "footer"
        assert lines[-1]["exit_code"] == done.code
        assert lines[-1]["files"] == len(files)
        seen += lines
    assert {line["type"] for line in seen} == {"header", "file", "case", "footer"}
    findings = [f for line in seen if line["type"] == "case" for item in line["items"] for f in item["findings"]]
    assert any(finding["elements"] and finding["elements"]["first"] for finding in findings)
    for wrong in ({}, {"type": "file"}, {**seen[1], "status": "green"}, {**seen[1], "type": "case"}):
        assert not validator.is_valid(wrong)


def test_json_lines_say_what_the_text_says(xcheck, samples):
    done = xcheck("check", "wrong.tlx", "--format", "jsonl", cwd=samples)
    lines = [json.loads(line) for line in done.out.splitlines()]
    header, file, *cases, footer = lines
    assert (header["format"], header["version"], header["asked"]["paths"]) == ("xcheck check", 1, ["wrong.tlx"])
    assert (file["source"], file["profile"], file["status"]) == ("wrong.tlx", "tl-2026-08", "failed")
    assert {case["name"]: case["status"] for case in cases} == {
        "relu/scalar": "passed",
        MLP: "failed",
        "error/first": "passed",
        "mlp/from-7": "passed",
    }
    (item,) = [item for case in cases for item in case["items"] if item["status"] == "failed"]
    (finding,) = item["findings"]
    element = finding["elements"]["first"][0]
    assert (item["item"], finding["layer"], finding["tensor"]) == ("init from 0", 0, "parameter 0")
    assert (element["coordinate"], element["ulp"]) == ([0, 3], 1)
    assert int(element["lean"], 16) ^ int(element["reference"], 16) == 1
    assert (footer["failed"], footer["passed"], footer["exit_code"]) == (1, 23, 1)


def test_an_admitted_difference_is_shown_with_its_rule(xcheck, golden, tmp_path):
    text = (golden / "tl-2026-08.tlx").read_text("utf-8")
    start, stop = (text.index(f'graph "{name}"') for name in ("softmax/matrix", "softmax/rank3"))
    body = text[start:stop]
    trace = body.split("trace [")[1].split("0x")[1][:16]
    nudged = f"{int(trace, 16) ^ 1:016x}"
    assert body.count(trace) == 2
    export = text[: text.index("graph")] + body.replace(trace, nudged)
    items = sum(line.startswith(("graph", "dag", "lower", "init", "det_", "forward")) for line in body.splitlines())
    path = tmp_path / "nudged.tlx"
    path.write_text(f"{export}end {items}\n", "utf-8")
    assert xcheck("check", path).code == 1
    done = xcheck("check", path, "--allow-ulp", "exp=1")
    assert done.code == 0
    assert "admitted by allowance in softmax/matrix forward #1 from 0 (eval, spec): trace 0: exp=1" in done.out


def test_show_a_file(xcheck, samples):
    done = xcheck("show", "good.tlx", cwd=samples)
    assert (done.code, done.err) == (0, "")
    for words in ("torchlean  b2a2184", "semantics  tl-2026-08", MLP, "relu/scalar", "error/first"):
        assert words in done.out


def test_show_a_case(xcheck, samples):
    done = xcheck("show", "good.tlx", MLP, cwd=samples)
    assert done.code == 0
    for words in (
        *(
            "linear(4,8) >>> (relu >>> linear(8,2))",
            "Linear(4, 8)",
            "[8, 4] [8]",
            "lower from 0: 3 layers, next index 2",
        ),
        *("forward #2 from 0 (eval, spec, own parameters)", "[4] -> [8] -> [8] -> [2]", "Zeros"),
    ):
        assert words in done.out, words
    assert "does not lower" in xcheck("show", "good.tlx", "error/first", cwd=samples).out


def test_show_what_is_not_there(xcheck, samples):
    done = xcheck("show", "good.tlx", "mlp/4-8-3", cwd=samples)
    assert done.code == 2
    assert MLP in done.err
    assert xcheck("show", "missing.tlx", cwd=samples).code == 2
    assert "cut.tlx:" in xcheck("show", "cut.tlx", cwd=samples).err
    assert xcheck("show", "good.tlx", "--profile", "tl-2025", cwd=samples).code == 2


def test_profiles(xcheck):
    done = xcheck("profile", "list")
    assert done.code == 0
    names = [line.split()[0] for line in done.out.splitlines()[1:]]
    known = [f"tl-2026-{x}" for x in ("05", "06", "07-13", "07-15", "08", "09-c1", "09-c2")]
    assert [name for name in names if name in known] == known
    done = xcheck("profile", "show", "tl-2026-08")
    assert done.code == 0
    assert "splitmix64" in done.out
    assert "row-major" in done.out


def test_profiles_explained(xcheck):
    done = xcheck("profile", "explain", "tl-2026-09-c1", "tl-2026-09-c2")
    assert done.code == 1
    assert [line.split()[0] for line in done.out.splitlines()][:2] == ["axis", "conv_seed"]
    assert "Spatial.lean @0f84531" in done.out
    assert xcheck("profile", "explain", "tl-2026-08", "tl-2026-08").code == 0
    done = xcheck("profile", "explain", "tl-2026-08", "tl-2026-8")
    assert done.code == 2
    assert "the nearest is tl-2026-08" in done.err
