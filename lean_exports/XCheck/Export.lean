/-
From a case or a request to the items of an export. This file names no TorchLean definition: it works on what `Compat` and the
surface it imports (`Graph.lean` or `Chain.lean`) provide, so it is the same for every revision.
-/
import XCheck.Compat

namespace XCheck

open XCheck.Surface

/-! ## One ask, one entry -/

def entryOfIO (kind : String) (run : IO String) : IO Entry := do
  try
    let text ← run
    return .item text
  catch e =>
    return .refused kind (toString e)

/-- Parameters and input must be the graph's before anything runs: a chain that ends in identities would not notice what is
left over. -/
def checkArgs (sig : Sig) (params : List BitTensor) (input : BitTensor) : Except String Unit :=
  if params.map (fun t => t.shape) != sig.params then
    .error ("the parameters have the shapes " ++ shapesText (params.map (fun t => t.shape)) ++ " and not " ++ shapesText sig.params)
  else if input.shape != sig.input then
    .error ("the input has the shape " ++ natsText input.shape ++ " and not " ++ natsText sig.input)
  else .ok ()

def forwardEntry (name : String) (b : Built) (f : Forward) : IO Entry :=
  entryOfIO "forward" do
    if b.hasOpaque then
      throw (IO.userError "the graph holds an opaque primitive, whose forward means nothing")
    let params ← match f.params with
      | some ps => pure ps
      | none => orThrow ((lowered b.any.graph f.start).map (fun l => l.init))
    orThrow (checkArgs (sigOf b.any.ps b.any.input b.any.output) params f.input)
    let r ← runGraph b.any.graph f.start f.via f.train params f.input
    return forwardItem name f r

def answerAsk (name : String) (b : Built) : Ask → IO Entry
  | .dag => return .item (dagItem name (dagText b.any.graph))
  | .lower start =>
    return .item (lowerItem name start ((lowered b.any.graph start).map (fun l => (l.next, l.layers))))
  | .init start =>
    match lowered b.any.graph start with
    | .error e => return .refused "init" e
    | .ok l => return .item (initItem name start l.init)
  | .detInit start => return .item (detInitItem name start (detInit b.any.graph start))
  | .forward f => forwardEntry name b f

def answerAsks (name : String) (b : Built) : List Ask → IO (List Entry)
  | [] => return []
  | a :: rest => do
    let e ← answerAsk name b a
    let es ← answerAsks name b rest
    return e :: es

def graphEntry (name : String) (b : Built) : Entry :=
  .item (graphItem name (sigOf b.any.ps b.any.input b.any.output) (graphExpr b.any.graph b.attrs).1)

def answerGraph (name : String) (b : Built) (asks : List Ask) : IO (List Entry) := do
  let es ← answerAsks name b asks
  return graphEntry name b :: es

/-- A request: build, compare with the signature that it claims, answer. -/
def answerRequest (r : Request) : IO (List Entry) :=
  match build r.expr with
  | .error e => return [.error "type" e]
  | .ok b =>
    if sigOf b.any.ps b.any.input b.any.output == r.sig then answerGraph r.name b r.asks
    else return [.error "type" ("the expression has the signature " ++ sigText (sigOf b.any.ps b.any.input b.any.output))]

/-! ## Layer stacks -/

def seqForward (name : String) (s : AnySeq) (f : Forward) : IO Entry :=
  entryOfIO "forward" do
    let params := match f.params with
      | some ps => ps
      | none => seqInit s.seq
    let r ← runSeq s.seq f.via f.train params f.input
    return forwardItem name f r

def seqForwards (name : String) (s : AnySeq) : List Forward → IO (List Entry)
  | [] => return []
  | f :: rest => do
    let e ← seqForward name s f
    let es ← seqForwards name s rest
    return e :: es

def answerSeq (name : String) (attrs : List Attrs) (s : AnySeq) (fs : List Forward) : IO (List Entry) := do
  let es ← seqForwards name s fs
  return .item (seqItem name (seqLayers s.seq) attrs) :: .item (initItem name 0 (seqInit s.seq)) :: es

/-! ## Values to try

Multiples of 1/64 below 2, built by exact operations: Lean's decimal literals are not correctly rounded in every toolchain. -/

def lcg (n : Nat) : Nat := (n * 1103515245 + 12345) % 2147483648

def dyadic (n : Nat) : Float :=
  (Float.ofNat (n / 65536 % 193) - Float.ofNat 96) / Float.ofNat 64

