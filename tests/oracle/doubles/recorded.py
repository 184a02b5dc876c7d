"""An oracle for tests that answers what Lean once wrote: the items of the export files given as arguments.

A request for anything that is not in the files is refused, never made up.
"""

from __future__ import annotations

import sys
from pathlib import Path

from xcheck.lean_parser.export import ExportReader, read_export
from xcheck.lean_parser.printer import print_graph, print_item
from xcheck.lean_parser.records import GraphItem, Item
from xcheck.lean_parser.strings import quote
from xcheck.oracle.messages import Request, asks_of, kind_of
from xcheck.oracle.protocol import print_ask
from xcheck.oracle.requests import parse_request


def main() -> int:
    export = read_export(Path(sys.argv[1]))
    cases = export.cases()
    lean, torchlean, profile = (quote(export.headers[name]) for name in ("lean", "torchlean", "profile"))
    surface = "chain" if "tl-2026-09" in profile else "graph"
    say(f'xcheck-oracle 1 lean {lean} torchlean {torchlean} profile {profile} surface "{surface}" via "spec"\n')
    reader = ExportReader()
    ident, lines = "", list[str]()
    for line in sys.stdin:
        if not ident and line == "quit\n":
            return 0
        if not ident:
            ident, lines = line.removeprefix("request ").rstrip("\n"), []
        elif line == f"run {ident}\n":
            request = parse_request(ident, "".join(lines), reader, "request")
            entries = answer(request, cases.get(request.name, ()))
            say(f"answer {ident}\n" + "".join(f"{entry}\n" for entry in entries) + f"done {ident} {len(entries)}\n")
            ident = ""
        else:
            lines.append(line)
    return 1 if ident else 0


def answer(request: Request, items: tuple[Item, ...]) -> list[str]:
    subject = items[0] if items else None
    if not isinstance(subject, GraphItem) or print_graph(subject.graph) != print_graph(request.graph):
        return [f"error type {quote('this graph was not recorded')}"]
    recorded = {print_ask(asks_of((item,))[0]): item for item in items[1:]}
    entries = [print_item(subject)]
    for ask in request.asks:
        item = recorded.get(print_ask(ask))
        entries.append(print_item(item) if item else f"refused {kind_of(ask)} {quote('this was not recorded')}")
    return entries


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
