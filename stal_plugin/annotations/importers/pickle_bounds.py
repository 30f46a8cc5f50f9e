"""Bounds on what a pickle of plain data may cost those who hash it or go through it.

A part that a pickle remembers can be used again by two bytes. A list of ten lists of
ten lists ... is a small file, and without end for whoever goes through its parts; so is
a long tuple as the key of many dicts.
"""

import pickle
from collections.abc import Iterable
from reprlib import repr as short_repr
from typing import Any

import numpy as np

#: Bytes that the parts may hold, each counted as often as it is used: so many times the
#: file's size, and some for all. Published ones stay below their own size.
_TIMES, _FOR_ALL = 32, 1 << 20
_PART = 8  # bytes of a place in a container
_LONGEST_KEY = 8  # values in a tuple
_LARGEST_KEY = 1 << 64
_SCALARS = (str, bytes, int, float, type(None), np.generic)


def check_keys(keys: Iterable[Any]) -> None:
    """Require keys of dicts and members of sets whose hashing ends, and soon.

    Args:
        keys: The keys.

    Raises pickle.UnpicklingError for all but numbers, texts and short tuples of them.
    """
    for key in keys:
        parts = key if type(key) is tuple and len(key) <= _LONGEST_KEY else (key,)
        if not all(isinstance(part, _SCALARS) and not _is_huge(part) for part in parts):
            text = f"a key or a member of a set is {short_repr(key)}; allowed are "
            raise pickle.UnpicklingError(text + "numbers, texts and pairs of them")


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > _LARGEST_KEY


def check_shared_parts(value: Any, file_size: int) -> None:
    """Require that going through all parts of a value ends, and soon.

    Each part is looked at once here, however often it is used.

    Args:
        value: Of lists, tuples, sets, dicts and scalars.
        file_size: Bytes of the pickle that it comes from.

    Raises pickle.UnpicklingError if a part holds itself, or if all parts, counted as
    often as they are used, are far larger than the file.
    """
    limit = _TIMES * file_size + _FOR_ALL
    sizes: dict[int, int] = {}
    open_parts: set[int] = set()
    waiting = [value]
    while waiting:
        part = waiting[-1]
        key, inner = id(part), _inner(part)
        if inner is None or key in sizes:
            waiting.pop()
        elif key in open_parts:  # all that it holds is done
            sizes[key] = sum(sizes.get(id(p)) or _size(p) for p in inner) + _PART
            open_parts.remove(key)
            if sizes[key] > limit:
                raise pickle.UnpicklingError(
                    "it uses its parts again so often that they come to more than "
                    f"{limit >> 20} MB, which no list of boxes does"
                )
        else:
            open_parts.add(key)
            held = [p for p in inner if isinstance(p, _CONTAINERS)]
            if any(id(p) in open_parts for p in held):
                raise pickle.UnpicklingError("a part of it holds itself")
            waiting += held


_CONTAINERS = (list, tuple, set, frozenset, dict)


def _inner(part: Any) -> list[Any] | None:
    """What a container holds; None of a scalar or array."""
    if isinstance(part, dict):
        return [*part.keys(), *part.values()]
    return list(part) if isinstance(part, _CONTAINERS) else None


def _size(scalar: Any) -> int:
    if isinstance(scalar, str | bytes | bytearray):
        return _PART + len(scalar)
    if isinstance(scalar, np.ndarray):
        return _PART + scalar.nbytes
    return _PART + (scalar.bit_length() // 8 if isinstance(scalar, int) else 0)
