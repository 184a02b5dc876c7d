/- A residual network of the ResNet-18 plan, shared subterms without `let1`, with its own operations. -/
module

@[expose] public section

namespace NN.GraphSpec.OwnResNet

open Spec
open NN.Tensor
open NN.GraphSpec.DAG

abbrev image (c h w : Nat) : Shape := Shape.CHW c h w

def conv3 (c h w : Nat) (h_c : c ≠ 0) :
    PrimOp [Shape.OIHW c c 3 3, Shape.Vec c, image c h w] (image c h w) :=
  have hShape : image c ((h + 2 * 1 - 3) / 1 + 1) ((w + 2 * 1 - 3) / 1 + 1) = image c h w := by
    simp
  { name := "own.conv3"
    specFwd := fun {α} _ctx xs =>
      match xs with
      | .cons k (.cons b (.cons x .nil)) =>
          let layer : Spec.Conv2DSpec c c 3 3 1 1 α h_c (by decide) (by decide) :=
            { kernel := k, bias := b }
          let y := Spec.conv2dSpec (α := α) (inH := h) (inW := w) layer x
          Tensor.castShape y hShape
    torchProgram := fun {α} _ctx _deq => fun {m} _ _ => fun k b x => (do
      let y ← nothing k b x
      pure y : m _)
  }

def blockParams (c : Nat) : List Shape := [Shape.OIHW c c 3 3, Shape.Vec c]

def stackParams (c : Nat) : Nat → List Shape
  | 0 => []
  | k + 1 => blockParams c ++ stackParams c k

def initial (c : Nat) : (blocks first : Nat) → Runtime.Autograd.Torch.TList Float (stackParams c blocks)
  | 0, _ => .nil
  | k + 1, first => by
    let kernel := Runtime.Autograd.Torch.Init.tensor (s := Shape.OIHW c c 3 3)
      (sch := .uniform (-0.1) 0.1) (seed := first)
    let bias := Spec.zeros (α := Float) (Shape.Vec c)
    simpa [stackParams, blockParams] using
      Runtime.Autograd.Torch.Proofs.Autograd.Algebra.TList.append
        (Runtime.Autograd.Torch.tlist2 kernel bias) (initial c k (first + 2))

def model (c size blocks : Nat) (h_c : c > 0) :
    Model (ps := stackParams c blocks) (ins := [image c size size]) (τ := image c size size) :=
  let Γ : List Shape := stackParams c blocks ++ [image c size size]
  let x : Term Γ (image c size size) := Term.var (Γ := Γ) ⟨2 * blocks, by simp [Γ]⟩
  let block (i : Nat) (xIn : Term Γ (image c size size)) : Term Γ (image c size size) :=
    let k : Term Γ (Shape.OIHW c c 3 3) := Term.var (Γ := Γ) ⟨2 * i, by simp⟩
    let b : Term Γ (Shape.Vec c) := Term.var (Γ := Γ) ⟨2 * i + 1, by simp⟩
    let y := Term.op (conv3 c size size (Nat.ne_of_gt h_c)) (Args.cons k (Args.cons b (Args.cons xIn Args.nil)))
    let sum := Term.op (PrimOp.add (s := image c size size)) (Args.cons y (Args.cons xIn Args.nil))
    Term.op (PrimOp.relu (s := image c size size)) (Args.cons sum Args.nil)
  { initParams := initial c blocks 0
    body := (List.range blocks).foldl (fun acc i => block i acc) x }

end NN.GraphSpec.OwnResNet
