r"""Convert AVA Actions, in the layout of MMAction2, to annotations.csv and .json.

Takes annotations/ava_{train,val}_v2.2.csv, their excluded timestamps and the list of
the 80 actions, and the videos: rawframes/VIDEO/img_00001.jpg (30 per second, from
second 900 on), videos_15min/VIDEO.mp4 (from second 900 on) or videos/VIDEO.mp4 (whole
movies). Videos stay where they are. The val part becomes split "test".

    python tools/dataset_converters/ava.py data/ava --out data/ava

One csv of the same form, and segments VIDEO_SECOND.mp4 with the labelled moment in the
middle:

    python tools/dataset_converters/ava.py labels.csv --labels actions.csv \
        --videos segments --test GozLjpMNADg --out data/ava_mini
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.ava_proposals import (
    Moment,
    key_frames_of_release,
    people_on_key_frames,
)
from stal_plugin.annotations.importers.ava_release import (
    AvaRelease,
    annotation_of_release,
    find_release,
    find_videos,
    set_test_movies,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.video_library import HOW, VideoLibrary
from stal_plugin.annotations.outdated import notes_of_outdated
from stal_plugin.annotations.person_boxes import write_person_boxes
from stal_plugin.annotations.problems import one_error
from stal_plugin.engine.cli import (
    add_overwrite_argument,
    counting_progress,
    one_line_errors,
)
from stal_plugin.engine.next_step import next_step
from stal_plugin.files.output_files import check_outputs
from stal_plugin.wording import counted

CSV = "annotations.csv"
PEOPLE = "proposals.csv"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("ava", type=Path, help="folder of the release, or one csv of its form")
    add("--out", type=Path, required=True, help="folder to write, e.g. data/ava")
    add("--videos", type=Path, help="folder of videos or frames; default: see above")
    add(
        "--start",
        type=float,
        help="second of the videos' first frame; default: 0 for videos/, else 900",
    )
    add("--version", help="of the annotations, if several are there, e.g. 2.2")
    add("--labels", type=Path, help="list of all actions; default: the release's")
    add(
        "--test",
        nargs="+",
        default=(),
        metavar="MOVIE",
        help='of a csv alone: movies that become split "test"; the others train',
    )
    add("--fps", type=float, default=30.0, help="of frames; default: %(default)s")
    add("--bring", choices=HOW, default="in-place", help="videos; default: %(default)s")
    add("--present-only", action="store_true", help="leave out videos that are missing")
    add(
        "--proposals",
        type=Path,
        nargs="+",
        default=(),
        metavar="PKL",
        help="people that another detector found, as MMAction2 has them "
        "(ava_dense_proposals_val.FAIR.recall_93.9.pkl), for proposals.csv",
    )
    add(
        "--person-score",
        type=float,
        default=0.9,
        help="of --proposals: least score of a person; default: %(default)s",
    )
    add("--tolerance", type=float, default=2.0, help="pixels beyond the frame to clip")
    add_overwrite_argument(parser)
    args = parser.parse_args()
    if args.ava.is_file() and not (args.labels and args.videos):
        parser.error("a csv alone needs --labels and --videos")
    if args.test and not args.ava.is_file():
        parser.error("--test is for a csv alone: the release has a val part")
    return args


def convert(args: argparse.Namespace, console: Console) -> None:
    """Run the conversion."""
    if not args.ava.exists():
        raise FileNotFoundError(f"there is no {args.ava}")
    if args.ava.is_file():
        release = AvaRelease({"train": args.ava}, {}, args.labels)
    else:
        release = find_release(args.ava, args.version, args.labels)
    outputs = [args.out / CSV] + [args.out / PEOPLE] * bool(args.proposals)
    read = [*release.parts.values(), *args.proposals]
    check_outputs(outputs, read, args.overwrite)
    for note in notes_of_outdated(args.out / CSV):
        console.print(f"[yellow]note:[/] {escape(note)}", soft_wrap=True)
    videos, start = args.videos, 900.0
    if videos is None:
        videos, start = find_videos(args.ava)
    elif not videos.exists():
        raise FileNotFoundError(f"there is no {videos}")
    options = ImportOptions(
        start=start if args.start is None else args.start,
        present_only=args.present_only,
        tolerance=args.tolerance,
    )
    with counting_progress(console) as progress:
        task = progress.add_task("videos", total=None)
        library = VideoLibrary(
            *(videos, args.out, args.bring, args.fps),
            lambda n: progress.advance(task, n),
        )
        with one_error(args.ava):
            annotation, notes = annotation_of_release(release, library, options)
            set_test_movies(annotation, args.test)
    notes += _write_people(args, key_frames_of_release(release, annotation))
    write_annotation(annotation, args.out / CSV)
    for note in notes:
        console.print(f"[yellow]note:[/] {escape(note)}", soft_wrap=True)
    counts = {
        split: sum(split in info.splits for info in annotation.videos.values())
        for split in ("train", "test")
    }
    seconds = sum(len(v.labelled_frames()) for v in annotation.videos.values())
    text = next_step("data", "preview", args.out)
    console.print(
        f"{' + '.join(counted(n, f'{s} video') for s, n in counts.items())}, "
        f"{counted(seconds, 'key frame')}, {counted(len(annotation), 'label')}, "
        f"{counted(len(annotation.classes), 'class', 'classes')} -> {args.out / CSV}\n"
        + text,
        markup=False,
        soft_wrap=True,
    )


def _write_people(
    args: argparse.Namespace, places: dict[Moment, tuple[str, int]]
) -> list[str]:
    """Write the file of people, if any are given; return notes on it."""
    if not args.proposals:
        if not (args.out / PEOPLE).is_file():
            return []
        written = "--proposals FILE --overwrite writes it anew"
        return [f"{PEOPLE} is of an earlier conversion and stays as it is: {written}"]
    people, note = people_on_key_frames(args.proposals, places, args.person_score)
    write_person_boxes(people, args.out / PEOPLE)
    return [f"{PEOPLE}: {note}"]


@one_line_errors
def main() -> None:
    """Convert."""
    convert(parse_args(), Console(highlight=False, emoji=False))


if __name__ == "__main__":
    main()
