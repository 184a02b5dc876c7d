"""With the plain rules every restated forward gives the reference's bits, which are Lean's, on every golden forward."""

from __future__ import annotations

from collections import Counter

import pytest

from xcheck.compare.check import profile_for
from xcheck.compare.restated.arithmetic import PLAIN
from xcheck.compare.restated.table import computed, restated
from xcheck.compare.tensors import same
from xcheck.compare.variant import Variant
from xcheck.lean_parser.records import ForwardItem, GraphItem
from xcheck.reference.operation import Run
from xcheck.reference.replay import layer_runs, split_parameters

NAMES = ["tl-2026-05", "tl-2026-08", "tl-2026-09-c1", "tl-2026-09-c2", "tl-2026-05-layers", "tl-2026-08-layers"]


@pytest.mark.parametrize("name", NAMES)
def test_plain_rules_are_leans(golden_export, name):
    export = golden_export(name)
    variant = Variant(profile_for(export.headers, "auto"))
    met = Counter()
    for items in export.cases().values():
        subject = items[0]
        for item in items:
            if not isinstance(item, ForwardItem):
                continue
            if isinstance(subject, GraphItem):
                lowered = variant.stages(subject.graph, item.index)
            else:
                lowered = variant.stack(subject)
            given = [t.values for t in item.params] if item.params is not None else variant.initial_parameters(lowered)
            runs = layer_runs(lowered.layers, Run(variant.profile, item.mode, item.via))
            x = item.input
            for layer, run, params, y in zip(
                lowered.layers, runs, split_parameters(lowered.layers, given), item.trace, strict=True
            ):
                if layer.unknown is None and restated(layer.operation) is not None:
                    met[type(layer.operation).__name__] += 1
                    assert same(y, computed(layer.operation, PLAIN, run, params, x.values)), (item, layer)
                x = y
    assert met
    print(name, dict(met))
