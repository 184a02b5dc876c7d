/-
The oracle: a process that answers requests on standard input until it is told to stop. See PROTOCOL.md.

    sh XCheck/xcheck.sh oracle [--torchlean REV] [--profile NAME]
-/
import XCheck.Requests

namespace XCheck

structure Claims where
  torchlean : String
  profile : String

def claimsOf : List String → Claims → Except String Claims
  | [], c => .ok c
  | "--torchlean" :: v :: rest, c => claimsOf rest { c with torchlean := v }
  | "--profile" :: v :: rest, c => claimsOf rest { c with profile := v }
  | a :: _, _ => .error ("unknown argument " ++ a)

def handshake (c : Claims) : String :=
  "xcheck-oracle 1 lean " ++ quote Lean.versionString ++ " torchlean " ++ quote c.torchlean ++ " profile " ++ quote c.profile ++
    " surface " ++ quote Surface.surfaceName ++ " via \"spec,eager,compiled\"\n"

def wireText : Entry → String
  | .item text => text
  | .refused kind why => "refused " ++ kind ++ " " ++ quote why ++ "\n"
  | .error cls why => "error " ++ cls ++ " " ++ quote why ++ "\n"

/-- The whole answer is one string, so that it is written and flushed at once. -/
def answerText (id : String) (entries : List Entry) : String :=
  "answer " ++ id ++ "\n" ++ entries.foldl (fun acc e => acc ++ wireText e) "" ++
    "done " ++ id ++ " " ++ toString entries.length ++ "\n"

def put (out : IO.FS.Stream) (text : String) : IO Unit := do
  out.putStr text
  out.flush

/-- What went wrong while a request was answered belongs to that request; the process goes on. -/
def guarded (run : IO (List Entry)) : IO (List Entry) := do
  try
    run
  catch e =>
    return [.error "type" (toString e)]

partial def serve (input out : IO.FS.Stream) (place : Place) : IO UInt32 := do
  let raw ← input.getLine
  if raw.isEmpty then
    -- the end of the input: an unfinished request is an error that has nobody to be told to
    match place with
    | .outside => return 0
    | .inside _ _ => return 1
  else
    let (frame, next) := step place (chomp raw)
    match frame with
    | .skip => serve input out next
    | .quit => return 0
    | .bad id why => do
      put out (answerText id [.error "protocol" why])
      serve input out next
    | .block id text => do
      let entries ← guarded (answerBlock text)
      put out (answerText id entries)
      serve input out next

end XCheck

def main (args : List String) : IO UInt32 := do
  match XCheck.claimsOf args { torchlean := "unknown", profile := XCheck.Compat.defaultProfile } with
  | .error e => do
    IO.eprintln e
    return 2
  | .ok claims => do
    let input ← IO.getStdin
    let out ← IO.getStdout
    XCheck.put out (XCheck.handshake claims)
    XCheck.serve input out .outside
