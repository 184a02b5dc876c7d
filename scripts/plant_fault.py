"""Write a golden case as a Lean with a fault would have written it, to see what a report says of it.

Usage: plant_fault.py FAULT GOLDEN CASE -o OUT.tlx     plant_fault.py --list
The file says in its headers that it was planted: nothing in it is an expectation.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.faults.catalogue import FAULTS, GOLDEN
from xcheck.lean_parser.export import read_export
from xcheck.lean_parser.printer import print_export


def main() -> int:
    """2 where there is no such fault, file or case, or the fault cannot show there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fault", nargs="?", help="its name in --list")
    parser.add_argument("golden", nargs="?", help="a golden file's name without .tlx")
    parser.add_argument("case", nargs="?", help="the case to break")
    parser.add_argument("-o", "--output", help="where to write it")
    parser.add_argument("--list", action="store_true", help="list the faults, each with its cause")
    asked = parser.parse_args()
    if asked.list:
        for fault in FAULTS:
            print(f"{fault.name}  ({fault.cause})")
        return 0
    faults = {fault.name: fault for fault in FAULTS}
    path = GOLDEN / f"{asked.golden}.tlx"
    if asked.fault not in faults or not path.is_file() or not asked.case or not asked.output:
        print("plant_fault: name a fault of --list, a golden file, a case and -o OUT.tlx", file=sys.stderr)
        return 2
    export = read_export(path)
    broken = faults[asked.fault].plant(export, asked.case) if asked.case in export.case_names() else None
    if broken is None:
        print(f"plant_fault: {asked.fault} cannot show in {asked.case!r} of {asked.golden}", file=sys.stderr)
        return 2
    headers = {**broken.headers, "exporter": f"planted fault {asked.fault}: not written by Lean"}
    Path(asked.output).write_text(print_export(replace(broken, headers=headers)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
