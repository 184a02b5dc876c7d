"""The page as a file: the same bytes each time, nothing from elsewhere, and one clear message where it cannot be."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import zlib
from base64 import b64decode
from importlib.resources import files

import pytest

from tests.report.page.samples import COMMAND, difference, many, planted_run
from xcheck.report.page import PageUnavailableError, check_page
from xcheck.report.page.packing import map_bytes, packed_details, packed_maps
from xcheck.report.page.shown import shown


def test_the_page_is_the_same_every_time() -> None:
    assert check_page(planted_run(), COMMAND) == check_page(planted_run(), COMMAND)


def test_the_page_points_nowhere_and_may_ask_for_nothing() -> None:
    html = check_page(planted_run(), COMMAND)
    assert "https:" not in html
    assert "http:" not in html
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["data:,", "#cases"]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]


def test_a_page_without_tensors_carries_no_chart_library() -> None:
    assert 'id="data-library"' not in check_page(many(20, 1, 0), COMMAND)
    assert 'id="data-library"' in check_page(planted_run(), COMMAND)


def test_a_map_holds_the_bits_of_both_sides() -> None:
    cells = difference((2, 3), (4, 2**64 - 1)).cells
    assert cells is not None
    words = struct.unpack("<17Q", map_bytes(cells))
    assert words[:5] == (2, 3, 1, 1, 6)
    lean, changed = words[5:11], words[11:]
    assert struct.pack("<6Q", *lean) == cells.lean
    assert struct.pack("<6Q", *(a ^ b for a, b in zip(lean, changed, strict=True))) == cells.reference


def test_budgets_keep_what_comes_first() -> None:
    maps = [found for k in range(4) if (found := difference((64, 64), (1, 0), seed=k).cells) is not None]
    one = len(packed_maps(maps[:1])[0])
    assert packed_maps(maps, 2 * one + 100) == packed_maps(maps)[:2]
    texts = [f"{k}" * 40_000 for k in range(9)]
    chunks = packed_details(texts)
    assert [(chunk.first, chunk.count) for chunk in chunks] == [(0, 2), (2, 2), (4, 2), (6, 2), (8, 1)]
    kept = packed_details(texts, len(chunks[0].data) + len(chunks[1].data))
    assert kept == chunks[:2]
    assert json.loads(zlib.decompress(b64decode(kept[1].data))) == texts[2:4]


def test_what_is_invisible_is_written_out() -> None:
    assert shown("mlp/4-8-2\nß →") == "mlp/4-8-2\nß →"
    assert shown("a\u202eb\x1b\ud800") == "a\\u{202e}b\\u{001b}\\u{d800}"


def test_a_missing_extra_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "vl_convert" else object())
    with pytest.raises(PageUnavailableError, match=r"vl_convert not found.*torchlean-xcheck\[page\]"):
        check_page(planted_run(), COMMAND)


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_stands_out_from_what_it_is_on_in_both_themes() -> None:
    style = (files("xcheck.report.page") / "assets" / "page.css").read_text("utf-8")
    themes = [dict(re.findall(r"--(\w[\w-]*): (#[0-9a-f]{6})", block)) for block in re.findall(r"\{([^{}]*)\}", style)]
    themes = [theme for theme in themes if "paper" in theme]
    assert len(themes) == 3
    assert themes[1] == themes[2]
    pairs = [(text, on) for text in ("ink", "faint", "link", "good", "bad", "doubt") for on in ("paper", "raised")]
    pairs += [(text, f"{text}-paper") for text in ("good", "bad", "doubt")] + [("ink", "quiet"), ("faint", "quiet")]
    for theme in themes:
        for text, on in pairs:
            low, high = sorted(_luminance(theme[name]) for name in (text, on))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, on)
