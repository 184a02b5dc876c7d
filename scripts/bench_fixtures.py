"""Measures fixture sets: 20,000 small cases recorded, checked and compared; 10 million parameters read.

    python scripts/bench_fixtures.py [--cases N] [--parameters N] [--folder DIR]

The small cases are Lean's golden ones under new names; the parameters are bits in no particular order. Prints one line
for each measurement with its target, and exits with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from xcheck.fixtures.encode import encode_export
from xcheck.fixtures.manifest import Replay
from xcheck.fixtures.read import FixtureSet, open_set
from xcheck.fixtures.record import RecordOptions, record
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import export_lines
from xcheck.lean_parser.records import Export, GraphItem, InitItem, Item
from xcheck.reference.graph import Identity
from xcheck.reference.signature import Signature
from xcheck.tensor import Tensor

GOLDEN = Path(__file__).parent.parent / "lean_exports" / "golden" / "tl-2026-08.tlx"
FILES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--parameters", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xcheck-bench-")))
        met = [*small_cases(folder, asked.cases), *many_parameters(folder, asked.parameters)]
    sys.exit(0 if all(met) else 1)


def small_cases(folder: Path, count: int) -> Iterator[bool]:
    exports = folder / "exports"
    exports.mkdir(parents=True)
    golden = read_export(GOLDEN)
    for number in range(FILES):
        named = range(number * count // FILES, (number + 1) * count // FILES)
        (exports / f"{number:02}.tlx").write_text("".join(export_lines(*renamed(golden, named))))
    size = sum(path.stat().st_size for path in exports.iterdir())
    print(f"{count:,} cases in {FILES} exports, {size / 1e6:.0f} MB")
    yield timed("record", 60, ["record", str(exports), "-o", str(folder / "one"), "--jobs", "2"])
    yield timed("check", 30, ["check", str(folder / "one"), "--jobs", "2"])
    timed("record", 60, ["record", str(exports), "-o", str(folder / "two"), "--jobs", "2"])
    yield timed("diff of equal sets", 0.5, ["diff", str(folder / "one"), str(folder / "two")])


def renamed(golden: Export, named: range) -> tuple[Mapping[str, str], list[Item]]:
    cases = list(golden.cases().items())
    items: list[Item] = []
    for number in named:
        name, own = cases[number % len(cases)]
        items += [replace(item, name=f"{number:05}/{name}") for item in own]
    return golden.headers, items


def timed(what: str, target: float, arguments: list[str]) -> bool:
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "xcheck", *arguments], capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
    return told(f"{what}: {took:.2f} s (target {target} s)", done.returncode == 0 and took <= target)


def many_parameters(folder: Path, count: int) -> Iterator[bool]:
    bits = np.random.default_rng(1).integers(0, 2**64, count, np.uint64)
    tensors = tuple(Tensor((part.size,), part) for part in np.array_split(bits, 10))
    graph = GraphItem("large", Signature((), (1,), (1,)), Identity((1,)))
    export = Export("large", {"profile": "tl-2026-08"}, (graph, InitItem("large", 0, tensors)))
    quiet = Replay(False, 0, 0, 0, 0)
    for form in ("Parquet", "IPC"):
        target = folder / form
        with contextlib.redirect_stdout(io.StringIO()):
            record([encode_export(export)], target, RecordOptions(ipc=form == "IPC"), lambda _: quiet)
        whole = min(_seconds(lambda target=target: open_set(target).elements(0, count)) for _ in range(5))
        known = open_set(target)
        read = min(
            _seconds(lambda target=target, known=known: FixtureSet(target, known.manifest).elements(0, count))
            for _ in range(5)
        )
        rate, alone = count * 8 / 1e9 / whole, count * 8 / 1e9 / read
        yield told(
            f"{form}: {count:,} parameters read at {alone:.2f} GB/s, {rate:.2f} GB/s with every hash verified "
            "(target 0.8 GB/s)",
            alone >= 0.8,
        )


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def told(line: str, met: bool) -> bool:
    print(("met   " if met else "MISSED  ") + line, flush=True)
    return met


if __name__ == "__main__":
    main()
