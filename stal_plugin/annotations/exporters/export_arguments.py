"""Command line of ``tools/data.py export``."""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.annotation_files import read_annotation
from stal_plugin.annotations.exporters.export import FORMS, Link, export
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.importers.videos import video_info
from stal_plugin.annotations.predictions import check_predictions, read_predictions
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.wording import counted


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``data.py export`` takes."""
    add = parser.add_argument
    add("dir", type=Path, help="data set with annotations.csv")
    add("--to", dest="form", choices=FORMS, required=True, help="format")
    add("--out", type=Path, required=True, help="folder to write, e.g. for_cvat")
    add(
        "--predictions",
        type=Path,
        metavar="CSV",
        help="write these boxes instead of the labels of DIR",
    )
    add(
        "--videos",
        type=Path,
        metavar="FOLDER",
        help="where the videos of --predictions are, if they are not those of DIR",
    )
    add("--score-thr", type=float, default=0.3, help="least score; default: 0.3")
    add("--split", metavar="PART", help="only the videos of this part")
    add(
        "--tolerance",
        type=float,
        default=0.5,
        metavar="PIXELS",
        help="how far a box may be from the line between CVAT's key frames; 0: every "
        "box as it is; default: %(default)s",
    )


def run_export(args: argparse.Namespace, console: Console, link: Link) -> int:
    """Write the files, say how they come back.

    Args:
        args: Of :func:`add_export_arguments`.
        console: For what is said.
        link: What numbers boxes of unknown persons.
    """
    path = args.dir / "annotations.csv"
    annotation = read_annotation(path)
    inputs = [path, path.with_suffix(".json")]
    rows = annotation.rows
    if args.predictions:
        rows = _predictions(args, annotation)
        inputs.append(args.predictions)
    elif args.videos:
        raise ValueError("--videos are those of --predictions: name these, too")
    if not np.isfinite(args.tolerance) or args.tolerance < 0:
        raise ValueError(f"--tolerance {args.tolerance} must be 0 or more pixels")
    if args.split:
        annotation.videos = {
            name: info
            for name, info in annotation.videos.items()
            if args.split in info.splits
        }
        if not annotation.videos:
            raise ValueError(f"no video of {args.dir} is in the part {args.split!r}")
        rows = rows.take(np.isin(rows.video_ids, [*annotation.videos]))
    if args.predictions:
        rows = _on_known_frames(rows, annotation.videos)
    written = export(
        *(annotation, rows, args.form, args.out, args.tolerance),
        *(args.overwrite, inputs, link),
    )
    for note in written.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    boxes = int((~rows.repeats(("video_ids", "frames", "boxes"))).sum())
    files = counted(len(written.files), "file")
    console.print(
        f"{counted(boxes, 'box', 'boxes')} of "
        f"{counted(len(annotation.videos), 'video')} -> {files} in {args.out}\n"
        f"back, once corrected: {written.command}",
        markup=False,
        soft_wrap=True,
    )
    return 0


def _predictions(args: argparse.Namespace, annotation: Annotation) -> BoxTable:
    """Read predictions; those of other videos bring these into the annotation."""
    rows = read_predictions(args.predictions)
    if args.videos:
        library = VideoLibrary(args.videos, args.dir)
        found = library.get_all(sorted(set(rows.video_ids)))
        annotation.videos = {
            name: video_info(name, path, args.dir, probe)
            for name, (path, probe) in found.items()
        }
    check_predictions(rows, annotation)
    return rows.take(rows.scores >= args.score_thr)


def _on_known_frames(rows: BoxTable, videos: dict) -> BoxTable:
    """Require that predictions are on labelled frames of their videos."""
    for name, info in videos.items():
        frames = rows.frames[rows.video_ids == name]
        odd = frames[~np.isin(frames, info.labelled_frames())]
        if len(odd):
            raise ValueError(
                f"the predictions have a box on frame {odd[0]} of {name!r}, which the "
                f"annotation does not list (it has {info.num_frames} frames)"
            )
    return rows
