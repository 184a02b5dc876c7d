"""Writes the schemas of the JSON-lines reports, which the package ships, from the types of their lines."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

from xcheck.report import schemas

FOLDER = Path(schemas.__file__).parent


def derived(report: str) -> str:
    """The schema as the types have it."""
    schema = importlib.import_module(schemas.REPORTS[report]).schema()
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    for report in schemas.REPORTS:
        (FOLDER / f"{report}.schema.json").write_text(derived(report), "utf-8")
