/-
The models and layer builders of a `Graph` checkout as named cases. Only names with the same arguments from fd2c196 to b2a2184 are
here; the convolutional model, which was renamed, is in `Compat`. Paths are those of 82bea12; see the head of `Graph.lean` for
where they moved.
-/
import XCheck.Graph
import NN.GraphSpec.Models.Mlp                      -- NN/GraphSpec/Models/Mlp.lean @82bea12
import NN.GraphSpec.Models.TorchLean.Mlp            -- NN/GraphSpec/Models/TorchLean/Mlp.lean @82bea12
import NN.GraphSpec.Models.TorchLean.Autoencoder    -- NN/GraphSpec/Models/TorchLean/Autoencoder.lean @82bea12
import NN.GraphSpec.Models.TorchLean.TransformerBlock  -- NN/GraphSpec/Models/TorchLean/TransformerBlock.lean @82bea12

namespace XCheck.GraphModels

open XCheck.Surface (AnyGraph AnySeq)
open Spec (Shape)
open NN.GraphSpec (Graph)

def vec (n : Nat) : Shape := .dim n .scalar
def mat (m n : Nat) : Shape := .dim m (.dim n .scalar)
def chw (c h w : Nat) : Shape := .dim c (.dim h (.dim w .scalar))

/-- Chains: the checkout's MLP, and small ones in which association, identities and counters can be seen.
`Models.mlp`: NN/GraphSpec/Models/Mlp.lean; `Graph.linear`, `relu`, `softmax`: NN/GraphSpec/Core.lean;
`Graph.flatten`, `batchnormChw`: NN/GraphSpec/Primitives/Vision.lean; all @82bea12. -/
def graphs : List (String × AnyGraph) :=
  [ ("models/mlp-2-3-1", ⟨_, _, _, NN.GraphSpec.Models.mlp 2 3 1⟩)
  , ("models/mlp-4-8-2", ⟨_, _, _, NN.GraphSpec.Models.mlp 4 8 2⟩)
  , ("mlp/left-nested",
      ⟨_, _, _, Graph.seq (Graph.seq (Graph.linear 4 8) (Graph.relu (vec 8))) (Graph.linear 8 2)⟩)
  , ("mlp/with-identities",
      ⟨_, _, _, Graph.seq (Graph.seq (Graph.id (vec 4)) (Graph.linear 4 3))
        (Graph.seq (Graph.seq (Graph.relu (vec 3)) (Graph.id (vec 3))) (Graph.linear 3 2))⟩)
  , ("mlp/softmax-head",
      ⟨_, _, _, Graph.seq (Graph.linear 5 6) (Graph.seq (Graph.relu (vec 6))
        (Graph.seq (Graph.linear 6 3) (Graph.softmax (vec 3))))⟩)
  , ("identity/single", ⟨_, _, _, Graph.id (vec 3)⟩)
  , ("softmax/matrix", ⟨_, _, _, Graph.softmax (mat 3 4)⟩)
  , ("flatten/rank-3", ⟨_, _, _, Graph.seq (Graph.flatten (chw 2 3 2)) (Graph.linear (Spec.Shape.size (chw 2 3 2)) 3)⟩)
  , ("counter/bn-counts",
      ⟨_, _, _, Graph.seq (Graph.batchnormChw 2 3 3 (by decide) (by decide) (by decide))
        (Graph.seq (Graph.flatten (chw 2 3 3)) (Graph.linear (Spec.Shape.size (chw 2 3 3)) 2))⟩) ]

/-! ## Layer stacks

`attrs` name each layer's builder and its arguments, which a `Seq` value does not show. All builders are in the namespace
`Runtime.Autograd.TorchLean.NN`: NN/Runtime/Autograd/TorchLean/NN.lean @82bea12. -/

def layer (builder : String) (args : List (String × Nat)) : Attrs :=
  ("builder", Value.str builder) :: args.map (fun a => (a.1, Value.nat a.2))

def linearLayer (inDim outDim seedW seedB : Nat) : Attrs :=
  layer "linear" [("inDim", inDim), ("outDim", outDim), ("seedW", seedW), ("seedB", seedB)]

def convLayer (inC outC extent seedK seedB : Nat) : Attrs :=
  layer "conv2d" [("inC", inC), ("outC", outC), ("kH", 3), ("kW", 3), ("stride", 1), ("padding", 1),
    ("inH", extent), ("inW", extent), ("seedK", seedK), ("seedB", seedB)]

