"""Bring the boxes of an annotation tool and the videos together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.box_geometry import (
    annotated_size,
    normalize_boxes,
    played_size,
    turn_boxes,
)
from stal_plugin.annotations.importers.contradictions import (
    other_lengths,
    unclear_unit,
    undecided_frames,
)
from stal_plugin.annotations.importers.frame_numbers import (
    TimeConverter,
    labelled_ranges,
)
from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    without_actions,
    without_area,
    without_videos,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary, video_id
from stal_plugin.annotations.importers.videos import video_info
from stal_plugin.annotations.problems import Faults, raise_problems
from stal_plugin.annotations.resolutions import other_resolution
from stal_plugin.structures.box_table import BoxTable, indices_of
from stal_plugin.video import VideoProbe
from stal_plugin.wording import counted

_MOST_SHARE = 2.0  # of width or height; more is in pixels


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
    boxes = without_area(without_actions(boxes, options.rule.ignore))
    if options.present_only:
        boxes = without_videos(boxes, library.absent(boxes.sizes))
    notes = [f"{n} {reason}" for reason, n in boxes.left_out.items() if n]
    classes = _classes(source, boxes, options, notes)
    videos = library.get_all(boxes.sizes)
    infos: dict[str, VideoInfo] = {}
    parts: dict[str, BoxTable] = {}
    _check_decided(source, boxes, videos, options)
    every = np.array([*boxes.rows.frames, *chain(*boxes.listed.values())], np.float64)
    numbers = indices_of(np.array(boxes.classes, dtype=object), classes)
    owner = indices_of(boxes.rows.video_ids, videos)
    faults = Faults(source)
    for place, (name, (path, probe)) in enumerate(videos.items()):
        with faults.part():
            indices = np.flatnonzero(owner == place)
            rows = boxes.rows.take(indices)
            video = video_id(name) or path.stem
            notes += _length_note(video, boxes.lengths.get(name), probe.num_frames)
            convert = TimeConverter(
                *(source, boxes, (path, probe), options, every, notes),
                boxes.named.get(name),
            )
            frames = convert(rows.frames, rows.origins.__getitem__)
            known = labelled_ranges(convert, boxes, name, frames, options)
            infos[video] = video_info(video, path, library.out, probe, labelled=known)
            parts[video] = BoxTable(
                frames=frames,
                boxes=_boxes(source, boxes, rows, probe, options, notes),
                labels=numbers[rows.labels],
                video_ids=np.full(len(rows), video, dtype=object),
                person_ids=_persons(video, boxes.tracks, rows.person_ids, notes),
                origins=indices,
            )
    faults.raise_all()
    notes += _sparse_note(infos)
    if len(infos) < len(videos):
        raise ValueError(f"{source}: two videos have the same name without suffix")
    rows, note = _joined(list(parts.values()), notes), f"imported from {source.name}"
    return Annotation(classes, infos, note=note, rows=rows), notes


def _joined(parts: Sequence[BoxTable], notes: list[str]) -> BoxTable:
    """Rows of all videos in the order of the file, without repeats."""
    joined = BoxTable.concat(parts)
    rows = joined.take(np.argsort(joined.origins))
    repeated = replace(rows, boxes=np.round(rows.boxes, 6)).repeats()
    if repeated.any():
        notes.append(f"{int(repeated.sum())} rows that were there twice")
    return rows.take(~repeated)


def _check_attributes(source: Path, boxes: ToolBoxes, options: ImportOptions) -> None:
    asked = [*options.rule.attributes, *filter(None, [options.rule.track])]
    unknown = [name for name in asked if name not in boxes.attributes]
    if unknown:
        raise ValueError(
            f"{source}: no box has the attributes {unknown}; there are "
            f"{sorted(boxes.attributes)}"
        )


def _classes(
    source: Path, boxes: ToolBoxes, options: ImportOptions, notes: list[str]
) -> list[str]:
    used = {boxes.classes[label] for label in np.unique(boxes.rows.labels)}
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
    if options.all_classes:
        return boxes.classes
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
        f"{count} of {sum(info.num_frames for info in sparse)} frames of "
        f"{counted(len(sparse), 'video')} are labelled; the others are no key frames, "
        "neither in training nor in the test. If they show nobody: --labelled every"
    ]


def _length_note(video: str, told: int | None, length: int) -> list[str]:
    if told is None or abs(told - length) <= 1:
        return []
    text = f"{told} frames in the file, {length} in the video"
    return [f"length differs: {video} has {text}"]


def _check_decided(
    source: Path,
    boxes: ToolBoxes,
    videos: Mapping[str, tuple[Path, VideoProbe]],
    options: ImportOptions,
) -> None:
    """Name in one error all that the user has to decide about frames and sizes."""
    folders = [name for name, (path, _) in videos.items() if path.is_dir()]
    problems = undecided_frames(boxes, options, folders)
    probes = {name: probe for name, (_, probe) in videos.items()}
    lengths = {name: probe.num_frames for name, probe in probes.items()}
    problems += other_lengths(boxes, options, lengths)
    spans = {name: (p.num_frames, p.num_frames / p.fps) for name, p in probes.items()}
    problems += unclear_unit(boxes, options, spans)
    for name in dict.fromkeys(boxes.rows.video_ids):
        try:
            _size(name, boxes, videos[name][1], options)
        except ValueError as error:
            problems.append(str(error))
    if len(problems) == 1:
        raise ValueError(f"{source}: {problems[0]}")
    raise_problems(source, problems, "Say so with the options that are named above.")


def _size(
    video: str, boxes: ToolBoxes, probe: VideoProbe, options: ImportOptions
) -> tuple[tuple[int, int], str]:
    """Size to divide the boxes of a video by, and a note."""
    shown = probe.width, probe.height
    told = options.size or boxes.sizes[video]
    if told is None and boxes.played and probe.pixel_aspect != 1:
        told = played_size(shown, probe.pixel_aspect)
        told = told[::-1] if options.rotate % 180 else told
    return annotated_size(
        *(video, told, shown, options.rotate),
        *(probe.pixel_aspect, options.stretched),
    )


def _check_unit(source: Path, boxes: ToolBoxes, rows: BoxTable) -> None:
    """Refuse pixels in a format that has shares of the image's size, and shares."""
    size = np.abs(rows.boxes).max(1)
    if boxes.normalized and size.max() > _MOST_SHARE:
        text, worst = "is not divided by the image's width and height", size.argmax()
        fix = "as the format wants it: are these pixels? Divide them"
    elif not boxes.normalized and size.max() <= 1:
        text, worst = "and all others are smaller than a pixel", size.argmax()
        fix = "the format has pixels: are these shares of the size? Multiply them"
    else:
        return
    raise ValueError(
        f"{source}: {rows.video_ids[worst]}, {rows.origins[worst]}: box "
        f"{rows.boxes[worst].tolist()} (x1 y1 x2 y2) {text}, {fix}"
    )


