"""DAG terms, arguments, operations and models.

Sources: `NN/GraphSpec/DAG/Core.lean`, `NN/GraphSpec/DAG.lean` @82bea12, @b2a2184; `NN/GraphSpec/DAG/Syntax.lean`
@3447b74, `DAG/Primitives/Core.lean` @996dda0; lowering `NN/GraphSpec/Core.lean` @82bea12 (`LowerToDAG`).
"""

from __future__ import annotations

from typing import Final

from xcheck.lean_parser.elaborate import values as v
from xcheck.lean_parser.elaborate.builtins import graphs
from xcheck.lean_parser.elaborate.builtins.graphs import Build
from xcheck.lean_parser.elaborate.builtins.table import Builtin, Call, Implementation
from xcheck.lean_parser.elaborate.typing import RefusalError, as_shapes
from xcheck.lean_parser.elaborate.values import ArgsValue, OperationValue, TermValue, VarValue
from xcheck.reference.dag import Let1, Op, Var, det_model, to_dag_term, zero_model
from xcheck.reference.dag_operation import Elementwise, Embedded, Filled
from xcheck.reference.lowering import LoweringFailure
from xcheck.reference.primitives.batch_norm import BatchNormChw
from xcheck.reference.primitives.flatten import Flatten
from xcheck.reference.primitives.global_avg_pool import GlobalAvgPool2dChw
from xcheck.reference.primitives.linear import Linear
from xcheck.reference.primitives.relu import Relu
from xcheck.reference.primitives.softmax import Softmax
from xcheck.reference.profile import Profile, Surface
from xcheck.reference.shape import format_shape, format_shapes

_DAG: Final = "NN.GraphSpec.DAG"


def _graph(profile: Profile) -> bool:
    return profile.surface is not Surface.CHAIN


def _chain(profile: Profile) -> bool:
    return profile.surface is Surface.CHAIN


def _environment(call: Call) -> tuple[tuple[int, ...], ...]:
    return as_shapes(call["Γ"], call.profile)


def _var(call: Call) -> TermValue:
    environment = _environment(call)
    level = call["i"].level if isinstance(call["i"], VarValue) else call["i"]
    if not 0 <= level < len(environment):
        raise RefusalError(f"variable {level} is outside an environment of {len(environment)}")
    return TermValue(Var(level), environment, environment[level])


def _args_nil(call: Call) -> ArgsValue:
    return ArgsValue((), None, ())


def _args_cons(call: Call) -> ArgsValue:
    first, rest = call["t"], call["ts"]
    if rest.environment is not None and rest.environment != first.environment:
        raise RefusalError("the arguments of an operation live in different environments")
    return ArgsValue((first.term, *rest.terms), first.environment, (first.shape, *rest.shapes))


def _op(call: Call) -> TermValue:
    operation = call["p"].operation
    args = call["args"]
    if args.shapes != operation.inputs:
        raise RefusalError(
            f"{operation.name} takes {format_shapes(operation.inputs)}, "
            f"but its arguments are {format_shapes(args.shapes)}"
        )
    given = call.arguments.get("Γ")
    environment = args.environment
    if environment is None:
        environment = as_shapes(given, call.profile) if isinstance(given, v.ListValue) else ()
    elif isinstance(given, v.ListValue) and as_shapes(given, call.profile) != environment:
        raise RefusalError("the operation's environment is not that of its arguments")
    return TermValue(Op(operation.name, args.terms, operation), environment, operation.output)


def _let1(call: Call) -> TermValue:
    bound, body = call["t"], call["body"]
    inside = (*bound.environment, bound.shape)
    if body.environment != inside:
        raise RefusalError(
            f"the body of `let1` lives in {format_shapes(body.environment)}, not in {format_shapes(inside)}"
        )
    return TermValue(Let1(bound.term, body.term), bound.environment, body.shape)


def _cast(call: Call) -> TermValue:
    term: TermValue = call["t"]
    wanted = call.expected.arguments[1] if call.expected is not None and call.expected.head == "Term" else None
    if isinstance(wanted, tuple) and wanted != term.shape:
        raise RefusalError(f"a cast from {format_shape(term.shape)} to {format_shape(wanted)}")
    return term


