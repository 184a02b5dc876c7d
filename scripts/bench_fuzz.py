"""How many cases a second the Python side of `fuzz` makes, asks and judges when the oracle takes no time.

A first run records the answers of a slow oracle; in the second one a process that only looks them up gives them again,
for the same seed makes the same requests. Arguments: profiles (default tl-2026-08 and tl-2026-09-c2).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from xcheck.fuzz.search import Plan, search
from xcheck.oracle.claims import profile_of
from xcheck.oracle.client import Oracle

ROOT = Path(__file__).resolve().parent.parent
DOUBLE = ROOT / "tests" / "oracle" / "doubles" / "answering.py"
CASES = 2000
AT_LEAST = 300

# Passes requests on to the slow oracle and keeps what comes back.
RECORD = """
import subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
slow = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
with open(path, "wb") as kept:
    line = slow.stdout.readline()
    kept.write(line); sys.stdout.buffer.write(line); sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        slow.stdin.write(line); slow.stdin.flush()
        if line.startswith(b"run "):
            while True:
                answer = slow.stdout.readline()
                kept.write(answer); sys.stdout.buffer.write(answer)
                if answer.startswith(b"done "):
                    break
            sys.stdout.buffer.flush()
slow.stdin.close(); slow.wait()
"""

# Gives them again: the whole cost is reading up to `run` and one write.
REPLAY = """
import os, sys
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
answers, answer = [], []
for line in lines[1:]:
    answer.append(line)
    if line.startswith(b"done "):
        answers.append(b"".join(answer)); answer = []
os.write(1, lines[0])
left = iter(answers)
for line in sys.stdin.buffer:
    if line.startswith(b"run "):
        os.write(1, next(left))
"""


def main(profiles: Sequence[str]) -> int:
    slowest = float("inf")
    for name in profiles:
        with tempfile.TemporaryDirectory() as folder:
            kept = os.path.join(folder, "answers")
            slow = [sys.executable, str(DOUBLE), "--profile", name]
            run([sys.executable, "-c", RECORD, kept, *slow])
            wall, own = run([sys.executable, "-c", REPLAY, kept])
        slowest = min(slowest, own)
        print(f"{name}: {CASES:,} cases: {own:,.0f} a second of our processor time, {wall:,.0f} by the clock")
    print(f"the slowest is {'above' if slowest > AT_LEAST else 'BELOW'} {AT_LEAST} a second of our processor time")
    return 0 if slowest > AT_LEAST else 1


def run(command: Sequence[str]) -> tuple[float, float]:
    """Cases a second by the clock, and cases for each second that this process had a processor."""
    with Oracle(command) as oracle:
        before = time.process_time()
        done = search(oracle, profile_of(oracle.handshake), Plan(cases=CASES), lambda cases, seconds: None)
    if done.found is not None or done.not_comparable:
        sys.exit("the oracle and the reference do not agree: nothing to measure")
    return done.cases / done.seconds, done.cases / (time.process_time() - before)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    sys.exit(main(sys.argv[1:] or ["tl-2026-08", "tl-2026-09-c2"]))
