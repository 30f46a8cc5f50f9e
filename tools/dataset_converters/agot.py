"""Convert CVAT-for-video XML and its footage to annotations.csv, .json and videos/.

RAW_DIR holds one XML (a project or task export in the format 'CVAT for video 1.1') and
the videos that it annotates. The preprocessing is the paper's: classes with fewer than
10 clips (tracks) are dropped, the rest is split 7:3 so that each class is in both
parts. The footage is cut where no one acts; clips that overlap in time stay together,
with the boxes of all people. A run that was interrupted goes on with the videos that
are missing; a data set that is complete is replaced with --overwrite only.
"""

import argparse
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stal_plugin.annotations import write_annotation
from stal_plugin.annotations.importers.agot import (
    SPLIT_BY,
    AgotPlan,
    SplitRule,
    annotation_of_plan,
    plan_agot,
)
from stal_plugin.annotations.importers.agot_clips import (
    ClipReport,
    Footage,
    clips_of_tracks,
    find_footage,
)
from stal_plugin.annotations.importers.classes import (
    COLUMNS,
    class_table,
    save_table,
)
from stal_plugin.annotations.importers.cvat_video import read_cvat_xml
from stal_plugin.annotations.importers.segments import (
    SegmentVideo,
    cut_footage,
    missing_segments,
    output_size,
)
from stal_plugin.annotations.importers.waiting_videos import put_in_place, waiting
from stal_plugin.annotations.json_models import load_json, parse_json
from stal_plugin.annotations.outdated import notes_of_outdated
from stal_plugin.engine.cli import (
    add_overwrite_argument,
    counting_progress,
    one_line_errors,
)
from stal_plugin.files.output_files import check_outputs
from stal_plugin.visualization.charts import plot_clip_counts

VIDEOS = "videos"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("raw_dir", nargs="?", type=Path, help="folder with one XML and its videos")
    add("--xml", type=Path, help="the XML, if it is not the only one in RAW_DIR")
    add("--videos", type=Path, help="folder of the videos, if it is not RAW_DIR")
    add("--out", type=Path, required=True, help="folder to write, e.g. data/agot")
    add("--min-clips", type=int, default=10, help="drop classes with fewer clips")
    add("--split-by", choices=SPLIT_BY, default="clip", help="default: %(default)s")
    add("--train-ratio", type=float, default=0.7, help="default: %(default)s")
    add("--size", default="256", help="short side, WxH or keep; default: %(default)s")
    add("--gop", type=int, default=8, help="frames between key frames at most")
    add("--max-gap", type=int, default=0, help="empty frames that are no place to cut")
    add("--max-empty", type=int, default=200, help="longest video without a box")
    add(
        "--mirrored-classes",
        default="auto",
        help="json list of pairs of labels that swap under a flip, or a file with it; "
        "auto: from RAW_DIR/standin.json where there is one",
    )
    add("--seed", type=int, default=0, help="seed of the split")
    add_overwrite_argument(parser)
    return parser.parse_args()


def find_inputs(args: argparse.Namespace) -> tuple[Path, Path, dict[str, Any]]:
    """Paths of the XML and of the videos' folder, and what standin.json says."""
    if args.raw_dir is None and (args.xml is None or args.videos is None):
        raise ValueError("give RAW_DIR, or both --xml and --videos")
    xml = args.xml
    if xml is None:
        files = sorted(args.raw_dir.glob("*.xml"))
        if len(files) != 1:
            raise FileNotFoundError(
                f"{args.raw_dir} has {len(files)} XML files; put the CVAT export there "
                "or name it with --xml"
            )
        xml = files[0]
    folder = args.videos or args.raw_dir
    description = (args.raw_dir or args.xml.parent) / "standin.json"
    standin = load_json(description) if description.is_file() else {}
    return xml, folder, standin


def mirrored_pairs(text: str, standin: dict[str, Any]) -> list[tuple[str, str]]:
    """Pairs of labels that swap under a flip."""
    if text == "auto":
        pairs = standin.get("mirrored_classes", [])
    else:
        try:
            pairs = load_json(text) if Path(text).is_file() else parse_json(text)
        except ValueError as error:
            raise ValueError(f"--mirrored-classes {text}: {error}") from None
    good = isinstance(pairs, list) and all(isinstance(pair, list) for pair in pairs)
    if not good or not all(len(pair) == 2 for pair in pairs):
        raise ValueError(f"--mirrored-classes {text}: not a list of pairs of labels")
    return [(first, second) for first, second in pairs]


def cut_all(
    plan: AgotPlan, videos: list[SegmentVideo], console: Console
) -> list[SegmentVideo]:
    """Cut the videos that are missing, with a progress bar over the frames.

    Returns:
        Those that wait to be put in place.
    """
    work: list[tuple[Footage, list[SegmentVideo]]] = []
    new: list[SegmentVideo] = []
    for footage in {p.footage.name: p.footage for p in plan.segments}.values():
        own = [
            video
            for planned, video in zip(plan.segments, videos, strict=True)
            if planned.footage is footage
        ]
        missing = missing_segments(footage, own)
        new += missing
        work.append((footage, missing_segments(footage, [*map(waiting, missing)])))
    todo = sum(len(missing) for _, missing in work)
    if todo < len(videos):
        console.print(f"{len(videos) - todo} of {len(videos)} videos are there already")
    if not todo:
        return new
    with counting_progress(console, "frames") as progress:
        total = sum(v.segment.num_frames for _, missing in work for v in missing)
        task = progress.add_task("cutting", total=total)
        for footage, missing in work:
            progress.update(task, description=f"cutting {escape(footage.name)}")
            cut_footage(footage, missing, lambda n: progress.advance(task, n))
    return new


