"""Jobs that kill their worker: what an executor must survive."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from xcheck.compare import jobs
from xcheck.compare.jobs import CasesRequest
from xcheck.fixtures.decode import decode
from xcheck.fixtures.encode import Tables

ONCE = "XCHECK_TEST_DIES_ONCE"  # a file: the first worker to see it takes it away and dies


def double(request: bytes) -> bytes:
    return request * 2


def die(request: bytes) -> bytes:
    if request == b"die":
        os._exit(9)
    return request


def die_once(request: bytes) -> bytes:
    """As `check_cases_job`, but the worker dies where the marker file can be taken."""
    marker = Path(os.environ[ONCE])
    try:
        marker.unlink()
    except FileNotFoundError:
        return jobs.check_cases_job(request)
    time.sleep(0.2)
    os._exit(9)


def die_on_poison(request: bytes) -> bytes:
    """As `check_cases_job`, but the worker dies on every piece with the case `poison`."""
    asked = msgspec.json.decode(request, type=CasesRequest)
    tables = Tables(jobs._from_bytes(asked.tables), asked.bits_start)
    if any(case.name == "poison" for case in decode(tables, asked.path)):
        os._exit(9)
    return jobs.check_cases_job(request)
