/-
The `Graph` surface: TorchLean from fd2c196 (2026-05-10) to b2a2184 (2026-08-04).

Every TorchLean name used below exists under this name and with these arguments from fd2c196 to b2a2184; what differs inside this
range is in the class `Revision`, which the chosen `Compat` file fills. A citation says `path @commit` where the name was read; the path
is that of 82bea12 unless another commit stands there (from 5c9cae9 on, `NN/Runtime/Autograd/TorchLean/NN.lean` is split
into `NN/Runtime/Autograd/TorchLean/NN/*.lean`, and `Torch/Core.lean` into `Torch/Core/*.lean`; namespaces stayed).

This is a file without the `module` keyword on purpose: such a file may import modules, and sees all their definitions.
-/
import XCheck.Format
import NN.GraphSpec.Core                  -- NN/GraphSpec/Core.lean @82bea12
import NN.GraphSpec.ToTorchLean           -- NN/GraphSpec/ToTorchLean.lean @82bea12
import NN.GraphSpec.Primitives.Vision     -- NN/GraphSpec/Primitives/Vision.lean @82bea12

namespace XCheck.Surface

open Spec (Shape)                          -- inductive `Spec.Shape`: NN/Spec/Core/Shape.lean @82bea12
-- `Graph` and `Primitive`, NN/GraphSpec/Core.lean @82bea12, are spelled out: Mathlib has a `Graph`, too.
-- `Seq` and `Mode` of the same file are spelled out below: core Lean has a class `Seq`, too.
open Runtime.Autograd.TorchLean.NN (LayerDef)  -- NN/Runtime/Autograd/TorchLean/NN.lean @82bea12
open Runtime.Autograd.TorchLean (Program)  -- abbrev: NN/Runtime/Autograd/TorchLean/Backend.lean @82bea12
open Runtime.Autograd.Torch (TList)        -- abbrev: NN/Runtime/Autograd/Torch/Core.lean @82bea12

def surfaceName : String := "graph"

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
  graph : NN.GraphSpec.Graph ps input output

structure AnySeq where
  input : Shape
  output : Shape
  seq : Runtime.Autograd.TorchLean.NN.Seq input output

/-- What differs between the revisions of this surface. -/
class Revision where
  /-- `LayerDef.kind`, which exists from 21198a1 on. -/
  kind : {σ τ : Shape} → LayerDef σ τ → Option String
  /-- Compile a program to a static graph and run that (`compileOut` before b0afc9d, `compileGraph` from then on). -/
  compiled : {ps ins : List Shape} → {τ : Shape} →
    (∀ {β : Type}, [Context β] → [DecidableEq Shape] → Program β (ps ++ ins) τ) →
    TList Float (ps ++ ins) → IO (Spec.Tensor Float τ)
  /-- inC outC kH kW stride padding inH inW; the stride proof exists from 564289f on. -/
  conv2d : Nat → Nat → Nat → Nat → Nat → Nat → Nat → Nat → Except String AnyPrim
  /-- c h w; `none` where the primitive is gone (from 852c9c6 on). -/
  globalAvgPool : Nat → Nat → Nat → Option (Except String AnyPrim)

/-! ## Shapes and tensors -/

def dims : Shape → List Nat
  | .scalar => []
  | .dim n s => n :: dims s

def shapeOf : List Nat → Shape
  | [] => .scalar
  | n :: ns => .dim n (shapeOf ns)

def sigOf (ps : List Shape) (σ τ : Shape) : Sig :=
  { params := ps.map dims, input := dims σ, output := dims τ }

-- constructors `Spec.Tensor.scalar` and `Spec.Tensor.dim`: NN/Spec/Core/Tensor/Core.lean @82bea12
def pushBits : (s : Shape) → Spec.Tensor Float s → Array UInt64 → Array UInt64
  | .scalar, .scalar x, acc => acc.push (canonBits x)
  | .dim n s, .dim f, acc => (List.finRange n).foldl (fun a i => pushBits s (f i) a) acc

