r"""Convert the Weizmann actions to annotations.csv and .json, one folder per fold.

Takes the release: PERSON_ACTION.avi and classification_masks.mat, at any depth. Boxes
are the extents of the silhouettes; a clip whose masks do not fit its frames one to one
is left out. The videos stay where they are.

    python tools/dataset_converters/weizmann.py data/weizmann-raw --out data/weizmann
    python tools/dataset_converters/weizmann.py data/weizmann-raw --out data/wz \
        --test daria ido moshe

The first leaves one person out: data/weizmann/daria tests daria and trains on the
others, and so on. The second writes one set into data/wz.
"""

import argparse
from pathlib import Path

from rich.console import Console

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.videos import bring_videos
from stal_plugin.annotations.importers.weizmann import (
    MASK_FILES,
    annotation_of_clips,
    find_clips,
    person_of,
    read_mask_boxes,
    unusable,
)
from stal_plugin.engine.cli import counting_progress, one_line_errors
from stal_plugin.files.output_files import check_outputs


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("release", type=Path, help=f"folder with the videos and {MASK_FILES[0]}")
    add("--out", type=Path, required=True, help="folder to write")
    add(
        "--test",
        nargs="+",
        metavar="PERSON",
        help="write one set that tests these people; default: a set per person",
    )
    add("--overwrite", action="store_true", help="replace sets that are there")
    return parser.parse_args()


def convert(args: argparse.Namespace, console: Console) -> None:
    """Run the conversion."""
    clips = find_clips(args.release)
    people = sorted({person_of(video) for video in clips})
    folds = {args.out: args.test} if args.test else {args.out / p: [p] for p in people}
    files = [folder / "annotations" for folder in folds]
    outputs = [file.with_suffix(end) for file in files for end in (".csv", ".json")]
    check_outputs(outputs, [args.release], args.overwrite)
    masks = read_mask_boxes(args.release)
    with counting_progress(console) as progress:
        task = progress.add_task("videos", total=len(clips))
        found = bring_videos(
            clips, args.out, "in-place", 25.0, lambda n: progress.advance(task, n)
        )
    videos = {}
    for video, (path, probe) in found.items():
        why = unusable(probe, masks, video)
        if why:
            console.print(f"left out: {video}: {why}", markup=False)
        else:
            videos[video] = (path, probe)
    for folder, test_people in folds.items():
        annotation = annotation_of_clips(videos, masks, test_people, folder)
        write_annotation(annotation, folder / "annotations.csv")
    console.print(
        f"{len(videos)} clips of {len(people)} people, {len(annotation.classes)} "
        f"actions, {len(annotation)} boxes -> {args.out}",
        markup=False,
    )
    if not args.test:
        console.print(f"a fold per person tested: {', '.join(people)}", markup=False)


@one_line_errors
def main() -> None:
    """Convert."""
    convert(parse_args(), Console(highlight=False, soft_wrap=True))


if __name__ == "__main__":
    main()
