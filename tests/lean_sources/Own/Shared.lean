module

namespace Own

open Spec

variable (width : Nat)

/-- Weight and bias of a square linear layer. -/
abbrev squareParams : List Shape :=
  [.dim width (.dim width .scalar), .dim width .scalar]

end Own
