/- Own models in the surface of July and August 2026: raw `.dim`. -/
module

public import NN.GraphSpec.Core
public import Own.Shared

@[expose] public section

namespace NN.GraphSpec.OwnModels

open Spec Own

def perceptron (inDim hidDim outDim : Nat) :
    Graph
      [ .dim hidDim (.dim inDim .scalar), .dim hidDim .scalar
      , .dim outDim (.dim hidDim .scalar), .dim outDim .scalar ]
      (.dim inDim .scalar) (.dim outDim .scalar) :=
  Graph.linear inDim hidDim >>> Graph.relu (.dim hidDim .scalar) >>> Graph.linear hidDim outDim

/-- Parameters of `tower`. -/
def towerParams (width : Nat) : (depth : Nat) → List Shape
  | 0 => []
  | depth + 1 => squareParams width ++ towerParams width depth

def tower (width : Nat) : (depth : Nat) → Graph (towerParams width depth) (.dim width .scalar) (.dim width .scalar)
  | 0 => Graph.id (.dim width .scalar)
  | depth + 1 =>
      (Graph.linear width width >>> Graph.relu (.dim width .scalar)) >>> tower width depth

def withHead {parameters : List Shape} {input features : Shape}
    (body : Graph parameters input features) (classes : Nat) :
    Graph (parameters ++ [.dim classes (.dim features.size .scalar), .dim classes .scalar]) input
      (.dim classes .scalar) :=
  body >>> Graph.flatten features >>> Graph.linear features.size classes >>> Graph.softmax (.dim classes .scalar)

def picture (size : Nat) {h : size ≠ 0} :=
  let side := Spec.Shape.slidingWindowOutDim size 3 2 1
  withHead
    (Graph.conv2d 1 4 3 3 2 1 size size
        (h_inC := by decide) (h_kH := by decide) (h_kW := by decide) (hStride := by decide) >>>
      Graph.relu (.dim 4 (.dim side (.dim side .scalar))))
    (if size > 4 then 10 else 2)

def pooled (n k : Nat) : Nat :=
  match k with
  | 0 => n
  | k + 1 =>
    let half := Spec.poolOutDim n 2 2 0; let again := pooled half k
    again

def residual (d : Nat) :
    DAG.Model (ps := squareParams d) (ins := [.dim d .scalar]) (τ := .dim d .scalar) :=
  let Γ : List Shape := [.dim d (.dim d .scalar), .dim d .scalar, .dim d .scalar]
  let read (i : Nat) (h : i < 3) : DAG.Term Γ (Γ.get ⟨i, h⟩) := DAG.Term.var (Γ := Γ) ⟨i, by simp [Γ]⟩
  let y : DAG.Term Γ (.dim d .scalar) :=
    DAG.Term.op (DAG.PrimOp.linear (inDim := d) (outDim := d))
      (.cons (read 0 (by decide)) (.cons (read 1 (by decide)) (.cons (read 2 (by decide)) .nil)))
  { initParams :=
      let W : Spec.Tensor Float (.dim d (.dim d .scalar)) :=
        Runtime.Autograd.Torch.Init.tensor (s := .dim d (.dim d .scalar)) (sch := .uniform (-0.5) 0.5) (seed := 3)
      let b := Spec.zeros (α := Float) (.dim d .scalar)
      .cons W (.cons b .nil)
    body :=
      DAG.Term.let1 y <|
        let Γ' := Γ ++ [.dim d .scalar]
        DAG.Term.op (Γ := Γ') (DAG.PrimOp.add (s := .dim d .scalar))
          (DAG.Args.cons (DAG.Term.var (Γ := Γ') ⟨3, by simp⟩)
            (DAG.Args.cons (DAG.Term.var (Γ := Γ') ⟨2, by simp⟩) DAG.Args.nil))
  }

def describe (n : Nat) : String := s!"n={n}, twice={n + n}"

def run (args : List String) : IO Unit := do
  IO.println (describe 3)

end NN.GraphSpec.OwnModels