def poolLayer (inC extent : Nat) : Attrs :=
  layer "maxPool2d" [("kH", 2), ("kW", 2), ("inH", extent), ("inW", extent), ("inC", inC), ("stride", 2)]

/-- The layers of the convolutional stack in `Compat`, with its written-out seeds: NN/GraphSpec/Models/TorchLean/Cnn.lean
@82bea12, @b2a2184. -/
def cnnLayers : List Attrs :=
  [ convLayer 1 2 8 0 1, layer "relu" [], poolLayer 2 8
  , convLayer 2 3 4 2 3, layer "relu" [], poolLayer 3 4
  , layer "flatten" [], linearLayer 12 4 4 5 ]

/-- `Models.TorchLean.*`, layer by layer as in NN/GraphSpec/Models/TorchLean/{Mlp,Autoencoder,TransformerBlock}.lean @82bea12,
@b2a2184. -/
def models : List (String × List Attrs × AnySeq) :=
  [ ("stacks/mlp", [linearLayer 2 3 0 0, layer "relu" [], linearLayer 3 1 0 0],
      ⟨_, _, NN.GraphSpec.Models.TorchLean.mlp 2 3 1⟩)
  , ("stacks/mlp-seeds-0123", [linearLayer 2 3 0 1, layer "relu" [], linearLayer 3 1 2 3],
      ⟨_, _, NN.GraphSpec.Models.TorchLean.mlp 2 3 1 0 1 2 3⟩)
  , ("stacks/mlpClassifier", [linearLayer 4 5 0 0, layer "relu" [], linearLayer 5 3 0 0],
      ⟨_, _, NN.GraphSpec.Models.TorchLean.mlpClassifier 4 5 3⟩)
  , ("stacks/softmaxRegression", [linearLayer 4 3 0 0], ⟨_, _, NN.GraphSpec.Models.TorchLean.softmaxRegression 4 3⟩)
  , ("stacks/autoencoder", [linearLayer 4 2 0 0, layer "tanh" [], linearLayer 2 4 0 0],
      ⟨_, _, NN.GraphSpec.Models.TorchLean.autoencoder 4 2⟩)
  , ("stacks/transformerBlock",
      [ layer "multiHeadAttention" [("batch", 1), ("n", 2), ("dModel", 4), ("numHeads", 2), ("headDim", 2), ("seedW", 3)]
      , layer "layerNorm" [("batch", 1), ("seqLen", 2), ("embedDim", 4), ("seedGamma", 0), ("seedBeta", 0)] ],
      ⟨_, _, NN.GraphSpec.Models.TorchLean.transformerBlock 1 2 4 2 2
        (h_n := by decide) (h_dModel := by decide) (seedW := 3)⟩) ]

/-! ## Single layers -/

def single {σ τ : Shape} (l : Runtime.Autograd.TorchLean.NN.LayerDef σ τ) : AnySeq :=
  ⟨σ, τ, .cons l (.id τ)⟩

def layerCase (name builder : String) (args : List (String × Nat)) (s : AnySeq) : String × List Attrs × AnySeq :=
  ("layers/" ++ name, [layer builder args], s)

def affine : List (String × List Attrs × AnySeq) :=
  [ layerCase "linear" "linear" [("inDim", 3), ("outDim", 4), ("seedW", 7), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.linear 3 4 7 1))
  , layerCase "linear2d" "linear2d" [("batch", 2), ("inDim", 3), ("outDim", 4), ("seedW", 7), ("seedB", 0)]
      (single (Runtime.Autograd.TorchLean.NN.linear2d 2 3 4 7 0))
  , layerCase "rnn" "rnn" [("seqLen", 3), ("inputSize", 2), ("hiddenSize", 3), ("seedW", 5), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.rnn 3 2 3 5 1))
  , layerCase "gru" "gru" [("seqLen", 3), ("inputSize", 2), ("hiddenSize", 3), ("seedW", 5), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.gru 3 2 3 5 1))
  , layerCase "lstm" "lstm" [("seqLen", 3), ("inputSize", 2), ("hiddenSize", 3), ("seedW", 5), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.lstm 3 2 3 5 1))
  , layerCase "mamba" "mamba" [("seqLen", 3), ("inputSize", 2), ("hiddenSize", 3), ("seedW", 5), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.mamba 3 2 3 5 1)) ]

