"""These files need the `torch` extra and are collected only when it is asked for: XCHECK_TORCH=1."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("XCHECK_TORCH") == "1" else ["test_*.py"]
