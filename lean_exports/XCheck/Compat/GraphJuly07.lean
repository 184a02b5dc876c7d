/-
Compat for the `Graph` surface after the renaming of 2026-07-07, before the raw shapes.

Written for: b0afc9d (2026-07-07), 6f312be and c1043f1 (07-10).
Copied to `XCheck/Compat.lean`. The rest of the exporter sees a checkout of this surface through `XCheck/Graph.lean` and through
what is defined here.
-/
import XCheck.Graph
import XCheck.GraphModels
import NN.Runtime.Autograd.TorchLean.Autodiff   -- NN/Runtime/Autograd/TorchLean/Autodiff.lean @b0afc9d
import NN.GraphSpec.Models.Cnn                  -- NN/GraphSpec/Models/Cnn.lean @b0afc9d
import NN.GraphSpec.Models.TorchLean.Cnn        -- NN/GraphSpec/Models/TorchLean/Cnn.lean @b0afc9d

namespace XCheck.Compat

open XCheck.Surface (Revision AnyGraph AnySeq Built)

def defaultProfile : String := "tl-2026-06"

instance : Revision where
  kind := fun l => some l.kind                 -- field `kind` of `LayerDef`: NN/Runtime/Autograd/TorchLean/NN/Core.lean @b0afc9d
  -- `Autodiff.compileGraph`, `CompiledGraph.forward`:
  -- NN/Runtime/Autograd/TorchLean/Autodiff.lean, NN/Runtime/Autograd/Torch/Core/Compiled.lean, both @b0afc9d
  compiled := fun {ps ins τ} f args => do
    let c ← Runtime.Autograd.TorchLean.Autodiff.compileGraph (α := Float) (paramShapes := ps) (inputShapes := ins) (τ := τ)
      (fun {β} _ _ => f (β := β))
    return Runtime.Autograd.Torch.CompiledGraph.forward c args
  -- `Primitive.conv2d`: NN/GraphSpec/Primitives/Vision.lean @b0afc9d; `hStride` since 564289f
  conv2d := fun inC outC kH kW stride padding inH inW =>
    if h₁ : inC ≠ 0 then
      if h₂ : kH ≠ 0 then
        if h₃ : kW ≠ 0 then
          if h₄ : stride ≠ 0 then
            .ok ⟨_, _, _, NN.GraphSpec.Primitive.conv2d inC outC kH kW stride padding inH inW
              (h_inC := h₁) (h_kH := h₂) (h_kW := h₃) (hStride := h₄)⟩
          else .error "conv2d: the stride is 0"
        else .error "conv2d: kW is 0"
      else .error "conv2d: kH is 0"
    else .error "conv2d: inC is 0"
  -- `Primitive.globalAvgPool2dChw`: NN/GraphSpec/Primitives/Vision.lean @b0afc9d, deleted at 852c9c6
  globalAvgPool := fun c h w => some (
    if h₁ : c > 0 then
      if h₂ : h ≠ 0 then
        if h₃ : w ≠ 0 then .ok ⟨_, _, _, NN.GraphSpec.Primitive.globalAvgPool2dChw c h w h₁ h₂ h₃⟩
        else .error "global_avg_pool2d_chw: w is 0"
      else .error "global_avg_pool2d_chw: h is 0"
    else .error "global_avg_pool2d_chw: c is 0")

/-- The checkout's convolutional model, in the sizes of its tutorial. -/
def cnnGraphs : List (String × AnyGraph) :=
  [ ("models/twoConvCnn", ⟨_, _, _, NN.GraphSpec.Models.twoConvCnn 1 2 3 4 8 8 3 3 1 1 1 1 2 2 2 2
      (h_inC := by decide) (h_c1 := by decide) (_h_c2 := by decide) (h_kH := by decide) (h_kW := by decide)
      (h_stride1 := by decide) (h_stride2 := by decide) (h_poolKH := by decide) (h_poolKW := by decide)
      (h_poolStride1 := by decide) (h_poolStride2 := by decide)⟩) ]

/-- The same as a written-out layer stack. -/
def cnnStacks : List (String × List XCheck.Attrs × AnySeq) :=
  [ ("stacks/twoConvCnn", XCheck.GraphModels.cnnLayers, ⟨_, _, NN.GraphSpec.Models.TorchLean.twoConvCnn 1 2 3 4 8 8 3 3 1 1 1 1 2 2 2 2
      (h_inC := by decide) (h_c1 := by decide) (_h_c2 := by decide) (h_kH := by decide) (h_kW := by decide)
      (h_poolKH := by decide) (h_poolKW := by decide)⟩) ]

/-- The geometry is in the names on this surface, so no graph needs `attrs`. -/
def graphs : List (String × Except String Built) :=
  (XCheck.GraphModels.graphs ++ cnnGraphs).map (fun p => (p.1, XCheck.Surface.plain p.2 []))

def stacks : List (String × List XCheck.Attrs × AnySeq) :=
  XCheck.GraphModels.models ++ cnnStacks ++ XCheck.GraphModels.builders

end XCheck.Compat
