/-
The frame around requests (PROTOCOL.md), shared by the oracle and by `Main --requests`: which lines belong to a request.
-/
import XCheck.Export

namespace XCheck

/-- What one line is. Only the first words are looked at, since the lines of a tensor are long. -/
inductive Line where
  | request (id : String)
  | run (id : String)
  | quit
  | blank
  | text

/-- Without the line break at the end, in either convention. -/
def chomp (s : String) : String :=
  (dropBreaks s.toList.reverse).reverse.foldl (fun acc c => acc.push c) ""
where
  dropBreaks : List Char → List Char
    | [] => []
    | c :: cs => if c == '\n' || c == '\r' then dropBreaks cs else c :: cs

/-- The rest of `cs` after `word`, if it starts with it. -/
def after : List Char → List Char → Option (List Char)
  | [], cs => some cs
  | _ :: _, [] => none
  | w :: ws, c :: cs => if w == c then after ws cs else none

def afterWord (word line : String) : Option String :=
  match after word.toList (line.toList.take (word.length + 70)) with
  | none => none
  | some rest => some (rest.foldl (fun acc c => acc.push c) "")

def isIdChar (c : Char) : Bool :=
  c.isAlphanum || c == '.' || c == '_' || c == '-'

def goodId (s : String) : Bool :=
  decide (1 ≤ s.length) && decide (s.length ≤ 64) && s.toList.all isIdChar

def lineOf (line : String) : Line :=
  match afterWord "request" line, afterWord "run" line with
  | some rest, _ =>
    -- `request`, or `request` and anything after a space; `requested` is text
    match rest.toList with
    | [] => .request ""
    | c :: cs => if c == ' ' then .request (cs.foldl (fun acc d => acc.push d) "") else .text
  | none, some rest =>
    match rest.toList with
    | [] => .run ""
    | c :: cs => if c == ' ' then .run (cs.foldl (fun acc d => acc.push d) "") else .text
  | none, none =>
    if line == "quit" then .quit
    else if (line.toList.take 200).all Char.isWhitespace then .blank
    else .text

/-- A request as it stands in the stream, or what is wrong with the frame. -/
inductive Frame where
  | block (id text : String)
  | bad (id why : String)
  | skip
  | quit

/-- Where the reader stands: outside a request, or inside one with its text so far. -/
inductive Place where
  | outside
  | inside (id : String) (parts : Array String)

def joined (parts : Array String) : String :=
  parts.foldl (fun acc p => (acc ++ p).push '\n') ""

/-- One line further: the frame that it ends, if any, and the new place. -/
def step (place : Place) (line : String) : Frame × Place :=
  match place, lineOf line with
  | .outside, .request id =>
    if goodId id then (.skip, .inside id #[]) else (.bad "-" "a request needs an ID", .outside)
  | .outside, .quit => (.quit, .outside)
  | .outside, .blank => (.skip, .outside)
  | .outside, _ => (.bad "-" "a line outside a request is neither request nor quit", .outside)
  | .inside id _, .request other =>
    (.bad id "the request is not finished where the next one begins", if goodId other then .inside other #[] else .outside)
  | .inside id parts, .run other =>
    if other == id then (.block id (joined parts), .outside)
    else (.bad id ("run " ++ oneLine other ++ " ends another request"), .outside)
  | .inside id parts, _ => (.skip, .inside id (parts.push line))

def answerBlock (text : String) : IO (List Entry) :=
  match readRequest text with
  | .error e => return [.error "parse" e]
  | .ok r => answerRequest r

end XCheck
