"""Each mistake a person makes has its own class, place and message."""

from __future__ import annotations

import pytest

from xcheck.lean_parser import errors
from xcheck.lean_parser.export import parse_export, read_export

HEAD = 'torchlean_export v1\ntorchlean "b2a2184"\n'
GRAPH = 'graph "g" : [] |- [2] -> [2] :=\n  prim "relu" : [] |- [2] -> [2] layer\n'
FORWARD = 'forward "g" from 0 mode eval via spec\n  input f64 [2] 0x%s\n  trace []\n  output f64 [2] 0x%s\nend 2\n'
TWO = "3ff00000000000004000000000000000"

# The file after HEAD, the error's class, its line and column, and words of its message.
MISTAKES = {
    "unclosed shape list, at the arrow": (
        'graph "g" : [] |- [2 -> [2] :=\n  id [2]\nend 1\n',
        *(errors.UnclosedShapeError, 3, 21, "shape is not closed"),
    ),
    "unclosed shape list, inside a list": (
        'graph "g" : [[2, [3]] |- [2] -> [2] :=\n  id [2]\nend 1\n',
        *(errors.UnclosedShapeError, 3, 17, "shape is not closed"),
    ),
    "unclosed list of parameter shapes": (
        'graph "g" : [[2], [3] |- [2] -> [2] :=\n  id [2]\nend 1\n',
        *(errors.UnclosedShapeError, 3, 23, "list of parameter shapes is not closed"),
    ),
    "unclosed shape of a tensor": (
        GRAPH + FORWARD.replace("[2] 0x%s\n  trace", "[2 0x%s\n  trace") % (TWO, TWO),
        *(errors.UnclosedShapeError, 6, 15, "shape is not closed"),
    ),
    "missing >>> before prim": (
        'graph "g" : [] |- [2] -> [2] :=\n  (id [2] prim "relu" : [] |- [2] -> [2] layer)\nend 1\n',
        *(errors.MissingComposeError, 4, 11, "without >>>"),
    ),
    "missing >>> before id": (
        'graph "g" : [] |- [2] -> [2] :=\n  (prim "relu" : [] |- [2] -> [2] layer id [2])\nend 1\n',
        *(errors.MissingComposeError, 4, 41, "without >>>"),
    ),
    "missing >>> before a bracket": (
        'graph "g" : [] |- [2] -> [2] :=\n  (id [2]\n   (id [2] >>> id [2]))\nend 1\n',
        *(errors.MissingComposeError, 5, 4, "without >>>"),
    ),
    "a payload too short for its shape": (
        GRAPH + FORWARD % (TWO[:16], TWO),
        *(errors.PayloadLengthError, 6, 17, "shape [2] needs 32 hex digits, the payload has 16"),
    ),
    "a payload too long for its shape": (
        GRAPH + FORWARD % (TWO, TWO + TWO),
        *(errors.PayloadLengthError, 8, 18, "shape [2] needs 32 hex digits, the payload has 64"),
    ),
    "an odd number of hex digits": (
        GRAPH + FORWARD % (TWO[1:], TWO),
        *(errors.OddHexDigitsError, 6, 17, "31 hex digits, an odd number"),
    ),
    "an upper-case hex digit": (
        GRAPH + FORWARD % (TWO.replace("3ff", "3FF"), TWO),
        *(errors.HexDigitError, 6, 20, "'F' is no lower-case hex digit"),
    ),
    "a letter in a payload": (
        GRAPH + FORWARD % (TWO, TWO[:-1] + "g"),
        *(errors.HexDigitError, 8, 51, "'g' is no lower-case hex digit"),
    ),
    "a float attribute of the wrong length": (
        'graph "g" : [] |- [2] -> [2] :=\n  prim "own" {eps := 0x3ff} : [] |- [2] -> [2]\nend 1\n',
        *(errors.PayloadLengthError, 4, 22, "16 hex digits, not 3"),
    ),
    "two graphs of one name": (
        GRAPH + GRAPH + "end 2\n",
        *(errors.DuplicateNameError, 5, 7, "graph 'g' stands twice; the first is on line 3"),
    ),
    "a stack with a graph's name": (
        GRAPH + 'seq "g" := []\nend 2\n',
        *(errors.DuplicateNameError, 5, 5, "seq 'g' stands twice"),
    ),
    "two lowerings from one index": (
        GRAPH + 'lower "g" from 0 := error "a"\nlower "g" from 1 := error "b"\nlower "g" from 0 := error "c"\nend 4\n',
        *(errors.DuplicateNameError, 7, 7, "lower 'g' from 0 stands twice; the first is on line 5"),
    ),
    "two dag terms": (
        GRAPH + 'dag "g" := v0\ndag "g" := v0\nend 3\n',
        *(errors.DuplicateNameError, 6, 5, "dag 'g' stands twice"),
    ),
    "two initialisations from one index": (
        GRAPH + 'init "g" from 7 := []\ninit "g" from 7 := []\nend 3\n',
        *(errors.DuplicateNameError, 6, 6, "init 'g' from 7 stands twice"),
    ),
    "two deterministic initialisations from one index": (
        GRAPH + 'det_init "g" from 7 := ok 7 []\ndet_init "g" from 7 := ok 7 []\nend 3\n',
        *(errors.DuplicateNameError, 6, 10, "det_init 'g' from 7 stands twice"),
    ),
    "a header twice": (
        'lean "1"\nlean "2"\nend 0\n',
        *(errors.DuplicateNameError, 4, 1, "header lean stands twice"),
    ),
    "an attribute twice": (
        'graph "g" : [] |- [2] -> [2] :=\n  prim "own" {a := 1, a := 2} : [] |- [2] -> [2]\nend 1\n',
        *(errors.DuplicateNameError, 4, 23, "attribute a is given twice"),
    ),
    "a lowering of an unknown graph": (
        GRAPH + 'lower "h" from 0 := error "x"\nend 2\n',
        *(errors.UnknownReferenceError, 5, 7, "no graph or seq 'h' stands earlier"),
    ),
    "a lowering before its graph": (
        'lower "g" from 0 := error "x"\n' + GRAPH + "end 2\n",
        *(errors.UnknownReferenceError, 3, 7, "no graph or seq 'g' stands earlier"),
    ),
    "a forward of an unknown graph": (
        GRAPH + (FORWARD % (TWO, TWO)).replace('"g"', '"gg"'),
        *(errors.UnknownReferenceError, 5, 9, "no graph or seq 'gg' stands earlier"),
    ),
    "a dag term of a stack": (
        'seq "s" := []\ndag "s" := v0\nend 2\n',
        *(errors.UnknownReferenceError, 4, 5, "no graph 's' stands earlier"),
    ),
    "a deterministic initialisation of a stack": (
        'seq "s" := []\ndet_init "s" from 0 := ok 0 []\nend 2\n',
        *(errors.UnknownReferenceError, 4, 10, "no graph 's' stands earlier"),
    ),
    "an end count too large": (
        GRAPH + "end 2\n",
        *(errors.EndCountError, 5, 5, "the file says 2 items, it has 1"),
    ),
    "an end count too small": (
        GRAPH + 'dag "g" := v0\n\nend 1',
        *(errors.EndCountError, 7, 5, "the file says 1 items, it has 2"),
    ),
    "a file cut before end": (GRAPH, errors.CutFileError, 4, 39, "stops before its end count"),
    "a file cut after end": (GRAPH + "end\n", errors.CutFileError, 5, 4, "stops before its end count"),
    "a file cut inside a string": (
        GRAPH + 'lower "g" from 0 := error "graphsp',
        *(errors.CutFileError, 5, 35, "stops before its end count"),
    ),
    "a file cut inside a shape": (GRAPH + 'graph "h" : [[2, 3', errors.CutFileError, 5, 19, "stops before"),
    "text after the end count": (
        GRAPH + "end 1\n" + GRAPH,
        *(errors.TrailingTextError, 6, 1, "text after the end count"),
    ),
    "an unknown item": (
        GRAPH + 'grpah "h" : [] |- [2] -> [2] := id [2]\nend 2\n',
        *(errors.UnknownItemError, 5, 1, "'grpah' is no item of version 1"),
    ),
    "a string that does not end on its line": (
        'graph "g : [] |- [2] -> [2] :=\n  id [2]\nend 1\n',
        *(errors.UnclosedStringError, 3, 7, "does not end on its line"),
    ),
    "an escape that Lean does not have": (
        GRAPH + 'lower "g" from 0 := error "ab\\q"\nend 2\n',
        *(errors.BadEscapeError, 5, 30, "\\q is no escape"),
    ),
    "an escape of a surrogate": (
        GRAPH + 'lower "g" from 0 := error "\\ud800"\nend 2\n',
        *(errors.BadEscapeError, 5, 28, "\\ud800 is no character"),
    ),
    "a short hex escape": (
        GRAPH + 'lower "g" from 0 := error "\\x1"\nend 2\n',
        *(errors.BadEscapeError, 5, 28, "\\x is no escape"),
    ),
    "a comment that is not closed": (
        GRAPH + "end 1\n/- a /- b -/\n",
        *(errors.UnclosedCommentError, 6, 1, "comment is not closed"),
    ),
    "another dtype": (
        GRAPH + (FORWARD % (TWO, TWO)).replace("output f64", "output f32"),
        *(errors.UnknownDtypeError, 8, 10, "dtype f32 is unknown"),
    ),
    "a natural of absurd length": (
        GRAPH + f'lower "g" from {"9" * 5000} := error "x"\nend 2\n',
        *(errors.NaturalTooLongError, 5, 16, "5000 digits"),
    ),
    "a dimension of absurd length": (
        f'graph "g" : [] |- [{"9" * 5000}] -> [2] :=\n  id [2]\nend 1\n',
        *(errors.NaturalTooLongError, 3, 19, "absurd length"),
    ),
    "stages that do not fit": (
        'graph "g" : [] |- [2] -> [3] :=\n  (id [2] >>> id [3])\nend 1\n',
        *(errors.GraphTypeError, 3, 7, "takes [3], but the stage before gives [2]"),
    ),
    "a signature that is not the stages'": (
        'graph "g" : [[1]] |- [2] -> [2] :=\n  id [2]\nend 1\n',
        *(errors.GraphTypeError, 3, 7, "declared as [[1]] |- [2] -> [2], its stages make [] |- [2] -> [2]"),
    ),
    "stack layers that do not fit": (
        'seq "s" := [layer : [] |- [2] -> [3] grad [], layer : [] |- [2] -> [2] grad []]\nend 1\n',
        *(errors.GraphTypeError, 3, 5, "layer 1 takes [2], but layer 0 gives [3]"),
    ),
    "an attribute that the primitive does not have": (
        'graph "g" : [] |- [2] -> [2] :=\n  prim "relu" {axis := 0} : [] |- [2] -> [2] layer\nend 1\n',
        *(errors.SyntaxMistakeError, 4, 8, "relu has no attribute 'axis'"),
    ),
    "an attribute of the wrong type": (
        'graph "g" : [] |- [2] -> [2] :=\n  prim "softmax" {axis := "0"} : [] |- [2] -> [2] layer\nend 1\n',
        *(errors.SyntaxMistakeError, 4, 8, "'axis' is a natural number"),
    ),
    "a geometry attribute that is no list": (
        'graph "" : [] |- [1, 2] -> [1, 2] :=\n  prim "max_pool(rank=1)" {kernel := 2} : [] |- [1, 2] -> [1, 2]\nend 1',
        *(errors.SyntaxMistakeError, 4, 8, "'kernel' is a list of natural numbers"),
    ),
    "a token that cannot stand there": (
        "graph g : [] |- [2] -> [2] :=\n  id [2]\nend 1\n",
        *(errors.SyntaxMistakeError, 3, 7, "cannot stand here"),
    ),
    "an unknown mode": (
        GRAPH + (FORWARD % (TWO, TWO)).replace("eval", "test"),
        *(errors.SyntaxMistakeError, 5, 25, "cannot stand here"),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_and_placed(mistake):
    text, kind, line, column, message = MISTAKES[mistake]
    with pytest.raises(errors.ExportError) as caught:
        parse_export((HEAD + text).encode(), "file.tlx")
    error = caught.value
    assert (type(error), error.line, error.column) == (kind, line, column)
    assert message in error.message
    source = (HEAD + text).split("\n")[line - 1]
    if "comment" not in mistake:
        assert error.context == source
    assert str(error).startswith(f"file.tlx:{line}:{column}: ")
    assert "Traceback" not in str(error)


# Bytes of a whole file, the error's class, its line and column.
FIRST_LINES = {
    "an empty file": (b"", errors.CutFileError, 1, 1),
    "a cut first word": (b"torchlean_exp", errors.CutFileError, 1, 14),
    "no version": (b"torchlean_export", errors.CutFileError, 1, 17),
    "another file": (b"import NN.GraphSpec\n", errors.NotAnExportError, 1, 1),
    "another file after blank lines": (b"\n\n  {}\n", errors.NotAnExportError, 3, 3),
    "version 2": (b"torchlean_export v2\nend 0\n", errors.WrongVersionError, 1, 18),
    "version 1.1": (b"torchlean_export v1.1\nend 0\n", errors.WrongVersionError, 1, 18),
    "version 10": (b"-- c\ntorchlean_export v10\nend 0\n", errors.WrongVersionError, 2, 18),
    "a version without its letter": (b"torchlean_export 1\nend 0\n", errors.WrongVersionError, 1, 18),
    "latin-1": (b'torchlean_export v1\nlean "\xe9"\nend 0\n', errors.NotUtf8Error, 2, 7),
    "a cut character": (b'torchlean_export v1\nlean "\xc3\xa9 \xe2\x86', errors.NotUtf8Error, 2, 9),
    "utf-16": ("torchlean_export v1\nend 0\n".encode("utf-16"), errors.NotUtf8Error, 1, 1),
    "zero bytes": (b"\0\0\0\0", errors.NotAnExportError, 1, 1),
}


@pytest.mark.parametrize("mistake", FIRST_LINES)
def test_a_mistake_in_the_first_bytes(mistake):
    data, kind, line, column = FIRST_LINES[mistake]
    with pytest.raises(errors.ExportError) as caught:
        parse_export(data, "file.tlx")
    assert (type(caught.value), caught.value.line, caught.value.column) == (kind, line, column)


def test_every_class_of_error_has_its_mistake(tmp_path):
    tested = {row[1] for row in MISTAKES.values()} | {row[1] for row in FIRST_LINES.values()}
    assert set(errors.ExportError.__subclasses__()) == tested | {errors.UnreadableFileError}


def test_a_missing_file(tmp_path):
    with pytest.raises(errors.UnreadableFileError, match="cannot be opened: No such file") as caught:
        read_export(tmp_path / "no.tlx")
    assert str(caught.value) == f"{tmp_path / 'no.tlx'}: cannot be opened: No such file or directory"
    with pytest.raises(errors.UnreadableFileError):
        read_export(tmp_path)


def test_the_message_shows_the_line_with_a_caret():
    with pytest.raises(errors.EndCountError) as caught:
        parse_export((HEAD + GRAPH + "end 2\n").encode(), "a.tlx")
    assert str(caught.value).split("\n") == [
        "a.tlx:5:5: the file says 2 items, it has 1",
        "    end 2",
        "        ^",
    ]


@pytest.mark.parametrize("column", [1, 50, 5000, 9999])
def test_a_long_line_is_shortened_around_the_column(column):
    line = "".join(str(k % 10) for k in range(10000))
    shown, caret = errors.excerpt(line, column)
    assert len(shown) < 110
    assert shown[len(caret) - 1] == line[column - 1]


def test_a_tab_does_not_move_the_caret():
    shown, caret = errors.excerpt("\tab", 3)
    assert (shown, caret) == (" ab", "  ^")
