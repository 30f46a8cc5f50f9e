"""The formats of annotations that are imported: how each is read, and what it is."""

from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.ava import (
    read_ava_timestamps,
    unit_of_header,
)
from stal_plugin.annotations.importers.ava_segments import on_segments
from stal_plugin.annotations.importers.coco_video import read_coco_video
from stal_plugin.annotations.importers.cvat_boxes import boxes_of_tracks
from stal_plugin.annotations.importers.cvat_images import (
    is_images_export,
    read_cvat_images,
)
from stal_plugin.annotations.importers.cvat_video import read_cvat_xml
from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.labelme import read_labelme
from stal_plugin.annotations.importers.labelstudio import read_labelstudio
from stal_plugin.annotations.importers.tool_annotation import annotation_of_boxes
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.tubes import (
    annotation_of_tubes,
    official_splits,
    within_video_splits,
)
from stal_plugin.annotations.importers.tubes_pickle import (
    present_tubes,
    read_tubes_pickle,
    union_of_tubes,
)
from stal_plugin.annotations.importers.ucf24 import (
    read_ucf24_labels,
    read_ucf24_mat,
    read_ucf24_pickle,
)
from stal_plugin.annotations.importers.union import union_of_boxes
from stal_plugin.annotations.importers.upload_names import without_upload_marks
from stal_plugin.annotations.importers.via import read_via
from stal_plugin.annotations.importers.via2 import (
    is_via2,
    is_via_csv,
    read_via2,
    read_via3_csv,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.importers.voc import read_voc
from stal_plugin.annotations.importers.yolo import read_yolo
from stal_plugin.annotations.json_models import load_json
from stal_plugin.annotations.names import name_problem, video_problem
from stal_plugin.annotations.problems import one_error, raise_problems, shortened

# An annotation, and notes on what was left out, clipped, rescaled or assumed.
Imported = tuple[Annotation, list[str]]
Reader = Callable[[Path, VideoLibrary, ImportOptions], ToolBoxes]

_NOTE = 300  # characters
_UCF24_SIZE = (320, 240)
_UCF24_TOLERANCE = 4.0  # pixels; many of its boxes stick out a little


def read_cvat(source: Path, library: VideoLibrary, options: ImportOptions) -> ToolBoxes:
    """Read 'CVAT for video 1.1' or 'CVAT for images 1.1'.

    Args:
        source: The XML.
        library: The videos.
        options: How to read it.

    Returns:
        The boxes.
    """
    if is_images_export(source):
        return read_cvat_images(source, options.rule, options.drop_occluded)
    if options.sampled_fps:
        raise ValueError(f"{source}: tracks of CVAT take --step, not --sampled-fps")
    ignored = () if options.rule.attributes else options.rule.ignore
    return boxes_of_tracks(read_cvat_xml(source, ignored), library, options)


def read_any_via(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> ToolBoxes:
    """Read VIA 3's project or csv, or those of VIA 2; see :func:`read_cvat`."""
    if not source.is_file():
        raise FileNotFoundError(f"there is no file {source}")
    head = source.read_bytes()[:2000].decode("utf-8-sig", errors="replace").lstrip()
    if is_via_csv(head):
        read = read_via2 if head.startswith("filename,") else read_via3_csv
        return read(source, options)
    if head.startswith("{") and is_via2(load_json(source)):
        return read_via2(source, options)
    return read_via(source, options.rule)


def read_ava(source: Path, library: VideoLibrary, options: ImportOptions) -> ToolBoxes:
    """Read AVA's csv, by default with seconds; see :func:`read_cvat`."""
    labels = read_label_list(options.labels) if options.labels else None
    boxes = read_ava_timestamps(source, labels)
    boxes.seconds = boxes.sparse = options.unit != "frames"
    if options.unit is None and unit_of_header(source) == "frames":
        raise ValueError(
            f"{source}: its header names frames, AVA's csv has seconds: which are "
            "they, --unit frames or --unit seconds?"
        )
    every = np.array([*boxes.rows.frames, *chain(*boxes.listed.values())])
    whole = bool((every == np.floor(every)).all())
    boxes.unit_open = whole and unit_of_header(source) is None
    if options.unit is None:
        boxes = on_segments(boxes, library)
    if options.unit is None and not options.start and boxes.unit_open:
        reason = "whole timestamps, taken as seconds (if they are frames: "
        boxes.left_out[f"{reason}--unit frames)"] += len(np.unique(every))
    return boxes


def read_ucf24(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> ToolBoxes:
    """Read UCF101-24's text files, ``.mat`` or ``pyannot.pkl``; see :func:`read_cvat`.

    Without ``options.size`` the boxes refer to 320x240 pixels.
    """
    labels = read_label_list(options.labels) if options.labels else None
    read = {".mat": read_ucf24_mat, ".pkl": read_ucf24_pickle}
    boxes = read.get(source.suffix.lower(), read_ucf24_labels)(source, labels)
    boxes.sizes = dict.fromkeys(boxes.sizes, _UCF24_SIZE)
    boxes.tolerance = _UCF24_TOLERANCE
    return boxes


READERS: dict[str, Reader] = {
    "cvat": read_cvat,
    "coco": lambda source, library, options: read_coco_video(source, options.rule),
    "via": read_any_via,
    "ava": read_ava,
    "ucf24": read_ucf24,
    "labelstudio": read_labelstudio,
    "yolo": lambda source, library, options: read_yolo(source, options),
    "labelme": lambda source, library, options: read_labelme(source, options.rule),
    "voc": lambda source, library, options: read_voc(source, options.rule),
}
TUBES = "tubes"
MULTISPORTS = "multisports"  # tubes as well, of corners that count otherwise
FORMATS = (*READERS, TUBES, MULTISPORTS)


def import_files(
    form: str, sources: Sequence[Path], library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import one or several files of one format as one data set.

    Args:
        form: One of ``FORMATS``.
        sources: Files, or folders where a format is one.
        library: The videos.
        options: How to read them.

    Returns:
        The annotation and notes.

    Raises:
        FileNotFoundError: A file or video is missing.
        ValueError: A file breaks its form, or files, videos and options do not fit.
    """
    name = sources[0] if len(sources) == 1 else Path(f"{len(sources)} files")
    parts = []
    for source in sources if form in READERS else ():
        with one_error(source):
            boxes = READERS[form](source, library, options)
            parts.append(without_upload_marks(source, boxes, library))
    with one_error(name):
        if form not in READERS:
            annotation, notes = _import_tubes(form, sources, library, options)
        else:
            boxes, notes = union_of_boxes(sources, parts, library, options)
            annotation, own = annotation_of_boxes(name, boxes, library, options)
            notes += own
        _check_names(name, annotation)
    return annotation, [shortened(note, _NOTE) for note in notes]


def _check_names(source: Path, annotation: Annotation) -> None:
    problems = {f"class {name!r}": name_problem(name) for name in annotation.classes}
    problems |= {f"video {name!r}": video_problem(name) for name in annotation.videos}
    texts = [f"{name} {problem}" for name, problem in problems.items() if problem]
    raise_problems(source, texts, "Correct the name where it comes from.")


def _import_tubes(
    form: str, sources: Sequence[Path], library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import ground truth pickles with their official split."""
    tubes = union_of_tubes({source: read_tubes_pickle(source) for source in sources})
    notes = []
    if options.present_only:
        absent = library.absent(tubes.tubes)
        tubes = present_tubes(tubes, absent)
        notes += [f"{len(absent)} videos that are not there"] if absent else []
    videos = library.get_all(tubes.tubes)
    ratio = options.within_video_ratio
    if ratio is None:
        splits = official_splits(tubes, options.split, options.unseen)
    else:
        lengths = {video: probe.num_frames for video, (_, probe) in videos.items()}
        splits = within_video_splits(tubes, lengths, ratio, options.unseen)
    annotation, report = annotation_of_tubes(
        *(tubes, videos, splits, library.out),
        present_classes=not options.all_classes,
        inclusive=form == TUBES,
        step=options.step,
    )
    if not len(annotation):
        raise ValueError("no video has a tube")
    names = " and ".join(source.name for source in sources)
    annotation.note = f"imported from {names}"
    notes += report.notes()
    idle = [name for name in tubes.labels if name not in annotation.classes]
    if idle:
        notes.append(f"labels without a tube are no classes: {', '.join(idle)}")
    return annotation, notes
