"""One importer per format of annotations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.ava import read_ava_timestamps
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
from stal_plugin.annotations.importers.tool_annotation import annotation_of_boxes
from stal_plugin.annotations.importers.tubes import (
    annotation_of_tubes,
    official_splits,
    within_video_splits,
)
from stal_plugin.annotations.importers.tubes_pickle import read_tubes_pickle
from stal_plugin.annotations.importers.ucf24 import read_ucf24_labels, read_ucf24_mat
from stal_plugin.annotations.importers.via import read_via
from stal_plugin.annotations.importers.video_library import VideoLibrary

# An annotation, and notes on what was left out, clipped, rescaled or assumed.
Imported = tuple[Annotation, list[str]]
Importer = Callable[[Path, VideoLibrary, ImportOptions], Imported]

_UCF24_SIZE = (320, 240)
_UCF24_TOLERANCE = 4.0  # pixels; many of its boxes stick out a little


@contextmanager
def _naming(source: Path) -> Iterator[None]:
    """Put the file in front of errors that do not name it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None


def import_cvat(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import 'CVAT for video 1.1' or 'CVAT for images 1.1'.

    Args:
        source: The XML.
        library: The videos.
        options: How to read them.

    Returns:
        The annotation and notes.
    """
    if is_images_export(source):
        boxes = read_cvat_images(source, options.rule, options.drop_occluded)
    else:
        ignored = () if options.rule.attributes else options.rule.ignore
        xml = read_cvat_xml(source, ignored)
        with _naming(source):
            boxes = boxes_of_tracks(xml, library, options)
    return annotation_of_boxes(source, boxes, library, replace(options, step=None))


def import_coco(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import COCO's json with videos; see :func:`import_cvat`."""
    boxes = read_coco_video(source, options.rule)
    return annotation_of_boxes(source, boxes, library, options)


def import_via(source: Path, library: VideoLibrary, options: ImportOptions) -> Imported:
    """Import a project of VIA 3; see :func:`import_cvat`."""
    boxes = read_via(source, options.rule)
    return annotation_of_boxes(source, boxes, library, options)


def import_ava(source: Path, library: VideoLibrary, options: ImportOptions) -> Imported:
    """Import AVA's csv, by default with seconds; see :func:`import_cvat`."""
    labels = read_label_list(options.labels) if options.labels else None
    boxes = read_ava_timestamps(source, labels)
    boxes.seconds = boxes.sparse = options.unit != "frames"
    return annotation_of_boxes(source, boxes, library, options)


def import_ucf24(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import UCF101-24's folder of text files or its ``.mat``; see :func:`import_cvat`.

    Without ``options.size`` the boxes refer to 320x240 pixels.
    """
    labels = read_label_list(options.labels) if options.labels else None
    is_mat = source.suffix.lower() == ".mat"
    read = read_ucf24_mat if is_mat else read_ucf24_labels
    options = replace(
        options,
        size=options.size or _UCF24_SIZE,
        tolerance=max(options.tolerance, _UCF24_TOLERANCE),
    )
    return annotation_of_boxes(source, read(source, labels), library, options)


def import_tubes(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import a ground truth pickle with its official split; see :func:`import_cvat`."""
    tubes = read_tubes_pickle(source)
    videos = library.get_all(tubes.tubes)
    ratio = options.within_video_ratio
    with _naming(source):
        if ratio is None:
            splits = official_splits(tubes, options.split, options.unseen)
        else:
            lengths = {video: probe.num_frames for video, (_, probe) in videos.items()}
            splits = within_video_splits(tubes, lengths, ratio, options.unseen)
        annotation, report = annotation_of_tubes(
            *(tubes, videos, splits, library.out),
            present_classes=not options.all_classes,
        )
        if not len(annotation):
            raise ValueError("no video has a tube")
    annotation.note = f"imported from {source.name}"
    notes = [f"length differs: {text}" for text in report.other_lengths]
    if report.unused:
        notes.append(f"{len(report.unused)} videos are in no split ('unused')")
    if report.clipped_boxes:
        notes.append(f"{report.clipped_boxes} boxes clipped at the image's border")
    idle = [name for name in tubes.labels if name not in annotation.classes]
    if idle:
        notes.append(f"labels without a tube are no classes: {', '.join(idle)}")
    return annotation, notes


def import_labelme(
    source: Path, library: VideoLibrary, options: ImportOptions
) -> Imported:
    """Import a folder of labelme's json files; see :func:`import_cvat`."""
    boxes = read_labelme(source, options.rule)
    return annotation_of_boxes(source, boxes, library, options)


IMPORTERS: dict[str, Importer] = {
    "cvat": import_cvat,
    "coco": import_coco,
    "via": import_via,
    "ava": import_ava,
    "ucf24": import_ucf24,
    "tubes": import_tubes,
    "labelme": import_labelme,
}