def dyadics : Nat → Nat → Array UInt64 → Array UInt64
  | 0, _, acc => acc
  | k + 1, state, acc => dyadics k (lcg state) (acc.push (canonBits (dyadic (lcg state))))

def patterned (seed : Nat) (shape : List Nat) : BitTensor :=
  { shape := shape, bits := dyadics (elements shape) (lcg (seed + 1)) #[] }

def patternedAll : Nat → List (List Nat) → List BitTensor
  | _, [] => []
  | seed, s :: ss => patterned seed s :: patternedAll (seed + 1) ss

/-- NaN, both infinities, both zeros, the smallest subnormal, the largest finite value, one, minus one half. -/
def specials : Array UInt64 :=
  #[0x3ff0000000000000, 0x7ff8000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x8000000000000000, 0x0000000000000000,
    0x0000000000000001, 0x7fefffffffffffff, 0xbfe0000000000000]

def specialBits : Nat → Nat → Array UInt64 → Array UInt64
  | 0, _, acc => acc
  | k + 1, i, acc => specialBits k (i + 1) (acc.push (specials.getD (i % specials.size) 0))

def special (shape : List Nat) : BitTensor :=
  { shape := shape, bits := specialBits (elements shape) 0 #[] }

/-! ## What is exported of a named case -/

/-- The pure semantics on three inputs, then the others on the first of them. `via spec` takes no notice of the mode. -/
def graphAsks (sig : Sig) (vias : List Via) : List Ask :=
  let x := patterned 17 sig.input
  let ps := patternedAll 40 sig.params
  let f (via : Via) (params : Option (List BitTensor)) (input : BitTensor) : Ask :=
    .forward { start := 0, train := false, via := via, params := params, input := input }
  let runs : List Ask := vias.foldr (fun via rest => f via none x :: f via (some ps) x :: rest) []
  let last : List Ask := if vias.contains .spec then [f .spec (some ps) (special sig.input)] else []
  .dag :: .detInit 0 :: .lower 0 :: .init 0 :: (runs ++ last)

/-- Only the executable semantics exist for a stack. Train mode is where dropout and running statistics show. -/
def seqAsks (shapes : List (List Nat)) (input : List Nat) (vias : List Via) : List Forward :=
  let x := patterned 17 input
  let ps := patternedAll 40 shapes
  let f (via : Via) (train : Bool) (params : Option (List BitTensor)) (input : BitTensor) : Forward :=
    { start := 0, train := train, via := via, params := params, input := input }
  (vias.filter (fun v => v != .spec)).foldr
    (fun via rest => f via false none x :: f via true none x :: f via false (some ps) x :: f via false none (special input) :: rest) []

/-! ## A file -/

structure Header where
  torchlean : String
  profile : String
deriving Inhabited

def headerText (h : Header) : String :=
  "torchlean_export v1\nlean " ++ quote Lean.versionString ++ "\ntorchlean " ++ quote h.torchlean ++ "\nprofile " ++
    quote h.profile ++ "\nexporter \"XCheck, surface " ++ surfaceName ++ "\"\n\n"

/-- A file being written: the number of its items, and whether everything that was asked for is in it. -/
structure Tally where
  items : Nat
  complete : Bool
deriving Inhabited

/-- Line breaks would end a comment of the format. -/
def oneLine (s : String) : String :=
  s.toList.foldl (fun acc c => if c == '\n' || c == '\r' then acc.push ' ' else acc.push c) ""

def writeEntry (out : IO.FS.Stream) (what : String) (t : Tally) (e : Entry) : IO Tally :=
  match e with
  | .item text => do
    out.putStr text
    return { t with items := t.items + 1 }
  | .refused kind why => do
    let line := "refused " ++ kind ++ " of " ++ what ++ ": " ++ oneLine why
    out.putStr ("-- " ++ line ++ "\n")
    IO.eprintln line
    return { t with complete := false }
  | .error cls why => do
    let line := cls ++ " error in " ++ what ++ ": " ++ oneLine why
    out.putStr ("-- " ++ line ++ "\n")
    IO.eprintln line
    return { t with complete := false }

def writeEntries (out : IO.FS.Stream) (what : String) : Tally → List Entry → IO Tally
  | t, [] => return t
  | t, e :: es => do
    let t' ← writeEntry out what t e
    writeEntries out what t' es

end XCheck
