/- Own models in the surface of May and June 2026: capitalised shape aliases. -/
module

public import NN.GraphSpec.Core
public import NN.GraphSpec.Primitives.Vision

/-! A module doc with code that is not code:
```lean
def notThere := Graph.linear 1 1
```
-/

@[expose] public section

namespace NN
namespace GraphSpec
namespace OwnModels

open Spec
open NN.Tensor

/-- Extent after a window of `k` cells. /- nested -/ -/
abbrev afterWindow (n k s p : Nat) : Nat :=
  (n + 2 * p - k) / s + 1

def perceptron (inDim hidDim outDim : Nat) :
    Graph
      [ Shape.Mat hidDim inDim, Shape.Vec hidDim
      , Shape.Mat outDim hidDim, Shape.Vec outDim ]
      (Shape.Vec inDim) (Shape.Vec outDim) :=
  Graph.linear inDim hidDim >>>
  -- the nonlinearity
  Graph.relu (Shape.Vec hidDim) >>>
  Graph.linear hidDim outDim

def perceptronModel (inDim hidDim outDim : Nat) :
    DAG.Model
      [Shape.Mat hidDim inDim, Shape.Vec hidDim, Shape.Mat outDim hidDim, Shape.Vec outDim]
      [Shape.Vec inDim] (Shape.Vec outDim) :=
  LowerToDAG.Graph.toDAGModelZeroInit <|
    perceptron (inDim := inDim) (hidDim := hidDim)
      (outDim := outDim)

def pictures (inC c size classes : Nat)
    {h_inC : inC ≠ 0} {_h_c : c ≠ 0} {h_c : c > 0} (h_size : size > 0) :
    Graph
      [ Shape.OIHW c inC 3 3, Shape.Vec c, Shape.Vec c, Shape.Vec c
      , Shape.Mat classes (Shape.CHW c (afterWindow size 2 2 0) (afterWindow size 2 2 0)).size, Shape.Vec classes ]
      (Shape.CHW inC size size) (Shape.Vec classes) :=
  let same : Nat := afterWindow size 3 1 1
  let half := afterWindow same 2 2 0
  Graph.conv2d (inC := inC) (outC := c) (kH := 3) (kW := 3) (stride := 1) (padding :=
    1) (inH := size) (inW := size) (h_inC := h_inC) (h_kH := by decide) (h_kW := by decide)
  >>>
  Graph.batchnormChw c same same h_c h_size h_size
  >>>
  Graph.relu (Shape.CHW c same same)
  >>>
  Graph.maxPool2d (kH := 2) (kW := 2) (inH := same) (inW := same) (inC := c) (stride := 2)
    (h_kH := by decide) (h_kW := by decide) (hStride := by decide)
  >>>
  Graph.flatten (Shape.CHW c half half)
  >>>
  Graph.linear (Shape.CHW c half half).size classes

theorem perceptron_has_four_parameters : True := by
  have h : 1 + 1 = 2 := by
    rfl
  open Nat in
  trivial

example : afterWindow 8 3 1 1 = 8 := rfl

end OwnModels
end GraphSpec
end NN
