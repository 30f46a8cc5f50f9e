"""Faults of the splits, of the classes and of the clips."""

import numpy as np

from stal_plugin.annotations.annotation import Annotation, splits_of
from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.statistics import labelled_step, looks_sparse

_SPLIT = "Draw splits with: python tools/data.py split DIR --by video|source|clip|time"
_FEW = 8  # annotated frames from which on their pattern says something


def split_problems(
    annotation: Annotation, csv_name: str, clip_len: int
) -> list[Problem]:
    """Check what no single row shows.

    Args:
        annotation: Rows of known videos in any order, their lines as ``origins``.
        csv_name: Name of the csv.
        clip_len: Frames of a clip.

    Returns:
        Problems.
    """
    json_name = f"{csv_name.removesuffix('.csv')}.json"
    problems = _class_problems(annotation, json_name)
    problems += _leaks(annotation, json_name, clip_len)
    problems += _still_clips(annotation, csv_name)
    if looks_sparse(annotation):
        problems.append(
            Problem(
                "gaps between labelled frames",
                csv_name,
                0,
                f"only every {labelled_step(annotation):g}. frame has a box, but the "
                "json says that every frame is labelled",
                "If the frames between were not looked at, import again with "
                "--labelled listed, or list the labelled ones ('labelled' in the "
                "json): else the test counts detections there as wrong",
                warning=True,
            )
        )
    seconds = _looks_like_seconds(annotation)
    if seconds:
        problems.append(
            Problem("timestamps that look like seconds", csv_name, 0, *seconds)
        )
    return problems


def _class_problems(annotation: Annotation, file: str) -> list[Problem]:
    names = splits_of(annotation.videos)
    problems = [
        Problem(f"no {part} split", file, 0, f"the splits are {names}", _SPLIT)
        for part in ("train", "test")
        if part not in names
    ]
    for part in sorted({"train", "test"}.intersection(names)):
        shown = set(annotation.rows.labels[annotation.in_split(part)].tolist())
        problems += [
            Problem(
                f"class with no {part} example",
                file,
                0,
                f"class {name!r} (action_id {k}) has no box in split {part!r}",
                f"{_SPLIT}; or take the class out, or label more footage",
                warning=part == "test",
            )
            for k, name in enumerate(annotation.classes, start=1)
            if k - 1 not in shown
        ]
    return problems


def _leaks(annotation: Annotation, file: str, clip_len: int) -> list[Problem]:
    problems = []
    parts: dict[str, dict[str, str]] = {}
    files: dict[str, dict[str, str]] = {}
    for video, info in annotation.videos.items():
        for split in info.splits:
            parts.setdefault(info.source, {}).setdefault(split, video)
            files.setdefault(info.file, {}).setdefault(video, split)
        train, test = info.frame_range("train"), info.frame_range("test")
        if train and test:
            gap = max(test[0] - train[1], train[0] - test[1]) - 1
            if gap < clip_len - 1:
                problems.append(
                    Problem(
                        "clips reach into the other split",
                        file,
                        0,
                        f"video {video!r}: {max(gap, 0)} frames between train {train} "
                        f"and test {test}, a clip has {clip_len}",
                        f"{_SPLIT}, which leaves a gap",
                        warning=True,
                    )
                )
    problems += [
        Problem(
            "one file in two videos",
            file,
            0,
            f"file {name!r} is video {' and '.join(map(repr, own))}",
            "Name each file once; its frames would be in both splits",
            warning=len(set(own.values())) == 1,
        )
        for name, own in files.items()
        if len(own) > 1
    ]
    problems += [
        Problem(
            "one source in both splits",
            file,
            0,
            f"source {source!r}: {own['train']!r} is train, {own['test']!r} is test",
            "The test shows scenes of the training. Split again with --by source",
            warning=True,
        )
        for source, own in parts.items()
        if {"train", "test"} <= set(own) and own["train"] != own["test"]
    ]
    return problems


def _still_clips(annotation: Annotation, file: str) -> list[Problem]:
    problems, rows = [], annotation.rows
    if len(rows) >= _FEW and (rows.frames == 1).all():
        problems.append(
            Problem(
                "clip that repeats one frame",
                file,
                0,
                "all boxes are on frame 1, before which there is no other",
                "Annotate later frames: a clip is the key frame and those before it",
            )
        )
    else:
        first = np.flatnonzero(rows.frames == 1)
        if len(first):
            problems.append(
                Problem(
                    "clip that repeats one frame",
                    file,
                    int(rows.origins[first[0]]),
                    f"{len(first)} boxes are on frame 1 of their video: the clip "
                    "before it repeats that frame and shows no motion",
                    "Nothing to do if they are few",
                    warning=True,
                )
            )
    short = [v for v, info in annotation.videos.items() if info.num_frames < 2]
    problems += [
        Problem(
            "clip that repeats one frame",
            file.replace(".csv", ".json"),
            0,
            f"video {v!r} has {annotation.videos[v].num_frames} frame",
            "Take it out, or use the video instead of a picture of it",
        )
        for v in short
    ]
    return problems


def _looks_like_seconds(annotation: Annotation) -> tuple[str, str] | None:
    """Boxes only on the first frames, no later than the video lasts in seconds."""
    frames, infos = annotation.rows.frames, list(annotation.videos.values())
    if len(np.unique(frames)) < 2:
        return None
    index = annotation.video_index()
    last = np.full(len(infos), -1)
    np.maximum.at(last, index, frames)
    durations = np.array([info.num_frames / info.fps for info in infos])
    if (last > durations + 1).any():
        return None
    seconds, spans = float(durations[np.unique(index)].max()), int(last.max())
    # spread over the whole video when read as seconds, over its very start as frames
    if spans < max(3.0, 0.5 * seconds):
        return None
    return (
        f"no box is later than frame {spans}, but the videos last {seconds:.0f} s and "
        "more frames",
        "Import the file again with: python tools/data.py import --from ava "
        "--unit seconds",
    )
