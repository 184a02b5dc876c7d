/-
The `Chain` surface: TorchLean from a351909 (September 2026) to 996dda0 (October 2026).

The same interface as `Graph.lean`, for the other names. Every TorchLean name used below was read at the commit that stands beside
it; files of which no version from 996dda0 could be read are taken from 3447b74. "C1" is a351909 and 801eb0e, "C2" 0f84531 and 3447b74, "C3" 996dda0. What
differs between them and matters here is the convolutional model alone, which is in `Compat`.

This is a file without the `module` keyword on purpose: such a file may import modules, and sees all their definitions.
-/
import XCheck.Format
import NN.GraphSpec.Chain.Syntax                    -- NN/GraphSpec/Chain/Syntax.lean @a351909
import NN.GraphSpec.Chain.Primitives                -- NN/GraphSpec/Chain/Primitives.lean @a351909
import NN.GraphSpec.Chain.Semantics                 -- NN/GraphSpec/Chain/Semantics.lean @3447b74
import NN.GraphSpec.Chain.Lowering                  -- NN/GraphSpec/Chain/Lowering.lean @a351909, @3447b74
import NN.GraphSpec.Chain.ToDAG.Model               -- NN/GraphSpec/Chain/ToDAG/Model.lean @a351909, @3447b74
import NN.GraphSpec.Primitives.Spatial              -- NN/GraphSpec/Primitives/Spatial.lean @801eb0e, @3447b74
import NN.GraphSpec.ToSequential                    -- NN/GraphSpec/ToSequential.lean @a351909, @3447b74
import NN.Runtime.Autograd.Model.Autodiff           -- NN/Runtime/Autograd/Model/Autodiff.lean @a351909, @3447b74
import NN.Runtime.Autograd.Torch.Core.Trainer       -- NN/Runtime/Autograd/Torch/Core/Trainer.lean @3447b74

namespace XCheck.Surface

open Spec (Shape)                          -- abbrev for a list of naturals: NN/Spec/Core/Shape.lean @3447b74
-- `Chain` and `Primitive`, NN/GraphSpec/Chain/Syntax.lean @a351909, are spelled out as on the other surface.
open Runtime.Autograd.Model.Layers (Layer) -- NN/Runtime/Autograd/Model/Layers/Core.lean @801eb0e, @3447b74
open Runtime.Autograd.Model (Program)      -- NN/Runtime/Autograd/Model/Program.lean @3447b74
open TorchLean (TensorPack)                -- NN/Tensor/Pack.lean (imported by Torch/Core/Functional/Curried.lean @3447b74)

def surfaceName : String := "chain"

/-! ## Things whose shapes are only known at run time -/

structure AnyPrim where
  ps : List Shape
  input : Shape
  output : Shape
  prim : NN.GraphSpec.Primitive ps input output

structure AnyGraph where
  ps : List Shape
  input : Shape
  output : Shape
  graph : NN.GraphSpec.Chain ps input output

structure AnySeq where
  input : Shape
  output : Shape
  seq : Runtime.Autograd.Model.Layers.Seq input output

/-! ## Shapes and tensors -/

def dims (s : Shape) : List Nat := s

def shapeOf (ns : List Nat) : Shape := ns

def sigOf (ps : List Shape) (σ τ : Shape) : Sig :=
  { params := ps.map dims, input := dims σ, output := dims τ }

-- `Tensor.item`, `Tensor.unstack`, `Tensor.scalar`, `Tensor.dim`: NN/Spec/Core/Tensor/Core.lean @3447b74
def pushBits : (s : Shape) → TorchLean.Tensor Float s → Array UInt64 → Array UInt64
  | .scalar, t, acc => acc.push (canonBits (TorchLean.Tensor.item t))
  | .dim n s, t, acc => (List.finRange n).foldl (fun a i => pushBits s (TorchLean.Tensor.unstack t i) a) acc

