"""Convert JHMDB-GT.pkl or UCF101v2-GT.pkl to annotations.csv, .json and videos/.

The pickle is loaded without running what it names. Videos are copied into the data set
(their packets into a plain mp4, without encoding again), linked or left in place; their
frames are counted by decoding. For the folders of frames that come with the pickle of
UCF101-24:

    tubes_pkl.py UCF101v2-GT.pkl rgb-images --in-place --out data/ucf24
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.tubes import (
    annotation_of_tubes,
    official_splits,
    within_video_splits,
)
from stal_plugin.annotations.importers.tubes_pickle import read_tubes_pickle
from stal_plugin.annotations.importers.videos import Split, bring_videos, find_videos
from stal_plugin.engine.cli import counting_progress, exit_status


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("pickle", type=Path, help="e.g. UCF101v2-GT.pkl")
    add("videos_dir", type=Path, help="class/video.mp4, video.mp4 or folders of images")
    add("--out", type=Path, required=True, help="folder to write, e.g. data/ucf24")
    add("--split", type=int, default=1, help="official split; default: %(default)s")
    add(
        "--within-video-ratio",
        type=float,
        help="instead of an official split: train on this share of each video's frames "
        "from its start, test on the rest",
    )
    add(
        "--unseen",
        nargs="+",
        default=[],
        metavar="VIDEO",
        help="videos that get split 'unseen' as a whole",
    )
    add("--present-classes", action="store_true", help="drop classes without a tube")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--link",
        action="store_true",
        help="link the videos instead of copying them; decoders that trust the header "
        "(decord, OpenCV) may then fail or miss frames, PyAV (DecodeClip) does not",
    )
    where.add_argument(
        "--in-place",
        action="store_true",
        help="leave the videos or folders of images where they are; the annotation "
        "names them by their path from its own folder",
    )
    add("--fps", type=float, default=25.0, help="rate of folders of images")
    return parser.parse_args()


def convert(args: argparse.Namespace, console: Console) -> None:
    """Run the conversion."""
    tubes = read_tubes_pickle(args.pickle)
    paths = find_videos(tubes.tubes, args.videos_dir)
    how = "link" if args.link else "in-place" if args.in_place else "copy"
    with counting_progress(console) as progress:
        task = progress.add_task("videos", total=len(paths))
        videos = bring_videos(
            paths,
            args.out / "videos",
            how,
            args.fps,
            lambda n: progress.advance(task, n),
        )
    splits: dict[str, Split]
    if args.within_video_ratio is None:
        splits = official_splits(tubes, args.split, args.unseen)
    else:
        lengths = {video: probe.num_frames for video, (_, probe) in videos.items()}
        splits = within_video_splits(
            tubes, lengths, args.within_video_ratio, args.unseen
        )
    annotation, report = annotation_of_tubes(
        tubes, videos, splits, args.out, args.present_classes
    )
    annotation.note = f"converted from {args.pickle.name}"
    csv_path = args.out / "annotations.csv"
    write_annotation(annotation, csv_path)
    for text in report.other_lengths:
        console.print(f"[yellow]length differs:[/] {text}")
    if report.unused:
        console.print(f"{len(report.unused)} videos are in no split ('unused')")
    if report.clipped_boxes:
        console.print(f"{report.clipped_boxes} boxes clipped at the image's border")
    frames = sum(video.num_frames for video in annotation.videos.values())
    console.print(
        f"{len(annotation.videos)} videos, {frames} frames, {len(annotation.classes)} "
        f"classes, {len(annotation)} boxes -> {csv_path}"
    )


def main() -> int:
    """Convert; report a fault of the input in one line."""
    return exit_status(lambda: convert(parse_args(), Console()))


if __name__ == "__main__":
    sys.exit(main())
