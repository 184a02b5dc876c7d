/-
The text side of the exporter: what a `.tlx` item looks like, and how a request is read.

Nothing here names TorchLean, so this file is the same for every revision. It is written with `String.push` and
lists of characters only: the string library changed between Lean 4.29 and 4.34, these parts did not.
-/

namespace XCheck

/-! ## Plain records

`Graph` and `Seq` live in `Type 2` (May to August) or in `Type 2` and `Type 1` (`Chain`), so they cannot be results in `IO`. Everything
that is printed is therefore first turned into one of these records, which live in `Type`. -/

/-- A tensor as the format has it: dimensions outermost first, and the bits of its elements in row-major order. -/
structure BitTensor where
  shape : List Nat
  bits : Array UInt64
deriving Inhabited, BEq

inductive Value where
  | nat (n : Nat)
  | bool (b : Bool)
  | str (s : String)
  | float (w : UInt64)
  | nats (ns : List Nat)
deriving Inhabited, BEq

abbrev Attrs := List (String × Value)

structure Sig where
  params : List (List Nat)
  input : List Nat
  output : List Nat
deriving Inhabited, BEq

inductive Expr where
  | id (s : List Nat)
  | prim (name : String) (attrs : Attrs) (sig : Sig) (counts layer : Bool)
  | seq (a b : Expr)

instance : Inhabited Expr := ⟨.id []⟩

/-- One layer of a `Seq`. `kind` is `none` where the revision has no such field. -/
structure LayerInfo where
  kind : Option String
  sig : Sig
  grad : List Bool
deriving Inhabited

inductive Via where
  | spec
  | eager
  | compiled
deriving Inhabited, BEq

structure Forward where
  start : Nat
  train : Bool
  via : Via
  params : Option (List BitTensor)
  input : BitTensor
deriving Inhabited

inductive Ask where
  | dag
  | lower (start : Nat)
  | init (start : Nat)
  | detInit (start : Nat)
  | forward (f : Forward)
deriving Inhabited

structure Request where
  name : String
  sig : Sig
  expr : Expr
  asks : List Ask
deriving Inhabited

/-- A piece of an answer: an item of the format, or the reason why there is none. -/
inductive Entry where
  | item (text : String)
  | refused (kind why : String)
  | error (cls why : String)
deriving Inhabited

/-! ## Bits -/

/-- `Float.toBits` with every NaN written alike: the sign and payload of a NaN are not part of the format. -/
def canonBits (x : Float) : UInt64 :=
  if x.isNaN then 0x7ff8000000000000 else x.toBits

def elements (dims : List Nat) : Nat :=
  dims.foldl (fun acc n => acc * n) 1

def hexDigit (n : Nat) : Char :=
  if n < 10 then Char.ofNat (48 + n) else Char.ofNat (87 + n)

/-- Append the `k` lowest hex digits of `n`, most significant first. -/
def pushHex (n : Nat) : Nat → String → String
  | 0, s => s
  | k + 1, s => pushHex n k (s.push (hexDigit (n / 16 ^ k % 16)))

/-! ## Printing -/

def commas (xs : List String) : String :=
  String.intercalate ", " xs

def natsText (ns : List Nat) : String :=
  "[" ++ commas (ns.map toString) ++ "]"

def shapesText (ss : List (List Nat)) : String :=
  "[" ++ commas (ss.map natsText) ++ "]"

def pushEscaped (s : String) (c : Char) : String :=
  if c == '"' then s ++ "\\\""
  else if c == '\\' then s ++ "\\\\"
  else if c == '\n' then s ++ "\\n"
  else if c == '\t' then s ++ "\\t"
  else if c == '\r' then s ++ "\\r"
  else if c.toNat < 32 || c.toNat == 127 then pushHex c.toNat 2 (s ++ "\\x")
  else s.push c

/-- A Lean string literal. -/
def quote (s : String) : String :=
  (s.toList.foldl pushEscaped "\"").push '"'

def tensorText (t : BitTensor) : String :=
  t.bits.foldl (fun s w => pushHex w.toNat 16 s) ("f64 " ++ natsText t.shape ++ " 0x")

/-- `[` ... `]` with one tensor a line, indented below `pad`. -/
def tensorsText (pad : String) (ts : List BitTensor) : String :=
  match ts with
  | [] => "[]"
  | _ :: _ =>
    "[\n" ++ String.intercalate ",\n" (ts.map (fun t => pad ++ "  " ++ tensorText t)) ++ "\n" ++ pad ++ "]"

def valueText : Value → String
  | .nat n => toString n
  | .bool b => if b then "true" else "false"
  | .str s => quote s
  | .float w => pushHex w.toNat 16 "0x"
  | .nats ns => natsText ns

