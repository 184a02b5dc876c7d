"""What `xcheck check` costs, beside the ceilings of the machine it runs on, measured in the same run.

    .venv/bin/python scripts/bench_check.py

Nothing here is an expectation: the large export is a load, written from the reference's own values.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from xcheck.compare.ulp import differing
from xcheck.lean_parser.export import parse_export, read_export
from xcheck.lean_parser.printer import export_lines
from xcheck.lean_parser.records import DagItem, GraphItem, InitItem, LowerItem
from xcheck.reference import exact
from xcheck.reference.graph import prim
from xcheck.reference.initialise import Initial, XavierUniform, initial_values
from xcheck.reference.lowering import Lowered, to_seq
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.profile import profile_named
from xcheck.reference.replay import initial_parameters
from xcheck.tensor import Tensor

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "lean_exports" / "golden"
TEN_MILLION = 10_000_000


def best(action: Callable[[], object], times: int = 5) -> float:
    """The shortest of several runs, in seconds."""
    shortest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        action()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest


def child(*arguments: str) -> tuple[float, int]:
    """Wall seconds and peak resident bytes of an xcheck command."""
    before = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "xcheck", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"xcheck {' '.join(arguments)} did not agree")
    scale = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - before, usage.ru_maxrss * scale


def ceilings(table: Table) -> float:
    """The machine: memory copy, NumPy's add, Python's hex decoder (whose seconds for each digit are given back)."""
    source = np.arange(TEN_MILLION, dtype=np.float64)
    target = np.empty_like(source)
    copy = best(lambda: np.copyto(target, source))
    table.add_row("copy 80 MB", f"{2 * source.nbytes / copy / 1e9:.1f} GB/s", "", "")
    block, ones = np.zeros(8192), np.ones(8192)
    add = best(lambda: [np.add(block, ones, out=block) for _ in range(1000)])
    table.add_row("NumPy add, in cache", f"{8192 * 1000 / add / 1e9:.2f} G values/s", "", "")
    text = "3f" * 20_000_000
    decode = best(lambda: bytes.fromhex(text), 3)
    table.add_row("bytes.fromhex", f"{len(text) / decode / 1e6:.0f} MB/s", "", "")
    return decode / len(text)


def samplers(table: Table) -> None:
    """Sampler to final binary64, ten million Xavier values."""
    initial = Initial((2500, 4000), XavierUniform(4000, 2500), 7)
    for name, target in (("tl-2026-05", 350), ("tl-2026-08", 180)):
        profile = profile_named(name)
        rate = TEN_MILLION / best(lambda profile=profile: initial_values(initial, profile)) / 1e6  # type: ignore[misc]
        table.add_row(f"{profile.sampler} initial values", f"{rate:.0f} M values/s", f"{target} M values/s", "")


def linear(table: Table) -> None:
    """An exact matrix-vector product beside BLAS."""
    matrix, vector = np.random.default_rng(1).standard_normal((512, 512)), np.ones(512)
    ours = best(lambda: exact.matvec(matrix, vector), 1000)
    blas = best(lambda: matrix @ vector, 1000)
    table.add_row("BLAS 512x512 @", f"{blas * 1e6:.0f} us", "", "")
    table.add_row("exact 512x512 linear", f"{ours * 1e6:.0f} us", "6 x BLAS", f"{ours / blas:.1f} x BLAS")


def comparing(table: Table) -> None:
    """Two equal tensors of ten million values."""
    left = np.random.default_rng(2).integers(0, 1 << 63, TEN_MILLION, dtype=np.uint64)
    right = left.copy()
    rate = TEN_MILLION / best(lambda: differing(left, right)) / 1e9
    table.add_row("compare equal tensors", f"{rate:.2f} G values/s", "0.6 G values/s", "")


def structure(table: Table) -> None:
    """Reading text without payloads: the structure of a golden file, many times over under new names."""
    export = read_export(GOLDEN / "tl-2026-09-c2.tlx")
    items = [
        replace(item, name=f"{copy}/{item.name}")
        for copy in range(20)
        for item in export.items
        if isinstance(item, GraphItem | DagItem | LowerItem)
    ]
    data = "".join(export_lines(export.headers, items)).encode()
    seconds = best(lambda: parse_export(data, "structure"), 3)
    table.add_row("read structure", f"{len(data) / seconds / 1e6:.2f} MB/s", "0.7 MB/s", "")


def payload(table: Table, folder: Path, per_digit: float) -> None:
    """A ten-million-parameter chain: 160 MB of hex digits."""
    profile = profile_named("tl-2026-08")
    graph = prim(Linear(4000, 2500), (4000,), profile)
    lowered = to_seq(graph, profile)
    if not isinstance(lowered, Lowered):
        raise SystemExit("the chain does not lower")
    tensors = tuple(map(Tensor.of, initial_parameters(lowered, profile)))
    file = folder / "ten-million.tlx"
    with file.open("w") as out:
        headers = {"torchlean": "b2a2184", "profile": "tl-2026-08"}
        for piece in export_lines(headers, [GraphItem("big", graph.signature, graph), InitItem("big", 0, tensors)]):
            out.write(piece)
    size = file.stat().st_size
    data = file.read_bytes()
    seconds = best(lambda: parse_export(data, "payload"), 3)
    rate = f"{size / seconds / 1e6:.0f} MB/s"
    table.add_row("read payload", rate, "150 MB/s", f"{seconds / size / per_digit:.1f} x bytes.fromhex")
    wall, peak = child("check", str(file))
    table.add_row("check a 160 MB export", f"{wall:.2f} s, {peak / 1e6:.0f} MB", "4 s, 1,500 MB", "")


def main() -> None:
    """Print one table."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("what", "measured", "target", "ratio"):
        table.add_column(column, no_wrap=True)
    per_digit = ceilings(table)
    wall = min(child("check", str(GOLDEN))[0] for _ in range(3))
    table.add_row("xcheck check lean_exports/golden", f"{wall:.2f} s", "3 s", "")
    table.add_row("xcheck --help", f"{min(child('--help')[0] for _ in range(5)) * 1000:.0f} ms", "100 ms", "")
    samplers(table)
    linear(table)
    comparing(table)
    structure(table)
    with tempfile.TemporaryDirectory() as folder:
        payload(table, Path(folder), per_digit)
    Console(width=120, highlight=False).print(table)
    print(f"\nNumPy {np.__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    if re.search("linux", sys.platform):
        print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
