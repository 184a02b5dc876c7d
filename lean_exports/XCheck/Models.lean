/-
The catalogue of named cases: what a checkout's own models and builders give, and how they are chosen by name.
-/
import XCheck.Export

namespace XCheck

open XCheck.Surface

def caseNames : List String :=
  Compat.graphs.map (fun c => c.1) ++ Compat.stacks.map (fun c => c.1)

/-- A case is chosen by its name or by the part of it before the first slash; no choice is all. -/
def chosen (choice : List String) (name : String) : Bool :=
  choice.isEmpty || choice.contains name || choice.contains (group name.toList "")
where
  group : List Char → String → String
    | [], acc => acc
    | c :: cs, acc => if c == '/' then acc else group cs (acc.push c)

def exportGraph (vias : List Via) (name : String) (c : Except String Built) : IO (List Entry) :=
  match c with
  | .error e => return [.error "type" e]
  | .ok b => answerGraph name b (graphAsks (sigOf b.any.ps b.any.input b.any.output) vias)

def exportSeq (vias : List Via) (name : String) (attrs : List Attrs) (s : AnySeq) : IO (List Entry) :=
  answerSeq name attrs s (seqAsks (stackShapes (seqLayers s.seq)) (dims s.input) vias)
where
  stackShapes (ls : List LayerInfo) : List (List Nat) :=
    ls.foldr (fun l rest => l.sig.params ++ rest) []

def exportGraphs (out : IO.FS.Stream) (choice : List String) (vias : List Via) :
    Tally → List (String × Except String Built) → IO Tally
  | t, [] => return t
  | t, (name, c) :: rest => do
    if chosen choice name then
      let es ← exportGraph vias name c
      let t' ← writeEntries out name t es
      exportGraphs out choice vias t' rest
    else exportGraphs out choice vias t rest

def exportStacks (out : IO.FS.Stream) (choice : List String) (vias : List Via) :
    Tally → List (String × List Attrs × AnySeq) → IO Tally
  | t, [] => return t
  | t, (name, attrs, s) :: rest => do
    if chosen choice name then
      let es ← exportSeq vias name attrs s
      let t' ← writeEntries out name t es
      exportStacks out choice vias t' rest
    else exportStacks out choice vias t rest

def exportCases (out : IO.FS.Stream) (choice : List String) (vias : List Via) (t : Tally) : IO Tally := do
  let t₁ ← exportGraphs out choice vias t Compat.graphs
  exportStacks out choice vias t₁ Compat.stacks

end XCheck
