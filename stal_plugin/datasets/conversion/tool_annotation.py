"""Annotation of videos with boxes of an annotation tool."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.conversion.annotated_size import annotated_size, turn_boxes
from stal_plugin.datasets.conversion.frame_numbers import (
    check_frames,
    first_number,
    frames_of_seconds,
)
from stal_plugin.datasets.conversion.import_options import ImportOptions
from stal_plugin.datasets.conversion.normalize_boxes import normalize_boxes
from stal_plugin.datasets.conversion.source_footage import source_footage
from stal_plugin.datasets.conversion.video_library import VideoLibrary, video_id
from stal_plugin.datasets.formats import Annotation, VideoInfo
from stal_plugin.datasets.formats.label_list import read_label_list
from stal_plugin.datasets.formats.tool_boxes import ToolBoxes
from stal_plugin.datasets.video import VideoProbe

_BASE_HINT = (
    "Does the tool count frames from 0 or 1? Say so with --frame-base. Are these "
    "times? Then --unit seconds."
)
_SECONDS_HINT = (
    "Are these numbers of frames? Then --unit frames. Do the times start elsewhere "
    "(AVA: 900)? Then --start."
)


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
    notes = [f"{n} {reason}" for reason, n in boxes.left_out.items() if n]
    classes = _classes(source, boxes, options, notes)
    videos = library.get_all(boxes.sizes)
    infos: dict[str, VideoInfo] = {}
    frames = np.zeros(len(boxes), np.int64)
    normalised = np.zeros((len(boxes), 4))
    persons = np.full(len(boxes), -1)
    ids = np.empty(len(boxes), dtype=object)
    for video, (path, probe) in videos.items():
        rows = np.flatnonzero(boxes.video_ids == video)
        own = video_id(video) or path.stem
        infos[own] = _video_info(own, path, library.out, probe)
        ids[rows] = own
        frames[rows] = _frames(source, boxes, rows, (path, probe), options, notes)
        normalised[rows] = _boxes(source, boxes, rows, probe, options, notes)
        persons[rows] = _persons(boxes.tracks[rows])
    if len(infos) < len(videos):
        raise ValueError(f"{source}: two videos have the same name without suffix")
    number = {name: k for k, name in enumerate(classes, start=1)}
    annotation = Annotation(
        classes=classes,
        videos=infos,
        note=f"imported from {source.name}",
        video_ids=ids,
        frames=frames,
        boxes=normalised,
        action_ids=np.array([number[a] for a in boxes.actions], np.int64),
        person_ids=persons,
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


def _video_info(video: str, path: Path, root: Path, probe: VideoProbe) -> VideoInfo:
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
    )


def _frames(
    source: Path,
    boxes: ToolBoxes,
    rows: NDArray,
    video: tuple[Path, VideoProbe],
    options: ImportOptions,
    notes: list[str],
) -> NDArray[np.int64]:
    path, probe = video
    numbers, name = boxes.frames[rows], path.stem
    seconds = boxes.seconds if options.unit is None else options.unit == "seconds"
    if seconds:
        frames = frames_of_seconds(numbers, probe.fps, options.start)
    else:
        _check_whole(source, boxes, rows)
        base = boxes.base if options.frame_base is None else options.frame_base
        first, how = first_number(numbers, base, path)
        if base is None and len(rows):
            notes.append(f"{name}: frames count from {first} ({how}); see --frame-base")
        frames = numbers.astype(np.int64) - first + 1
    what = "second" if seconds else "number"
    check_frames(
        source,
        name,
        frames,
        probe.num_frames,
        lambda i: f"{boxes.places[rows[i]]}: {what} {numbers[i]:g}",
        _SECONDS_HINT if seconds else _BASE_HINT,
    )
    return frames


def _check_whole(source: Path, boxes: ToolBoxes, rows: NDArray) -> None:
    numbers = boxes.frames[rows]
    broken = np.flatnonzero(numbers != np.floor(numbers))
    if len(broken):
        row = rows[broken[0]]
        raise ValueError(
            f"{source}: {boxes.places[row]}: frame {boxes.frames[row]:g} is no whole "
            "number. Are these times? Then --unit seconds."
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


def _persons(tracks: NDArray) -> NDArray[np.int64]:
    """The tool's numbers, or the tracks numbered by first appearance; -1 for none."""
    names = [t for t in dict.fromkeys(tracks.tolist()) if t]
    plain = all(t.isascii() and t.isdecimal() and len(t) < 15 for t in names)
    plain = plain and len({int(t) for t in names if plain}) == len(names)
    numbers = {t: int(t) if plain else i for i, t in enumerate(names)}
    return np.array([numbers.get(t, -1) for t in tracks], np.int64)


def _without_repeats(annotation: Annotation, notes: list[str]) -> Annotation:
    columns: Sequence[NDArray] = (
        annotation.video_index(),
        annotation.frames,
        annotation.action_ids,
        annotation.person_ids,
        *np.round(annotation.boxes, 6).T,
    )
    _, first = np.unique(np.stack(columns, axis=1), axis=0, return_index=True)
    repeats = len(annotation) - len(first)
    if not repeats:
        return annotation
    notes.append(f"{repeats} rows that were there twice")
    keep = np.sort(first)
    rows = ("video_ids", "frames", "boxes", "action_ids", "person_ids")
    changed = {name: getattr(annotation, name)[keep] for name in rows}
    return Annotation(**{**vars(annotation), **changed})
