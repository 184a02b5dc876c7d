/-
Compat for the May revisions of the `Graph` surface: layers have no `kind`, convolution has no stride proof.

Written for: fd2c196 (2026-05-10), 82bea12 (05-27), 5c9cae9 (05-29), up to but without 21198a1 (06-17).
Copied to `XCheck/Compat.lean`. The rest of the exporter sees a checkout of this surface through `XCheck/Graph.lean` and through
what is defined here.
-/
import XCheck.Graph
import XCheck.GraphModels
import NN.Runtime.Autograd.TorchLean.Autodiff   -- NN/Runtime/Autograd/TorchLean/Autodiff.lean @82bea12
import NN.GraphSpec.Models.Cnn                  -- NN/GraphSpec/Models/Cnn.lean @82bea12
import NN.GraphSpec.Models.TorchLean.Cnn        -- NN/GraphSpec/Models/TorchLean/Cnn.lean @82bea12

namespace XCheck.Compat

open XCheck.Surface (Revision AnyGraph AnySeq Built)

def defaultProfile : String := "tl-2026-05"

instance : Revision where
  kind := fun _ => none
  -- `Autodiff.compileOut`, `CompiledOut.forward`:
  -- NN/Runtime/Autograd/TorchLean/Autodiff.lean, NN/Runtime/Autograd/Torch/Core.lean, both @82bea12
  compiled := fun {ps ins τ} f args => do
    let c ← Runtime.Autograd.TorchLean.Autodiff.compileOut (α := Float) (paramShapes := ps) (inputShapes := ins) (τ := τ)
      (fun {β} _ _ => f (β := β))
    return Runtime.Autograd.Torch.CompiledOut.forward c args
  -- `Primitive.conv2d`: NN/GraphSpec/Primitives/Vision.lean @82bea12; no stride proof before 564289f
  conv2d := fun inC outC kH kW stride padding inH inW =>
    if h₁ : inC ≠ 0 then
      if h₂ : kH ≠ 0 then
        if h₃ : kW ≠ 0 then
          .ok ⟨_, _, _, NN.GraphSpec.Primitive.conv2d inC outC kH kW stride padding inH inW
            (h_inC := h₁) (h_kH := h₂) (h_kW := h₃)⟩
        else .error "conv2d: kW is 0"
      else .error "conv2d: kH is 0"
    else .error "conv2d: inC is 0"
  -- `Primitive.globalAvgPool2dChw`: NN/GraphSpec/Primitives/Vision.lean @82bea12, deleted at 852c9c6
  globalAvgPool := fun c h w => some (
    if h₁ : c > 0 then
      if h₂ : h ≠ 0 then
        if h₃ : w ≠ 0 then .ok ⟨_, _, _, NN.GraphSpec.Primitive.globalAvgPool2dChw c h w h₁ h₂ h₃⟩
        else .error "global_avg_pool2d_chw: w is 0"
      else .error "global_avg_pool2d_chw: h is 0"
    else .error "global_avg_pool2d_chw: c is 0")

/-- The checkout's convolutional model, in the sizes of its tutorial. -/
def cnnGraphs : List (String × AnyGraph) :=
  [ ("models/cnn2", ⟨_, _, _, NN.GraphSpec.Models.cnn2 1 2 3 4 8 8 3 3 1 1 1 1 2 2 2 2
      (h_inC := by decide) (h_c1 := by decide) (_h_c2 := by decide) (h_kH := by decide) (h_kW := by decide)
      (h_poolKH := by decide) (h_poolKW := by decide)
      (h_poolStride1 := by decide) (h_poolStride2 := by decide)⟩) ]

/-- The same as a written-out layer stack. -/
def cnnStacks : List (String × List XCheck.Attrs × AnySeq) :=
  [ ("stacks/cnn2", XCheck.GraphModels.cnnLayers, ⟨_, _, NN.GraphSpec.Models.TorchLean.cnn2 1 2 3 4 8 8 3 3 1 1 1 1 2 2 2 2
      (h_inC := by decide) (h_c1 := by decide) (_h_c2 := by decide) (h_kH := by decide) (h_kW := by decide)
      (h_poolKH := by decide) (h_poolKW := by decide)⟩) ]

/-- The geometry is in the names on this surface, so no graph needs `attrs`. -/
def graphs : List (String × Except String Built) :=
  (XCheck.GraphModels.graphs ++ cnnGraphs).map (fun p => (p.1, XCheck.Surface.plain p.2 []))

def stacks : List (String × List XCheck.Attrs × AnySeq) :=
  XCheck.GraphModels.models ++ cnnStacks ++ XCheck.GraphModels.builders

end XCheck.Compat
