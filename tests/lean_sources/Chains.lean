/- Own models in the surface of September 2026: shapes are lists, graphs are chains. -/
module

public import NN.GraphSpec.Chain.Primitives

@[expose] public section

namespace NN.GraphSpec.OwnModels

open Spec TorchLean
open NN.GraphSpec.DAG

abbrev params (a b c : Nat) : List Shape :=
  [[b, a], [b], [c, b], [c]]

def perceptron (a b c : Nat) : Chain (params a b c) [a] [c] :=
  Chain.linear a b >>>
  Chain.relu [b] >>>
  Chain.linear b c

def features (channels size : Nat) :=
  Chain.conv 1 channels [3, 3] [1, 2] [1, 1] [size, size] >>>
  Chain.relu (channels :: Tensor.to (Spec.convOutSpatial [size, size] [3, 3] [1, 2] [1, 1]) (List Nat))

def classifier {parameters : List Shape} {input featureShape : Shape}
    (body : Chain parameters input featureShape) (classes : Nat) :
    Chain (parameters ++ [[classes, featureShape.size], [classes]]) input [classes] :=
  body >>> Chain.flatten featureShape >>> Chain.linear featureShape.size classes >>> Chain.softmax [classes] 0

def pictures (channels : Nat) :=
  let body := features channels 8
  classifier body 10

def pooled : Chain [] [2, 6] [2, 3] :=
  Chain.maxPool 2 [2] [2] [0] [6]
    (hKernel := by intro i; fin_cases i <;> decide)
    (hStride := by intro i; fin_cases i <;> decide)

def normalised (c : Nat) (h : ([c, 4, 4] : Shape).wellFormed) := Chain.batchNorm c [4, 4] h

def residual (d : Nat) : DAG.Model (ps := [[d, d], [d]]) (ins := [[d]]) (τ := [d]) :=
  let Γ : List Shape := [[d, d], [d], [d]]
  let x : Term Γ [d] := Term.var (Γ := Γ) (.tail (.tail .head))
  let y : Term Γ [d] := Term.op (PrimOp.linear d d)
    (Args.cons (Term.var (Γ := Γ) .head) (Args.cons (Term.var (Γ := Γ) (.tail .head)) (Args.cons x Args.nil)))
  { initParams := TorchLean.TensorPack.zero
    body := Term.op (PrimOp.relu (s := [d])) (.cons (Term.op (PrimOp.add [d]) (.cons y (.cons x .nil))) .nil) }

end NN.GraphSpec.OwnModels
