"""Load foreign pickles without running what they name."""

import pickle
from os import PathLike
from pathlib import Path
from typing import Any

_PLAIN = (
    *("list", "dict", "tuple", "set", "frozenset"),
    *("str", "bytes", "bytearray", "int", "float", "bool"),
)
_SAFE = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("collections", "OrderedDict"),
    *((module, name) for module in ("builtins", "__builtin__") for name in _PLAIN),
}


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickler that knows plain containers, numbers, texts and numpy arrays only.

    Pickles of Python 2 are read with encoding latin1, as numpy's need.

    Args:
        file: Opened in binary mode.
    """

    def __init__(self, file: Any) -> None:
        super().__init__(file, encoding="latin1")

    def find_class(self, module: str, name: str) -> Any:
        """Return a global that the pickle names, if it is a harmless one.

        Args:
            module: Its module.
            name: Its name.

        Returns:
            The global.

        Raises:
            pickle.UnpicklingError: It is none of the allowed ones.
        """
        if (module, name) == ("_codecs", "encode"):
            return _encode_latin1
        if (module, name) not in _SAFE:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, which is not loaded, for a pickle can run "
                "any program; allowed are containers, numbers, texts and numpy arrays"
            )
        return super().find_class(module, name)


def load_pickle(path: str | PathLike) -> Any:
    """Load a pickle of plain data.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no pickle, or holds more than plain data.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"pickle {path} is missing")
    with Path(path).open("rb") as file:
        try:
            return RestrictedUnpickler(file).load()
        except pickle.UnpicklingError as error:
            raise ValueError(f"{path}: {error}") from None
        except Exception as error:  # a broken pickle may raise anything
            raise ValueError(f"{path} is no readable pickle: {error!r}") from None


def _encode_latin1(text: str, encoding: str) -> bytes:
    """Stand in for ``_codecs.encode``, by which Python 3 writes bytes in protocol 2."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes are encoded as {encoding!r}, not latin1")
    return text.encode("latin1")
