"""The pytest plugin: `pytest SET_OR_TLX` runs one test for each case, `--xcheck PATH` gives tests a `lean_case`.

Every pytest run of an environment imports this module, so what is heavy is imported inside the hooks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xcheck.pytest_items import LeanCase

_MANIFEST = "manifest.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options."""
    group = parser.getgroup("xcheck", "TorchLean cross-checks")
    group.addoption(
        "--xcheck", action="append", default=[], metavar="PATH", help="fixture set or export behind `lean_case`"
    )
    group.addoption("--xcheck-profile", default="auto", metavar="NAME", help="semantics to replay with")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep pytest's cache out of a set: where the set is pytest's root folder, it would be written among its files."""
    if (config.rootpath / _MANIFEST).exists() or (config.rootpath / "cases.parquet").exists():
        for name in ("lfplugin", "nfplugin", "stepwiseplugin"):
            if config.pluginmanager.has_plugin(name):
                config.pluginmanager.unregister(name=name)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """One line for each set or export: version, set hash, profiles, C library."""
    named = [*config.getoption("--xcheck"), *_named(config)]
    if not named:
        return []
    from xcheck.pytest_items import header

    return [header(path) for path in dict.fromkeys(named)]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A collector for a fixture set or export that was named on the command line."""
    if file_path.suffix == ".tlx":
        place = file_path
    elif file_path.name == _MANIFEST:
        place = file_path.parent
    elif file_path.name == "cases.parquet" and not file_path.with_name(_MANIFEST).exists():
        # A set that has lost its manifest must not pass for a folder without tests.
        place = file_path.parent
    else:
        return None
    named = {Path(path).resolve() for path in _named(parent.config)}
    if place.resolve() not in named and file_path.resolve() not in named:
        return None
    from xcheck.pytest_items import CorpusFile

    collector: pytest.Collector = CorpusFile.from_parent(parent, path=file_path, place=str(place))
    return collector


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise `lean_case` by case id."""
    if "lean_case" not in metafunc.fixturenames:
        return
    paths = metafunc.config.getoption("--xcheck")
    if not paths:
        raise pytest.UsageError("the fixture lean_case needs --xcheck PATH, a fixture set or an export")
    from xcheck.pytest_items import lean_cases

    cases = lean_cases(metafunc.config, paths)
    metafunc.parametrize("lean_case", cases, ids=[case.id for case in cases], indirect=True)


@pytest.fixture
def lean_case(request: pytest.FixtureRequest) -> LeanCase:
    """One case of the sets and exports given with `--xcheck`: see `xcheck.pytest_items.LeanCase`."""
    case: LeanCase = request.param
    return case


def _named(config: pytest.Config) -> list[str]:
    """The sets and exports among the command line's paths."""
    found: list[str] = []
    for argument in map(_path_of, config.args):
        path = Path(argument)
        if path.name == _MANIFEST:
            found.append(str(path.parent))
        elif path.suffix == ".tlx" or (path / _MANIFEST).exists() or (path / "cases.parquet").exists():
            found.append(argument)
    return found


def _path_of(argument: Any) -> str:
    return str(argument).partition("::")[0]