def _boxes(
    source: Path,
    boxes: ToolBoxes,
    rows: BoxTable,
    probe: VideoProbe,
    options: ImportOptions,
    notes: list[str],
) -> NDArray[np.float64]:
    """Normalised boxes of the rows of one video, as it is shown."""
    if not len(rows):
        return np.zeros((0, 4))
    video = rows.video_ids[0]
    size, note = _size(video, boxes, probe, options)
    notes += [note] if note else []
    scale = np.array([*size, *size] if boxes.normalized else [1, 1, 1, 1])
    _check_unit(source, boxes, rows)
    inside, clipped = normalize_boxes(
        rows.boxes * scale,
        size,
        max(options.tolerance, boxes.tolerance),
        lambda i: f"{source}: {video}, {rows.origins[i]}",
    )
    other = other_resolution(inside * [*size, *size], size)
    if other:
        notes.append(
            f"{video}: its boxes are taken as of {size[0]}x{size[1]} pixels, but end "
            f"at the edges of {other[0]}x{other[1]}: see --size"
        )
    if clipped:
        notes.append(f"{video}: {clipped} boxes clipped at the image's border")
    return turn_boxes(inside, options.rotate)


def _persons(
    video: str, tracks: Sequence[str], codes: NDArray[np.int64], notes: list[str]
) -> NDArray[np.int64]:
    """The tool's numbers, or the tracks numbered by first appearance; -1 for none."""
    used = [code for code in dict.fromkeys(codes.tolist()) if code >= 0]
    names = [tracks[code] for code in used]
    plain = all(
        name.isascii() and name.isdecimal() and len(name) < 15 for name in names
    )
    plain = plain and len({int(name) for name in names}) == len(names)
    numbers = [int(name) if plain else i for i, name in enumerate(names)]
    if not plain:
        pairs = list(zip(names, numbers, strict=True))
        shown = ", ".join(f"{name!r} is {i}" for name, i in pairs[:3])
        more = " ..." * (len(names) > 3)
        notes.append(f"{video}: names of tracks became numbers: {shown}{more}")
    number_of = np.full(len(tracks) + 1, -1)  # the last one is that of code -1
    number_of[used] = numbers
    return number_of[codes]