def pointwise : List (String × List Attrs × AnySeq) :=
  [ layerCase "relu" "relu" [] (single (Runtime.Autograd.TorchLean.NN.relu (s := mat 2 5)))
  , layerCase "silu" "silu" [] (single (Runtime.Autograd.TorchLean.NN.silu (s := mat 2 5)))
  , layerCase "gelu" "gelu" [] (single (Runtime.Autograd.TorchLean.NN.gelu (s := mat 2 5)))
  , layerCase "sigmoid" "sigmoid" [] (single (Runtime.Autograd.TorchLean.NN.sigmoid (s := mat 2 5)))
  , layerCase "tanh" "tanh" [] (single (Runtime.Autograd.TorchLean.NN.tanh (s := mat 2 5)))
  , layerCase "softmax" "softmax" [] (single (Runtime.Autograd.TorchLean.NN.softmax (s := mat 2 5)))
  , layerCase "square" "square" [] (single (Runtime.Autograd.TorchLean.NN.square (s := mat 2 5)))
  , layerCase "sum" "sum" [] (single (Runtime.Autograd.TorchLean.NN.sum (s := mat 2 5)))
  , layerCase "flatten" "flatten" [] (single (Runtime.Autograd.TorchLean.NN.flatten (s := mat 2 5)))
  , layerCase "flattenKeep0" "flattenKeep0" []
      (single (Runtime.Autograd.TorchLean.NN.flattenKeep0 (batch := 2) (s := mat 3 2)))
  , ("layers/dropout", [[("builder", .str "dropout"), ("p", .float 0x3fd0000000000000), ("seed", .nat 7)]],
      single (Runtime.Autograd.TorchLean.NN.dropout (s := mat 3 4) (Float.ofBits 0x3fd0000000000000) 7)) ]

def normalisation : List (String × List Attrs × AnySeq) :=
  [ layerCase "layerNorm" "layerNorm" [("batch", 2), ("seqLen", 2), ("embedDim", 3), ("seedGamma", 1), ("seedBeta", 2)]
      (single (Runtime.Autograd.TorchLean.NN.layerNorm 2 2 3 (h_seq_pos := by decide) (h_embed_pos := by decide) 1 2))
  , layerCase "rmsNorm" "rmsNorm" [("batch", 2), ("seqLen", 2), ("embedDim", 3), ("seedGamma", 1)]
      (single (Runtime.Autograd.TorchLean.NN.rmsNorm 2 2 3 (h_seq_pos := by decide) (h_embed_pos := by decide) 1))
  , layerCase "batchnormChannelFirst" "batchnormChannelFirst"
      [("channels", 3), ("height", 2), ("width", 4), ("seedGamma", 1), ("seedBeta", 2)]
      (single (Runtime.Autograd.TorchLean.NN.batchnormChannelFirst 3 2 4
        (h_c := by decide) (h_h := by decide) (h_w := by decide) 1 2))
  , layerCase "batchnormChannelFirstEval" "batchnormChannelFirstEval"
      [("channels", 3), ("height", 2), ("width", 4), ("seedGamma", 1), ("seedBeta", 2), ("seedMean", 3), ("seedVar", 4)]
      (single (Runtime.Autograd.TorchLean.NN.batchnormChannelFirstEval 3 2 4
        (h_c := by decide) (h_h := by decide) (h_w := by decide) 1 2 3 4))
  , ("layers/batchnormChannelFirstMode",
      [[("builder", .str "batchnormChannelFirstMode"), ("channels", .nat 3), ("height", .nat 2), ("width", .nat 4),
        ("seedGamma", .nat 1), ("seedBeta", .nat 2), ("seedMean", .nat 3), ("seedVar", .nat 4),
        ("momentum", .float 0x3fd0000000000000)]],
      single (Runtime.Autograd.TorchLean.NN.batchnormChannelFirstMode 3 2 4
        (h_c := by decide) (h_h := by decide) (h_w := by decide) 1 2 3 4 (Float.ofBits 0x3fd0000000000000)))
  , layerCase "instanceNorm2dNchw" "instanceNorm2dNchw"
      [("n", 2), ("c", 2), ("h", 2), ("w", 3), ("seedGamma", 1), ("seedBeta", 2)]
      (single (Runtime.Autograd.TorchLean.NN.instanceNorm2dNchw 2 2 2 3
        (h_n_pos := by decide) (h_c_pos := by decide) (h_h_pos := by decide) (h_w_pos := by decide) 1 2))
  , layerCase "groupNorm2dNchw" "groupNorm2dNchw"
      [("n", 1), ("c", 4), ("h", 2), ("w", 2), ("groups", 2), ("seedGamma", 1), ("seedBeta", 2)]
      (single (Runtime.Autograd.TorchLean.NN.groupNorm2dNchw 1 4 2 2 2
        (h_n_pos := by decide) (h_c_pos := by decide) (h_h_pos := by decide) (h_w_pos := by decide) (h_g_pos := by decide)
        (by decide) (by decide) 1 2))
  , layerCase "batchNorm2dNchw" "batchNorm2dNchw"
      [("n", 2), ("c", 2), ("h", 2), ("w", 3), ("seedGamma", 1), ("seedBeta", 2)]
      (single (Runtime.Autograd.TorchLean.NN.batchNorm2dNchw 2 2 2 3
        (h_n_pos := by decide) (h_c_pos := by decide) (h_h_pos := by decide) (h_w_pos := by decide) 1 2))
  , ("layers/batchNorm2dNchwMode",
      [[("builder", .str "batchNorm2dNchwMode"), ("n", .nat 2), ("c", .nat 2), ("h", .nat 2), ("w", .nat 3),
        ("seedGamma", .nat 1), ("seedBeta", .nat 2), ("seedMean", .nat 3), ("seedVar", .nat 4),
        ("momentum", .float 0x3fd0000000000000)]],
      single (Runtime.Autograd.TorchLean.NN.batchNorm2dNchwMode 2 2 2 3
        (h_n_pos := by decide) (h_c_pos := by decide) (h_h_pos := by decide) (h_w_pos := by decide) 1 2 3 4
        (Float.ofBits 0x3fd0000000000000))) ]

