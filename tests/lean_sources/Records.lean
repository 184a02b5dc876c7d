/- Models configured by a structure of their own. -/
namespace OwnRecords

open Spec NN.GraphSpec

/-- The widths of a two-layer network. -/
structure Widths where
  inDim : Nat
  hidden : Nat := 8
  (outDim : Nat := 2)
  deriving Repr

def Widths.total (w : Widths) : Nat := w.inDim + w.hidden + w.outDim

def network (w : Widths) :=
  Graph.linear w.inDim w.hidden >>> Graph.relu (.dim w.hidden .scalar) >>> Graph.linear w.hidden w.outDim

def small : Widths := { inDim := 4, hidden := 5 }
def wide : Widths := { small with
  outDim := 7 }
def listed : Widths := ⟨1, 2, 3⟩

def smallNetwork := network small
def wideNetwork := network wide
def totals : List Nat := [small.total, wide.total, listed.total]

def incomplete : Widths := { hidden := 3 }
def misnamed : Widths := { inDim := 3, depth := 2 }

end OwnRecords
