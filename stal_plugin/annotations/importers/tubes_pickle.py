"""Ground truth pickles by tubes, read without running what they name."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from operator import add
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.plain_pickle import load_pickle
from stal_plugin.annotations.problems import raise_problems, shortened


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
        _check_amount(data, Path(path).stat().st_size)
        problems = list(_problems(data))
        tubes = None if problems else _checked(data)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        text = shortened(str(error), 300)
        raise ValueError(f"{path} has parts of another form: {text}. {_FIX}") from None
    raise_problems(path, problems, _FIX)
    assert tubes is not None
    return tubes


def _check_amount(data: dict[str, Any], size: int) -> None:
    """Refuse parts that stand in the file once and are used a million times."""
    amount = 0
    videos = data["gttubes"].values() if isinstance(data["gttubes"], dict) else ()
    by_labels = [by_label.values() for by_label in videos if isinstance(by_label, dict)]
    for tubes in chain.from_iterable(by_labels):
        amount += 1
        for tube in tubes:
            amount += 1 + len(tube)
            if amount > size:
                raise ValueError("the tubes are larger than the file")


def present_tubes(tubes: TubesPickle, absent: Collection[str]) -> TubesPickle:
    """Leave out videos.

    Args:
        tubes: A ground truth.
        absent: Names of videos.

    Returns:
        The other videos.
    """
    own = {v: tubes.tubes[v] for v in tubes.tubes if v not in set(absent)}
    return replace(tubes, tubes=own)


def union_of_tubes(parts: Mapping[Path, TubesPickle]) -> TubesPickle:
    """Join pickles of different videos of one data set.

    Args:
        parts: Ground truths by file.

    Returns:
        All their videos; an official split is what the files say together.

    Raises:
        ValueError: Files have other labels, another number of splits, or the same
            video.
    """
    (first, whole), *others = parts.items()
    for path, part in others:
        if part.labels != whole.labels:
            raise ValueError(f"{path} has other labels than {first}")
        lists = (part.train_videos, part.test_videos)
        if list(map(len, lists)) != [len(whole.train_videos), len(whole.test_videos)]:
            raise ValueError(f"{path} has another number of splits than {first}")
        if twice := sorted({*whole.tubes} & {*part.tubes}):
            raise ValueError(f"{path} has video {twice[0]!r}, as a file before it")
        whole = TubesPickle(
            whole.labels,
            whole.tubes | part.tubes,
            whole.num_frames | part.num_frames,
            whole.resolution | part.resolution,
            list(map(add, whole.train_videos, part.train_videos)),
            list(map(add, whole.test_videos, part.test_videos)),
        )
    return whole


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
    yield from _list_problems(data)
    for key in ("gttubes", "nframes", "resolution"):
        if not isinstance(data[key], dict):
            yield f"{key} is a {type(data[key]).__name__}, not a dict"
            return
    for video, by_label in data["gttubes"].items():
        for key in ("nframes", "resolution"):
            if video not in data[key]:
                yield f"video {video!r} is not in {key}"
        yield from _video_problems(f"video {video!r}", by_label, len(data["labels"]))


def _list_problems(data: dict[str, Any]) -> Iterator[str]:
    lists = {"labels": [data["labels"]]}
    lists |= {key: data[key] for key in ("train_videos", "test_videos")}
    for key, value in lists.items():
        if not isinstance(value, list | tuple):
            yield f"{key} is a {type(value).__name__}, not a list of lists"
        elif not all(map(_are_texts, value)):
            yield f"{key} does not consist of lists of texts"


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)


def _video_problems(place: str, by_label: Any, num_labels: int) -> Iterator[str]:
    if not isinstance(by_label, dict):
        yield f"{place}: a {type(by_label).__name__}, not a dict of lists by label"
        return
    for label, tubes in by_label.items():
        if not isinstance(label, int | np.integer) or not 0 <= label < num_labels:
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