def spatial : List (String × List Attrs × AnySeq) :=
  [ layerCase "conv2d" "conv2d"
      [("inC", 2), ("outC", 3), ("kH", 3), ("kW", 2), ("stride", 2), ("padding", 1), ("inH", 5), ("inW", 4), ("seedK", 3), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.conv2d 2 3 3 2 2 1 5 4
        (h1 := by decide) (h2 := by decide) (h3 := by decide) 3 1))
  , layerCase "convTranspose2d" "convTranspose2d"
      [("inC", 2), ("outC", 3), ("kH", 3), ("kW", 2), ("stride", 2), ("padding", 1), ("inH", 3), ("inW", 3), ("seedK", 3), ("seedB", 1)]
      (single (Runtime.Autograd.TorchLean.NN.convTranspose2d 2 3 3 2 2 1 3 3
        (h1 := by decide) (h2 := by decide) (h3 := by decide) 3 1))
  , layerCase "maxPool2d" "maxPool2d" [("kH", 2), ("kW", 2), ("inH", 5), ("inW", 4), ("inC", 2), ("stride", 2)]
      (single (Runtime.Autograd.TorchLean.NN.maxPool2d 2 2 5 4 2 2 (h1 := by decide) (h2 := by decide)))
  , layerCase "maxPool2dPad" "maxPool2dPad"
      [("kH", 3), ("kW", 2), ("inH", 5), ("inW", 4), ("inC", 2), ("stride", 2), ("padding", 1)]
      (single (Runtime.Autograd.TorchLean.NN.maxPool2dPad 3 2 5 4 2 2 1 (h1 := by decide) (h2 := by decide)))
  , layerCase "avgPool2d" "avgPool2d" [("kH", 2), ("kW", 2), ("inH", 5), ("inW", 4), ("inC", 2), ("stride", 2)]
      (single (Runtime.Autograd.TorchLean.NN.avgPool2d 2 2 5 4 2 2 (by decide) (by decide)))
  , layerCase "avgPool2dPad" "avgPool2dPad"
      [("kH", 3), ("kW", 2), ("inH", 5), ("inW", 4), ("inC", 2), ("stride", 2), ("padding", 1)]
      (single (Runtime.Autograd.TorchLean.NN.avgPool2dPad 3 2 5 4 2 2 1 (by decide) (by decide)))
  , layerCase "multiHeadAttention" "multiHeadAttention"
      [("batch", 1), ("n", 3), ("dModel", 4), ("numHeads", 2), ("headDim", 2), ("seedW", 3)]
      (single (Runtime.Autograd.TorchLean.NN.multiHeadAttention 1 3 4 2 2 (h1 := by decide) (seedW := 3))) ]

def builders : List (String × List Attrs × AnySeq) :=
  affine ++ pointwise ++ normalisation ++ spatial

end XCheck.GraphModels