def _embedded(build: Build) -> Implementation:
    def implement(call: Call) -> OperationValue:
        node = graphs.primitive_node(call, build).node
        return OperationValue(Embedded(node.primitive.name, node.primitive, node.signature))

    return implement


def _elementwise(which: str) -> Implementation:
    return lambda call: OperationValue(Elementwise(which, call["s"]))


def _filled(which: str) -> Implementation:
    return lambda call: OperationValue(Filled(which, call["s"]))


def _to_prim_op(call: Call) -> OperationValue:
    node = call["p"].node
    return OperationValue(Embedded(node.primitive.name, node.primitive, node.signature))


def _to_term(call: Call) -> TermValue:
    graph = call["g"]
    environment = (*graph.signature.params, graph.signature.input)
    return TermValue(to_dag_term(graph.graph), environment, graph.signature.output)


def _zero_model(call: Call) -> v.ModelValue:
    return v.ModelValue(zero_model(call["g"].graph))


def _det_model(call: Call) -> v.ExceptValue:
    model = det_model(call["g"].graph, call.profile)
    if isinstance(model, LoweringFailure):
        return v.ExceptValue(False, model.message)
    return v.ExceptValue(True, v.ModelValue(model))


def _det_params(call: Call) -> v.ExceptValue:
    model = det_model(call["g"].graph, call.profile)
    if isinstance(model, LoweringFailure):
        return v.ExceptValue(False, model.message)
    return v.ExceptValue(True, v.Pack(tuple(v.TensorValue(i) for i in model.initial)))


def _program(call: Call) -> v.Program:
    return v.Program("a compiled program; name the model that it runs")


def _lowered(call: Call) -> v.Program:
    return v.Program("a lowered graph; name the graph itself, and it is lowered for you")


def _prim_op(name: str, signature: str, build: Build, when: object = None, proofs: tuple[str, ...] = ()) -> Builtin:
    gate = when if callable(when) else (lambda profile: True)
    return Builtin(f"{_DAG}.PrimOp.{name}", signature, _embedded(build), gate, proofs)


_GRAPH_ARG: Final = "{ps : List Shape} {σ τ : Shape} (g : Graph ps σ τ)"
_LOWER: Final = "NN.GraphSpec.LowerToDAG"

