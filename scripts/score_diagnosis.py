"""How often the diagnosis names the true cause: every planted fault of the test suite, over the golden exports.

Usage: score_diagnosis.py [--most N] [--misses] [--fault SUBSTRING]   N cases of each fault in each golden file (3)
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.faults.catalogue import FAULTS, golden_exports, plantings
from xcheck.compare.check import Options, check_export


def main() -> int:
    """Print the score by cause, then over all; 1 where it is below 95 in 100."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=3, help="cases of each fault in each golden file")
    parser.add_argument("--misses", action="store_true", help="show every planting whose cause is not named first")
    parser.add_argument("--fault", default="", help="only faults whose name contains this")
    asked = parser.parse_args()
    planted: Counter[str] = Counter()
    first: Counter[str] = Counter()
    alike: Counter[str] = Counter()
    unseen = 0
    began, spent = time.perf_counter(), 0.0
    chosen = [fault for fault in FAULTS if asked.fault in fault.name]
    for fault, file, case, broken in plantings(golden_exports(), asked.most, chosen):
        start = time.perf_counter()
        result = check_export(broken, Options())
        spent += time.perf_counter() - start
        planted[fault.cause] += 1
        (outcome,) = result.cases
        if not outcome.findings:
            unseen += 1
            print(f"NOT SEEN AT ALL: {fault.name} in {file} {case}")
            continue
        diagnosis = outcome.diagnosis
        names = (
            [diagnosis[0].name, *(text.rpartition("(")[2].rstrip(")") for text in diagnosis[0].alike)]
            if diagnosis
            else []
        )
        if names[:1] == [fault.cause]:
            first[fault.cause] += 1
        elif fault.cause in names:
            alike[fault.cause] += 1
        if asked.misses and names[:1] != [fault.cause]:
            mark = "alike" if fault.cause in names else "MISS"
            print(f"{mark}  {fault.name} ({fault.cause}) in {file} {case}: {names or 'nothing'}")
            if mark == "MISS":
                for explanation in diagnosis:
                    print(
                        f"        {explanation.name} {explanation.explained}/{explanation.findings}: {explanation.says}"
                    )
    width = max(map(len, planted), default=5)
    print(f"{'cause'.ljust(width)}  planted  first  indistinguishable  missed")
    for cause in planted:
        missed = planted[cause] - first[cause] - alike[cause]
        print(f"{cause.ljust(width)}  {planted[cause]:7}  {first[cause]:5}  {alike[cause]:17}  {missed:6}")
    total, named, tied = planted.total(), first.total(), alike.total()
    print(
        f"{total} faults planted in {len(set(planted))} causes: the true cause first in {100 * named / total:.1f} %, "
        f"first or not to be told from it in {100 * (named + tied) / total:.1f} %, missed in {total - named - tied}"
    )
    print(f"{1000 * spent / total:.0f} ms for checking and diagnosing one ({time.perf_counter() - began:.0f} s in all)")
    return int(100 * (named + tied) < 95 * total or unseen > 0)


if __name__ == "__main__":
    sys.exit(main())
