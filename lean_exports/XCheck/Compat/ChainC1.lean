/-
Compat for the first `Chain` revisions: two-convolution model.

Written for: a351909, 801eb0e (September 2026).
Copied to `XCheck/Compat.lean`. The rest of the exporter sees a checkout of this surface through `XCheck/Chain.lean` and through
what is defined here.
-/
import XCheck.Chain
import XCheck.ChainModels
import NN.GraphSpec.Models.Cnn   -- NN/GraphSpec/Models/Cnn.lean @a351909

namespace XCheck.Compat

open XCheck.Surface (AnyGraph AnySeq Built)

def defaultProfile : String := "tl-2026-09-c1"

/-- The checkout's convolutional model, in the sizes of the tutorial: `Models.twoConvCnn`, NN/GraphSpec/Models/Cnn.lean
@a351909. Its spatial arguments stand in the order spatial, kernel, convStride₁, convPadding₁, convStride₂, convPadding₂, poolKernel, poolStride₁,
poolPadding₁, poolStride₂, poolPadding₂. -/
def twoConvCnn : Except String Built :=
  let spatial := XCheck.Surface.natTensor 2 [8, 8]
  let three := XCheck.Surface.natTensor 2 [3, 3]
  let two := XCheck.Surface.natTensor 2 [2, 2]
  let one := XCheck.Surface.natTensor 2 [1, 1]
  let zero := XCheck.Surface.natTensor 2 [0, 0]
  if h : ∀ i : Fin 2, two.getScalar i ≠ 0 then
    XCheck.Surface.plain ⟨_, _, _, NN.GraphSpec.Models.twoConvCnn
        (inChannels := 1) (firstChannels := 2) (secondChannels := 3) (outputSize := 4)
        spatial three one one one one two two zero two zero
        (hPoolKernel := h) (hPoolStride₁ := h) (hPoolStride₂ := h)⟩
      [XCheck.ChainModels.conv3, [], XCheck.ChainModels.pool2, XCheck.ChainModels.conv3, [], XCheck.ChainModels.pool2, [], []]
  else .error "twoConvCnn: a pooling extent is 0"

def cnnGraphs : List (String × Except String Built) :=
  [("models/twoConvCnn", twoConvCnn)]

def graphs : List (String × Except String Built) :=
  XCheck.ChainModels.graphs ++ cnnGraphs

/-- The written-out `Seq` models of the earlier surface are gone. -/
def stacks : List (String × List XCheck.Attrs × AnySeq) :=
  XCheck.ChainModels.stacks

end XCheck.Compat