def bitsOf {s : Shape} (t : TorchLean.Tensor Float s) : BitTensor :=
  { shape := dims s, bits := pushBits s t #[] }

def readBits (bits : Array UInt64) : (s : Shape) → Nat → TorchLean.Tensor Float s
  | .scalar, k => TorchLean.Tensor.scalar (Float.ofBits (bits.getD k 0))
  | .dim _ s, k => TorchLean.Tensor.dim (fun i => readBits bits s (k + i.val * elements (dims s)))

def tensorOf (s : Shape) (t : BitTensor) : Except String (TorchLean.Tensor Float s) :=
  if t.shape == dims s then .ok (readBits t.bits s 0)
  else .error ("a tensor of shape " ++ natsText t.shape ++ " where " ++ natsText (dims s) ++ " is needed")

-- constructors `nil` and `cons` of `TensorPack`
def packBits : {ss : List Shape} → TensorPack Float ss → List BitTensor
  | _, .nil => []
  | _, .cons t ts => bitsOf t :: packBits ts

def packOf : (ss : List Shape) → List BitTensor → Except String (TensorPack Float ss)
  | [], [] => .ok .nil
  | [], _ :: _ => .error "too many parameter tensors"
  | _ :: _, [] => .error "too few parameter tensors"
  | s :: ss, t :: ts =>
    match tensorOf s t with
    | .error e => .error e
    | .ok x =>
      match packOf ss ts with
      | .error e => .error e
      | .ok xs => .ok (.cons x xs)

def appendOne : {ss : List Shape} → {σ : Shape} → TensorPack Float ss → TorchLean.Tensor Float σ →
    TensorPack Float (ss ++ [σ])
  | [], _, .nil, x => .cons x .nil
  | _ :: _, _, .cons y ys, x => .cons y (appendOne ys x)

def orThrow {α : Type} : Except String α → IO α
  | .ok a => pure a
  | .error e => throw (IO.userError e)

/-! ## Walking a chain -/

/-- The chain as Lean holds it. Names do not carry the geometry on this surface, so `attrs` has an entry for each primitive
from left to right: what the author of the case, or the request, wrote down. -/
def graphExpr : {ps : List Shape} → {σ τ : Shape} → NN.GraphSpec.Chain ps σ τ → List Attrs → Expr × List Attrs
  | _, _, _, .id s, attrs => (.id (dims s), attrs)
  | ps, σ, τ, .prim p, attrs =>
    -- fields `name`, `countsAsLayer`, `toLayerM?`: NN/GraphSpec/Chain/Syntax.lean @a351909
    (.prim p.name (attrs.headD []) (sigOf ps σ τ) p.countsAsLayer p.toLayerM?.isSome, attrs.drop 1)
  | _, _, _, .seq a b, attrs =>
    match graphExpr a attrs with
    | (ea, rest) =>
      match graphExpr b rest with
      | (eb, left) => (.seq ea eb, left)

/-- A variable's position from the left: `DAG.Var`, NN/GraphSpec/DAG/Syntax.lean @801eb0e, @3447b74. -/
def varLevel : {Γ : List Shape} → {s : Shape} → NN.GraphSpec.DAG.Var Γ s → Nat
  | _, _, .head => 0
  | _, _, .tail v => varLevel v + 1

mutual
/-- `DAG.Term` with its casts erased: NN/GraphSpec/DAG/Syntax.lean @801eb0e, @3447b74. -/
def termText : {Γ : List Shape} → {τ : Shape} → NN.GraphSpec.DAG.Term Γ τ → String
  | _, _, .var i => "v" ++ toString (varLevel i)
  | _, _, .cast t _ => termText t
  | _, _, .castEnv t _ => termText t
  | _, _, .op p args => "op " ++ quote p.name ++ " [" ++ commas (argTexts args) ++ "]"
  | _, _, .let1 t body => "let1 (" ++ termText t ++ ") (" ++ termText body ++ ")"
def argTexts : {Γ ins : List Shape} → NN.GraphSpec.DAG.Args Γ ins → List String
  | _, _, .nil => []
  | _, _, .cons t ts => termText t :: argTexts ts
end

def dagText {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Chain ps σ τ) : String :=
  -- NN/GraphSpec/Chain/ToDAG/Core.lean @3447b74
  termText (NN.GraphSpec.LowerToDAG.Chain.toDAGTerm g)

/-! ## Walking a `Seq`

`Seq` (constructors `id`, `cons`): NN/Runtime/Autograd/Model/Layers/Seq.lean @801eb0e, @3447b74. Fields `kind`, `stateShapes`,
`requiresGrad`, `updateBuffers`, `forward` of `Layer`: NN/Runtime/Autograd/Model/Layers/Core.lean @801eb0e, @3447b74. -/

def seqLayers : {σ τ : Shape} → Runtime.Autograd.Model.Layers.Seq σ τ → List LayerInfo
  | _, _, .id _ => []
  | _, _, .cons (σ := σ) (τ := τ) l rest =>
    { kind := some l.kind, sig := sigOf l.stateShapes σ τ, grad := l.requiresGrad.toList } :: seqLayers rest

def seqHasBuffers : {σ τ : Shape} → Runtime.Autograd.Model.Layers.Seq σ τ → Bool
  | _, _, .id _ => false
  | _, _, .cons l rest => l.updateBuffers.isSome || seqHasBuffers rest

def seqInit {σ τ : Shape} (s : Runtime.Autograd.Model.Layers.Seq σ τ) : List BitTensor :=
  packBits (Runtime.Autograd.Model.Layers.Seq.initState s)

/-! ## Lowering -/

structure Lowered where
  next : Nat
  layers : List LayerInfo
  init : List BitTensor

def lowered {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Chain ps σ τ) (start : Nat) : Except String Lowered :=
  -- NN/GraphSpec/ToSequential.lean @a351909, @3447b74; the result holds a `Seq`, so no `do` block mixes it with smaller types
  match NN.GraphSpec.ToSequential.Internal.toSeqFrom g start with
  | .error e => .error e
  | .ok (s, next) => .ok { next := next, layers := seqLayers s, init := seqInit s }

def detInit {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Chain ps σ τ) (start : Nat) : Except String (Nat × List BitTensor) :=
  -- NN/GraphSpec/Chain/ToDAG/Model.lean @a351909, @3447b74
  match NN.GraphSpec.LowerToDAG.Chain.detInitParamsFrom g start with
  | .error e => .error e
  | .ok (params, next) => .ok (next, packBits params)

/-! ## Pure semantics -/

/-- Every primitive's output, by the three equations of `Interp.spec`. -/
def specSteps : {ps : List Shape} → {σ τ : Shape} → NN.GraphSpec.Chain ps σ τ → List BitTensor → BitTensor →
    Except String (List BitTensor × BitTensor)
  | _, _, _, .id _, _, x => .ok ([], x)
  | ps, σ, _, .prim p, params, x =>
    match packOf ps params with
    | .error e => .error e
    | .ok ts =>
      match tensorOf σ x with
      | .error e => .error e
      | .ok t =>
        let y := bitsOf (p.specFwd (α := Float) ts t)
        .ok ([y], y)
  | _, _, _, .seq (ps₁ := ps₁) a b, params, x =>
    match specSteps a (params.take ps₁.length) x with
    | .error e => .error e
    | .ok (ys, y) =>
      match specSteps b (params.drop ps₁.length) y with
      | .error e => .error e
      | .ok (zs, z) => .ok (ys ++ zs, z)

/-! ## Executable semantics -/

/-- Run a program in an eager session and read the result back. `EagerM`: NN/Runtime/Autograd/Torch/Core/Trainer/EagerOps.lean @3447b74;
`useInputs`: Torch/Core/Trainer/Recording.lean @801eb0e; `EagerSession.getValue` as used in Model/Layers/Seq.lean @801eb0e, @3447b74;
`CurriedRef.uncurry`: Torch/Core/Functional/Curried.lean @3447b74; `TensorRef`: Torch/Core/Types.lean @3447b74. -/
def eagerIn (sess : Runtime.Autograd.Torch.Internal.EagerSession Float) {ss : List Shape} {τ : Shape}
    (f : Program Float ss τ) (args : TensorPack Float ss) : IO (TorchLean.Tensor Float τ) := do
  let act : Runtime.Autograd.Torch.Internal.EagerM Float (Runtime.Autograd.Torch.TensorRef Float τ) := do
    let refs ← Runtime.Autograd.Torch.Internal.useInputs (α := Float) (ss := ss) args
    Runtime.Autograd.Torch.CurriedRef.uncurry (ss := ss)
      (f (m := Runtime.Autograd.Torch.Internal.EagerM Float)) refs
  let out ← ReaderT.run act sess
  Runtime.Autograd.Torch.Internal.EagerSession.getValue (α := Float) sess out

/-- A fresh session with the default configuration: the CPU. `EagerSession.new`, `resetTape`:
NN/Runtime/Autograd/Torch/Core/Session/Lifecycle.lean @3447b74. -/
def newSession : IO (Runtime.Autograd.Torch.Internal.EagerSession Float) := do
  let sess ← Runtime.Autograd.Torch.Internal.EagerSession.new (α := Float) {}
  sess.resetTape
  return sess

/-- Record a program as a typed graph and evaluate that. `Autodiff.lowerToTypedGraph`: NN/Runtime/Autograd/Model/Autodiff.lean
@a351909, @3447b74; `TypedGraph.forward`: NN/Runtime/Autograd/Torch/Core/TypedGraph.lean @3447b74. -/
def compiled {ps ins : List Shape} {τ : Shape}
    (f : ∀ {β : Type}, [TorchLean.Storage β] → [Context β] → Program β (ps ++ ins) τ)
    (args : TensorPack Float (ps ++ ins)) : IO (TorchLean.Tensor Float τ) := do
  let g ← Runtime.Autograd.Model.Autodiff.lowerToTypedGraph (α := Float) (paramShapes := ps) (inputShapes := ins) (τ := τ)
    (fun {β} _ _ => f (β := β))
  return Runtime.Autograd.Torch.TypedGraph.forward g args

/-- Every layer's output. The eager run does all layers in one session; the compiled run records each layer by itself. -/
def seqTrace (sess? : Option (Runtime.Autograd.Torch.Internal.EagerSession Float)) (mode : Runtime.Autograd.Model.Layers.Mode) :
    {σ τ : Shape} → Runtime.Autograd.Model.Layers.Seq σ τ → List BitTensor → BitTensor → IO (List BitTensor)
  | _, _, .id _, _, _ => pure []
  | _, _, .cons (σ := σ) (τ := τ) l rest, params, x => do
    let n := l.stateShapes.length
    let ps ← orThrow (packOf l.stateShapes (params.take n))
    let xt ← orThrow (tensorOf σ x)
    let args := appendOne ps xt
    let y ← match sess? with
      | some sess => eagerIn sess (ss := l.stateShapes ++ [σ]) (τ := τ) (l.forward mode (α := Float)) args
      | none => compiled (ps := l.stateShapes) (ins := [σ]) (τ := τ) (fun {β} _ _ => l.forward mode (α := β)) args
    let yb := bitsOf y
    let more ← seqTrace sess? mode rest (params.drop n) yb
    return yb :: more

def modeOf (train : Bool) : Runtime.Autograd.Model.Layers.Mode :=
  if train then .train else .eval

/-- Trace layer by layer and output of the whole program; the two must end alike, which the reader checks. TorchLean's own runners
validate a model first, and so does this. -/
def runSeq {σ τ : Shape} (s : Runtime.Autograd.Model.Layers.Seq σ τ) (via : Via) (train : Bool) (params : List BitTensor)
    (x : BitTensor) : IO Outcome := do
  let mode := modeOf train
  -- `Seq.validate`, `stateShapes`, `forward`, `updateBuffers`: NN/Runtime/Autograd/Model/Layers/Seq.lean @801eb0e, @3447b74
  orThrow (Runtime.Autograd.Model.Layers.Seq.validate s)
  let ps ← orThrow (packOf (Runtime.Autograd.Model.Layers.Seq.stateShapes s) params)
  let xt ← orThrow (tensorOf σ x)
  let args := appendOne ps xt
  let sess? ← if via == .eager then some <$> newSession else pure none
  let trace ← seqTrace sess? mode s params x
  let y ← match sess? with
    | some _ => do
      let sess ← newSession
      eagerIn sess (ss := Runtime.Autograd.Model.Layers.Seq.stateShapes s ++ [σ]) (τ := τ)
        (Runtime.Autograd.Model.Layers.Seq.forward s (mode := mode) (α := Float)) args
    | none =>
      compiled (ps := Runtime.Autograd.Model.Layers.Seq.stateShapes s) (ins := [σ]) (τ := τ)
        (fun {β} _ _ => Runtime.Autograd.Model.Layers.Seq.forward s (mode := mode) (α := β)) args
  let buffers ← if train && seqHasBuffers s then do
      let after ← Runtime.Autograd.Model.Layers.Seq.updateBuffers mode s (α := Float) ps xt
      pure (some (packBits after))
    else pure none
  return { trace := trace, output := bitsOf y, buffers := buffers }

/-- A chain's run: the trace is that of the steps or of the lowered layers, the output that of `Interp.spec` or of `Chain.toProgram`, which
never see them. -/
def runGraph {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Chain ps σ τ) (start : Nat) (via : Via) (train : Bool)
    (params : List BitTensor) (x : BitTensor) : IO Outcome := do
  let ts ← orThrow (packOf ps params)
  let xt ← orThrow (tensorOf σ x)
  match via with
  | .spec =>
    let (trace, _) ← orThrow (specSteps g params x)
    -- NN/GraphSpec/Chain/Semantics.lean @3447b74
    return { trace := trace, output := bitsOf (NN.GraphSpec.Interp.spec g (α := Float) ts xt), buffers := none }
  | _ =>
    match NN.GraphSpec.ToSequential.Internal.toSeqFrom g start with
    | .error e => throw (IO.userError e)
    | .ok (s, _) => do
      orThrow (Runtime.Autograd.Model.Layers.Seq.validate s)
      let mode := modeOf train
      let args := appendOne ts xt
      let sess? ← if via == .eager then some <$> newSession else pure none
      let trace ← seqTrace sess? mode s params x
      -- NN/GraphSpec/Chain/Lowering.lean @a351909, @3447b74
      let y ← match sess? with
        | some _ => do
          let sess ← newSession
          eagerIn sess (ss := ps ++ [σ]) (τ := τ) (NN.GraphSpec.Chain.toProgram g (α := Float)) args
        | none =>
          compiled (ps := ps) (ins := [σ]) (τ := τ) (fun {β} _ _ => NN.GraphSpec.Chain.toProgram g (α := β)) args
      return { trace := trace, output := bitsOf y, buffers := none }

/-! ## Building a graph from a request -/

def numbersIn (cur : Option Nat) : List Char → List Nat
  | [] => match cur with | none => [] | some n => [n]
  | c :: cs =>
    if c.isDigit then numbersIn (some (10 * cur.getD 0 + (c.toNat - 48))) cs
    else match cur with
      | none => numbersIn none cs
      | some n => n :: numbersIn none cs

def headOf : List Char → String → String
  | [], acc => acc
  | c :: cs, acc => if c == '(' then acc else headOf cs (acc.push c)

/-- The part of a name before its first parenthesis, and the numbers after it. -/
def nameParts (name : String) : String × List Nat :=
  (headOf name.toList "", numbersIn none (name.toList.dropWhile (fun c => c != '(')))

/-- The stock primitive of a name, if there is one: the name that TorchLean gives to what was built must be the name asked for. -/
def named (name : String) (r : Except String AnyPrim) : Except String (Option AnyPrim) :=
  match r with
  | .error e => .error (quote name ++ ": " ++ e)
  | .ok p => if p.prim.name == name then .ok (some p) else .ok none

def without (attrs : Attrs) (p : AnyPrim) : Except String AnyPrim :=
  if attrs.isEmpty then .ok p else .error "it takes no attrs"

def natAttr (key : String) (attrs : Attrs) : Except String Nat :=
  match attrs.lookup key with
  | some (.nat n) => .ok n
  | _ => .error ("attrs must hold " ++ key ++ ", a natural number")

def natsAttr (key : String) (d : Nat) (attrs : Attrs) : Except String (List Nat) :=
  match attrs.lookup key with
  | some (.nats ns) =>
    if ns.length == d then .ok ns else .error ("attrs must hold " ++ key ++ " with " ++ toString d ++ " entries")
  | _ => .error ("attrs must hold " ++ key ++ " with " ++ toString d ++ " entries")

/-- The naturals as TorchLean wants them: a tensor of shape `[d]`. -/
def natTensor (d : Nat) (ns : List Nat) : TorchLean.Tensor Nat [d] :=
  TorchLean.Tensor.dim (fun i : Fin d => TorchLean.Tensor.scalar (ns.getD i.val 0))

-- `Primitive.linear`, `relu`, `softmax`: NN/GraphSpec/Chain/Primitives.lean @a351909
def linearPrim (a b : Nat) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.linear a b⟩
def reluPrim (s : Shape) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.relu s⟩

/-- `Spec.Shape.AxisInBounds.ofRank`: NN/Spec/Core/Shape.lean @a351909, @3447b74. -/
def softmaxPrim (s : Shape) (attrs : Attrs) : Except String AnyPrim :=
  match natAttr "axis" attrs with
  | .error e => .error e
  | .ok axis =>
    if attrs.length == 1 then
      if h : axis < Spec.Shape.rank s then
        haveI : Spec.Shape.AxisInBounds axis s := Spec.Shape.AxisInBounds.ofRank h
        .ok ⟨_, _, _, NN.GraphSpec.Primitive.softmax s axis⟩
      else .error "the axis is out of bounds"
    else .error "attrs hold more than axis"

-- `Primitive.flatten`, `conv`, `maxPool`, `batchNorm`: NN/GraphSpec/Primitives/Spatial.lean @801eb0e, @3447b74
def flattenPrim (s : Shape) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.flatten s⟩

def geometry (d : Nat) (attrs : Attrs) : Except String (List Nat × List Nat × List Nat) := do
  let kernel ← natsAttr "kernel" d attrs
  let stride ← natsAttr "stride" d attrs
  let padding ← natsAttr "padding" d attrs
  if attrs.length == 3 then return (kernel, stride, padding)
  else throw "attrs hold more than kernel, stride and padding"

def convPrim (d inC outC : Nat) (spatial : List Nat) (attrs : Attrs) : Except String AnyPrim :=
  match geometry d attrs with
  | .error e => .error e
  | .ok (kernel, stride, padding) =>
    if spatial.length == d then
      .ok ⟨_, _, _, NN.GraphSpec.Primitive.conv inC outC
        (natTensor d kernel) (natTensor d stride) (natTensor d padding) (natTensor d spatial)⟩
    else .error ("the input has not " ++ toString d ++ " spatial axes")

-- `Tensor.getScalar`: NN/Spec/Core/Tensor/Core.lean @3447b74
def maxPoolPrim (d channels : Nat) (spatial : List Nat) (attrs : Attrs) : Except String AnyPrim :=
  match geometry d attrs with
  | .error e => .error e
  | .ok (kernel, stride, padding) =>
    if spatial.length == d then
      if h₁ : ∀ i : Fin d, (natTensor d kernel).getScalar i ≠ 0 then
        if h₂ : ∀ i : Fin d, (natTensor d stride).getScalar i ≠ 0 then
          .ok ⟨_, _, _, NN.GraphSpec.Primitive.maxPool channels
            (natTensor d kernel) (natTensor d stride) (natTensor d padding) (natTensor d spatial)
            (hKernel := h₁) (hStride := h₂)⟩
        else .error "a stride is 0"
      else .error "a kernel extent is 0"
    else .error ("the input has not " ++ toString d ++ " spatial axes")

/-- `Spec.Shape.wellFormed_of_size_pos`: NN/Spec/Core/Shape.lean @a351909, @3447b74. -/
def batchNormPrim (channels : Nat) (spatial : Shape) : Except String AnyPrim :=
  if h : 0 < Spec.Shape.size (Spec.Shape.dim channels spatial) then
    .ok ⟨_, _, _, NN.GraphSpec.Primitive.batchNorm channels spatial (Spec.Shape.wellFormed_of_size_pos h)⟩
  else .error "an extent is 0"

def stock (name : String) (attrs : Attrs) (input : List Nat) : Except String (Option AnyPrim) :=
  match (nameParts name).1, (nameParts name).2, input with
  | "linear", [a, b], _ => named name (without attrs (linearPrim a b))
  | "relu", [], s => named name (without attrs (reluPrim (shapeOf s)))
  | "softmax", [], s => named name (softmaxPrim (shapeOf s) attrs)
  | "flatten", [], s => named name (without attrs (flattenPrim (shapeOf s)))
  | "conv", [d, inC, outC], _ :: spatial => named name (convPrim d inC outC spatial attrs)
  | "max_pool", [d], c :: spatial => named name (maxPoolPrim d c spatial attrs)
  | "batch_norm", [c, _], _ :: spatial =>
    match batchNormPrim c (shapeOf spatial) with
    | .error e => .error (quote name ++ ": " ++ e)
    | .ok p => named name (without attrs p)
  | _, _, _ => .ok none

/-! ### Opaque primitives

Their layer and their meaning are zeros. They are there for names, signatures, counters and errors; no value of theirs is TorchLean's. -/

def constTensor {α : Type} [TorchLean.Storage α] (x : α) : (s : Shape) → TorchLean.Tensor α s
  | .scalar => TorchLean.Tensor.scalar x
  | .dim _ s => TorchLean.Tensor.dim (fun _ => constTensor x s)

def zeroPack : (ss : List Shape) → TensorPack Float ss
  | [] => .nil
  | s :: ss => .cons (constTensor (Float.ofNat 0) s) (zeroPack ss)

/-- `CurriedRef.curry`: NN/Runtime/Autograd/Torch/Core/Functional/Curried.lean @3447b74; the class `Ops` with its `Ref` and `const`:
Torch/Core/Functional/Ops.lean @801eb0e; `Context`: NN/Spec/Core/Context.lean @a351909. -/
def zeroProgram (ss : List Shape) (τ : Shape) {α : Type} [TorchLean.Storage α] [Context α] : Program α ss τ :=
  fun {m} _ _ =>
    Runtime.Autograd.Torch.CurriedRef.curry (Ref := fun s => Runtime.Autograd.Torch.Ops.Ref (m := m) (α := α) s) (ss := ss)
      (fun _ => Runtime.Autograd.Torch.Ops.const (m := m) (α := α) (constTensor (0 : α) τ))

def opaqueLayer (ps : List Shape) (σ τ : Shape) : Layer σ τ :=
  { stateShapes := ps
    initState := zeroPack ps
    forward := fun _ {α} _ _ => fun {m} _ _ => zeroProgram (ps ++ [σ]) τ (α := α) (m := m) }

def opaquePrim (name : String) (ps : List Shape) (σ τ : Shape) (counts layer : Bool) : NN.GraphSpec.Primitive ps σ τ :=
  { name := name
    specFwd := fun {α} _ _ _ _ => constTensor (0 : α) τ
    program := fun {α} _ _ => fun {m} _ _ => zeroProgram (ps ++ [σ]) τ (α := α) (m := m)
    toLayerM? := if layer then some (fun _ => ⟨opaqueLayer ps σ τ, rfl⟩) else none
    countsAsLayer := counts }

/-! ### Expressions -/

structure Built where
  any : AnyGraph
  attrs : List Attrs
  hasOpaque : Bool

def plain (g : AnyGraph) (attrs : List Attrs) : Except String Built :=
  .ok { any := g, attrs := attrs, hasOpaque := false }

def buildPrim (name : String) (attrs : Attrs) (sig : Sig) (counts layer : Bool) : Except String Built :=
  match stock name attrs sig.input with
  | .error e => .error e
  | .ok none =>
    let ps := sig.params.map shapeOf
    let σ := shapeOf sig.input
    let τ := shapeOf sig.output
    .ok { any := ⟨ps, σ, τ, .prim (opaquePrim name ps σ τ counts layer)⟩, attrs := [attrs], hasOpaque := true }
  | .ok (some p) =>
    if sigOf p.ps p.input p.output == sig then
      if p.prim.countsAsLayer == counts && p.prim.toLayerM?.isSome == layer then
        .ok { any := ⟨p.ps, p.input, p.output, .prim p.prim⟩, attrs := [attrs], hasOpaque := false }
      else .error (quote name ++ " has other flags: " ++
        exprText (.prim name attrs sig p.prim.countsAsLayer p.prim.toLayerM?.isSome))
    else .error (quote name ++ " has the signature " ++ sigText (sigOf p.ps p.input p.output))

def recastInput {ps : List Shape} {a b c : Shape} (h : a = b) (g : NN.GraphSpec.Chain ps a c) : NN.GraphSpec.Chain ps b c :=
  h ▸ g

def build : Expr → Except String Built
  | .id s => .ok { any := ⟨[], shapeOf s, shapeOf s, .id (shapeOf s)⟩, attrs := [], hasOpaque := false }
  | .prim name attrs sig counts layer => buildPrim name attrs sig counts layer
  | .seq a b =>
    match build a with
    | .error e => .error e
    | .ok l =>
      match build b with
      | .error e => .error e
      | .ok r =>
        if h : r.any.input = l.any.output then
          .ok { any := ⟨l.any.ps ++ r.any.ps, l.any.input, r.any.output, .seq l.any.graph (recastInput h r.any.graph)⟩
                attrs := l.attrs ++ r.attrs
                hasOpaque := l.hasOpaque || r.hasOpaque }
        else .error ("the output " ++ natsText (dims l.any.output) ++ " meets the input " ++ natsText (dims r.any.input))

end XCheck.Surface
