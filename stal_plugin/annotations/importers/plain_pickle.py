"""Pickles of plain data: containers, numbers, texts and numpy arrays, nothing else.

A pickle is a program. The interpreter in C calls what it names, reserves what it asks
for and lets numpy take over a state that it says is a dtype; any of these is enough to
crash Python or to fill the memory. Here Python's own interpreter runs a part of the
instructions, and each call is one of a few stand-ins that check what they get:

* no global is looked up, no object is made from a class, no state is set;
* a dtype is a plain one by its code, and its state may only turn the order of bytes;
* arrays look at bytes of the file, of exactly their size, and all that calls make
  together is not much larger than the file;
* keys of dicts and members of sets are short plain values, so that hashing ends;
* parts that are used many times do not make it much larger than the file.
"""

import io
import math
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from reprlib import repr as short_repr
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.pickle_bounds import (
    check_keys,
    check_shared_parts,
)
from stal_plugin.annotations.problems import shortened

_STAND_INS = {
    **{(f"numpy.{c}.multiarray", "_reconstruct"): "array" for c in ("core", "_core")},
    **{(f"numpy.{c}.multiarray", "scalar"): "scalar" for c in ("core", "_core")},
    **{(f"numpy.{c}.numeric", "_frombuffer"): "buffer" for c in ("core", "_core")},
    ("numpy", "dtype"): "dtype",
    ("numpy", "ndarray"): "ndarray",
    ("_codecs", "encode"): "encode",
}
_ROWS = (list, tuple, set, frozenset)
_FROM: dict[type, tuple[type, ...]] = {
    **dict.fromkeys((list, tuple, set, frozenset), _ROWS),
    **dict.fromkeys((dict, OrderedDict), (list, tuple, dict)),
    **dict.fromkeys((bytes, bytearray), (bytes, bytearray)),
    **dict.fromkeys((int, float, bool), (int, float)),
    str: (str,),
}
_TYPES = {kind.__name__: kind for kind in _FROM}
_CODE = re.compile(r"[<>=|]?(?:[?bBhHiIlLqQefd]|[biuf](?:1|2|4|8)|[SU][1-9]\d{0,3})")
_ROOM = 1 << 16  # bytes that calls may make beside the file's size, 8 times

# The interpreter that is written in Python; pandas builds on it, too.
_PythonUnpickler: Any = pickle._Unpickler
_NAMES = (
    "MARK STOP POP POP_MARK PROTO FRAME PUT BINPUT LONG_BINPUT MEMOIZE GLOBAL "
    "STACK_GLOBAL NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 "
    "FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 "
    "UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 "
    "TUPLE3 EMPTY_LIST LIST APPEND APPENDS EMPTY_DICT EMPTY_SET"
)
_OPCODES = {
    getattr(pickle, name)[0]: _PythonUnpickler.dispatch[getattr(pickle, name)[0]]
    for name in _NAMES.split()
}


class _Call:
    """A function or type of numpy."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Built:
    """An array or dtype before its state is known."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


