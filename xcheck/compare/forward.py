"""A forward: the whole chain on our own values, and each layer that disagrees alone on Lean's own input to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xcheck.compare.evidence import ALTERED, explain_bits, explain_rounding
from xcheck.compare.policy import Policy
from xcheck.compare.result import Finding, ItemResult, Status, Step, StepState, TensorDifference
from xcheck.compare.tensors import difference_finding, same, tensor_difference, tensor_finding
from xcheck.compare.variant import Variant
from xcheck.lean_parser.records import ForwardItem
from xcheck.reference.lowering import Lowered
from xcheck.reference.operation import Mode, NotComparableError, Run
from xcheck.reference.replay import (
    buffers_after,
    layer_runs,
    run_layer,
    split_parameters,
    updates_buffers,
)
from xcheck.reference.shape import format_shape, format_shapes
from xcheck.reference.signature import Signature, SignatureError
from xcheck.tensor import F64, Tensor


@dataclass(frozen=True, slots=True)
class Model:
    """What a forward ran: the declared signature, the layers, and Lean's own initial values if exported."""

    signature: Signature
    lowered: Lowered
    lean_initial: tuple[Tensor, ...] | None


def check_forward(item: ForwardItem, model: Model, variant: Variant, policy: Policy) -> ItemResult:
    """Replay one forward and compare every trace entry and the output.

    Raises `NotComparableError` where nothing of it can be compared.
    """
    misfit = _misfit(item, model.signature, model.lowered)
    if misfit is not None:
        return ItemResult("", 0, Status.FAILED, (misfit,))
    return _Replay(item, model, variant, policy).result()


def _misfit(item: ForwardItem, signature: Signature, lowered: Lowered) -> Finding | None:
    """Shapes that no Lean term of this model could have."""
    if item.input.shape != signature.input:
        return Finding("input shape", format_shape(item.input.shape), format_shape(signature.input))
    if item.params is not None:
        given = tuple(tensor.shape for tensor in item.params)
        if given != lowered.param_shapes:
            return Finding("parameter shapes", format_shapes(given), format_shapes(lowered.param_shapes))
    return None


