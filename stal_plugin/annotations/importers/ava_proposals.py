"""Files of proposals for AVA, as MMAction2 has them: people by movie and second."""

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.ava_release import AvaRelease, listed_seconds
from stal_plugin.annotations.importers.ava_segments import segment_names
from stal_plugin.annotations.importers.plain_pickle import load_pickle
from stal_plugin.annotations.importers.video_library import video_id
from stal_plugin.annotations.person_boxes import PersonBoxes
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.wording import counted

#: Movie and second.
Moment = tuple[str, float]
_KEY = re.compile(r"(.+),(\d+)")
_FIX = (
    "The file of people is a pickle of MMAction2: a dict of 'VIDEO,SECOND' and arrays "
    "(N, 5) of x1, y1, x2, y2 in [0, 1] and score, such as "
    "ava_dense_proposals_val.FAIR.recall_93.9.pkl"
)


def read_proposals(path: str | PathLike) -> dict[Moment, NDArray[np.float64]]:
    """Read a pickle of proposals, without running what it names.

    Args:
        path: The pickle, a dict of ``'VIDEO,SECOND'`` and arrays ``(N, 5)``:
            normalised xyxy and score.

    Returns:
        The arrays by movie and second.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such pickle; names key and value.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file of people '{path}'")
    content = load_pickle(path)
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}, not a dict. {_FIX}")
    found, problems = {}, []
    for key, boxes in content.items():
        match = _KEY.fullmatch(key) if isinstance(key, str) else None
        fault = _fault(boxes) if match else "is not VIDEO,SECOND"
        if match and not fault:
            found[match[1], float(match[2])] = np.asarray(boxes, np.float64)
        else:
            problems.append(f"{key!r} {fault}")
    raise_problems(path, problems, _FIX)
    return found


def _fault(boxes: Any) -> str:
    """What is wrong with the boxes of a second; '' if nothing is."""
    if not isinstance(boxes, np.ndarray) or boxes.dtype.kind not in "fiu":
        return f"has a {type(boxes).__name__}, must be an array of numbers"
    if boxes.ndim != 2 or boxes.shape[1] != 5:
        return f"has an array of shape {boxes.shape}, must be (N, 5)"
    wrong = ~((boxes >= 0) & (boxes <= 1)).all(axis=1)
    if wrong.any():
        return f"has {boxes[wrong][0].tolist()}, must be in [0, 1]"
    return ""


def key_frames_of_release(
    release: AvaRelease, annotation: Annotation
) -> dict[Moment, tuple[str, int]]:
    """Find the video and frame of each labelled second.

    Args:
        release: Where the annotation comes from.
        annotation: Its movies, or segments of them.

    Returns:
        Video and frame by movie and second, without excluded seconds.
    """
    places = {}
    for split in release.parts:
        for movie, times in listed_seconds(release, split).items():
            own = annotation.videos.get(video_id(movie))
            if own is not None:
                frames = own.labelled_frames().tolist()
                for time, frame in zip(times, frames, strict=True):
                    places[movie, time] = (video_id(movie), frame)
                continue
            for time in times:
                for name in segment_names(movie, time):
                    if name in annotation.videos:
                        (frame,) = annotation.videos[name].labelled_frames().tolist()
                        places[movie, time] = (name, frame)
    return places


def people_on_key_frames(
    files: Sequence[Path],
    places: Mapping[Moment, tuple[str, int]],
    score: float = 0.9,
) -> tuple[PersonBoxes, str]:
    """Bring proposals to the key frames of a data set.

    Args:
        files: Pickles of proposals.
        places: From :func:`key_frames_of_release`.
        score: Least score of a person; the best of a key frame is kept in any case, as
            MMAction2 does.

    Returns:
        The people, ordered by video and frame, and a note on what was left out.

    Raises:
        ValueError: A file has faults, or nothing for any of the key frames.
    """
    rows = []
    left_out = 0
    for file in files:
        proposals = read_proposals(file)
        own = {places[moment]: moment for moment in proposals if moment in places}
        if not own:
            first = ", ".join(f"{movie},{second:04g}" for movie, second in proposals)
            raise ValueError(
                f"{file} has nobody for any of the {len(places)} key frames: it is of "
                f"{first[:80]} ..."
            )
        for (video, frame), moment in sorted(own.items()):
            found = proposals[moment]
            size = found[:, 2:4] - found[:, :2]
            found = found[(np.round(size, 6) > 0).all(axis=1)]
            least = min(score, found[:, 4].max(initial=0))
            kept = found[found[:, 4] >= least]
            left_out += len(found) - len(kept)
            rows += [(video, frame, *person) for person in kept.tolist()]
    videos, frames, *columns = zip(*rows, strict=True) if rows else [()] * 7
    numbers = np.array(columns, np.float32).reshape(5, -1)
    people = PersonBoxes(
        np.array(videos, object), np.array(frames, np.int64), numbers[:4].T, numbers[4]
    )
    have = len({row[:2] for row in rows})
    return people, (
        f"{counted(len(rows), 'person', 'people')} on {have} of "
        f"{counted(len(places), 'key frame')}; {left_out} with a score below {score:g} "
        "were left out"
    )
