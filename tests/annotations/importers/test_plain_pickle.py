import collections
import io
import os
import pickle
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.plain_pickle import (
    RestrictedUnpickler,
    load_pickle,
)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_survives(tmp_path: Path, protocol: int) -> None:
    data = {
        "a": [1, 2.5, True, None, "ü", b"\xff\x00", (1, 2), {3}],
        "b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "c": np.array(["x", "y"]),
        "d": np.float64(1.5),
        "e": collections.OrderedDict(z=1),
    }
    path = tmp_path / "f.pkl"
    path.write_bytes(pickle.dumps(data, protocol))
    back = load_pickle(path)
    np.testing.assert_array_equal(back.pop("b"), data.pop("b"))
    np.testing.assert_array_equal(back.pop("c"), data.pop("c"))
    assert back == data


def test_pickle_of_python_2(tmp_path: Path) -> None:
    # pickle.dumps({'a': numpy.array([1., 2.], 'f4')}, 2) under Python 2 and numpy 1.
    content = (
        b"\x80\x02}q\x00U\x01aq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\n"
        b"ndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04(K\x01K\x02\x85cnumpy\ndtype\nq\x05U\x02"
        b"f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"U\x08\x00\x00\x80?\x00\x00\x00@tbs."
    )
    (tmp_path / "f.pkl").write_bytes(content)
    array = load_pickle(tmp_path / "f.pkl")["a"]
    assert array.dtype == np.float32
    assert array.tolist() == [1.0, 2.0]


class _Evil:
    def __init__(self, function: object, *args: object) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple:
        return self.call


