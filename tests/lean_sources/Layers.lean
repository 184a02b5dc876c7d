/- Own layer stacks, written with the builders of `TorchLean.NN`. -/
module

@[expose] public section

namespace OwnStacks

open Spec Runtime.Autograd.TorchLean

def autoencoder (inDim hidDim : Nat) (seedW1 seedB1 seedW2 seedB2 : Nat := 0) :
    NN.Seq (.dim inDim .scalar) (.dim inDim .scalar) :=
  tlseq[
    NN.linear inDim hidDim (seedW := seedW1) (seedB := seedB1),
    NN.tanh,
    NN.linear hidDim inDim
      (seedW := seedW2) (seedB := seedB2)
  ]

def attention (batch n width heads : Nat) {h_n : n ≠ 0} {h_width : width > 0} (seed : Nat := 5) :
    NN.Seq (.dim batch (.dim n (.dim width .scalar))) (.dim batch (.dim n (.dim width .scalar))) :=
  tlseq [
    NN.multiHeadAttention (batch := batch) (n := n) (dModel := width) (numHeads := heads)
      (headDim := width / heads) (h1 := h_n) (seedW := seed),
    NN.layerNorm batch n width (h_seq_pos := Nat.pos_of_ne_zero h_n) (h_embed_pos := h_width)
  ]

def startsWithShapeFromRight :=
  tlseq[NN.relu, NN.sigmoid, NN.linear 3 2]

def convolutional (size : Nat) :=
  tlseq[
    NN.conv2d 1 2 3 3 1 1 size size (h1 := by decide) (h2 := by decide) (h3 := by decide) (seedK := 9),
    NN.gelu, NN.flatten, NN.linear (2 * size * size) 4 1 2]

end OwnStacks