class _Replay:
    """One walk over the layers.

    The chain runs on our own values and our own initial parameters. A layer that disagrees runs once more on what
    Lean's layer had: Lean's value before it and Lean's parameters.
    """

    def __init__(self, item: ForwardItem, model: Model, variant: Variant, policy: Policy) -> None:
        self._item = item
        self._model = model
        self._layers = model.lowered.layers
        self._variant = variant
        self._policy = policy
        self._runs = list(layer_runs(self._layers, Run(variant.profile, item.mode, item.via)))
        self._states: dict[int, StepState] = {}
        self._findings: list[Finding] = []
        self._admitted: list[str] = []
        self._unknown: str | None = None
        self._ours, self._leans = self._parameters(model.lowered)

    def _parameters(self, lowered: Lowered) -> tuple[list[Sequence[F64]], list[Sequence[F64]]]:
        given = self._item.params
        if given is not None:
            own = list(self._split([tensor.values for tensor in given]))
            return own, own
        exported = self._model.lean_initial
        leans: list[Sequence[F64]] | None = None
        if exported is not None and tuple(tensor.shape for tensor in exported) == lowered.param_shapes:
            leans = list(self._split([tensor.values for tensor in exported]))
        try:
            own = list(self._split(self._variant.initial_parameters(lowered)))
        except NotComparableError:
            # The forward can be compared all the same where Lean exported the values it ran on.
            if leans is None:
                raise
            return leans, leans
        return own, leans or own

    def _split(self, params: Sequence[F64]) -> Iterator[Sequence[F64]]:
        return split_parameters(self._layers, self._variant.parameters(params))

    def result(self) -> ItemResult:
        trace = self._item.trace
        if len(trace) != len(self._layers):
            self._findings.append(Finding("trace length", f"{len(trace)} entries", f"{len(self._layers)} layers"))
            self._chain_only()
        else:
            self._walk()
        self._buffers()
        if self._findings:
            status = Status.FAILED
        else:
            status = Status.PASSED if self._unknown is None else Status.NOT_COMPARABLE
        steps = tuple(self._steps()) if self._findings and len(trace) == len(self._layers) else ()
        return ItemResult("", 0, status, tuple(self._findings), self._unknown, tuple(self._admitted), steps)

    def _steps(self) -> Iterator[Step]:
        """Every layer with how its trace entry came out."""
        found = {finding.layer: finding for finding in self._findings if (finding.tensor or "").startswith("trace ")}
        for position, layer in enumerate(self._layers):
            name, signature = layer.kind or layer.label, layer.signature
            finding = found.get(position)
            if finding is None:
                state = self._states.get(position, StepState.RIGHT)
                yield Step(position, name, signature.input, signature.output, state)
                continue
            state = StepState.INHERITED if finding.inherited else StepState.WRONG
            difference = finding.elements
            counted = (
                (0, 0, None) if difference is None else (difference.differing, difference.total, difference.max_ulp)
            )
            yield Step(position, name, signature.input, signature.output, state, *counted)

    def _difference(self, lean: Tensor, ours: F64) -> TensorDifference | None:
        return tensor_difference(lean, Tensor.of(ours), maps=self._policy.maps)

    def _buffers(self) -> None:
        """Compare the whole parameter list after the update, where the export gives it."""
        lean = self._item.buffers
        if lean is None:
            if self._item.mode is Mode.TRAIN and updates_buffers(self._layers):
                self._unknown = self._unknown or "buffers: the export leaves out what this forward changed"
            return
        params = [value for own in self._ours for value in own]
        run = Run(self._variant.profile, self._item.mode, self._item.via)
        try:
            ours = buffers_after(self._layers, run, params, self._item.input.values)
        except (NotComparableError, SignatureError) as reason:
            self._unknown = self._unknown or f"buffers: {reason}"
            return
        if len(lean) != len(ours):
            self._findings.append(Finding("buffer count", str(len(lean)), str(len(ours))))
            return
        owners = [(k, layer) for k, layer in enumerate(self._layers) for _ in layer.signature.params]
        for number, (tensor, values, (position, layer)) in enumerate(zip(lean, ours, owners, strict=True)):
            finding, rule = tensor_finding("buffer", tensor, values, self._policy, layer.operation.libm)
            if rule is not None:
                self._admitted.append(f"buffer {number}: {rule}")
            if finding is not None:
                difference = finding.elements
                why = () if difference is None else explain_bits(tensor, Tensor.of(values), difference)
                kind = layer.kind or layer.label
                self._findings.append(
                    replace(finding, layer=position, kind=kind, tensor=f"parameter {number}", why=why)
                )

    def _chain_only(self) -> None:
        """Without a trace to go by, the output is all there is to compare."""
        x = self._item.input.values
        try:
            for layer, run, params in zip(self._layers, self._runs, self._ours, strict=True):
                x = run_layer(layer, run, params, x)
        except (NotComparableError, SignatureError) as reason:
            self._unknown = str(reason)
            return
        self._output(x, None)

    def _walk(self) -> None:
        x, fed = self._item.input.values, self._item.input
        for position, lean in enumerate(self._item.trace):
            x = self._step(position, x, fed, lean)
            fed = lean
        self._output(x, fed)

    def _step(self, position: int, x: F64, fed: Tensor, lean: Tensor) -> F64:
        """Run one layer on our value; gives the value our chain goes on with."""
        layer = self._layers[position]
        if x.shape != layer.signature.input:
            # Only behind an entry of another shape that Lean's value had to carry the replay past.
            misfit = f"takes {format_shape(layer.signature.input)}, the entry before is {format_shape(x.shape)}"
            self._cannot_tell(position, misfit)
            return lean.values
        try:
            ours = run_layer(layer, self._runs[position], self._ours[position], x)
        except NotComparableError as reason:
            # Lean's own value carries the replay past a layer that cannot be told.
            self._cannot_tell(position, str(reason))
            if lean.shape != layer.signature.output:
                declared = format_shape(layer.signature.output)
                self._add(position, Finding("trace shape", format_shape(lean.shape), declared))
            return lean.values
        except SignatureError as misfit:
            self._add(position, Finding("trace entry", format_shape(lean.shape), f"cannot run: {misfit}"))
            return lean.values
        if lean.shape != ours.shape:
            self._add(position, Finding("trace shape", format_shape(lean.shape), format_shape(ours.shape)))
            return ours
        if same(lean, ours):
            return ours
        if fed.shape != layer.signature.input:
            # Lean's own entry before cannot be fed to this layer, so only the whole chain can be compared.
            shown = self._difference(lean, ours)
            if shown is not None:
                self._add(position, difference_finding("trace entry", shown))
            return ours
        alone = Tensor.of(run_layer(layer, self._runs[position], self._leans[position], fed.values))
        difference = self._difference(lean, alone.values)
        if difference is None:
            shown = self._difference(lean, ours)
            if shown is not None:
                said = "inherited: this layer is right on Lean's own input and parameters"
                finding = replace(difference_finding("trace entry", shown), inherited=True, why=(said,))
                self._add(position, finding)
            return ours
        rule = self._policy.admits(layer.operation.libm, difference)
        if rule is not None:
            self._admitted.append(f"trace {position}: {rule}")
            self._states[position] = StepState.ADMITTED
            # The replay follows Lean's admitted value, so nothing later inherits the difference.
            return lean.values
        why = self._explain(position, fed, lean, alone, difference, ours)
        self._add(position, replace(difference_finding("trace entry", difference), why=why))
        return ours

    def _explain(
        self, position: int, fed: Tensor, lean: Tensor, alone: Tensor, difference: TensorDifference, ours: F64
    ) -> tuple[str, ...]:
        layer = self._layers[position]
        if self._altered_later(position, ours, lean):
            altered = f"the entry was {ALTERED}: what follows was computed from the reference's value"
            return altered, *explain_bits(lean, alone, difference)
        why = ["this layer is wrong on Lean's own input"]
        why += explain_bits(lean, alone, difference)
        rounding = explain_rounding(difference, layer.operation.libm)
        if rounding is not None:
            why.append(rounding)
        return tuple(why)

    def _altered_later(self, position: int, ours: F64, lean: Tensor) -> bool:
        """Whether the next entry (or the output, after the last) follows from our value and not from Lean's."""
        if position + 1 == len(self._layers):
            return same(self._item.output, ours) and not same(self._item.output, lean.values)
        layer, params = self._layers[position + 1], self._leans[position + 1]
        following = self._item.trace[position + 1]
        if layer.signature.input != lean.shape:
            return False
        try:
            from_ours = run_layer(layer, self._runs[position + 1], params, ours)
            from_leans = run_layer(layer, self._runs[position + 1], params, lean.values)
        except (NotComparableError, SignatureError):
            return False
        return same(following, from_ours) and not same(following, from_leans)

    def _cannot_tell(self, position: int, reason: str) -> None:
        layer = self._layers[position]
        self._states[position] = StepState.NOT_TOLD
        self._unknown = self._unknown or f"layer {position} ({layer.kind or layer.label}): {reason}"

    def _add(self, position: int, finding: Finding) -> None:
        layer = self._layers[position]
        self._findings.append(
            replace(finding, layer=position, kind=layer.kind or layer.label, tensor=f"trace {position}")
        )

    def _output(self, x: F64, last: Tensor | None) -> None:
        output = self._item.output
        finding: Finding | None = None
        if output.shape != x.shape:
            finding = Finding("output shape", format_shape(output.shape), format_shape(x.shape))
        elif not same(output, x):
            difference = self._difference(output, x)
            # The output is the last trace entry: where Lean's two agree, the finding there has said it.
            if difference is not None and not (self._findings and last is not None and output == last):
                why = explain_bits(output, Tensor.of(x), difference)
                finding = replace(difference_finding("output", difference), why=why)
        if finding is None:
            return
        if not self._layers:
            self._findings.append(replace(finding, tensor="output"))
            return
        layer = self._layers[-1]
        self._findings.append(
            replace(finding, layer=len(self._layers) - 1, kind=layer.kind or layer.label, tensor="output")
        )
