"""Files, namespaces and names: which definition an identifier means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xcheck.lean_parser.elaborate.values import Context
from xcheck.lean_parser.lean import Command, SourceFile, parse_definition, parse_variables, read_source
from xcheck.lean_parser.lean_syntax import Binder, Definition
from xcheck.lean_parser.lean_tokens import LeanToken

# Modules that the built-in table stands for; they are never opened.
_BUILT_IN: Final = (
    *(
        "Init",
        "Lean",
        "Std",
        "Mathlib",
        "Batteries",
        "Aesop",
        "FloatLib",
        "NN.Spec",
        "NN.Runtime",
        "NN.API",
        "NN.Tensor",
    ),
    *("NN.Core", "NN.GraphSpec.Core", "NN.GraphSpec.DAG", "NN.GraphSpec.Primitives", "NN.GraphSpec.Chain"),
    *("NN.GraphSpec.ToTorchLean", "NN.GraphSpec.ToSequential", "NN.Entrypoint", "NN.Proofs", "NN.MLTheory", "NN.IR"),
)
_MAX_FILES: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A definition in a file, not parsed yet. `proof` marks a theorem, which can be named but not evaluated.

    A `structure` is declared under its name, as a type, and under that name with `.mk`, as its `constructor`.
    """

    full_name: str
    command: Command
    context: Context
    variables: tuple[tuple[Context, Command], ...]
    proof: bool = False
    constructor: bool = False

    def parse(self) -> Definition:
        """The syntax tree; raises `LeanSyntaxError` or `UnsupportedLeanError`."""
        return parse_definition(self.context.source, self.command)

    def variable_binders(self) -> tuple[Binder, ...]:
        """The binders of the `variable` commands in force that the definition mentions."""
        if not self.variables:
            return ()
        words = {word for token in _all_tokens(self.command.tokens) for word in (token.value.split(".")[0],)}
        found: list[Binder] = []
        for context, command in self.variables:
            found += parse_variables(context.source, command)
        wanted: set[str] = set()
        for binder in reversed(found):
            if binder.name in words or binder.name in wanted:
                wanted.add(binder.name)
                if binder.type is not None:
                    wanted |= _names_in(context.source.text, binder)
        return tuple(b for b in found if b.name in wanted)


def _names_in(text: str, binder: Binder) -> set[str]:
    """Words near a binder's type: enough to see which other variables it needs."""
    end = text.find(")", binder.at)
    piece = text[binder.at : end if end >= 0 else len(text)]
    return {word.strip("({[]})") for word in piece.replace(":", " ").split()} - {binder.name}


