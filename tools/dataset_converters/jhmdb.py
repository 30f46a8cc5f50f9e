"""Convert J-HMDB to annotations.csv, .json and keypoints.npz, one folder per split.

Takes the release: Rename_Images/<class>/<video>/00001.png, puppet_mask,
joint_positions and splits. With --pickle the boxes and splits come from JHMDB-GT.pkl
instead. The frames stay where they are; the annotation names them by their path from
its own folder.

    python tools/dataset_converters/jhmdb.py data/JHMDB --out data/jhmdb
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.jhmdb import (
    GROUND_TRUTHS,
    MISSING_MASKS,
    keypoints_of_joints,
    read_joints,
    shifted_as_in_yowo,
    tubes_of_masks,
    without_short_ends,
)
from stal_plugin.annotations.importers.jhmdb_release import (
    find_frames,
    joint_file,
    read_release,
)
from stal_plugin.annotations.importers.tubes import annotation_of_tubes, official_splits
from stal_plugin.annotations.importers.tubes_pickle import (
    TubesPickle,
    read_tubes_pickle,
)
from stal_plugin.annotations.importers.videos import Split, bring_videos, find_videos
from stal_plugin.annotations.json_models import load_json
from stal_plugin.annotations.keypoints import write_keypoints
from stal_plugin.engine.cli import (
    add_overwrite_argument,
    counting_progress,
    one_line_errors,
)
from stal_plugin.files.output_files import check_outputs
from stal_plugin.video import VideoProbe

Videos = dict[str, tuple[Path, VideoProbe]]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("release", type=Path, help="folder with Rename_Images, puppet_mask, ...")
    add("--out", type=Path, required=True, help="folder to write, e.g. data/jhmdb")
    add(
        "--splits",
        type=int,
        nargs="+",
        default=[1, 2, 3],
        help="official splits to write; default: 1 2 3",
    )
    add("--pickle", type=Path, help="take boxes and splits from JHMDB-GT.pkl")
    add(
        "--missing-masks",
        choices=MISSING_MASKS,
        help="frames after a video's last mask (3 videos of the release): repeat the "
        "last box, as JHMDB-GT.pkl does, or omit them, as YOWO does; default: repeat",
    )
    add(
        "--ground-truth",
        choices=GROUND_TRUTHS,
        default="jhmdb",
        help="yowo: labels as in YOWO's copy of the data, one pixel further right and "
        "down, frames without a mask omitted; to compare with YOWO's numbers, not to "
        "train on. default: %(default)s",
    )
    add(
        "--step",
        type=int,
        choices=(1,),
        help="1: the frames are those that the file numbers, though it counts others",
    )
    add("--no-joints", action="store_true", help="write no keypoints.npz")
    add("--fps", type=float, default=30.0, help="rate of HMDB; default: %(default)s")
    add_overwrite_argument(parser)
    args = parser.parse_args()
    if args.pickle and args.missing_masks:
        parser.error("--missing-masks goes with masks; the pickle repeats already")
    if args.ground_truth == "yowo":
        if args.pickle:
            parser.error(
                "--ground-truth yowo reads puppet_mask, which tells the frames that "
                "YOWO omits; the pickle does not: leave --pickle out"
            )
        if args.missing_masks == "repeat":
            parser.error("--ground-truth yowo omits frames without a mask, as YOWO")
        args.missing_masks = "omit"
    return args


def convert(args: argparse.Namespace, console: Console) -> None:
    """Run the conversion."""
    folders = [args.out / f"split{number}" for number in args.splits]
    outputs = [folder / "annotations.csv" for folder in folders]
    check_outputs(outputs, [args.pickle], args.overwrite)
    short: dict[str, int] = {}
    with counting_progress(console) as progress:
        task = progress.add_task("videos", total=None)

        def advance(count: int) -> None:
            progress.advance(task, count)

        if args.pickle:
            tubes = read_tubes_pickle(args.pickle)
            progress.update(task, total=len(tubes.tubes))
            folder = next(iter(find_frames(args.release).values())).parents[1]
            videos = _probe(find_videos(tubes.tubes, folder), args, advance)
        else:
            release = read_release(args.release)
            progress.update(task, total=2 * len(release.frames))
            videos = _probe(release.frames, args, advance)
            probes = {video: probe for video, (_, probe) in videos.items()}
            missing = args.missing_masks or "repeat"
            tubes, report = tubes_of_masks(release, probes, missing, advance)
            short = report.short
            if args.ground_truth == "yowo":
                tubes = shifted_as_in_yowo(tubes)
    for video, count in short.items():
        console.print(
            f"[yellow]{escape(video)}: {count} masks, "
            f"{tubes.num_frames[video]} frames[/] ({args.missing_masks or 'repeat'})",
            highlight=False,
        )
    joints = None if args.no_joints else _joints(args.release, videos, console)
    omitted = short if args.missing_masks == "omit" else {}
    for number in args.splits:
        splits = without_short_ends(official_splits(tubes, number), omitted)
        _write(args, number, (tubes, videos, splits), joints, console)


def _probe(
    frames: dict[str, Path], args: argparse.Namespace, advance: Callable[[int], None]
) -> Videos:
    return bring_videos(frames, args.out, "in-place", args.fps, advance)


def _joints(root: Path, videos: Videos, console: Console) -> dict | None:
    if not (root / "joint_positions").is_dir():
        console.print("no folder joint_positions: no keypoints.npz is written")
        return None
    files = {video: joint_file(root, video) for video in videos}
    lengths = {video: probe.num_frames for video, (_, probe) in videos.items()}
    joints, short = read_joints(files, lengths)
    for video, count in short.items():
        console.print(
            f"[yellow]{escape(video)}: joints of {count} frames, "
            f"{lengths[video]} frames[/] (the rest is not visible)",
            highlight=False,
        )
    return joints


def _write(
    args: argparse.Namespace,
    number: int,
    parts: tuple[TubesPickle, Videos, dict[str, Split]],
    joints: dict | None,
    console: Console,
) -> None:
    tubes, videos, splits = parts
    root = args.out / f"split{number}"
    annotation, report = annotation_of_tubes(
        tubes, videos, splits, root, step=args.step
    )
    annotation.note = f"J-HMDB, split {number}, boxes of "
    annotation.note += args.pickle.name if args.pickle else "puppet_mask"
    if args.ground_truth == "yowo":
        annotation.note += ", shifted as in YOWO's labels"
    description = args.release / "standin.json"
    if description.is_file():
        text = load_json(description)
        annotation.synthetic = bool(text.get("synthetic", False))
        annotation.note += f". {text.get('note', '')}"
        pairs = text.get("reversed_classes", [])
        annotation.reversed_classes = [(a, b) for a, b in pairs]
    keypoint_file = root / "keypoints.npz"
    if joints is None:
        keypoint_file.unlink(missing_ok=True)  # would not belong to the annotation
    else:
        write_keypoints(keypoint_file, keypoints_of_joints(annotation, joints))
    # the last file says that all is there
    write_annotation(annotation, root / "annotations.csv")
    for text in report.other_lengths:
        console.print(f"[yellow]length differs:[/] {escape(text)}", highlight=False)
    if report.unused:
        console.print(f"{len(report.unused)} videos are in no list of split {number}")
    counts = {
        name: sum(name in video.splits for video in annotation.videos.values())
        for name in ("train", "test")
    }
    console.print(
        f"split {number}: {counts['train']} + {counts['test']} videos, "
        f"{len(annotation.classes)} classes, {len(annotation)} boxes"
        f"{'' if joints is None else ' with joints'} -> {root}",
        markup=False,
    )


@one_line_errors
def main() -> None:
    """Convert."""
    convert(parse_args(), Console())


if __name__ == "__main__":
    main()
