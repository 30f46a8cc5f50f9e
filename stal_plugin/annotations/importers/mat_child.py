"""Read MATLAB files in a process of their own; see ``mat_files``.

Run as a script that imports numpy and scipy only. Each line of the input is a request
in JSON; the answer is a line in JSON and the bytes of the arrays that it names.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray]
#: What is wrong with a file.
NO_MAT, OLD_HDF5, NO_ARRAY, NO_NUMBERS, TOO_LARGE = (
    *("is no readable MATLAB file", "is a MATLAB 7.3 file"),
    *("has no such array", "is not an array of numbers", "needs too much memory"),
)


class MatError(Exception):
    """A file is not what it should be."""


def read_array(path: str, name: str) -> Arrays:
    """Read one numeric array.

    Args:
        path: The file.
        name: Name of the array.

    Returns:
        It as ``array``.

    Raises:
        MatError: There is none.
    """
    array = _load(path, name, squeeze=False)
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "bfiu":
        raise MatError(NO_NUMBERS)
    return {"array": array}


def read_tubes(path: str, name: str) -> Arrays:
    """Read UCF101-24's struct array of videos with struct arrays of tubes.

    Args:
        path: The file.
        name: Name of the array.

    Returns:
        ``videos`` ``(V,)`` names and ``frames`` of them as the file counts, 0 where it
        does not; for each tube, ``(T,)``: ``video`` its place there,
        ``number`` from 1, ``is_tube`` whether it has what a tube needs, ``first``
        frame, ``label`` and ``count`` of boxes; ``boxes`` ``(B, 4)`` of all tubes.

    Raises:
        MatError: There is none.
    """
    annot = np.atleast_1d(np.asarray(_load(path, name, squeeze=True)))
    if not {"name", "tubes"} <= set(annot.dtype.names or ()):
        raise MatError(NO_ARRAY)
    facts, boxes = [], [np.zeros((0, 4))]
    for v, item in enumerate(annot):
        for number, tube in enumerate(np.atleast_1d(item["tubes"]), start=1):
            known = _tube(tube)
            first, label, own = known or (0, 0, boxes[0])
            facts.append((v, number, known is not None, first, label, len(own)))
            boxes.append(own)
    columns = np.array(facts, np.int64).reshape(-1, 6).T
    keys = ("video", "number", "is_tube", "first", "label", "count")
    return {
        "videos": np.array([str(item["name"]).strip() for item in annot], np.str_),
        "frames": np.array([_frames(item) for item in annot], np.int64),
        **dict(zip(keys, columns, strict=True)),
        "boxes": np.concatenate(boxes),
    }


def read_masks(path: str, name: str) -> Arrays:
    """Read a struct of masks, one field per video, as extents of what they show.

    Args:
        path: The file.
        name: Name of the struct; its fields hold ``(H, W, T)``, not 0 where the actor
            is.

    Returns:
        ``videos`` ``(V,)`` names of the fields, ``count`` of their frames and their
        ``height`` and ``width``; ``boxes`` ``(sum of T, 4)``: first and last column
        and row inside, from 0; -1 where a mask is empty.

    Raises:
        MatError: There is none, or a field is no such array.
    """
    struct = np.asarray(_load(path, name, squeeze=False))
    if struct.size != 1 or not struct.dtype.names:
        raise MatError(NO_ARRAY)
    fields = [np.asarray(struct.reshape(-1)[0][video]) for video in struct.dtype.names]
    if any(masks.dtype.kind not in "bfiu" or masks.ndim > 3 for masks in fields):
        raise MatError(NO_NUMBERS)
    stacks = [np.atleast_3d(masks) != 0 for masks in fields]
    sizes = np.array([stack.shape for stack in stacks], np.int64)
    return {
        "videos": np.array(struct.dtype.names, np.str_),
        **dict(zip(("height", "width", "count"), sizes.T, strict=True)),
        "boxes": np.concatenate([_extents(stack) for stack in stacks]),
    }


def _extents(masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Box ``(T, 4)`` of each mask of ``(H, W, T)``."""
    ends = []
    for axis in (0, 1):  # columns that have a pixel, then rows
        line = np.logical_or.reduce(masks, axis=axis)
        last = len(line) - 1 - line[::-1].argmax(axis=0)
        ends.append(np.where(line.any(axis=0), [line.argmax(axis=0), last], -1))
    (left, right), (top, bottom) = ends
    return np.stack([left, top, right, bottom], axis=1).astype(np.int64)


def _frames(item: Any) -> int:
    """Number of frames of a video; 0 if there is none."""
    try:
        return max(int(np.int64(int(item["num_imgs"]))), 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def _tube(tube: Any) -> tuple[int, int, NDArray[np.float64]] | None:
    """First frame, class and boxes ``(N, 4)``; None if it is no tube."""
    names = getattr(getattr(tube, "dtype", None), "names", None)
    if not {"sf", "class", "boxes"} <= set(names or ()):
        return None
    try:
        first, label = (int(np.int64(int(tube[key]))) for key in ("sf", "class"))
        boxes = np.asarray(tube["boxes"], np.float64).reshape(-1, 4)
    except (TypeError, ValueError, OverflowError):
        return None
    return (first, label, boxes) if np.isfinite(boxes).all() else None


def _load(path: str, name: str, squeeze: bool) -> Any:
    from scipy.io import loadmat

    try:
        content = loadmat(path, variable_names=[name], squeeze_me=squeeze)
    except NotImplementedError:
        raise MatError(OLD_HDF5) from None
    except MemoryError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise MatError(f"{NO_MAT}: {repr(error)[:200]}") from None
    if name not in content:
        raise MatError(NO_ARRAY)
    return content[name]


READERS: dict[str, Callable[[str, str], Arrays]] = {
    "array": read_array,
    "masks": read_masks,
    "tubes": read_tubes,
}


def limit(resource_name: str, amount: int) -> None:
    """Set a limit of this process, where the system has such limits.

    Args:
        resource_name: Such as ``'RLIMIT_AS'``.
        amount: Bytes or seconds.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    number = getattr(resource, resource_name)
    hard = resource.getrlimit(number)[1]
    soft = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(number, (soft, hard))


def answer(request: dict[str, Any], output: BinaryIO) -> None:
    """Read a file and write what is in it, or what is wrong with it.

    Args:
        request: ``kind`` of reader, ``path``, ``name`` and ``seconds`` of computing.
        output: Gets the answer.
    """
    limit("RLIMIT_CPU", int(sum(os.times()[:2])) + 1 + int(request["seconds"]))
    arrays: Arrays = {}
    header: dict[str, Any] = {}
    try:
        read = READERS[request["kind"]](request["path"], request["name"])
        arrays = {key: np.ascontiguousarray(array) for key, array in read.items()}
        header["arrays"] = {
            key: (array.dtype.str, array.shape) for key, array in arrays.items()
        }
    except MatError as error:
        header["error"] = str(error)
    except MemoryError:
        header["error"] = TOO_LARGE
    output.write(json.dumps(header).encode() + b"\n")
    for array in arrays.values():
        output.write(array.data)
    output.flush()


def main() -> None:
    """Answer requests until there are no more."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing but answers goes there
    limit("RLIMIT_AS", int(sys.argv[1]))
    limit("RLIMIT_CORE", 0)
    for line in sys.stdin.buffer:
        answer(json.loads(line), output)


if __name__ == "__main__":
    main()
