"""Every example of the documents prints what stands there."""

from __future__ import annotations

import pytest

from scripts.print_docs import DOCS, blocks, printed

EXAMPLES = [
    (path.name, number, block) for path in sorted(DOCS.glob("*.md")) for number, block in enumerate(blocks(path))
]


def test_there_are_examples():
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(("document", "number", "block"), EXAMPLES, ids=[f"{name}-{n}" for name, n, _ in EXAMPLES])
def test_an_example_prints_what_it_says(document, number, block):
    assert printed(block) == block, f"example {number} of docs/{document}: run scripts/print_docs.py"
