"""TorchLean's parameter files: every bit both ways, Lean's own layouts, and every fault by its own name."""

from __future__ import annotations

import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xcheck.lean_parser.checkpoint_json import _CHUNK
from xcheck.lean_parser.checkpoints import (
    Checkpoint,
    CheckpointError,
    Dtype,
    MalformedCheckpointError,
    NonCanonicalNanError,
    NotACheckpointError,
    OutOfRangeWordError,
    StoredTensor,
    Tag,
    TrailingDataError,
    TruncatedCheckpointError,
    WrongShapeError,
    WrongTagError,
    WrongVersionError,
    iter_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from xcheck.lean_parser.lean_json import pretty
from xcheck.tensor import Tensor

JSON_TAGS = (Tag.PARAM_LIST, Tag.STATE, Tag.STATE_F32)
STREAMS = (Tag.PARAM_STREAM, Tag.STATE_STREAM)
CANONICAL = {Dtype.F64: 0x7FF8000000000000, Dtype.F32: 0x7FC00000}


@st.composite
def checkpoints(draw, tags=tuple(Tag)):
    tag = draw(st.sampled_from(tags))
    wide = tag.dtype is Dtype.F64
    dtype, values = (np.uint64, np.float64) if wide else (np.uint32, np.float32)
    tensors = []
    for _ in range(draw(st.integers(0, 3))):
        shape = tuple(draw(st.lists(st.integers(0, 3), max_size=3)))
        count = int(np.prod(shape, dtype=np.int64))
        top = (1 << (64 if wide else 32)) - 1
        word = st.one_of(st.integers(0, top), st.sampled_from((0, top >> 1, top, 1 << (63 if wide else 31), 1)))
        words = np.array(draw(st.lists(word, min_size=count, max_size=count)), dtype)
        if tag in (Tag.STATE, Tag.STATE_F32):
            words[np.isnan(words.view(values))] = CANONICAL[tag.dtype]
        tensors.append(StoredTensor(shape, words))
    return Checkpoint(tuple(tensors), tag, 2 if tag is Tag.PARAM_STREAM else 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(checkpoint=checkpoints(), multi_line=st.booleans())
def test_every_bit_both_ways(tmp_path, checkpoint, multi_line):
    path = tmp_path / "params"
    write_checkpoint(path, checkpoint, multi_line)
    again = read_checkpoint(path, checkpoint.shapes)
    assert again == checkpoint
    assert list(iter_checkpoint(path)) == list(checkpoint.tensors)
    assert all(not tensor.words.flags.writeable for tensor in again.tensors)
    first = path.read_bytes()
    write_checkpoint(path, again, multi_line)
    assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["params"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(checkpoint=checkpoints(JSON_TAGS))
def test_the_json_is_json(tmp_path, checkpoint):
    path = tmp_path / "params.json"
    expected = {
        "format": str(checkpoint.tag),
        checkpoint.tag.list_key: [{"shape": list(t.shape), "values": t.words.tolist()} for t in checkpoint.tensors],
    }
    for multi_line in (True, False):
        write_checkpoint(path, checkpoint, multi_line)
        assert json.loads(path.read_text()) == expected
        assert read_checkpoint(path) == checkpoint
    path.write_text(json.dumps(expected, indent=7) + "\n")
    assert read_checkpoint(path) == checkpoint


def test_the_layout_of_lean():
    document = {
        "format": "t",
        "params": [
            {"shape": (2, 3), "values": np.arange(6, dtype=np.uint64) + np.uint64(4593697928905458753)},
            {"shape": (), "values": np.array([1], np.uint64)},
            {"shape": (0, 4), "values": np.zeros(0, np.uint64)},
        ],
    }
    assert "".join(pretty(document)) == (
        '{"params":\n'
        ' [{"values":\n'
        "   [4593697928905458753,\n"
        "    4593697928905458754,\n"
        "    4593697928905458755,\n"
        "    4593697928905458756,\n"
        "    4593697928905458757,\n"
        "    4593697928905458758],\n"
        '   "shape": [2, 3]},\n'
        '  {"values": [1], "shape": []},\n'
        '  {"values": [], "shape": [0, 4]}],\n'
        ' "format": "t"}'
    )
    assert "".join(pretty({"params": [], "format": "t"})) == '{"params": [], "format": "t"}'


def test_the_last_column_of_lean_is_the_eightieth():
    def lines(digits):
        return "".join(pretty({"a": ["x" * digits]})).split("\n")

    fits = 80 - len('{"a": [""]}')
    assert lines(fits) == ['{"a": ["' + "x" * fits + '"]}']
    assert lines(fits + 1) == ['{"a":', ' ["' + "x" * (fits + 1) + '"]}']


def test_tensors_of_a_float32_file_widen_exactly(tmp_path):
    values = np.array([1.5, -0.0, np.inf, 1e-45, np.nan], np.float32)
    checkpoint = Checkpoint.of([Tensor.of(values.astype(np.float64))], Tag.STATE_STREAM)
    write_checkpoint(tmp_path / "s", checkpoint)
    wide = read_checkpoint(tmp_path / "s").tensors[0].tensor
    assert np.array_equal(wide.values, values.astype(np.float64), equal_nan=True)
    assert np.signbit(wide.values[1])
    with pytest.raises(ValueError, match="is not a float32"):
        Checkpoint.of([Tensor.of(np.array([0.1]))], Tag.STATE_STREAM)
    assert Checkpoint.of([Tensor.of(np.array([0.1]))], Tag.STATE).tensors[0].words.dtype == np.uint64


def json_file(tmp_path, text):
    path = tmp_path / "params.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


GOOD = '{"format":"torchlean_paramlist_bits_v1","params":[{"shape":[2],"values":[1,2]}]}'
STATE = GOOD.replace("paramlist", "state").replace("params", "state")
FAULTS = (
    (GOOD[:-1], TruncatedCheckpointError, "ends too early"),
    (GOOD[:-4], TruncatedCheckpointError, "ends"),
    (GOOD[:-5], TruncatedCheckpointError, "ends within an array"),
    (GOOD[:20], TruncatedCheckpointError, "before its format tag"),
    (GOOD + "x", TrailingDataError, "something follows"),
    (GOOD + GOOD, TrailingDataError, "something follows"),
    (GOOD.replace("[2]", "[3]"), WrongShapeError, "has 3 elements, the file holds 2"),
    (GOOD.replace("[2]", "[]"), WrongShapeError, r"shape \[\] has 1 elements"),
    (GOOD.replace("[1,2]", "[1,18446744073709551616]"), OutOfRangeWordError, "18446744073709551616 is not a 64-bit"),
    (GOOD.replace("[1,2]", "[1,-1]"), OutOfRangeWordError, "-1 is not a 64-bit word"),
    (GOOD.replace("[1,2]", "[1,2.5]"), MalformedCheckpointError, "not a list of naturals"),
    (GOOD.replace("[1,2]", "[1,,2]"), MalformedCheckpointError, "not a list of naturals"),
    (GOOD.replace("[1,2]", '["1",2]'), MalformedCheckpointError, "not a list of naturals"),
    (GOOD.replace("[1,2]", "[[1,2]]"), MalformedCheckpointError, "not a list of naturals"),
    (GOOD.replace("[1,2]", "1"), MalformedCheckpointError, "expected '\\['"),
    (GOOD.replace("_v1", "_v2"), WrongTagError, "torchlean_paramlist_bits_v2"),
    (GOOD.replace("torchlean_paramlist_bits_v1", "torchlean_state_complex_v1(x)"), WrongTagError, "complex"),
    (GOOD.replace('"shape":[2],', ""), MalformedCheckpointError, "the shape are missing"),
    (GOOD.replace(',"values":[1,2]', ""), MalformedCheckpointError, "the values are missing"),
    (GOOD.replace('"shape":[2]', '"shape":[2],"shape":[2]'), MalformedCheckpointError, "unexpected key 'shape'"),
    (GOOD.replace('"shape"', '"name"'), MalformedCheckpointError, "unexpected key 'name'"),
    (GOOD.replace('"params"', '"state"'), MalformedCheckpointError, "unknown key 'state'"),
    (GOOD[:-1] + ',"params":[]}', MalformedCheckpointError, "appears twice"),
    ('{"format":"torchlean_paramlist_bits_v1"}', MalformedCheckpointError, "'params' is missing"),
    ('{"params":[]}', MalformedCheckpointError, "no format tag"),
    (GOOD.replace(":[{", ":{"), MalformedCheckpointError, "expected '\\['"),
    (STATE.replace("[1,2]", "[1,9221120237041090561]"), NonCanonicalNanError, "0x7ff8000000000001 is not Lean's"),
    (
        STATE.replace("bits", "float32_bits").replace("[1,2]", "[1,4294967296]"),
        OutOfRangeWordError,
        "element 1: 4294967296 is not a 32-bit word",
    ),
    (STATE.replace("bits", "float32_bits").replace("[1,2]", "[1,4290772992]"), NonCanonicalNanError, "element 1"),
    ("", TruncatedCheckpointError, "empty"),
    ("PK\x03\x04", NotACheckpointError, "neither a TorchLean stream nor JSON"),
    ("[1, 2]", NotACheckpointError, "starts with"),
    ("TLP", TruncatedCheckpointError, "within its magic"),
)


@pytest.mark.parametrize(("text", "error", "message"), FAULTS, ids=range(len(FAULTS)))
def test_faulty_json(tmp_path, text, error, message):
    path = json_file(tmp_path, text)
    with pytest.raises(error, match=message) as caught:
        read_checkpoint(path)
    assert isinstance(caught.value, CheckpointError)
    assert str(caught.value).startswith(str(path))


def test_a_param_list_may_hold_any_nan(tmp_path):
    path = json_file(tmp_path, GOOD.replace("[1,2]", "[1,9221120237041090561]"))
    assert read_checkpoint(path).tensors[0].words[1] == 9221120237041090561


def test_expected_shapes(tmp_path):
    path = json_file(tmp_path, GOOD)
    read_checkpoint(path, [(2,)])
    with pytest.raises(WrongShapeError, match=r"tensor 0 has shape \[2\], expected \[1, 2\]"):
        read_checkpoint(path, [(1, 2)])
    with pytest.raises(WrongShapeError, match="1 tensors, expected 2"):
        read_checkpoint(path, [(2,), (3,)])
    with pytest.raises(WrongShapeError, match="1 tensors, expected 0"):
        read_checkpoint(path, [])


def stream(tag, version, count, *tensors):
    data = tag.encode() + struct.pack("<QQ", version, count)
    for shape, elements, payload in tensors:
        data += struct.pack(f"<{len(shape) + 2}Q", len(shape), *shape, elements) + payload
    return data


ONE = ((2,), 2, struct.pack("<2f", 1.0, -2.0))
STREAM_FAULTS = (
    (stream("TLPF32B", 1, 1, ONE), WrongVersionError, "version 1, only version 2"),
    (stream("TLSF32B", 2, 1, ONE), WrongVersionError, "version 2, only version 1"),
    (stream("TLADAMF", 2, 1, ONE), NotACheckpointError, "TLADAMF"),
    (stream("TLPF32B", 2, 1, ONE)[:-1], TruncatedCheckpointError, "tensor 0 has 1 of 2 elements"),
    (stream("TLPF32B", 2, 2, ONE), TruncatedCheckpointError, "within the rank of tensor 1"),
    (stream("TLPF32B", 2, 1, ONE)[:20], TruncatedCheckpointError, "within the tensor count"),
    (b"TLPF32B\x02", TruncatedCheckpointError, "within the version"),
    (stream("TLPF32B", 2, 1, ONE) + b"\0", TrailingDataError, "1 bytes after the last of 1 tensors"),
    (stream("TLPF32B", 2, 0, ONE), TrailingDataError, "after the last of 0 tensors"),
    (stream("TLPF32B", 2, 1, ((3,), 2, ONE[2])), WrongShapeError, "has 3 elements, the file says 2"),
    (stream("TLPF32B", 2, 1) + struct.pack("<Q", 1 << 60), TruncatedCheckpointError, "does not fit the file"),
    (stream("TLPF32B", 2, 1, ((1 << 40,), 1 << 40, b"")), TruncatedCheckpointError, "0 of 1099511627776 elements"),
)


@pytest.mark.parametrize(("data", "error", "message"), STREAM_FAULTS, ids=range(len(STREAM_FAULTS)))
def test_faulty_streams(tmp_path, data, error, message):
    path = tmp_path / "params.bin"
    path.write_bytes(data)
    with pytest.raises(error, match=message):
        read_checkpoint(path)


@pytest.mark.parametrize("tag", STREAMS)
def test_a_stream_byte_by_byte(tmp_path, tag):
    path = tmp_path / "params.bin"
    version = 2 if tag is Tag.PARAM_STREAM else 1
    data = stream(str(tag), version, 2, ONE, ((), 1, struct.pack("<f", 0.5)))
    path.write_bytes(data)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.tag, checkpoint.version, checkpoint.dtype) == (tag, version, Dtype.F32)
    assert [t.tensor.values.tolist() for t in checkpoint.tensors] == [[1.0, -2.0], 0.5]
    write_checkpoint(path, checkpoint)
    assert path.read_bytes() == data


def test_a_large_file_is_scanned_in_chunks(tmp_path):
    count = 4 * _CHUNK // 20
    words = np.random.default_rng(0).integers(0, 1 << 63, count, dtype=np.uint64)
    checkpoint = Checkpoint((StoredTensor((count,), words),) * 3, Tag.PARAM_LIST)
    path = tmp_path / "large.json"
    write_checkpoint(path, checkpoint, pretty=False)
    assert path.stat().st_size > 10 * _CHUNK
    tracemalloc.start()
    for tensor, expected in zip(iter_checkpoint(path), checkpoint.tensors, strict=True):
        assert tensor == expected
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = json_file(tmp_path, GOOD)
    broken = Checkpoint((None,), Tag.PARAM_LIST)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        write_checkpoint(path, broken)
    assert path.read_text() == GOOD
    assert [p.name for p in tmp_path.iterdir()] == ["params.json"]


def test_a_tensor_counts_its_words():
    with pytest.raises(ValueError, match=r"shape \[2\] has 2 words, got 3"):
        StoredTensor((2,), np.zeros(3, np.uint64))