def report_input(console: Console, plan: AgotPlan, report: ClipReport) -> None:
    """Say what was dropped, clipped or added on the way."""
    dropped = plan.selection.dropped
    rare = [f"{label} ({n})" for label, n in dropped.items() if n]
    console.print(
        f"{len(plan.selection.clips)} labels, {len(plan.selection.kept)} kept; dropped "
        f"with their number of clips: {', '.join(rare) or 'none'}; without a clip: "
        f"{sum(n == 0 for n in dropped.values())}",
        markup=False,
    )
    console.print(
        f"{plan.dropped_only_frames} frames show dropped classes only and count as "
        "frames without a box"
    )
    if report.clipped_boxes:
        console.print(f"{report.clipped_boxes} boxes clipped at the image's border")
    if report.held_boxes:
        console.print(
            f"{report.held_boxes} boxes continue a track that has no closing box "
            "(outside=1), as CVAT does"
        )
    if report.invisible_tracks:
        text = f"tracks without a visible box: {report.invisible_tracks}"
        console.print(text, markup=False)


def kept_pairs(
    console: Console, pairs: list[tuple[str, str]], labels: list[str], kept: list[str]
) -> list[tuple[str, str]]:
    """Pairs whose classes are both kept; warns about those that are torn."""
    unknown = [label for pair in pairs for label in pair if label not in labels]
    if unknown:
        raise ValueError(f"--mirrored-classes: {unknown} are no labels of the XML")
    for pair in pairs:
        if len(set(pair) & set(kept)) == 1:
            console.print(
                f"[yellow]warning:[/] of the mirrored classes {escape(str(pair))} "
                "one is dropped: do not train with flips, or keep both"
            )
    return [pair for pair in pairs if set(pair) <= set(kept)]


def print_table(console: Console, rows: list[tuple[int | str, ...]]) -> None:
    """Show Table 1; long names of actions are shortened to the terminal's width."""
    table = Table(title="Table 1", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in COLUMNS:
        if name == "Action":
            room = max(10, console.width - 57)
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=room)
        else:
            width = max(map(len, name.split()))
            table.add_column(name, justify="right", min_width=width)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table)


def convert(args: argparse.Namespace, console: Console) -> None:
    """Run the conversion."""
    xml_path, folder, standin = find_inputs(args)
    csv_path = args.out / "annotations.csv"
    check_outputs([csv_path], [xml_path], args.overwrite)
    for note in notes_of_outdated(csv_path):
        console.print(f"[yellow]note:[/] {escape(note)}", soft_wrap=True)
    xml = read_cvat_xml(xml_path)
    for reason, count in xml.left_out.items():
        if count:
            console.print(f"[yellow]note:[/] {count} {escape(reason)}", soft_wrap=True)
    footage = find_footage(xml.tasks.values(), folder)
    clips, report = clips_of_tracks(xml.tracks, footage)
    rule = SplitRule(
        min_clips=args.min_clips,
        split_by=args.split_by,
        train_ratio=args.train_ratio,
        max_gap=args.max_gap,
        max_empty=args.max_empty,
        seed=args.seed,
    )
    plan = plan_agot(xml.labels, clips, footage, rule)
    report_input(console, plan, report)
    pairs = mirrored_pairs(args.mirrored_classes, standin)
    pairs = kept_pairs(console, pairs, xml.labels, plan.selection.kept)
    videos = [
        SegmentVideo(
            segment=planned.segment,
            path=args.out / VIDEOS / f"{planned.video_id}.mp4",
            size=output_size(args.size, planned.footage.width, planned.footage.height),
            fps=planned.footage.reader.fps,
            gop=args.gop,
        )
        for planned in plan.segments
    ]
    kept = set(plan.selection.kept)
    backwards = [(a, b) for a, b in standin.get("reversed_classes", ())]
    backwards = [pair for pair in backwards if set(pair) <= kept]
    annotation = annotation_of_plan(plan, videos, VIDEOS, pairs, backwards)
    annotation.synthetic = bool(standin.get("synthetic", False))
    annotation.note = str(standin.get("note", "")) or f"converted from {xml_path.name}"
    new = cut_all(plan, videos, console)
    rows = class_table(annotation)
    save_table(rows, args.out / "table1.csv")
    figure = args.out / "figure2.png"
    plot_clip_counts(figure, plan.selection.clips, len(plan.selection.kept))
    # the last file says that all is there
    write_annotation(annotation, csv_path, lambda: put_in_place(new, csv_path))
    print_table(console, rows)
    stale = {p.name for p in (args.out / VIDEOS).glob("*.mp4")}
    stale -= {video.path.name for video in videos}
    if stale:
        console.print(
            f"{len(stale)} videos in {args.out / VIDEOS} are not part of it",
            markup=False,
        )
    frames = sum(video.segment.num_frames for video in videos)
    console.print(
        f"{len(videos)} videos, {frames} frames, {len(annotation)} boxes -> {csv_path}",
        markup=False,
    )


@one_line_errors
def main() -> None:
    """Convert."""
    convert(parse_args(), Console())


if __name__ == "__main__":
    main()