ROWS: Final[tuple[Builtin, ...]] = (
    Builtin(f"{_DAG}.Term.var", "{Γ : List Shape} (i : Fin _) : _", _var, _graph),
    Builtin(f"{_DAG}.Term.var", "{Γ : List Shape} {s : Shape} (i : Var Γ s)", _var, _chain, ("s",)),
    Builtin(f"{_DAG}.Var.head", "{Γ : List Shape}", lambda c: VarValue(0), _chain, ("Γ",)),
    Builtin(f"{_DAG}.Var.tail", "(i : Var _ _)", lambda c: VarValue(c["i"].level + 1), _chain),
    Builtin(f"{_DAG}.Var.ofFin", "{Γ : List Shape} (i : Fin _)", lambda c: VarValue(c["i"]), _chain, ("Γ",)),
    Builtin(
        f"{_DAG}.Term.op",
        "{Γ ins : List Shape} {τ : Shape} (p : PrimOp ins τ) (args : Args Γ ins) : Term Γ τ",
        _op,
        proofs=("Γ",),
    ),
    Builtin(
        f"{_DAG}.Term.let1",
        "{Γ : List Shape} {σ τ : Shape} (t : Term Γ σ) (body : Term (Γ ++ [σ]) τ) : Term Γ τ",
        _let1,
    ),
    Builtin(f"{_DAG}.Term.cast", "(t : Term _ _) (h : Proof)", _cast),
    Builtin(f"{_DAG}.Term.castEnv", "(t : Term _ _) (h : Proof)", lambda c: c["t"]),
    Builtin(f"{_DAG}.Args.nil", "{Γ : List Shape}", _args_nil, proofs=("Γ",)),
    Builtin(
        f"{_DAG}.Args.cons",
        "{Γ ins : List Shape} {s : Shape} (t : Term Γ s) (ts : Args Γ ins)",
        _args_cons,
        proofs=("ins",),
    ),
    *(
        Builtin(f"{_DAG}.PrimOp.{which}", "(s : Shape)", _elementwise(which), when)
        for which, when in (("add", lambda p: True), ("sub", _chain), ("mul", _chain))
    ),
    *(Builtin(f"{_DAG}.PrimOp.{which}", "(s : Shape)", _filled(which), _chain) for which in ("zero", "one")),
    _prim_op("linear", "(inDim outDim : Nat)", lambda c: (Linear(c["inDim"], c["outDim"]), (c["inDim"],))),
    _prim_op("relu", "(s : Shape)", lambda c: (Relu(), c["s"])),
    _prim_op("flatten", "(s : Shape)", lambda c: (Flatten(), c["s"])),
    _prim_op("conv2d", graphs.CONV2D, graphs.conv2d_of, graphs.no_stride_proof),
    _prim_op(
        "conv2d",
        graphs.CONV2D_STRIDE,
        graphs.conv2d_of,
        lambda p: graphs.stride_proof(p) and not graphs.optional_stride(p),
    ),
    _prim_op("conv2d", graphs.CONV2D_STRIDE, graphs.conv2d_of, graphs.optional_stride, ("hStride",)),
    _prim_op("maxPool2d", graphs.MAX_POOL2D, graphs.max_pool2d_of, _graph),
    _prim_op(
        "batchnormChw",
        graphs.BATCHNORM_CHW,
        lambda c: (BatchNormChw(c["channels"], c["height"], c["width"]), (c["channels"], c["height"], c["width"])),
        _graph,
    ),
    _prim_op(
        "globalAvgPool2dChw",
        graphs.GLOBAL_AVG_POOL,
        lambda c: (GlobalAvgPool2dChw(c["c"], c["h"], c["w"]), (c["c"], c["h"], c["w"])),
        graphs.global_pool,
    ),
    _prim_op("conv", graphs.CHAIN_CONV, graphs.conv_of, _chain),
    _prim_op("maxPool", graphs.CHAIN_MAX_POOL, graphs.max_pool_of, _chain),
    _prim_op(
        "softmax",
        "(s : Shape) (axis : Nat) [AxisInBounds axis s]",
        lambda c: (Softmax(c["axis"]), c["s"]),
        _chain,
    ),
    Builtin(
        f"{_LOWER}.Primitive.toDAGPrimOp",
        "{ps : List Shape} {σ τ : Shape} (p : Primitive ps σ τ)",
        _to_prim_op,
    ),
    *(
        row
        for owner, when in (("Graph", _graph), ("Chain", _chain))
        for row in (
            Builtin(f"{_LOWER}.{owner}.toDAGTerm", _GRAPH_ARG, _to_term, when),
            Builtin(f"{_LOWER}.{owner}.toDAGModelZeroInit", _GRAPH_ARG, _zero_model, when),
            Builtin(f"{_LOWER}.{owner}.toDAGModelDetInit?", _GRAPH_ARG, _det_model, when),
            Builtin(f"{_LOWER}.{owner}.detInitParams?", _GRAPH_ARG, _det_params, when),
        )
    ),
    Builtin(
        f"{_DAG}.Model.torchProgram NN.GraphSpec.Model.torchProgram",
        "{ps ins : List Shape} {τ : Shape} {α : Type} (m : Model ps ins τ)",
        _program,
        _graph,
    ),
    Builtin(
        f"{_DAG}.Model.toProgram", "{ps ins : List Shape} {τ : Shape} {α : Type} (m : Model ps ins τ)", _program, _chain
    ),
    Builtin("NN.GraphSpec.Compile.torchProgram", _GRAPH_ARG, _program, _graph),
    Builtin("NN.GraphSpec.Chain.toProgram", _GRAPH_ARG, _program, _chain),
    Builtin("NN.GraphSpec.ToTorchLean.toSeq", _GRAPH_ARG, _lowered, _graph),
    Builtin("NN.GraphSpec.ToSequential.toSeq", _GRAPH_ARG, _lowered, _chain),
)