def attrsText (attrs : Attrs) : String :=
  match attrs with
  | [] => ""
  | _ :: _ => " {" ++ commas (attrs.map (fun a => a.1 ++ " := " ++ valueText a.2)) ++ "}"

def sigText (g : Sig) : String :=
  shapesText g.params ++ " |- " ++ natsText g.input ++ " -> " ++ natsText g.output

def exprText : Expr → String
  | .id s => "id " ++ natsText s
  | .prim name attrs sig counts layer =>
    "prim " ++ quote name ++ attrsText attrs ++ " : " ++ sigText sig ++
      (if counts then " counts" else "") ++ (if layer then " layer" else "")
  | .seq a b => "(" ++ exprText a ++ " >>> " ++ exprText b ++ ")"

def layerText (l : LayerInfo) (attrs : Attrs) : String :=
  "layer" ++ (match l.kind with | none => "" | some k => " " ++ quote k) ++ attrsText attrs ++ " : " ++ sigText l.sig ++
    " grad [" ++ commas (l.grad.map (fun b => if b then "true" else "false")) ++ "]"

/-- Layers with their `attrs`; a missing entry of the second list means that nothing is known. -/
def layerLines : List LayerInfo → List Attrs → List String
  | [], _ => []
  | l :: ls, [] => layerText l [] :: layerLines ls []
  | l :: ls, a :: rest => layerText l a :: layerLines ls rest

def layersText (ls : List LayerInfo) (attrs : List Attrs) : String :=
  match ls with
  | [] => "[]"
  | _ :: _ => "[\n  " ++ String.intercalate ",\n  " (layerLines ls attrs) ++ "\n]"

def viaText : Via → String
  | .spec => "spec"
  | .eager => "eager"
  | .compiled => "compiled"

def graphItem (name : String) (sig : Sig) (e : Expr) : String :=
  "graph " ++ quote name ++ " : " ++ sigText sig ++ " :=\n  " ++ exprText e ++ "\n"

def dagItem (name term : String) : String :=
  "dag " ++ quote name ++ " := " ++ term ++ "\n"

def lowerItem (name : String) (start : Nat) (r : Except String (Nat × List LayerInfo)) : String :=
  "lower " ++ quote name ++ " from " ++ toString start ++ " := " ++
    (match r with
      | .error e => "error " ++ quote e
      | .ok (next, ls) => "ok " ++ toString next ++ " " ++ layersText ls []) ++ "\n"

def initItem (name : String) (start : Nat) (ts : List BitTensor) : String :=
  "init " ++ quote name ++ " from " ++ toString start ++ " := " ++ tensorsText "" ts ++ "\n"

def detInitItem (name : String) (start : Nat) (r : Except String (Nat × List BitTensor)) : String :=
  "det_init " ++ quote name ++ " from " ++ toString start ++ " := " ++
    (match r with
      | .error e => "error " ++ quote e
      | .ok (next, ts) => "ok " ++ toString next ++ " " ++ tensorsText "" ts) ++ "\n"

def seqItem (name : String) (ls : List LayerInfo) (attrs : List Attrs) : String :=
  "seq " ++ quote name ++ " := " ++ layersText ls attrs ++ "\n"

/-- What a forward run gave. `buffers` is there for a train-mode run of a stack that updates buffers. -/
structure Outcome where
  trace : List BitTensor
  output : BitTensor
  buffers : Option (List BitTensor)

def forwardItem (name : String) (f : Forward) (r : Outcome) : String :=
  "forward " ++ quote name ++ " from " ++ toString f.start ++ " mode " ++ (if f.train then "train" else "eval") ++
    " via " ++ viaText f.via ++ "\n" ++
    (match f.params with | none => "" | some ps => "  params " ++ tensorsText "  " ps ++ "\n") ++
    "  input " ++ tensorText f.input ++ "\n" ++
    "  trace " ++ tensorsText "  " r.trace ++ "\n" ++
    "  output " ++ tensorText r.output ++ "\n" ++
    (match r.buffers with | none => "" | some bs => "  buffers " ++ tensorsText "  " bs ++ "\n")

/-! ## Reading: tokens -/

inductive Token where
  | str (s : String)
  | nat (n : Nat)
  | hex (ws : Array UInt64)
  | word (s : String)
  | sym (s : String)
deriving Inhabited

def Token.text : Token → String
  | .str s => quote s
  | .nat n => toString n
  | .hex _ => "0x..."
  | .word s => s
  | .sym s => s

def hexValue (c : Char) : Option Nat :=
  if c.isDigit then some (c.toNat - 48)
  else if 97 ≤ c.toNat && c.toNat ≤ 102 then some (c.toNat - 87)
  else if 65 ≤ c.toNat && c.toNat ≤ 70 then some (c.toNat - 55)
  else none

