"""The HTML document: a template filled in, with the style, the script and the data inside it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Final

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined

from xcheck import __version__
from xcheck.report.page.packing import packed
from xcheck.report.page.shown import shown

_PACKAGE: Final = "xcheck.report.page"
_SCRIPTS: Final = ("bits", "dom", "store", "theme", "list", "charts", "heat", "parts", "checked", "diffed", "start")
_CHARTS: Final = ("heat", "values", "histogram")


def document(
    template: str,
    context: Mapping[str, object],
    rows: str,
    chunks: Iterable[str],
    maps: Iterable[str],
    charts: bool,
) -> str:
    """The whole page. `rows`, `chunks` and `maps` are packed data that its script unpacks when it is needed.

    Without `charts` the chart library, which is most of a small page, is left out.
    """
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shown"] = shown
    environment.filters["number"] = lambda value: f"{value:,}"
    library = _library() if charts else ""
    script, style = _script(), _asset("page.css")
    blobs = {"rows": rows, **{f"chunk-{n}": chunk for n, chunk in enumerate(chunks)}}
    blobs |= {f"map-{n}": data for n, data in enumerate(maps)}
    if library:
        blobs["library"] = packed(library.encode("utf-8"))
    return environment.get_template(template).render(
        context,
        style=style,
        script=script,
        charts={name: _text("charts", f"{name}.json") for name in _CHARTS},
        blobs=blobs,
        policy=_policy([script, library], [style]),
        versions=_versions(),
    )


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """What the page may do: run the scripts and use the style that it carries, and nothing else."""
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Sequence[str]) -> str:
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in texts if text)
    return " ".join(f"'sha256-{b64encode(digest).decode('ascii')}'" for digest in digests)


@cache
def _library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that needs no other."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _script() -> str:
    text = "".join(_asset(f"{name}.js") for name in _SCRIPTS)
    # An HTML parser would end the script, or keep it from ending, at either of these.
    assert "</script" not in text.lower()
    assert "<!--" not in text
    return text


def _asset(name: str) -> str:
    return _text("assets", name)


def _text(folder: str, name: str) -> str:
    return (files(_PACKAGE) / folder / name).read_text("utf-8")


def _versions() -> str:
    charts = f"charts by Vega-Lite (vl-convert {version('vl-convert-python')})"
    return f"xcheck {__version__}, NumPy {version('numpy')}; {charts}"