@pytest.mark.parametrize(
    ("evil", "name"),
    [
        (_Evil(os.system, "touch pwned"), "posix.system"),
        (_Evil(eval, "1 + 1"), "__builtin__.eval"),
        (_Evil(getattr, "a", "upper"), "__builtin__.getattr"),
        (_Evil(np.fromfile, "f"), "numpy.*fromfile"),
        (Path("x"), r"pathlib\..*PosixPath"),
    ],
)
def test_anything_else_is_refused_by_name(
    tmp_path: Path, evil: object, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.pkl").write_bytes(pickle.dumps({"a": [evil]}, 2))
    with pytest.raises(
        ValueError, match=rf"f\.pkl: it names {name}.*, which is not loaded"
    ):
        load_pickle(tmp_path / "f.pkl")
    assert not (tmp_path / "pwned").exists()


def test_only_latin1_is_encoded(tmp_path: Path) -> None:
    path = tmp_path / "f.pkl"
    path.write_bytes(b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00zlbtR.")
    with pytest.raises(ValueError, match="bytes are encoded as 'zlb', not latin1"):
        load_pickle(path)


def test_broken_and_missing_files(tmp_path: Path) -> None:
    path = tmp_path / "f.pkl"
    for content in (b"", b"hello", pickle.dumps([1, 2])[:-2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"f\.pkl"):
            load_pickle(path)
    with pytest.raises(FileNotFoundError, match=r"none\.pkl is missing"):
        load_pickle(tmp_path / "none.pkl")


def test_find_class() -> None:
    unpickler = RestrictedUnpickler(io.BytesIO())
    assert unpickler.find_class("__builtin__", "dict") is dict
    with pytest.raises(pickle.UnpicklingError, match=r"it names os\.system"):
        unpickler.find_class("os", "system")


@pytest.mark.parametrize("protocol", range(6))
def test_layouts_of_arrays_and_shared_parts(tmp_path: Path, protocol: int) -> None:
    square = np.arange(4.0).reshape(2, 2)
    arrays = [
        square,
        square.T,
        square.astype(">i2"),
        np.zeros((0, 5), "f4"),
        square > 1,
    ]
    data = {
        "arrays": [*arrays, square],
        "bytes": bytearray(b"ab"),
        "keys": {(1, "a"): 2, np.int64(3): 4},
        "members": frozenset("ab"),
    }
    path = tmp_path / "f.pkl"
    path.write_bytes(pickle.dumps(data, protocol))
    back = load_pickle(path)
    read = back.pop("arrays")
    for array, expected in zip(read, data.pop("arrays"), strict=True):
        np.testing.assert_array_equal(array, expected)
        assert array.dtype == expected.dtype
    assert read[0] is read[-1]
    assert back == data


class _Dtype:
    """A dtype that says it has a field of objects, and then that it has none."""

    def __reduce__(self) -> tuple:
        fields = {"a": (np.dtype("O"), 0)}
        return np.dtype, ("V8", False, True), (3, "|", None, ("a",), fields, 8, 1, 0)


class _State:
    """A plain dtype with a state that numpy takes over."""

    def __init__(self, *state: object) -> None:
        self.state = state

    def __reduce__(self) -> tuple:
        return np.dtype, ("f8", False, True), self.state


class _Array:
    def __init__(self, dtype: object, shape: object, content: object) -> None:
        self.state = (1, shape, dtype, False, content)

    def __reduce__(self) -> tuple:
        function = np.zeros(0).__reduce__()[0]
        return function, (np.ndarray, (0,), b"b"), self.state


_POINTER = struct.pack("<Q", 0x4141414141414141)
_DOUBLE = np.dtype("f8")
_FIELDS = (3, "<", None, ("a",), {"a": (_DOUBLE, 0)}, 8, 1, 0)


@pytest.mark.parametrize(
    ("evil", "message"),
    [
        (_Array(_Dtype(), (1,), _POINTER), "an array has the dtype 'V8'"),
        (_Array(np.dtype("O"), (1,), [1]), "an array has the dtype 'O8'"),
        (_Array(_State(*_FIELDS), (1,), b""), "another state than a plain one"),
        (_Array(_State(3, "<", None, -1, -1, 0), (1,), _POINTER), "another state"),
        (_Array(_DOUBLE, (2,), _POINTER), r"shape \(2,\) and type float64 has another"),
        (_Array(_DOUBLE, (-1, -1), _POINTER), r"an array of shape \(-1, -1\)"),
        (_Array(_DOUBLE, (2**62, 2**62), b""), "has another number of bytes"),
        (_Array(_DOUBLE, 1, _POINTER), "an array of shape 1 "),
        (_Array(None, (1,), _POINTER), "an array without a dtype"),
        (_Evil(bytearray, 10**12), "calls bytearray with 1000000000000"),
        (_Evil(bytes, 10**12), "calls bytes with 1000000000000"),
        (_Evil(np.dtype, "U2000000000"), "has the dtype 'U2000000000'"),
    ],
)
def test_forged_arrays_and_calls(tmp_path: Path, evil: object, message: str) -> None:
    (tmp_path / "f.pkl").write_bytes(pickle.dumps({"labels": [evil]}, 2))
    with pytest.raises(ValueError, match=rf"f\.pkl: .*{message}"):
        load_pickle(tmp_path / "f.pkl")


def test_a_large_place_in_the_memo_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "f.pkl"
    path.write_bytes(b"\x80\x02]r\xff\xff\xff\xff.")
    tracemalloc.start()
    assert load_pickle(path) == []
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize("opcode", [b"\x8e", b"\x8d", b"\x96", b"\x95"])
def test_a_length_beyond_the_file_takes_no_memory(
    tmp_path: Path, opcode: bytes
) -> None:
    path = tmp_path / "f.pkl"
    path.write_bytes(b"\x80\x05" + opcode + struct.pack("<Q", 2**40) + b"abc.")
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"f\.pkl"):
        load_pickle(path)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


def test_hashing_ends(tmp_path: Path) -> None:
    path = tmp_path / "f.pkl"
    # A tuple of two of a tuple of two ..., as the key of a dict.
    doubled = b"".join(b"q%c0h%ch%c\x86" % (i, i, i) for i in range(100))
    path.write_bytes(b"\x80\x02}K\x01" + doubled + b"K\x02s.")
    with pytest.raises(ValueError, match="a key or a member of a set is"):
        load_pickle(path)
    path.write_bytes(pickle.dumps({tuple(range(9)): 1}))
    with pytest.raises(ValueError, match="allowed are numbers, texts and pairs"):
        load_pickle(path)
    path.write_bytes(pickle.dumps({1 << 65: 1}))
    with pytest.raises(ValueError, match="a key or a member of a set is 36893"):
        load_pickle(path)


@pytest.mark.parametrize("kind", [list, tuple, lambda parts: dict(enumerate(parts))])
def test_parts_used_many_times(tmp_path: Path, kind: Callable) -> None:
    """A billion laughs, in about a hundred bytes."""
    path = tmp_path / "f.pkl"
    data: object = "ha"
    for level in range(9):
        data = kind([data] * 10)
        path.write_bytes(pickle.dumps(data, 4))
        if level < 4:  # 10,000 times (8 + 10 bytes), and keys
            assert load_pickle(path) == data
    assert path.stat().st_size < 2000
    with pytest.raises(ValueError, match="so often that they come to more than 1 MB"):
        load_pickle(path)
    texts = ["a" * 10**6] * 200
    path.write_bytes(pickle.dumps(texts))
    with pytest.raises(ValueError, match="come to more than 31 MB"):
        load_pickle(path)
    path.write_bytes(pickle.dumps(texts[:30]))
    assert load_pickle(path) == texts[:30]


def test_a_part_that_holds_itself(tmp_path: Path) -> None:
    data: list = [[]]
    data[0].append({"a": data})
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(data))
    with pytest.raises(ValueError, match="a part of it holds itself"):
        load_pickle(tmp_path / "f.pkl")


def test_deep_nesting_is_counted(tmp_path: Path) -> None:
    depth = 10**5
    (tmp_path / "f.pkl").write_bytes(b"\x80\x02" + b"]" * depth + b"a" * depth + b".")
    with pytest.raises(ValueError, match="is no readable pickle"):  # one "a" too many
        load_pickle(tmp_path / "f.pkl")
    content = b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b"."
    (tmp_path / "f.pkl").write_bytes(content)
    assert len(load_pickle(tmp_path / "f.pkl")) == 1


def test_calls_make_no_more_than_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "f.pkl"
    text = b"X" + struct.pack("<I", 10**5) + b"a" * 10**5 + b"q\x00"
    call = b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R"
    path.write_bytes(b"\x80\x02]" + text + b"(" + call * 40 + b"e.")
    with pytest.raises(ValueError, match="make more than the file holds"):
        load_pickle(path)


@pytest.mark.parametrize("opcode", [b"2", b"ios\nsystem\n", b"(c__builtin__\nset\no"])
def test_other_instructions_are_refused(tmp_path: Path, opcode: bytes) -> None:
    (tmp_path / "f.pkl").write_bytes(b"(]" + opcode + b".")
    with pytest.raises(ValueError, match="is no readable pickle"):
        load_pickle(tmp_path / "f.pkl")
