"""Run the console examples of docs/*.md and write what they print, or say where the documents print something else.

Usage: print_docs.py [--check]
In a ```console block, lines that start with "$ " are run, the others are what they print.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"(?<=^```console\n)(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)


def blocks(document: Path) -> list[str]:
    """The console examples of a document, in order."""
    return _BLOCK.findall(document.read_text("utf-8"))


def printed(block: str) -> str:
    """The example as it should stand: its commands, each followed by what it prints now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    shown: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("lean_exports", "scripts", "tests", "xcheck"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / "bin").mkdir()
        shim = Path(folder) / "bin" / "xcheck"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xcheck "$@"\n', "utf-8")
        (Path(folder) / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
        for file in (Path(folder) / "bin").iterdir():
            file.chmod(0o755)
        path = f"{folder}/bin{os.pathsep}{os.environ['PATH']}"
        dropped = ("COLUMNS", "FORCE_COLOR", "NO_COLOR")
        environment = {name: value for name, value in os.environ.items() if name not in dropped}
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env={**environment, "PATH": path, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                timeout=120,
                check=False,
            )
            shown.append(f"$ {command}\n{done.stdout.decode()}")
    return "".join(shown)


def main() -> int:
    """1 where `--check` finds a difference."""
    checking = "--check" in sys.argv[1:]
    different = 0
    for document in sorted(DOCS.glob("*.md")):
        text = document.read_text("utf-8")
        new = _BLOCK.sub(lambda match: printed(match.group(1)), text)
        if new == text:
            continue
        different += 1
        if checking:
            print(f"{document.relative_to(ROOT)}: an example prints something else now; run scripts/print_docs.py")
        else:
            document.write_text(new, "utf-8")
            print(f"{document.relative_to(ROOT)}: written")
    return int(checking and different > 0)


if __name__ == "__main__":
    sys.exit(main())
