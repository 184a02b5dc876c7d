#!/bin/sh
# Build and run the exporter inside a TorchLean checkout, without touching its lakefile:
#   sh XCheck/xcheck.sh build            compile, once after installing or after a change
#   sh XCheck/xcheck.sh export [ARGS]    XCheck/Main.lean
#   sh XCheck/xcheck.sh oracle [ARGS]    XCheck/Oracle.lean
# `lake env` only knows compiled files, and no library of the checkout covers XCheck, so its few files are compiled here one
# by one. Progress goes to standard error: standard output belongs to the export or to the protocol.
set -eu
cd "$(dirname "$0")/.."
out=.lake/build/xcheck
lake="${XCHECK_LAKE:-lake}"

# LEAN_PATH comes from the checkout's own Lake; ours is appended.
lean() {
  "$lake" env sh -c 'LEAN_PATH="$LEAN_PATH:$0"; export LEAN_PATH; exec lean "$@"' "$PWD/$out" "$@"
}

# The imports of XCheck files that are not XCheck files: what Lake has to build first, as module targets (`+`).
outside() {
  cat "$@" | sed -n 's/^import \(NN[A-Za-z0-9_.]*\).*/+\1/p' | sort -u
}

build() {
  surface=$(sed -n -e 's/^import XCheck\.\(Graph\)$/\1/p' -e 's/^import XCheck\.\(Chain\)$/\1/p' XCheck/Compat.lean)
  # shellcheck disable=SC2046
  "$lake" build $(outside "XCheck/$surface.lean" "XCheck/${surface}Models.lean" XCheck/Compat.lean) >&2
  mkdir -p "$out/XCheck"
  for f in Format "$surface" "${surface}Models" Compat Export Models Requests; do
    echo "compiling XCheck/$f.lean" >&2
    lean -o "$out/XCheck/$f.olean" "XCheck/$f.lean" >&2
  done
}

# Lean prints what it has to say about the main file on standard output, before `main` runs; a linter's remark would stand in the
# export or before the handshake.
run() {
  lean -D linter.all=false --run "$@"
}

command="${1:-}"
[ $# -gt 0 ] && shift
case "$command" in
  build) build ;;
  export) run XCheck/Main.lean "$@" ;;
  oracle) run XCheck/Oracle.lean "$@" ;;
  *) echo "usage: xcheck.sh build | export [ARGS] | oracle [ARGS]" >&2; exit 2 ;;
esac
