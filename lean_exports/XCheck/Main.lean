/-
The exporter: writes one `.tlx` file.

    sh XCheck/xcheck.sh export [--torchlean REV] [--profile NAME] [--models A,B,..] [--via spec,eager,compiled]
                               [--requests FILE] [-o FILE] [--list]

Without `--models` and `--requests` every named case is written. `--models` takes names or the part before the first slash. The exit
status is 0 if everything asked for is in the file, 1 if something was refused or wrong (the file is well-formed and says so in
comments), 2 for a usage error.
-/
import XCheck.Models
import XCheck.Requests

namespace XCheck

structure Options where
  torchlean : String
  profile : String
  models : List String
  vias : List Via
  requests : Option String
  output : Option String
  list : Bool

def splitCommas (s : String) : List String :=
  go s.toList "" []
where
  go : List Char → String → List String → List String
    | [], acc, done => (acc :: done).reverse
    | c :: cs, acc, done => if c == ',' then go cs "" (acc :: done) else go cs (acc.push c) done

def viasOf : List String → Except String (List Via)
  | [] => .ok []
  | s :: rest =>
    match viasOf rest with
    | .error e => .error e
    | .ok vs =>
      if s == "spec" then .ok (.spec :: vs)
      else if s == "eager" then .ok (.eager :: vs)
      else if s == "compiled" then .ok (.compiled :: vs)
      else .error ("there is no via " ++ s)

def optionsOf : List String → Options → Except String Options
  | [], o => .ok o
  | "--list" :: rest, o => optionsOf rest { o with list := true }
  | "--torchlean" :: v :: rest, o => optionsOf rest { o with torchlean := v }
  | "--profile" :: v :: rest, o => optionsOf rest { o with profile := v }
  | "--models" :: v :: rest, o => optionsOf rest { o with models := splitCommas v }
  | "--requests" :: v :: rest, o => optionsOf rest { o with requests := some v }
  | "-o" :: v :: rest, o => optionsOf rest { o with output := some v }
  | "--via" :: v :: rest, o =>
    match viasOf (splitCommas v) with
    | .error e => .error e
    | .ok vs => optionsOf rest { o with vias := vs }
  | a :: _, _ => .error ("unknown argument " ++ a)

/-- Answer the frames of a file of requests. Names must be unique in the file; a second graph of the same name is refused here,
because a reader of the file would refuse all of it. -/
def exportFrames (out : IO.FS.Stream) : Tally → List String → Place → List String → IO Tally
  | t, _, .outside, [] => return t
  | t, _, .inside id _, [] => writeEntry out id t (.error "protocol" "the file ends inside a request")
  | t, seen, place, line :: rest => do
    match step place (chomp line) with
    | (.skip, next) => exportFrames out t seen next rest
    | (.quit, _) => return t
    | (.bad id why, next) => do
      let t' ← writeEntry out id t (.error "protocol" why)
      exportFrames out t' seen next rest
    | (.block id text, next) =>
      match readRequest text with
      | .error e => do
        let t' ← writeEntry out id t (.error "parse" e)
        exportFrames out t' seen next rest
      | .ok r =>
        if seen.contains r.name then do
          let t' ← writeEntry out id t (.error "protocol" ("the name " ++ quote r.name ++ " was used before"))
          exportFrames out t' seen next rest
        else do
          let es ← answerRequest r
          let t' ← writeEntries out id t es
          exportFrames out t' (r.name :: seen) next rest

def splitLines (s : String) : List String :=
  go s.toList "" []
where
  go : List Char → String → List String → List String
    | [], acc, done => if acc.isEmpty then done.reverse else (acc :: done).reverse
    | c :: cs, acc, done => if c == '\n' then go cs "" (acc :: done) else go cs (acc.push c) done

def writeFile (o : Options) (out : IO.FS.Stream) : IO UInt32 := do
  out.putStr (headerText { torchlean := o.torchlean, profile := o.profile })
  let start : Tally := { items := 0, complete := true }
  let t ← match o.requests with
    | some path => do
      let text ← IO.FS.readFile path
      exportFrames out start [] .outside (splitLines text)
    | none => exportCases out o.models o.vias start
  out.putStr ("end " ++ toString t.items ++ "\n")
  out.flush
  if o.requests.isNone && t.items == 0 then
    IO.eprintln "no case has that name; --list names them"
    return 2
  else if t.complete then return 0
  else return 1

def runMain (o : Options) : IO UInt32 := do
  if o.list then
    for name in caseNames do
      IO.println name
    return 0
  else
    match o.output with
    | none => do
      let out ← IO.getStdout
      writeFile o out
    | some path => do
      let h ← IO.FS.Handle.mk path .write
      writeFile o (IO.FS.Stream.ofHandle h)

end XCheck

def main (args : List String) : IO UInt32 := do
  let defaults : XCheck.Options :=
    { torchlean := "unknown", profile := XCheck.Compat.defaultProfile, models := [], vias := [.spec, .eager, .compiled],
      requests := none, output := none, list := false }
  match XCheck.optionsOf args defaults with
  | .error e => do
    IO.eprintln e
    return 2
  | .ok o => XCheck.runMain o