def _all_tokens(tokens: Sequence[LeanToken]) -> Iterator[LeanToken]:
    for token in tokens:
        yield token
        yield from token.block


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that was read: definitions by full name, in order, and imports that no file answers to.

    `twice` are names that one file defines twice, which Lean refuses.
    """

    declared: dict[str, Declared] = field(default_factory=dict)
    files: dict[str, SourceFile] = field(default_factory=dict)
    own: list[Declared] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)


def load(file: SourceFile, search_path: Sequence[Path]) -> World:
    """A file with everything it imports from the search path, directly or through other files.

    A module whose contents are built in is not opened; one that is not found is noted in `missing`.
    """
    world = World()
    _enter(world, file, True)
    world.files[file.source.path] = file
    waiting = list(_imports(file))
    seen = set(waiting)
    while waiting and len(world.files) < _MAX_FILES:
        module = waiting.pop(0)
        if any(module == b or module.startswith(b + ".") for b in _BUILT_IN):
            continue
        path = _find(module, search_path)
        if path is None:
            world.missing.append(module)
            continue
        if str(path) in world.files or path.resolve() == Path(file.source.path).resolve():
            continue
        imported = read_source(str(path))
        world.files[str(path)] = imported
        _enter(world, imported, False)
        for name in _imports(imported):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return world


def _find(module: str, search_path: Sequence[Path]) -> Path | None:
    relative = Path(*module.split(".")).with_suffix(".lean")
    for root in search_path:
        path = root / relative
        if path.is_file():
            return path
    return None


def _imports(file: SourceFile) -> Iterator[str]:
    for command in file.commands:
        if command.keyword == "import":
            for token in command.tokens:
                if token.type == "NAME" and token.value != "all":
                    yield token.value


def _enter(world: World, file: SourceFile, own: bool) -> None:
    """Walks the commands of a file with its scopes and notes every definition under its full name."""
    context = Context(file.source, "", (), world.aliases)
    variables: tuple[tuple[Context, Command], ...] = ()
    scopes: list[tuple[str, Context, tuple[tuple[Context, Command], ...]]] = []
    restore: tuple[Context, tuple[tuple[Context, Command], ...]] | None = None
    for command in file.commands:
        words = [t.value for t in command.tokens if t.type == "NAME"]
        keyword = command.keyword
        back, restore = restore, None
        if keyword == "namespace" and words:
            scopes.append((words[0], context, variables))
            full = _join(context.namespace, words[0])
            world.namespaces.add(full)
            context = Context(context.source, full, context.opens, world.aliases)
        elif keyword == "section":
            scopes.append((words[0] if words else "", context, variables))
        elif keyword == "end":
            if scopes:
                _, context, variables = scopes.pop()
        elif keyword == "open":
            before = context
            context = _opened(world, context, command)
            if words and words[-1] == "in":
                restore = before, variables
        elif keyword == "export" and words:
            for name in words[1:]:
                world.aliases[_join(context.namespace, name)] = f"{words[0]}.{name}"
        elif keyword == "variable":
            variables = (*variables, (context, command))
        elif (command.is_definition or command.is_proof or command.is_structure) and command.name:
            full = command.name.removeprefix("_root_.")
            if full == command.name:
                full = _join(context.namespace, command.name)
            inner = context
            parent = full.rpartition(".")[0]
            if parent != context.namespace:
                inner = Context(context.source, parent, context.opens, world.aliases)
            entry = Declared(full, command, inner, variables, command.is_proof)
            if full in world.declared and world.declared[full].context.source is file.source:
                world.twice.add(full)
            world.declared.setdefault(full, entry)
            if command.is_structure:
                world.declared.setdefault(f"{full}.mk", Declared(full, command, inner, (), constructor=True))
            elif own:
                world.own.append(entry)
        if back is not None:
            context, variables = back


def _join(namespace: str, name: str) -> str:
    return f"{namespace}.{name}" if namespace else name


def enclosing(namespace: str) -> Iterator[str]:
    """A namespace and those around it, innermost first, without the root."""
    while namespace:
        yield namespace
        namespace = namespace.rpartition(".")[0]


def _opened(world: World, context: Context, command: Command) -> Context:
    """The context after an `open` command, with or without a list of names."""
    opens = list(context.opens)
    tokens = [t for t in command.tokens if not (t.type == "NAME" and t.value in ("in", "scoped"))]
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        if token.type != "NAME":
            continue
        if token.value in ("hiding", "renaming"):
            break
        candidates = _open_candidates(token.value, context)
        if position < len(tokens) and tokens[position].type == "LPAR":
            position += 1
            while position < len(tokens) and tokens[position].type != "RPAR":
                opens += [f"{c}.{tokens[position].value}=" for c in candidates]
                position += 1
        else:
            opens += [c for c in candidates if c not in opens]
    return Context(context.source, context.namespace, tuple(opens), world.aliases)


def _open_candidates(name: str, context: Context) -> list[str]:
    """The namespaces that `open name` may mean: inside the current ones, inside those opened, or from the root."""
    if name.startswith("_root_."):
        return [name.removeprefix("_root_.")]
    around = [_join(n, name) for n in enclosing(context.namespace)]
    opened = [_join(o, name) for o in context.opens if not o.endswith("=")]
    return [*around, *opened, name]


def candidates(name: str, context: Context) -> Iterator[str]:
    """The full names an identifier may stand for, in the order Lean tries them."""
    if name.startswith("_root_."):
        yield name.removeprefix("_root_.")
        return
    for namespace in enclosing(context.namespace):
        yield f"{namespace}.{name}"
    first = name.partition(".")[0]
    for opened in reversed(context.opens):
        if opened.endswith("="):
            base, _, member = opened[:-1].rpartition(".")
            if member == first:
                yield f"{base}.{name}"
        else:
            yield f"{opened}.{name}"
    yield name


def follow_alias(name: str, aliases: Mapping[str, str]) -> str:
    """The name behind an `export`, if it is one."""
    for _ in range(10):
        if name not in aliases:
            break
        name = aliases[name]
    return name


def describe_missing(world: World) -> str:
    """A remark about imports that were not found, for an unknown name."""
    if not world.missing:
        return ""
    shown = ", ".join(world.missing[:5]) + (", ..." if len(world.missing) > 5 else "")
    return f"; not on the search path: {shown}"
