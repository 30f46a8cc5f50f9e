"""Ground truth pickles by tubes, read without running what they name."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.problems import raise_problems

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


@dataclass(frozen=True)
class ActionTube:
    """Boxes of one person doing one action.

    Args:
        label: 0-based class.
        frames: ``(N,)`` int64, 1-based.
        boxes: ``(N, 4)`` float64 xyxy in pixels, corners of the first and the last
            pixel inside, 0-based.
    """

    label: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]


_KEYS = ("labels", "gttubes", "nframes", "train_videos", "test_videos", "resolution")

_FIX = "Get the file again; its layout is that of the ACT detector's ground truth."


@dataclass(frozen=True)
class TubesPickle:
    """Ground truth of a set of videos.

    Args:
        labels: Names of the classes.
        tubes: Tubes by video, such as ``'Biking/v_Biking_g01_c01'``.
        num_frames: Frames of each video, as the file says.
        resolution: Height and width in pixels that the boxes refer to, by video.
        train_videos: Training videos of each official split.
        test_videos: Test videos of each official split.
    """

    labels: list[str]
    tubes: dict[str, list[ActionTube]]
    num_frames: dict[str, int]
    resolution: dict[str, tuple[int, int]]
    train_videos: list[list[str]]
    test_videos: list[list[str]]


def read_tubes_pickle(path: str | PathLike) -> TubesPickle:
    """Read and check a pickle of tubes, without running what it names.

    Args:
        path: The pickle, keys ``labels, gttubes, nframes, train_videos, test_videos,
            resolution``; ``gttubes[video][label]`` is a list of arrays ``(N, 5)`` of
            1-based frame, x1, y1, x2, y2 in pixels of ``resolution``.

    Returns:
        The ground truth.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no such pickle; names video, frame and value.
    """
    data = load_pickle(path)
    if not isinstance(data, dict):
        raise ValueError(f"{path} holds a {type(data).__name__}, not a dict. {_FIX}")
    missing = [key for key in _KEYS if key not in data]
    raise_problems(path, [f"key {key!r} is missing" for key in missing], _FIX)
    try:
        problems = list(_problems(data))
        tubes = None if problems else _checked(data)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(f"{path} has parts of another form: {error}. {_FIX}") from None
    raise_problems(path, problems, _FIX)
    assert tubes is not None
    return tubes


def _checked(data: dict[str, Any]) -> TubesPickle:
    sizes = {str(v): (int(h), int(w)) for v, (h, w) in data["resolution"].items()}
    return TubesPickle(
        labels=[str(label) for label in data["labels"]],
        tubes={str(v): _tubes(tubes) for v, tubes in data["gttubes"].items()},
        num_frames={str(v): int(n) for v, n in data["nframes"].items()},
        resolution=sizes,
        train_videos=[list(map(str, videos)) for videos in data["train_videos"]],
        test_videos=[list(map(str, videos)) for videos in data["test_videos"]],
    )


def _tubes(by_label: dict[int, list[np.ndarray]]) -> list[ActionTube]:
    return [
        ActionTube(int(label), tube[:, 0].astype(np.int64), tube[:, 1:].astype(float))
        for label, tubes in by_label.items()
        for tube in tubes
    ]


def _problems(data: dict[str, Any]) -> Iterator[str]:
    for key in ("train_videos", "test_videos"):
        if not isinstance(data[key], list | tuple):
            yield f"{key} is a {type(data[key]).__name__}, not a list of lists"
    for key in ("gttubes", "nframes", "resolution"):
        if not isinstance(data[key], dict):
            yield f"{key} is a {type(data[key]).__name__}, not a dict"
            return
    for video, by_label in data["gttubes"].items():
        for key in ("nframes", "resolution"):
            if video not in data[key]:
                yield f"video {video!r} is not in {key}"
        yield from _video_problems(f"video {video!r}", by_label, len(data["labels"]))


def _video_problems(place: str, by_label: Any, num_labels: int) -> Iterator[str]:
    if not isinstance(by_label, dict):
        yield f"{place}: a {type(by_label).__name__}, not a dict of lists by label"
        return
    for label, tubes in by_label.items():
        if not 0 <= int(label) < num_labels:
            yield f"{place}: label {label} is not in 0..{num_labels - 1}"
        for tube in tubes:
            yield from _tube_problems(f"{place}, label {label}", tube)


def _tube_problems(place: str, tube: Any) -> Iterator[str]:
    if not isinstance(tube, np.ndarray) or tube.ndim != 2 or tube.shape[1] != 5:
        shape = getattr(tube, "shape", type(tube).__name__)
        yield f"{place}: a tube of shape {shape}, must be (N, 5)"
        return
    if tube.dtype.kind not in "fiu":
        yield f"{place}: a tube of type {tube.dtype}, must be numbers"
        return
    frames = tube[:, 0]
    whole = np.isfinite(frames) & (frames >= 1) & (frames == np.floor(frames))
    if not whole.all():
        yield f"{place}: frame {frames[~whole][0]} is not a whole number from 1 on"
    elif (np.diff(frames) <= 0).any():
        after = frames[1:][np.diff(frames) <= 0][0]
        yield f"{place}: frames do not increase at frame {after:g}"
