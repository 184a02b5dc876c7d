/-
The models of a `Chain` checkout as named cases; the convolutional model, which was renamed twice, is in `Compat`.

Chains with geometry are written as expressions of the export format and built like a request: the builder evaluates and
compares the shapes, where a term would have to type by reduction of tensors.
-/
import XCheck.Chain
import NN.GraphSpec.Models.Mlp                                -- NN/GraphSpec/Models/Mlp.lean @a351909
import NN.Runtime.Autograd.Model.Layers.Activations           -- imported by Chain/Primitives.lean @a351909
import NN.Runtime.Autograd.Model.Layers.Recurrent             -- imported by Chain/Primitives.lean @a351909

namespace XCheck.ChainModels

open XCheck.Surface (AnyGraph AnySeq Built plain)
open NN.GraphSpec (Chain)

def conv3 : Attrs := [("kernel", .nats [3, 3]), ("stride", .nats [1, 1]), ("padding", .nats [1, 1])]
def pool2 : Attrs := [("kernel", .nats [2, 2]), ("stride", .nats [2, 2]), ("padding", .nats [0, 0])]

def p (name : String) (attrs : Attrs) (params : List (List Nat)) (input output : List Nat) (counts : Bool) : Expr :=
  .prim name attrs { params := params, input := input, output := output } counts true

def chain : List Expr → Expr → Expr
  | [], last => last
  | e :: es, last => .seq e (chain es last)

/-- The feature chain of the checkout's tutorial. -/
def features : Expr :=
  chain
    [ p "conv(rank=2,in=1,out=2)" conv3 [[2, 1, 3, 3], [2]] [1, 8, 8] [2, 8, 8] true
    , p "relu" [] [] [2, 8, 8] [2, 8, 8] false
    , p "max_pool(rank=2)" pool2 [] [2, 8, 8] [2, 4, 4] false
    , p "conv(rank=2,in=2,out=3)" conv3 [[3, 2, 3, 3], [3]] [2, 4, 4] [3, 4, 4] true
    , p "relu" [] [] [3, 4, 4] [3, 4, 4] false ]
    (p "max_pool(rank=2)" pool2 [] [3, 4, 4] [3, 2, 2] false)

def perAxis : Expr :=
  chain
    [ p "conv(rank=2,in=2,out=2)" [("kernel", .nats [3, 2]), ("stride", .nats [2, 1]), ("padding", .nats [1, 0])]
        [[2, 2, 3, 2], [2]] [2, 6, 7] [2, 3, 6] true
    , p "batch_norm(channels=2,rank=2)" [] [[2], [2]] [2, 3, 6] [2, 3, 6] true ]
    (p "flatten" [] [] [2, 3, 6] [36] false)

def conv1d : Expr :=
  chain [p "conv(rank=1,in=2,out=3)" [("kernel", .nats [3]), ("stride", .nats [2]), ("padding", .nats [0])]
    [[3, 2, 3], [3]] [2, 9] [3, 4] true]
    (p "max_pool(rank=1)" [("kernel", .nats [2]), ("stride", .nats [2]), ("padding", .nats [0])] [] [3, 4] [3, 2] false)

/-- `Models.mlp`: NN/GraphSpec/Models/Mlp.lean @a351909; `Chain.linear`, `relu`: NN/GraphSpec/Chain/Primitives.lean @a351909. -/
def graphs : List (String × Except String Built) :=
  [ ("models/mlp-2-3-1", plain ⟨_, _, _, NN.GraphSpec.Models.mlp 2 3 1⟩ [])
  , ("models/mlp-4-8-2", plain ⟨_, _, _, NN.GraphSpec.Models.mlp 4 8 2⟩ [])
  , ("mlp/left-nested", plain ⟨_, _, _, Chain.seq (Chain.seq (Chain.linear 4 8) (Chain.relu [8])) (Chain.linear 8 2)⟩ [])
  , ("mlp/with-identities",
      plain ⟨_, _, _, Chain.seq (Chain.seq (Chain.id [4]) (Chain.linear 4 3))
        (Chain.seq (Chain.seq (Chain.relu [3]) (Chain.id [3])) (Chain.linear 3 2))⟩ [])
  , ("identity/single", plain ⟨_, _, _, Chain.id [3]⟩ [])
  , ("softmax/axis-0", XCheck.Surface.build (p "softmax" [("axis", .nat 0)] [] [3, 4] [3, 4] false))
  , ("softmax/axis-1", XCheck.Surface.build (p "softmax" [("axis", .nat 1)] [] [3, 4] [3, 4] false))
  , ("conv/features", XCheck.Surface.build features)
  , ("conv/per-axis", XCheck.Surface.build perAxis)
  , ("conv/rank-1", XCheck.Surface.build conv1d) ]

def single {σ τ : Spec.Shape} (l : Runtime.Autograd.Model.Layers.Layer σ τ) : AnySeq :=
  ⟨σ, τ, .cons l (.id τ)⟩

/-- Two builders: `linear`, whose arguments are `inputWidth`, `outputWidth` and `weightSeed`, NN/Runtime/Autograd/Model/Layers/Recurrent.lean
@a351909, @3447b74, and `relu`. The layer catalogue of this surface is otherwise not covered. -/
def stacks : List (String × List Attrs × AnySeq) :=
  [ ("layers/linear", [[("builder", .str "linear"), ("inputWidth", .nat 3), ("outputWidth", .nat 4), ("weightSeed", .nat 7)]],
      single (Runtime.Autograd.Model.Layers.linear 3 4 (weightSeed := 7)))
  , ("layers/relu", [[("builder", .str "relu")]], single (Runtime.Autograd.Model.Layers.relu (s := [2, 5]))) ]

end XCheck.ChainModels
