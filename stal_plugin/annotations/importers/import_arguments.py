"""Command line of ``tools/data.py import``."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from stal_plugin.annotations.importers.box_geometry import TURNS
from stal_plugin.annotations.importers.import_options import (
    ActionRule,
    ImportOptions,
    width_and_height,
)
from stal_plugin.annotations.importers.importers import FORMATS
from stal_plugin.annotations.importers.video_library import HOW


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``data.py import`` takes."""
    add = parser.add_argument
    add(
        "sources",
        type=Path,
        nargs="+",
        metavar="SRC",
        help="annotation files, zipped or not, or folders",
    )
    add(
        "videos",
        type=Path,
        metavar="VIDEOS",
        help="folder of videos or frames, or file",
    )
    add(
        "--from",
        dest="form",
        choices=("auto", *FORMATS),
        default="auto",
        help="format of the files; default: what they look like",
    )
    add("--out", type=Path, required=True, help="folder to write, e.g. data/mine")
    add("--bring", choices=HOW, default="in-place", help="videos; default: %(default)s")
    add("--present-only", action="store_true", help="leave out videos that are missing")
    _add_classes(parser.add_argument_group("classes and persons").add_argument)
    _add_frames(parser.add_argument_group("which picture a number means").add_argument)
    _add_boxes(parser.add_argument_group("boxes").add_argument)
    _add_tubes(parser.add_argument_group("ground truth pickles (tubes)").add_argument)


def _add_classes(add: Callable[..., object]) -> None:
    add(
        "--action",
        nargs="+",
        default=[],
        metavar="ATTR",
        help="attributes with actions",
    )
    add("--ignore", nargs="+", default=[], metavar="NAME", help="labels that are none")
    add(
        "--track", default="", metavar="ATTR", help="attribute with the person's number"
    )
    add(
        "--labels", type=Path, help="names of the classes: AVA's pbtxt, or one per line"
    )
    add("--all-classes", action="store_true", help="keep classes without a box")


def _add_frames(add: Callable[..., object]) -> None:
    add("--frame-base", type=int, choices=(0, 1), help="number of the first frame")
    add("--unit", choices=("seconds", "frames"), help="of the timestamps")
    add("--start", type=float, default=0.0, help="time of the first frame (AVA: 900)")
    add(
        "--step",
        type=_positive,
        metavar="N",
        help="pictures are every N-th frame; tubes: the videos have only these",
    )
    add(
        "--sampled-fps",
        type=_rate,
        metavar="FPS",
        help="pictures per second that were taken from the video (Roboflow)",
    )
    add(
        "--frames-by",
        choices=("number", "name"),
        help="what tells a frame: the file's number, or that in the image's name",
    )
    add(
        "--fps",
        type=float,
        default=25.0,
        help="rate by which folders of frames are numbered",
    )
    add(
        "--labelled",
        choices=("listed", "every"),
        help="frames the file does not list: unlabelled, or without anybody; default: "
        "as the format means it",
    )


def _add_boxes(add: Callable[..., object]) -> None:
    add(
        "--size",
        type=width_and_height,
        metavar="WxH",
        help="pixels that the boxes refer to",
    )
    add(
        "--stretched",
        action="store_true",
        help="boxes refer to pictures that were stretched to another aspect ratio",
    )
    add("--rotate", type=int, choices=TURNS, default=0, help="turn boxes clockwise")
    add("--tolerance", type=float, default=2.0, help="pixels beyond the frame to clip")
    add("--drop-occluded", action="store_true", help="leave out occluded boxes (cvat)")


def _add_tubes(add: Callable[..., object]) -> None:
    add("--split", type=int, default=1, help="official split")
    add(
        "--within-video-ratio",
        type=float,
        help="instead of an official split: train on this share of each video's frames "
        "from its start, test on the rest",
    )
    add(
        "--unseen",
        nargs="+",
        default=(),
        metavar="VIDEO",
        help="videos that get split 'unseen' as a whole",
    )


def import_options(args: argparse.Namespace) -> ImportOptions:
    """Return what the arguments say about reading the files."""
    rule = ActionRule(tuple(args.action), tuple(args.ignore), args.track)
    names = {field.name for field in fields(ImportOptions)} - {"rule"}
    return ImportOptions(rule=rule, **{name: getattr(args, name) for name in names})


def _positive(text: str) -> int:
    """Whole number above 0."""
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _rate(text: str) -> float:
    """Pictures per second: a number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate such as 5 or 29.97")
    return number