def bitsOf {s : Shape} (t : Spec.Tensor Float s) : BitTensor :=
  { shape := dims s, bits := pushBits s t #[] }

/-- A tensor that reads an array. TorchLean's tensors of this surface are functions of the index, so handing results on
through an array also keeps a chain of layers from being evaluated again for every element. -/
def readBits (bits : Array UInt64) : (s : Shape) → Nat → Spec.Tensor Float s
  | .scalar, k => .scalar (Float.ofBits (bits.getD k 0))
  | .dim _ s, k => .dim (fun i => readBits bits s (k + i.val * elements (dims s)))

def tensorOf (s : Shape) (t : BitTensor) : Except String (Spec.Tensor Float s) :=
  if t.shape == dims s then .ok (readBits t.bits s 0)
  else .error ("a tensor of shape " ++ natsText t.shape ++ " where " ++ natsText (dims s) ++ " is needed")

-- constructors `nil` and `cons` of `TList`: NN/Proofs/Autograd/Tape/Algebra/Soundness.lean @82bea12
def packBits : {ss : List Shape} → TList Float ss → List BitTensor
  | _, .nil => []
  | _, .cons t ts => bitsOf t :: packBits ts

def packOf : (ss : List Shape) → List BitTensor → Except String (TList Float ss)
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

def appendOne : {ss : List Shape} → {σ : Shape} → TList Float ss → Spec.Tensor Float σ → TList Float (ss ++ [σ])
  | [], _, .nil, x => .cons x .nil
  | _ :: _, _, .cons y ys, x => .cons y (appendOne ys x)

def orThrow {α : Type} : Except String α → IO α
  | .ok a => pure a
  | .error e => throw (IO.userError e)

/-! ## Walking a graph -/

/-- The chain as Lean holds it. `attrs` has an entry for each primitive from left to right; on this surface they are all empty,
since the geometry is in the names. -/
def graphExpr : {ps : List Shape} → {σ τ : Shape} → NN.GraphSpec.Graph ps σ τ → List Attrs → Expr × List Attrs
  | _, _, _, .id s, attrs => (.id (dims s), attrs)
  | ps, σ, τ, .prim p, attrs =>
    -- fields `name`, `countsAsLayer`, `toLayerDefM?`: NN/GraphSpec/Core.lean @82bea12
    (.prim p.name (attrs.headD []) (sigOf ps σ τ) p.countsAsLayer p.toLayerDefM?.isSome, attrs.drop 1)
  | _, _, _, .seq a b, attrs =>
    match graphExpr a attrs with
    | (ea, rest) =>
      match graphExpr b rest with
      | (eb, left) => (.seq ea eb, left)

mutual
/-- `Term` with its casts erased: NN/GraphSpec/DAG/Core.lean @82bea12. A variable is a position from the left. -/
def termText : {Γ : List Shape} → {τ : Shape} → NN.GraphSpec.DAG.Term Γ τ → String
  | _, _, .var i => "v" ++ toString i.val
  | _, _, .cast t _ => termText t
  | _, _, .castEnv t _ => termText t
  | _, _, .op p args => "op " ++ quote p.name ++ " [" ++ commas (argTexts args) ++ "]"
  | _, _, .let1 t body => "let1 (" ++ termText t ++ ") (" ++ termText body ++ ")"
def argTexts : {Γ ins : List Shape} → NN.GraphSpec.DAG.Args Γ ins → List String
  | _, _, .nil => []
  | _, _, .cons t ts => termText t :: argTexts ts
end

def dagText {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Graph ps σ τ) : String :=
  -- NN/GraphSpec/Core.lean @82bea12
  termText (NN.GraphSpec.LowerToDAG.Graph.toDAGTerm g)

/-! ## Walking a `Seq` -/

-- fields `paramShapes`, `paramRequiresGrad`, `updateBuffers`, `forward` of `LayerDef`: NN/Runtime/Autograd/TorchLean/NN.lean @82bea12
def seqLayers [Revision] : {σ τ : Shape} → Runtime.Autograd.TorchLean.NN.Seq σ τ → List LayerInfo
  | _, _, .id _ => []
  | _, _, .cons (σ := σ) (τ := τ) l rest =>
    { kind := Revision.kind l, sig := sigOf l.paramShapes σ τ, grad := l.paramRequiresGrad } :: seqLayers rest

def seqHasBuffers : {σ τ : Shape} → Runtime.Autograd.TorchLean.NN.Seq σ τ → Bool
  | _, _, .id _ => false
  | _, _, .cons l rest => l.updateBuffers.isSome || seqHasBuffers rest

def seqInit {σ τ : Shape} (s : Runtime.Autograd.TorchLean.NN.Seq σ τ) : List BitTensor :=
  -- NN/Runtime/Autograd/TorchLean/NN.lean @82bea12
  packBits (Runtime.Autograd.TorchLean.NN.Seq.initParams s)

/-! ## Lowering -/

structure Lowered where
  next : Nat
  layers : List LayerInfo
  init : List BitTensor

def lowered [Revision] {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Graph ps σ τ) (start : Nat) : Except String Lowered :=
  -- NN/GraphSpec/ToTorchLean.lean @82bea12; the result holds a `Seq`, so no `do` block mixes it with smaller types
  match NN.GraphSpec.ToTorchLean.toSeqAux g start with
  | .error e => .error e
  | .ok (s, next) => .ok { next := next, layers := seqLayers s, init := seqInit s }

def detInit {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Graph ps σ τ) (start : Nat) : Except String (Nat × List BitTensor) :=
  -- NN/GraphSpec/Core.lean @82bea12
  match NN.GraphSpec.LowerToDAG.Graph.detInitParamsAux g start with
  | .error e => .error e
  | .ok (params, next) => .ok (next, packBits params)

/-! ## Pure semantics

`NN.GraphSpec.Interp.spec` is, by its three equations, the composition of `specFwd` over the chain with the parameters split in
order. It is taken apart here in the same way so that every primitive's output is seen, and so that each is computed once: the
composed function itself recomputes a layer for every element of the next one. -/

def specSteps : {ps : List Shape} → {σ τ : Shape} → NN.GraphSpec.Graph ps σ τ → List BitTensor → BitTensor →
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

/-- Run a program in an eager session of its own or in one that is handed in, and read the result back.
`EagerSession`, `EagerM`, `TensorRef`, `useInputs`, `getValue`, `CurriedRef.uncurry`: NN/Runtime/Autograd/Torch/Core.lean @82bea12. -/
def eagerIn (sess : Runtime.Autograd.Torch.Internal.EagerSession Float) {ss : List Shape} {τ : Shape}
    (f : Program Float ss τ) (args : TList Float ss) : IO (Spec.Tensor Float τ) := do
  let act : Runtime.Autograd.Torch.Internal.EagerM Float (Runtime.Autograd.Torch.TensorRef Float τ) := do
    let refs ← Runtime.Autograd.Torch.Internal.useInputs (α := Float) (ss := ss) args
    Runtime.Autograd.Torch.CurriedRef.uncurry (ss := ss)
      (f (m := Runtime.Autograd.Torch.Internal.EagerM Float)) refs
  let out ← ReaderT.run act sess
  Runtime.Autograd.Torch.Internal.EagerSession.getValue (α := Float) sess (sh := τ) out

/-- A fresh session with the default options: the CPU, and no fast kernels. -/
def newSession : IO (Runtime.Autograd.Torch.Internal.EagerSession Float) := do
  let sess ← Runtime.Autograd.Torch.Internal.EagerSession.new (α := Float) {}
  sess.resetTape
  return sess

/-- Every layer's output. The eager run does all layers in one session; the compiled run compiles each layer by itself. -/
def seqTrace [Revision] (sess? : Option (Runtime.Autograd.Torch.Internal.EagerSession Float)) (mode : Runtime.Autograd.TorchLean.NN.Mode) :
    {σ τ : Shape} → Runtime.Autograd.TorchLean.NN.Seq σ τ → List BitTensor → BitTensor → IO (List BitTensor)
  | _, _, .id _, _, _ => pure []
  | _, _, .cons (σ := σ) (τ := τ) l rest, params, x => do
    let n := l.paramShapes.length
    let ps ← orThrow (packOf l.paramShapes (params.take n))
    let xt ← orThrow (tensorOf σ x)
    let args := appendOne ps xt
    let y ← match sess? with
      | some sess => eagerIn sess (ss := l.paramShapes ++ [σ]) (τ := τ) (l.forward mode (α := Float)) args
      | none => Revision.compiled (ps := l.paramShapes) (ins := [σ]) (τ := τ) (fun {β} _ _ => l.forward mode (α := β)) args
    let yb := bitsOf y
    let more ← seqTrace sess? mode rest (params.drop n) yb
    return yb :: more

def modeOf (train : Bool) : Runtime.Autograd.TorchLean.NN.Mode :=
  if train then .train else .eval

/-- Trace layer by layer and output of the whole program; the two must end alike, which the reader checks. -/
def runSeq [Revision] {σ τ : Shape} (s : Runtime.Autograd.TorchLean.NN.Seq σ τ) (via : Via) (train : Bool)
    (params : List BitTensor) (x : BitTensor) : IO Outcome := do
  let mode := modeOf train
  -- `Seq.paramShapes`, `Seq.programWithMode`, `Seq.updateBuffers`: NN/Runtime/Autograd/TorchLean/NN.lean @82bea12
  let ps ← orThrow (packOf (Runtime.Autograd.TorchLean.NN.Seq.paramShapes s) params)
  let xt ← orThrow (tensorOf σ x)
  let args := appendOne ps xt
  let sess? ← if via == .eager then some <$> newSession else pure none
  let trace ← seqTrace sess? mode s params x
  let y ← match sess? with
    | some _ => do
      let sess ← newSession
      eagerIn sess (ss := Runtime.Autograd.TorchLean.NN.Seq.paramShapes s ++ [σ]) (τ := τ)
        (Runtime.Autograd.TorchLean.NN.Seq.programWithMode mode s (α := Float)) args
    | none =>
      Revision.compiled (ps := Runtime.Autograd.TorchLean.NN.Seq.paramShapes s) (ins := [σ]) (τ := τ)
        (fun {β} _ _ => Runtime.Autograd.TorchLean.NN.Seq.programWithMode mode s (α := β)) args
  let buffers ← if train && seqHasBuffers s then do
      let after ← Runtime.Autograd.TorchLean.NN.Seq.updateBuffers mode s (α := Float) ps xt
      pure (some (packBits after))
    else pure none
  return { trace := trace, output := bitsOf y, buffers := buffers }

/-- A graph's run: the trace is that of the lowered layers, the output that of `Compile.torchProgram`, which never sees them. -/
def runGraph [Revision] {ps : List Shape} {σ τ : Shape} (g : NN.GraphSpec.Graph ps σ τ) (start : Nat) (via : Via) (train : Bool)
    (params : List BitTensor) (x : BitTensor) : IO Outcome := do
  match via with
  | .spec =>
    let (trace, y) ← orThrow (specSteps g params x)
    return { trace := trace, output := y, buffers := none }
  | _ =>
    match NN.GraphSpec.ToTorchLean.toSeqAux g start with
    | .error e => throw (IO.userError e)
    | .ok (s, _) => do
      let mode := modeOf train
      let ts ← orThrow (packOf ps params)
      let xt ← orThrow (tensorOf σ x)
      let args := appendOne ts xt
      let sess? ← if via == .eager then some <$> newSession else pure none
      let trace ← seqTrace sess? mode s params x
      -- NN/GraphSpec/Core.lean @82bea12
      let y ← match sess? with
        | some _ => do
          let sess ← newSession
          eagerIn sess (ss := ps ++ [σ]) (τ := τ) (NN.GraphSpec.Compile.torchProgram g (α := Float)) args
        | none =>
          Revision.compiled (ps := ps) (ins := [σ]) (τ := τ)
            (fun {β} _ _ => NN.GraphSpec.Compile.torchProgram g (α := β)) args
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

/-- The stock primitive of a name, if there is one. The name that TorchLean gives to what was built must be the name asked for, so
this needs no second copy of the templates. -/
def named (name : String) (attrs : Attrs) (r : Except String AnyPrim) : Except String (Option AnyPrim) :=
  match r with
  | .error e => .error e
  | .ok p =>
    if p.prim.name == name then
      if attrs.isEmpty then .ok (some p) else .error (quote name ++ " takes no attrs on this surface")
    else .ok none

-- `Primitive.linear`, `relu`, `softmax`: NN/GraphSpec/Core.lean @82bea12
def linearPrim (a b : Nat) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.linear a b⟩
def reluPrim (s : Shape) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.relu s⟩
def softmaxPrim (s : Shape) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.softmax s⟩
-- `Primitive.flatten`, `maxPool2d`, `batchnormChw`: NN/GraphSpec/Primitives/Vision.lean @82bea12
def flattenPrim (s : Shape) : AnyPrim := ⟨_, _, _, NN.GraphSpec.Primitive.flatten s⟩

def maxPoolPrim (kH kW inH inW inC stride : Nat) : Except String AnyPrim :=
  if h₁ : kH ≠ 0 then
    if h₂ : kW ≠ 0 then
      if h₃ : stride ≠ 0 then
        .ok ⟨_, _, _, NN.GraphSpec.Primitive.maxPool2d kH kW inH inW inC stride (h_kH := h₁) (h_kW := h₂) (hStride := h₃)⟩
      else .error "max_pool2d: the stride is 0"
    else .error "max_pool2d: kW is 0"
  else .error "max_pool2d: kH is 0"

def batchnormPrim (c h w : Nat) : Except String AnyPrim :=
  if h₁ : c > 0 then
    if h₂ : h > 0 then
      if h₃ : w > 0 then .ok ⟨_, _, _, NN.GraphSpec.Primitive.batchnormChw c h w h₁ h₂ h₃⟩
      else .error "batchnorm_chw: w is 0"
    else .error "batchnorm_chw: h is 0"
  else .error "batchnorm_chw: c is 0"

def stock [Revision] (name : String) (attrs : Attrs) (input : List Nat) : Except String (Option AnyPrim) :=
  match (nameParts name).1, (nameParts name).2, input with
  | "linear", [a, b], _ => named name attrs (.ok (linearPrim a b))
  | "relu", [], s => named name attrs (.ok (reluPrim (shapeOf s)))
  | "softmax", [], s => named name attrs (.ok (softmaxPrim (shapeOf s)))
  | "flatten", [], s => named name attrs (.ok (flattenPrim (shapeOf s)))
  | "conv2d", [inC, outC, kH, kW, stride, padding], [_, h, w] =>
    named name attrs (Revision.conv2d inC outC kH kW stride padding h w)
  | "max_pool2d", [kH, kW, stride], [c, h, w] => named name attrs (maxPoolPrim kH kW h w c stride)
  | "batchnorm_chw", [c, h, w], _ => named name attrs (batchnormPrim c h w)
  | "global_avg_pool2d_chw", [c, h, w], _ =>
    match Revision.globalAvgPool c h w with
    | none => .ok none
    | some r => named name attrs r
  | _, _, _ => .ok none

/-! ### Opaque primitives

Their layer and their meaning are zeros. They are there for names, signatures, counters and errors; no value of theirs is TorchLean's. -/

def constTensor {α : Type} (x : α) : (s : Shape) → Spec.Tensor α s
  | .scalar => .scalar x
  | .dim _ s => .dim (fun _ => constTensor x s)

def zeroPack : (ss : List Shape) → TList Float ss
  | [] => .nil
  | s :: ss => .cons (constTensor (Float.ofNat 0) s) (zeroPack ss)

/-- `CurriedRef.curry` and the class `Ops` with its `Ref` and `const`: NN/Runtime/Autograd/Torch/Core.lean @82bea12;
`Context`: NN/Spec/Core/Context.lean @82bea12. -/
def zeroProgram (ss : List Shape) (τ : Shape) {α : Type} [Context α] [DecidableEq Shape] : Program α ss τ :=
  fun {m} _ _ =>
    Runtime.Autograd.Torch.CurriedRef.curry (Ref := fun s => Runtime.Autograd.Torch.Ops.Ref (m := m) (α := α) s) (ss := ss)
      (fun _ => Runtime.Autograd.Torch.Ops.const (m := m) (α := α) (constTensor (0 : α) τ))

def opaqueLayer (ps : List Shape) (σ τ : Shape) : LayerDef σ τ :=
  { paramShapes := ps
    initParams := zeroPack ps
    forward := fun _ {α} _ _ => fun {m} _ _ => zeroProgram (ps ++ [σ]) τ (α := α) (m := m) }

def opaquePrim (name : String) (ps : List Shape) (σ τ : Shape) (counts layer : Bool) : NN.GraphSpec.Primitive ps σ τ :=
  { name := name
    specFwd := fun {α} _ _ _ => constTensor (0 : α) τ
    torchProgram := fun {α} _ _ => fun {m} _ _ => zeroProgram (ps ++ [σ]) τ (α := α) (m := m)
    toLayerDefM? := if layer then some (fun _ => ⟨opaqueLayer ps σ τ, rfl⟩) else none
    countsAsLayer := counts }

/-! ### Expressions -/

structure Built where
  any : AnyGraph
  attrs : List Attrs
  hasOpaque : Bool

def plain (g : AnyGraph) (attrs : List Attrs) : Except String Built :=
  .ok { any := g, attrs := attrs, hasOpaque := false }

def buildPrim [Revision] (name : String) (attrs : Attrs) (sig : Sig) (counts layer : Bool) : Except String Built :=
  match stock name attrs sig.input with
  | .error e => .error e
  | .ok none =>
    let ps := sig.params.map shapeOf
    let σ := shapeOf sig.input
    let τ := shapeOf sig.output
    .ok { any := ⟨ps, σ, τ, .prim (opaquePrim name ps σ τ counts layer)⟩, attrs := [attrs], hasOpaque := true }
  | .ok (some p) =>
    if sigOf p.ps p.input p.output == sig then
      if p.prim.countsAsLayer == counts && p.prim.toLayerDefM?.isSome == layer then
        .ok { any := ⟨p.ps, p.input, p.output, .prim p.prim⟩, attrs := [attrs], hasOpaque := false }
      else .error (quote name ++ " has other flags: " ++
        exprText (.prim name attrs sig p.prim.countsAsLayer p.prim.toLayerDefM?.isSome))
    else .error (quote name ++ " has the signature " ++ sigText (sigOf p.ps p.input p.output))

def recastInput {ps : List Shape} {a b c : Shape} (h : a = b) (g : NN.GraphSpec.Graph ps a c) : NN.GraphSpec.Graph ps b c :=
  h ▸ g

def build [Revision] : Expr → Except String Built
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
