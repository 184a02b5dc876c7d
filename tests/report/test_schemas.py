"""The schemas that the package ships are those of the types, and every line follows them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from scripts.write_schemas import derived
from tests.report.runs import ASKED, EVERYTHING
from xcheck.report.jsonl import report
from xcheck.report.schemas import REPORTS, schema_text


@pytest.mark.parametrize("name", REPORTS)
def test_the_shipped_schema_is_that_of_the_types(name):
    assert schema_text(name) == derived(name), "run scripts/write_schemas.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))


def test_every_kind_of_line_follows_it_and_nothing_else_does():
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("check")))
    lines = [json.loads(line) for line in report(EVERYTHING, ASKED, 2).splitlines()]
    assert {line["type"] for line in lines} == {"header", "file", "case", "footer"}
    for line in lines:
        validator.validate(line)
        for field in line:
            assert not validator.is_valid({name: value for name, value in line.items() if name != field})
        assert not validator.is_valid({**line, "more": 1})
    cells = next(line for line in lines if line.get("name") == "wrong")["items"][1]["findings"][0]["elements"]["cells"]
    assert (cells["lean"], cells["rows"]) == ("AAAAAAAAAAAAAAAAAAAAAA==", 1)
