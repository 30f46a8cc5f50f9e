"""Annotation of videos with boxes of an annotation tool."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, FrameRanges, VideoInfo
from stal_plugin.annotations.importers.footage import (
    annotated_size,
    source_footage,
    turn_boxes,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.label_list import read_label_list
from stal_plugin.annotations.importers.labelled_clip import normalize_boxes
from stal_plugin.annotations.importers.segments import labelled_ranges
from stal_plugin.annotations.importers.time_converter import TimeConverter
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes, without_actions
from stal_plugin.annotations.importers.video_library import VideoLibrary, video_id
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoProbe


def annotation_of_boxes(
    source: Path, boxes: ToolBoxes, library: VideoLibrary, options: ImportOptions
) -> tuple[Annotation, list[str]]:
    """Bring the boxes of a tool and the videos together.

    Args:
        source: File of the boxes, for errors.
        boxes: What a reader of the format found.
        library: The videos.
        options: How to read the boxes.

    Returns:
        The annotation, all of it in split ``train``, and notes on what was left out,
        clipped, rescaled or assumed.

    Raises:
        FileNotFoundError: A video is missing.
        ValueError: Boxes and videos do not fit; names the place and the value.
    """
    _check_attributes(source, boxes, options)
    boxes = without_actions(boxes, options.rule.ignore)
    notes = [f"{n} {reason}" for reason, n in boxes.left_out.items() if n]
    classes = _classes(source, boxes, options, notes)
    videos = library.get_all(boxes.sizes)
    infos: dict[str, VideoInfo] = {}
    rows_of = _rows_by_video(boxes.video_ids)
    frames = np.zeros(len(boxes), np.int64)
    normalised = np.zeros((len(boxes), 4))
    persons = np.full(len(boxes), -1)
    ids = np.empty(len(boxes), dtype=object)
    for video, (path, probe) in videos.items():
        rows = rows_of.get(video, np.zeros(0, np.int64))
        own = video_id(video) or path.stem
        ids[rows] = own
        numbers = np.append(boxes.frames[rows], boxes.listed.get(video, []))
        convert = TimeConverter(source, boxes, (path, probe), options, numbers, notes)
        frames[rows] = convert(boxes.frames[rows], boxes.places[rows].__getitem__)
        known = labelled_ranges(convert, boxes, video, frames[rows], options)
        infos[own] = _video_info(own, path, library.out, probe, known)
        normalised[rows] = _boxes(source, boxes, rows, probe, options, notes)
        persons[rows] = _persons(own, boxes.tracks[rows], notes)
    notes += _sparse_note(infos)
    if len(infos) < len(videos):
        raise ValueError(f"{source}: two videos have the same name without suffix")
    number = {name: k for k, name in enumerate(classes)}
    annotation = Annotation(
        classes=classes,
        videos=infos,
        note=f"imported from {source.name}",
        rows=BoxTable(
            frames=frames,
            boxes=normalised,
            labels=np.array([number[a] for a in boxes.actions], np.int64),
            video_ids=ids,
            person_ids=persons,
        ),
    )
    return _without_repeats(annotation, notes), notes


def _check_attributes(source: Path, boxes: ToolBoxes, options: ImportOptions) -> None:
    wanted = [*options.rule.attributes, *filter(None, [options.rule.track])]
    unknown = [name for name in wanted if name not in boxes.attributes]
    if unknown:
        raise ValueError(
            f"{source}: no box has the attributes {unknown}; there are "
            f"{sorted(boxes.attributes)}"
        )


def _classes(
    source: Path, boxes: ToolBoxes, options: ImportOptions, notes: list[str]
) -> list[str]:
    used = set(boxes.actions.tolist())
    if not used:
        raise ValueError(f"{source}: no box has an action ({'; '.join(notes)})")
    if options.labels:
        classes = list(read_label_list(options.labels).values())
        unknown = sorted(used - set(classes))
        if unknown:
            raise ValueError(
                f"{source}: the actions {unknown} are not in {options.labels}; add "
                "them, or leave them out with --ignore"
            )
        return classes
    classes = [name for name in boxes.classes if name in used]
    idle = [name for name in boxes.classes if name not in used]
    if idle:
        notes.append(f"labels without a box are no classes: {', '.join(idle)}")
    return classes


def _sparse_note(videos: Mapping[str, VideoInfo]) -> list[str]:
    sparse = [info for info in videos.values() if info.labelled is not None]
    if not sparse:
        return []
    count = sum(len(info.labelled_frames()) for info in sparse)
    return [
        f"{count} of {sum(info.num_frames for info in sparse)} frames of {len(sparse)} "
        "videos are labelled; the others are no key frames, neither in training nor in "
        "the test. If they show nobody: --labelled every"
    ]


def _rows_by_video(video_ids: NDArray) -> dict[str, NDArray[np.int64]]:
    """Rows of each video, ascending."""
    number: dict[str, int] = {}
    codes = [number.setdefault(video, len(number)) for video in video_ids]
    order = np.argsort(np.array(codes, np.int64), kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(np.array(codes, np.int64)))[:-1])
    return dict(zip(number, parts, strict=True)) if codes else {}


def _video_info(
    video: str,
    path: Path,
    root: Path,
    probe: VideoProbe,
    labelled: FrameRanges | None,
) -> VideoInfo:
    inside = path.is_relative_to(root)
    file = (
        path.relative_to(root)
        if inside
        else Path(os.path.relpath(path.resolve(), root.resolve()))
    )
    return VideoInfo(
        file=file.as_posix(),
        fps=probe.fps,
        width=probe.width,
        height=probe.height,
        num_frames=probe.num_frames,
        source=source_footage(video),
        split="train",
        labelled=labelled,
    )


def _boxes(
    source: Path,
    boxes: ToolBoxes,
    rows: NDArray,
    probe: VideoProbe,
    options: ImportOptions,
    notes: list[str],
) -> NDArray[np.float64]:
    if not len(rows):
        return np.zeros((0, 4))
    video = boxes.video_ids[rows[0]]
    told = options.size or boxes.sizes[video]
    size, note = annotated_size(
        video, told, (probe.width, probe.height), options.rotate
    )
    notes += [note] if note else []
    own = boxes.boxes[rows]
    if boxes.normalized:
        own = own * np.array([*size, *size])
    inside, clipped = normalize_boxes(
        own,
        size,
        options.tolerance,
        lambda i: f"{source}: {video}, {boxes.places[rows[i]]}",
    )
    if clipped:
        notes.append(f"{video}: {clipped} boxes clipped at the image's border")
    return turn_boxes(inside, options.rotate)


def _persons(video: str, tracks: NDArray, notes: list[str]) -> NDArray[np.int64]:
    """The tool's numbers, or the tracks numbered by first appearance; -1 for none."""
    names = [t for t in dict.fromkeys(tracks.tolist()) if t]
    plain = all(t.isascii() and t.isdecimal() and len(t) < 15 for t in names)
    plain = plain and len({int(t) for t in names if plain}) == len(names)
    numbers = {t: int(t) if plain else i for i, t in enumerate(names)}
    if not plain:
        shown = ", ".join(f"{t!r} is {i}" for t, i in list(numbers.items())[:3])
        more = " ..." * (len(names) > 3)
        notes.append(f"{video}: names of tracks became numbers: {shown}{more}")
    return np.array([numbers.get(t, -1) for t in tracks], np.int64)


def _without_repeats(annotation: Annotation, notes: list[str]) -> Annotation:
    rows = annotation.rows
    repeated = replace(rows, boxes=np.round(rows.boxes, 6)).repeats()
    if not repeated.any():
        return annotation
    notes.append(f"{int(repeated.sum())} rows that were there twice")
    return replace(annotation, rows=rows.take(~repeated))
