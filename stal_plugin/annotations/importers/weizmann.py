"""The Weizmann actions: boxes from the data set's own silhouettes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.mat_files import read_mat
from stal_plugin.annotations.importers.tubes import annotation_of_tubes
from stal_plugin.annotations.importers.tubes_pickle import ActionTube, TubesPickle
from stal_plugin.annotations.importers.videos import visible_files
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.video import VideoProbe

#: Names of the file of masks: the release's, and that of copies.
MASK_FILES = ("classification_masks.mat", "original_masks.mat")
#: The actions, as the names of the files say them.
ACTIONS = (
    *("bend", "jack", "jump", "pjump", "run"),
    *("side", "skip", "walk", "wave1", "wave2"),
)
Masks = dict[str, tuple[tuple[int, int], NDArray[np.int64]]]


def person_of(video: str) -> str:
    """``'daria'`` of ``'daria_bend'``."""
    return video.partition("_")[0]


def action_of(video: str) -> str | None:
    """``'bend'`` of ``'daria_bend'``, ``'run'`` of ``'lena_run1'``; None without."""
    word = video.partition("_")[2]
    return next((name for name in (word, word[:-1]) if name in ACTIONS), None)


def find_clips(folder: Path) -> dict[str, Path]:
    """Find the videos ``PERSON_ACTION.avi`` below a folder.

    Args:
        folder: Where the archives of the release were unpacked.

    Returns:
        Path of each clip, in alphabetical order.

    Raises:
        FileNotFoundError: There is none.
        ValueError: A name says no action of the data set, or is there twice.
    """
    files = visible_files(folder, ".avi")
    if not files:
        raise FileNotFoundError(
            f"{folder} has no video PERSON_ACTION.avi; give the folder into which the "
            "archives of the actions were unpacked"
        )
    names = [path.stem for path in files]
    problems = [
        f"{path.name} names no action ({', '.join(ACTIONS)})"
        for path in files
        if action_of(path.stem) is None
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems += [f"{name}.avi is there twice" for name in twice]
    raise_problems(folder, problems, "Give a folder with the videos of the release.")
    return dict(sorted(zip(names, files, strict=True)))


def read_mask_boxes(folder: Path) -> Masks:
    """Read the silhouettes of all clips as boxes.

    Args:
        folder: Holds ``classification_masks.mat`` or ``original_masks.mat``.

    Returns:
        By name of the field: height and width of the masks, and ``(T, 4)`` the first
        and the last pixel inside, from 0; -1 where a mask is empty.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged or another file.
    """
    paths = [path for name in MASK_FILES for path in sorted(folder.rglob(name))]
    if not paths:
        raise FileNotFoundError(f"{folder} has no file {' or '.join(MASK_FILES)}")
    found = read_mat(paths[0], "masks", "original_masks")
    ends = np.cumsum(found["count"])[:-1]
    sizes = zip(found["height"].tolist(), found["width"].tolist(), strict=True)
    boxes = np.split(found["boxes"], ends)
    names = found["videos"].tolist()
    return dict(zip(names, zip(sizes, boxes, strict=True), strict=True))


def unusable(probe: VideoProbe, masks: Masks, video: str) -> str:
    """Say why a clip's masks do not tell where its actor is; ``''`` if they do.

    In eleven clips of the release the masks show a part of the frames only, and which
    is not said.
    """
    if video not in masks:
        return f"no masks of that name ({probe.num_frames} frames)"
    size, boxes = masks[video]
    if size != (probe.height, probe.width):
        return f"masks of {size}, frames of {(probe.height, probe.width)}"
    if len(boxes) != probe.num_frames:
        return f"{len(boxes)} masks for {probe.num_frames} frames"
    empty = np.flatnonzero((boxes < 0).any(axis=1))
    return f"the mask of frame {empty[0] + 1} is empty" if len(empty) else ""


def annotation_of_clips(
    videos: dict[str, tuple[Path, VideoProbe]],
    masks: Masks,
    test_people: Sequence[str],
    root: Path,
) -> Annotation:
    """Describe clips whose masks fit; the footage of a person is one source.

    Args:
        videos: Path and facts of each clip.
        masks: From :func:`read_mask_boxes`.
        test_people: Whose clips are tested; the others' train.
        root: Folder of the annotation.

    Returns:
        Boxes on every frame, one person each.

    Raises:
        ValueError: Such a person is not there, or nobody is left to train on.
    """
    people = sorted({person_of(video) for video in videos})
    unknown = sorted(set(test_people) - set(people))
    if unknown or not test_people or len(set(test_people)) >= len(people):
        raise ValueError(
            f"test people {list(test_people)} must be some, not all, of {people}"
        )
    facts = {video: probe for video, (_, probe) in videos.items()}
    tubes = TubesPickle(
        labels=list(ACTIONS),
        tubes={video: [_tube(video, masks)] for video in videos},
        num_frames={video: probe.num_frames for video, probe in facts.items()},
        resolution={v: (probe.height, probe.width) for v, probe in facts.items()},
        train_videos=[],
        test_videos=[],
    )
    splits = {v: "test" if person_of(v) in test_people else "train" for v in videos}
    annotation, _ = annotation_of_tubes(tubes, videos, {**splits}, root)
    annotation.videos = {
        video: replace(info, source=person_of(video))
        for video, info in annotation.videos.items()
    }
    annotation.note = "Weizmann actions, boxes of the silhouettes; tests " + ", ".join(
        sorted(test_people)
    )
    return annotation


def _tube(video: str, masks: Masks) -> ActionTube:
    boxes = masks[video][1].astype(np.float64)
    label = ACTIONS.index(action_of(video) or "")
    return ActionTube(label, np.arange(1, len(boxes) + 1), boxes)
