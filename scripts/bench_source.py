"""How fast Lean source is read: megabytes a second, a file of 2,000 lines, a chain of 5,000 stages.

    python scripts/bench_source.py [FILE.lean ...]

Times are processor time, so that a busy machine does not count.

Without files it measures our own models under tests/lean_sources.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from xcheck.lean_parser.elaborate import denote
from xcheck.lean_parser.lean import parse_definition, parse_source, parse_term
from xcheck.lean_parser.lean_printer import print_source
from xcheck.lean_parser.source import SourceText
from xcheck.reference.graph import chain, prim
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.profile import profile_named

PROFILE = profile_named("tl-2026-08")
OWN = Path(__file__).parent.parent / "tests" / "lean_sources"


def throughput(path: Path) -> None:
    """Reads a megabyte of copies of the file, every definition parsed."""
    text = path.read_text(encoding="utf-8") + "\n"
    copies = max(1, 1_000_000 // len(text.encode()))
    size = copies * len(text.encode()) / 1e6
    begin = time.process_time()
    file = parse_source(text * copies, str(path))
    scanned = time.process_time()
    for command in file.definitions:
        parse_definition(file.source, command)
    done = time.process_time()
    print(
        f"{path.name:24} {size:.2f} MB  cut {size / (scanned - begin):6.2f} MB/s  "
        f"parsed {size / (done - begin):6.2f} MB/s"
    )


def many_lines(lines: int) -> None:
    """One model written over that many lines, every `let` a stage, elaborated to the end."""
    stages = "".join(f"  let g{i + 1} := g{i} >>> Graph.linear 3 3\n" for i in range(lines - 6))
    head = "namespace Own\nopen NN.GraphSpec\ndef long :=\n  let g0 := Graph.linear 3 3\n"
    text = f"{head}{stages}  g{lines - 6}\nend Own\n"
    elaborate(f"{lines:,} lines of let", text, "long")


def deep_chain(stages: int) -> None:
    """A chain of that many stages in one term."""
    graph = chain(*[prim(Linear(3, 3), (3,), PROFILE)] * stages)
    elaborate(f"{stages:,} stages of >>>", print_source(graph, "deep", PROFILE), "deep")


def elaborate(what: str, text: str, call: str) -> None:
    """Processor time from the file on disk to the graph."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Bench.lean"
        path.write_text(text, encoding="utf-8")
        begin = time.process_time()
        denote(str(path), PROFILE, call=call)
        print(
            f"{what:24} {len(text.encode()) / 1e6:.2f} MB  read and elaborated in {time.process_time() - begin:.2f} s"
        )


def main() -> None:
    """Runs every measurement."""
    begin = time.process_time()
    parse_term(SourceText("x", "x"))
    print(f"{'grammar':24} built in {time.process_time() - begin:.2f} s")
    for path in [Path(p) for p in sys.argv[1:]] or sorted(OWN.rglob("*.lean")):
        throughput(path)
    many_lines(2000)
    deep_chain(5000)


if __name__ == "__main__":
    main()