/-- `k` hex digits from the front. -/
def takeHex : Nat → Nat → List Char → Option (Nat × List Char)
  | 0, acc, cs => some (acc, cs)
  | _ + 1, _, [] => none
  | k + 1, acc, c :: cs =>
    match hexValue c with
    | none => none
    | some d => takeHex k (16 * acc + d) cs

partial def lexString (acc : String) (cs : List Char) : Except String (String × List Char) :=
  match cs with
  | [] => .error "a string literal is not closed"
  | c :: rest =>
    if c == '"' then .ok (acc, rest)
    else if c == '\n' then .error "a string literal holds a raw line break"
    else if c != '\\' then lexString (acc.push c) rest
    else
      match rest with
      | [] => .error "a string literal is not closed"
      | e :: more =>
        if e == 'n' then lexString (acc.push '\n') more
        else if e == 't' then lexString (acc.push '\t') more
        else if e == 'r' then lexString (acc.push '\r') more
        else if e == '"' || e == '\\' || e == '\'' then lexString (acc.push e) more
        else if e == 'x' then
          match takeHex 2 0 more with
          | some (n, left) => lexString (acc.push (Char.ofNat n)) left
          | none => .error "\\x needs two hex digits"
        else if e == 'u' then
          match takeHex 4 0 more with
          | some (n, left) => lexString (acc.push (Char.ofNat n)) left
          | none => .error "\\u needs four hex digits"
        else .error "unknown escape in a string literal"

/-- The words of `0x...`, sixteen digits each; `0x` alone is the empty tensor. -/
partial def lexHex (acc : Array UInt64) (cs : List Char) : Except String (Array UInt64 × List Char) :=
  match cs with
  | [] => .ok (acc, [])
  | c :: _ =>
    match hexValue c with
    | none => .ok (acc, cs)
    | some _ =>
      match takeHex 16 0 cs with
      | some (n, rest) => lexHex (acc.push n.toUInt64) rest
      | none => .error "the hex digits of a tensor are not a multiple of sixteen"

partial def lexNat (acc : Nat) (cs : List Char) : Nat × List Char :=
  match cs with
  | [] => (acc, [])
  | c :: rest => if c.isDigit then lexNat (10 * acc + (c.toNat - 48)) rest else (acc, cs)

def isWordChar (c : Char) : Bool :=
  c.isAlphanum || c == '_' || c == '.'

partial def lexWord (acc : String) (cs : List Char) : String × List Char :=
  match cs with
  | [] => (acc, [])
  | c :: rest => if isWordChar c then lexWord (acc.push c) rest else (acc, cs)

def symbolOf (cs : List Char) : Option (String × List Char) :=
  match cs with
  | '>' :: '>' :: '>' :: rest => some (">>>", rest)
  | ':' :: '=' :: rest => some (":=", rest)
  | '-' :: '>' :: rest => some ("->", rest)
  | '|' :: '-' :: rest => some ("|-", rest)
  | c :: rest =>
    if c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == ',' || c == ':' then
      some (String.singleton c, rest)
    else none
  | [] => none

partial def lexFrom (acc : Array Token) (cs : List Char) : Except String (List Token) :=
  match cs with
  | [] => .ok acc.toList
  | c :: rest =>
    if c.isWhitespace then lexFrom acc rest
    else if c == '"' then
      match lexString "" rest with
      | .error e => .error e
      | .ok (s, left) => lexFrom (acc.push (.str s)) left
    else if c == '0' && rest.head? == some 'x' then
      match lexHex #[] (rest.drop 1) with
      | .error e => .error e
      | .ok (ws, left) => lexFrom (acc.push (.hex ws)) left
    else if c.isDigit then
      match lexNat 0 cs with
      | (n, left) => lexFrom (acc.push (.nat n)) left
    else if isWordChar c then
      match lexWord "" cs with
      | (w, left) => lexFrom (acc.push (.word w)) left
    else
      match symbolOf cs with
      | some (s, left) => lexFrom (acc.push (.sym s)) left
      | none => .error ("no token starts with " ++ quote (String.singleton c))

/-! ## Reading: grammar -/

abbrev P := StateT (List Token) (Except String)

instance {α : Type} : Inhabited (P α) := ⟨throw "no parser"⟩

def failWith {α : Type} (expected : String) : P α := do
  match (← get) with
  | [] => throw ("expected " ++ expected ++ " at the end")
  | t :: _ => throw ("expected " ++ expected ++ " and found " ++ t.text)

/-- Take the symbol if it is next. -/
def optSym (s : String) : P Bool := do
  match (← get) with
  | .sym t :: rest =>
    if t == s then
      set rest
      return true
    else
      return false
  | _ => return false

def needSym (s : String) : P Unit := do
  if ← optSym s then return () else failWith s

def optWord (s : String) : P Bool := do
  match (← get) with
  | .word t :: rest =>
    if t == s then
      set rest
      return true
    else
      return false
  | _ => return false

