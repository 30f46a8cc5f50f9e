import collections
import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.tubes_pickle import (
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
