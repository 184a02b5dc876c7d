"""A child process that misbehaves in the way its first argument names; the second is a file for its notes.

It knows nothing of xcheck, so it starts quickly; what it answers correctly is an identity graph named "case".
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HANDSHAKE = 'xcheck-oracle 1 lean "4.0" torchlean "unknown" profile "tl-2026-08" surface "graph" via "spec"\n'
GRAPH = 'graph "case" : [] |- [2] -> [2] :=\n  id [2]\n'


def say(text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    while data:
        data = data[os.write(1, data) :]


def forever() -> None:
    while True:
        time.sleep(60)


def before_handshake(mode: str, notes: Path) -> None:
    if mode == "dies-at-start":
        print("import error: no such module", file=sys.stderr)
        sys.exit(3)
    elif mode == "killed-at-start":
        os.kill(os.getpid(), signal.SIGKILL)
    elif mode == "silent-at-start":
        print("still compiling", file=sys.stderr, flush=True)
        forever()
    elif mode == "half-a-handshake":
        say(HANDSHAKE[:30])
        forever()
    elif mode == "cut-handshake":
        say(HANDSHAKE[:30])
        sys.exit(0)
    elif mode == "garbage-at-start":
        say("info: downloading lean\n")
        forever()
    elif mode == "endless-first-line":
        while True:
            say("x" * 4096)
    elif mode == "wrong-version":
        say(HANDSHAKE.replace("xcheck-oracle 1", "xcheck-oracle 2"))
        forever()
    elif mode == "no-profile":
        say('xcheck-oracle 1 lean "4.0" torchlean "unknown" surface "graph" via "spec"\n')
        forever()
    elif mode == "unknown-profile":
        say(HANDSHAKE.replace("tl-2026-08", "tl-2027-01"))
        forever()
    elif mode == "wrong-surface":
        say(HANDSHAKE.replace('"graph"', '"chain"'))
        forever()
    elif mode in ("grandchild", "grandchild-hangs"):
        # What it starts holds no pipe of ours, so only the process group leads to it.
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        notes.write_text(f"{os.getpid()} {child.pid}")
    elif mode == "changes-on-restart":
        if notes.exists():
            say(HANDSHAKE.replace('lean "4.0"', 'lean "5.0"'))
            forever()
        notes.write_text("started")


def after_request(mode: str, ident: str, notes: Path) -> bool:
    """Misbehave; whether the request has been dealt with."""
    if mode == "dies" or (mode == "dies-once" and not notes.exists()) or mode == "changes-on-restart":
        notes.write_text("died")
        print("uncaught exception: out of luck", file=sys.stderr)
        sys.exit(1)
    elif mode == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif mode == "closes-output":
        os.close(1)
        forever()
    elif mode == "grandchild-hangs":
        notes.write_text(notes.read_text() + " asked")
        forever()
    elif mode == "hangs" or (mode == "hangs-once" and not notes.exists()):
        notes.write_text("hung")
        print("thinking", file=sys.stderr, flush=True)
        forever()
    elif mode == "cut-answer":
        say(f"answer {ident}\n{GRAPH[:20]}")
        sys.exit(1)
    elif mode == "hangs-in-answer":
        say(f"answer {ident}\n{GRAPH[:20]}")
        forever()
    elif mode == "endless-answer":
        say(f"answer {ident}\n")
        while True:
            say("--" + "x" * 65536 + "\n")
    elif mode == "garbage":
        say("panic: index out of bounds\n")
    elif mode == "garbage-inside":
        say(f"answer {ident}\ngraph graph graph\ndone {ident} 1\n")
    elif mode == "not-utf8":
        say(f"answer {ident}\n".encode() + b"\xff\xfe\n" + f"done {ident} 1\n".encode())
    elif mode == "other-request":
        say(f"answer other\n{GRAPH}done other 1\n")
    elif mode == "ends-as-other":
        say(f"answer {ident}\n{GRAPH}done other 1\n")
    elif mode == "other-graph":
        say(f"answer {ident}\n{GRAPH.replace('[2]', '[3]')}done {ident} 1\n")
    elif mode == "other-name":
        say(f"answer {ident}\n{GRAPH.replace('case', 'edge')}done {ident} 1\n")
    elif mode == "wrong-count":
        say(f"answer {ident}\n{GRAPH}done {ident} 2\n")
    elif mode == "too-much":
        say(f'answer {ident}\n{GRAPH}dag "case" := v0\ndone {ident} 2\n')
    elif mode == "too-little":
        say(f"answer {ident}\ndone {ident} 0\n")
    elif mode == "answers-twice":
        say(f"answer {ident}\n{GRAPH}done {ident} 1\n" * 2)
    elif mode == "error-and-more":
        say(f'answer {ident}\n{GRAPH}error type "and yet"\ndone {ident} 2\n')
    elif mode == "complains":
        say(f'answer {ident}\nerror type "shapes do not meet"\ndone {ident} 1\n')
    else:
        return False
    return True


def main() -> None:
    mode, notes = sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(os.devnull)
    if mode == "deaf":
        say(HANDSHAKE)
        forever()
    if mode == "ignores-quit":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    before_handshake(mode, notes)
    say(HANDSHAKE)
    if mode == "noisy":
        os.write(2, b"a warning that nobody reads\n" * 20_000)
    for line in sys.stdin:
        if line == "quit\n" and mode != "ignores-quit":
            return
        if line.startswith("run "):
            ident = line.split()[1]
            if not after_request(mode, ident, notes):
                say(f"answer {ident}\n{GRAPH}done {ident} 1\n")
    if mode == "ignores-quit":
        forever()


if __name__ == "__main__":
    main()