def needWord (s : String) : P Unit := do
  if ← optWord s then return () else failWith s

def anyWord (what : String) : P String := do
  match (← get) with
  | .word t :: rest =>
    set rest
    return t
  | _ => failWith what

def needNat : P Nat := do
  match (← get) with
  | .nat n :: rest =>
    set rest
    return n
  | _ => failWith "a natural number"

def needStr : P String := do
  match (← get) with
  | .str s :: rest =>
    set rest
    return s
  | _ => failWith "a string"

partial def listTail {α : Type} (item : P α) (acc : Array α) : P (List α) := do
  let x ← item
  if ← optSym "," then
    listTail item (acc.push x)
  else
    needSym "]"
    return (acc.push x).toList

/-- `[` items separated by commas `]`. -/
def bracketed {α : Type} (item : P α) : P (List α) := do
  needSym "["
  if ← optSym "]" then return [] else listTail item #[]

def shapeP : P (List Nat) := bracketed needNat

def sigP : P Sig := do
  let params ← bracketed shapeP
  needSym "|-"
  let input ← shapeP
  needSym "->"
  let output ← shapeP
  return { params := params, input := input, output := output }

def valueP : P Value := do
  match (← get) with
  | .nat n :: rest =>
    set rest
    return .nat n
  | .str s :: rest =>
    set rest
    return .str s
  | .hex ws :: rest =>
    if ws.size == 1 then
      set rest
      return .float (ws.getD 0 0)
    else
      failWith "one float"
  | .word "true" :: rest =>
    set rest
    return .bool true
  | .word "false" :: rest =>
    set rest
    return .bool false
  | .sym "[" :: _ => return .nats (← shapeP)
  | _ => failWith "a value"

partial def attrsTail (acc : Attrs) : P Attrs := do
  let key ← anyWord "the name of an attribute"
  needSym ":="
  let v ← valueP
  let now := acc ++ [(key, v)]
  if ← optSym "," then
    attrsTail now
  else
    needSym "}"
    return now

partial def exprP : P Expr := do
  if ← optSym "(" then
    let a ← exprP
    needSym ">>>"
    let b ← exprP
    needSym ")"
    return .seq a b
  else if ← optWord "id" then
    return .id (← shapeP)
  else if ← optWord "prim" then
    let name ← needStr
    let attrs ← if ← optSym "{" then attrsTail [] else pure []
    needSym ":"
    let sig ← sigP
    let counts ← optWord "counts"
    let layer ← optWord "layer"
    return .prim name attrs sig counts layer
  else
    failWith "an expression"

def tensorP : P BitTensor := do
  needWord "f64"
  let shape ← shapeP
  match (← get) with
  | .hex ws :: rest =>
    if ws.size == elements shape then
      set rest
      return { shape := shape, bits := ws }
    else
      throw ("a tensor of shape " ++ natsText shape ++ " has " ++ toString ws.size ++ " elements")
  | _ => failWith "the hex digits of a tensor"

def fromP : P Nat := do
  needWord "from"
  needNat

def viaP : P Via := do
  needWord "via"
  let w ← anyWord "spec, eager or compiled"
  if w == "spec" then return .spec
  else if w == "eager" then return .eager
  else if w == "compiled" then return .compiled
  else throw ("there is no via " ++ w)

def modeP : P Bool := do
  needWord "mode"
  let w ← anyWord "eval or train"
  if w == "train" then return true
  else if w == "eval" then return false
  else throw ("there is no mode " ++ w)

def askP : P Ask := do
  let w ← anyWord "an ask"
  if w == "dag" then return .dag
  else if w == "lower" then return .lower (← fromP)
  else if w == "init" then return .init (← fromP)
  else if w == "det_init" then return .detInit (← fromP)
  else if w == "forward" then
    let start ← fromP
    let train ← modeP
    let via ← viaP
    let params ← if ← optWord "params" then some <$> bracketed tensorP else pure none
    needWord "input"
    let input ← tensorP
    return .forward { start := start, train := train, via := via, params := params, input := input }
  else throw ("there is no ask " ++ w)

partial def asksP (acc : Array Ask) : P (List Ask) := do
  match (← get) with
  | [] => return acc.toList
  | _ :: _ => asksP (acc.push (← askP))

def requestP : P Request := do
  needWord "graph"
  let name ← needStr
  needSym ":"
  let sig ← sigP
  needSym ":="
  let expr ← exprP
  let asks ← asksP #[]
  return { name := name, sig := sig, expr := expr, asks := asks }

def readRequest (text : String) : Except String Request :=
  match lexFrom #[] text.toList with
  | .error e => .error e
  | .ok tokens =>
    match StateT.run requestP tokens with
    | .error e => .error e
    | .ok (r, _) => .ok r

end XCheck