class RestrictedUnpickler(_PythonUnpickler):
    """Unpickler that knows plain containers, numbers, texts and numpy arrays only.

    Pickles of Python 2 are read with encoding latin1, as numpy's need.

    Args:
        file: Opened in binary mode.
    """

    def __init__(self, file: Any) -> None:
        content = file.read()
        self._room = 8 * len(content) + _ROOM
        # Files that are open reserve what they are asked for; bytes do not.
        super().__init__(io.BytesIO(content), encoding="latin1")

    def find_class(self, module: str, name: str) -> Any:
        """Return a type of Python or what stands for a global of numpy.

        Args:
            module: Its module.
            name: Its name.

        Raises pickle.UnpicklingError for all others.
        """
        if module in ("builtins", "__builtin__", "collections") and name in _TYPES:
            return _TYPES[name]
        if (module, name) in _STAND_INS:
            return _Call(_STAND_INS[module, name])
        raise pickle.UnpicklingError(
            f"it names {shortened(f'{module}.{name}', 99)}, which is not loaded, for a "
            "pickle can run any program; allowed are containers, numbers, texts and "
            "numpy arrays"
        )

    def _load_reduce(self) -> None:
        args, function = self.stack.pop(), self.stack.pop()
        self._spend(64 + 8 * len(args))
        if isinstance(function, _Call):  # one of _STAND_INS
            value = getattr(self, f"_make_{function.name}")(*args)
        elif isinstance(function, type):  # one of _FROM
            value = self._make_plain(function, *args)
        else:
            raise pickle.UnpicklingError(f"it calls {short_repr(function)}")
        self.append(value)

    def _load_build(self) -> None:
        state, built = self.stack.pop(), self.stack[-1]
        if not isinstance(built, _Built) or isinstance(built.value, np.ndarray):
            raise pickle.UnpicklingError("it changes an object that is no array")
        if isinstance(built.value, np.dtype):
            built.value = _with_byte_order(built.value, state)
            return  # the arrays take the value
        _, shape, dtype, fortran, content = state
        built.value = self._make_buffer(content, dtype, shape, "F" if fortran else "C")
        self.stack[-1] = built.value

    def _load_get(self) -> None:
        self._remembered(int(self.readline()))

    def _load_binget(self) -> None:
        self._remembered(self.read(1)[0])

    def _load_long_binget(self) -> None:
        self._remembered(int.from_bytes(self.read(4), "little"))

    def _remembered(self, number: int) -> None:
        value = self.memo[number]
        array = getattr(value, "value", None)
        self.append(array if isinstance(array, np.ndarray) else value)

    def _load_items(self) -> None:
        self._fill(self.pop_mark())

    def _load_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._fill([key, value])

    def _load_dict(self) -> None:
        items = iter(self.pop_mark())
        self.append(self._make_plain(dict, list(zip(items, items, strict=True))))

    def _load_frozenset(self) -> None:
        items = self.pop_mark()
        self.append(self._make_plain(frozenset, items))

    def _load_bytearray(self) -> None:
        self.append(bytearray(self.read(int.from_bytes(self.read(8), "little"))))

    def _fill(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, dict):
            check_keys(items[::2])
            target.update(zip(items[::2], items[1::2], strict=True))
        elif isinstance(target, set):
            check_keys(items)
            target.update(items)
        else:
            raise pickle.UnpicklingError("it fills an object that is no dict or set")

    def _make_plain(self, kind: type, *args: Any) -> Any:
        if kind is bytearray and len(args) == 2:  # as protocol 2 writes it
            return bytearray(self._make_encode(*args))
        if not args:
            return kind()
        (value,) = args
        if type(value) not in _FROM[kind]:
            shown = short_repr(value)
            raise pickle.UnpicklingError(f"it calls {kind.__name__} with {shown}")
        self._spend(0 if isinstance(value, int | float) else 8 * len(value))
        if kind in (dict, OrderedDict) and not isinstance(value, dict):
            check_keys([key for key, _ in value])
        elif kind in (set, frozenset):
            check_keys(value)
        return kind(value)

    def _make_encode(self, text: str, encoding: str) -> bytes:
        """Stand in for ``_codecs.encode``, by which protocol 2 writes bytes."""
        if encoding not in ("latin1", "latin-1"):
            shown = short_repr(encoding)
            raise pickle.UnpicklingError(f"bytes are encoded as {shown}, not latin1")
        self._spend(len(text))
        return text.encode("latin1")

    def _make_dtype(self, code: str, *_: Any) -> _Built:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise pickle.UnpicklingError(
                f"an array has the dtype {short_repr(code)}; allowed are numbers, "
                "truth values and texts"
            )
        return _Built(np.dtype(code))

    def _make_array(self, *_: Any) -> _Built:
        return _Built()  # shape and content come as its state

    def _make_scalar(self, dtype: Any, content: Any) -> Any:
        return self._make_buffer(content, dtype, (), "C")[()]

    def _make_buffer(self, content: Any, built: Any, shape: Any, order: Any) -> NDArray:
        dtype = built.value if isinstance(built, _Built) else None
        if not isinstance(dtype, np.dtype) or order not in ("C", "F"):
            raise pickle.UnpicklingError("an array without a dtype or order")
        if isinstance(content, str):  # of Python 2
            self._spend(len(content))
            content = content.encode("latin1")
        sizes = shape if isinstance(shape, tuple) and len(shape) < 33 else (-1,)
        known = all(type(n) is int and n >= 0 for n in sizes)
        length = math.prod(sizes) * dtype.itemsize if known else -1
        if not isinstance(content, bytes | bytearray) or len(content) != length:
            raise pickle.UnpicklingError(
                f"an array of shape {short_repr(shape)} and type {dtype} has another "
                "number of bytes"
            )
        return np.ndarray(sizes, dtype, content, order=order)

    def _spend(self, count: int) -> None:
        self._room -= count
        if self._room < 0:
            raise pickle.UnpicklingError("its calls make more than the file holds")

    # Python's interpreter, without what is not named here.
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        **_OPCODES,
        pickle.REDUCE[0]: _load_reduce,
        pickle.BUILD[0]: _load_build,
        pickle.SETITEM[0]: _load_item,
        pickle.SETITEMS[0]: _load_items,
        pickle.ADDITEMS[0]: _load_items,
        pickle.DICT[0]: _load_dict,
        pickle.FROZENSET[0]: _load_frozenset,
        pickle.BYTEARRAY8[0]: _load_bytearray,
        pickle.GET[0]: _load_get,
        pickle.BINGET[0]: _load_binget,
        pickle.LONG_BINGET[0]: _load_long_binget,
    }


def load_pickle(path: str | PathLike) -> Any:
    """Load a pickle of plain data.

    Args:
        path: The file.

    Returns:
        Its content; arrays cannot be written to.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no pickle, holds more than plain data, or uses parts of
            it again so often that they come to far more than the file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"pickle {path} is missing")
    with Path(path).open("rb") as file:
        try:
            content = RestrictedUnpickler(file).load()
            check_shared_parts(content, file.tell())
        except pickle.UnpicklingError as error:
            raise ValueError(f"{path}: {error}") from None
        except Exception as error:  # a broken pickle may raise anything
            shown = shortened(repr(error), 200)
            raise ValueError(f"{path} is no readable pickle: {shown}") from None
    return content


def _with_byte_order(dtype: np.dtype, state: Any) -> np.dtype:
    order, *parts = state[1:5]
    if order not in ("<", ">", "|", "=") or parts != [None, None, None]:
        raise pickle.UnpicklingError(
            f"a dtype has parts or another state than a plain one: {short_repr(state)}"
        )
    return dtype.newbyteorder(order)
