/-
Compat for the `Chain` revision with `Models.classifier`.

Written for: 996dda0 (October 2026).
Copied to `XCheck/Compat.lean`. The rest of the exporter sees a checkout of this surface through `XCheck/Chain.lean` and through
what is defined here.
-/
import XCheck.Chain
import XCheck.ChainModels
import NN.GraphSpec.Models.Classifier   -- NN/GraphSpec/Models/Classifier.lean @996dda0

namespace XCheck.Compat

open XCheck.Surface (AnyGraph AnySeq Built)

def defaultProfile : String := "tl-2026-09-c2"

/-- The checkout's classifier over the tutorial's feature chain: `Models.classifier`, NN/GraphSpec/Models/Classifier.lean @996dda0. -/
def classifier : Except String Built :=
  match XCheck.Surface.build XCheck.ChainModels.features with
  | .error e => .error e
  | .ok f => XCheck.Surface.plain ⟨_, _, _, NN.GraphSpec.Models.classifier f.any.graph 4⟩ (f.attrs ++ [[], []])

def cnnGraphs : List (String × Except String Built) :=
  [("models/classifier", classifier)]

def graphs : List (String × Except String Built) :=
  XCheck.ChainModels.graphs ++ cnnGraphs

/-- The written-out `Seq` models of the earlier surface are gone. -/
def stacks : List (String × List XCheck.Attrs × AnySeq) :=
  XCheck.ChainModels.stacks

end XCheck.Compat
