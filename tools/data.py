"""Your own footage: import annotations, check them, look at them, split them.

python tools/data.py import --from cvat annotations.xml videos/ --out data/mine
python tools/data.py split data/mine --by video --ratio 7:3
python tools/data.py split data/mine --of train --out data/mine-val
python tools/data.py validate data/mine [--fix]
python tools/data.py preview data/mine
python tools/data.py export data/mine --to cvat --out for_cvat
python tools/new_config.py data/mine
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from stal_plugin.annotations import Annotation, read_annotation, write_annotation
from stal_plugin.annotations.annotation import splits_of
from stal_plugin.annotations.exporters.export_arguments import (
    add_export_arguments,
    run_export,
)
from stal_plugin.annotations.importers.archives import unpacked
from stal_plugin.annotations.importers.import_arguments import (
    add_import_arguments,
    import_options,
)
from stal_plugin.annotations.importers.import_options import check_options
from stal_plugin.annotations.importers.importers import import_files
from stal_plugin.annotations.importers.recognition import TITLES, sources_of
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.annotations.outdated import notes_of_outdated
from stal_plugin.annotations.splits.split_annotation import SPLIT_BY, split_annotation
from stal_plugin.annotations.splits.split_part import keep_old, split_part
from stal_plugin.annotations.validation.repair import (
    CHANGES,
    repaired_rows,
    repaired_videos,
    write_changes,
    write_repaired_csv,
    write_repaired_json,
)
from stal_plugin.annotations.validation.validate import (
    CSV,
    Validation,
    summary,
    validate,
)
from stal_plugin.engine.cli import (
    add_overwrite_argument,
    counting_progress,
    one_line_errors,
)
from stal_plugin.engine.next_step import next_step
from stal_plugin.evaluation.linked_persons import linked_persons
from stal_plugin.files.output_files import check_outputs
from stal_plugin.wording import counted


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    bring = commands.add_parser("import", help="from a tool's format to ours")
    add_import_arguments(bring)
    add_overwrite_argument(bring)
    give = commands.add_parser("export", help="to a labelling tool, for correction")
    add_export_arguments(give)
    add_overwrite_argument(give)
    check = commands.add_parser("validate", help="find faults; exit status 1 if any")
    check.add_argument("dir", type=Path, help="data set with annotations.csv")
    check.add_argument("--fix", action="store_true", help="mend what leaves no doubt")
    check.add_argument("--strict", action="store_true", help="warnings count as errors")
    check.add_argument("--no-decode", action="store_true", help="open no video")
    check.add_argument("--clip-len", type=int, default=16, help="default: %(default)s")
    check.add_argument("--shown", type=int, default=3, help="problems of each kind")
    look = commands.add_parser("preview", help="contact sheets, videos and charts")
    look.add_argument("dir", type=Path, help="data set with annotations.csv")
    look.add_argument("--out", type=Path, help="folder; default: DIR/preview")
    look.add_argument("--frames", type=int, default=12, help="on a contact sheet")
    look.add_argument("--clips", type=int, default=4, help="in a video; 0: no videos")
    look.add_argument("--seconds", type=float, default=4.0, help="longest clip")
    part = commands.add_parser("split", help="training and test part")
    part.add_argument("dir", type=Path, help="data set with annotations.csv")
    part.add_argument("--by", choices=SPLIT_BY, default="video")
    part.add_argument("--ratio", type=ratio, default=0.7, help="e.g. 7:3 (default)")
    part.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    margin = "unused frames between parts (clip, time)"
    part.add_argument("--margin", type=int, default=16, help=margin)
    part.add_argument(
        "--of", metavar="PART", help="divide only this part of DIR, into --out"
    )
    part.add_argument("--out", type=Path, help="new data set of --of; DIR stays as is")
    part.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the split that is there; the files of before stay as *.old",
    )
    return parser.parse_args()


def ratio(text: str) -> float:
    """Training share of a text such as 7:3 or 0.7."""
    try:
        parts = [float(part) for part in text.split(":")]
        share = parts[0] if len(parts) == 1 else parts[0] / (parts[0] + parts[1])
    except (ValueError, ZeroDivisionError):
        share = 0.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no ratio such as 7:3 or 0.7")
    return share


def run_import(args: argparse.Namespace, console: Console) -> int:
    """Write annotations.csv and .json."""
    if not args.videos.exists():
        raise FileNotFoundError(f"there is no {args.videos}")
    check_outputs([args.out / CSV], args.sources, args.overwrite)
    notes = notes_of_outdated(args.out / CSV)
    options = import_options(args)
    with unpacked(args.sources) as paths, counting_progress(console) as progress:
        form, sources = sources_of(paths, args.form)
        check_options(form, options)
        task = progress.add_task("videos", total=None)
        library = VideoLibrary(
            *(args.videos, args.out, args.bring, args.fps),
            lambda n: progress.advance(task, n),
        )
        annotation, found = import_files(form, sources, library, options)
    write_annotation(annotation, args.out / CSV)
    if args.form == "auto":
        notes.append(f"this is {TITLES[form]} (--from {form})")
    for note in notes + found:
        console.print(f"[yellow]note:[/] {escape(note)}", soft_wrap=True)
    step = "validate" if len(splits_of(annotation.videos)) > 1 else "split"
    frames = sum(video.num_frames for video in annotation.videos.values())
    persons = int((~annotation.rows.repeats(("video_ids", "person_ids"))).sum())
    console.print(
        f"{counted(len(annotation.videos), 'video')}, {counted(frames, 'frame')}, "
        f"{counted(len(annotation), 'box', 'boxes')}, {counted(persons, 'track')}, "
        f"{counted(len(annotation.classes), 'class', 'classes')} -> {args.out / CSV}\n"
        + next_step("data", step, args.out),
        markup=False,
        soft_wrap=True,
    )
    return 0


def run_validate(args: argparse.Namespace, console: Console) -> int:
    """Print the problems; mend some."""
    path = args.dir / CSV

    def check() -> Validation:
        with counting_progress(console) as progress:
            task = progress.add_task("videos", total=None)
            return validate(
                path,
                args.clip_len,
                not args.no_decode,
                lambda n: progress.advance(task, n),
            )

    result = check()
    if args.fix and fix(path, result, console):
        result = check()
    for line in summary(result.problems, args.shown):
        console.print(line, markup=False, soft_wrap=True)
    errors = len(result.errors)
    warnings = len(result.problems) - errors
    console.print(
        f"{counted(errors, 'error')}, {counted(warnings, 'warning')} in {args.dir}",
        markup=False,
        soft_wrap=True,
    )
    if not errors:
        text = next_step("data", "preview", args.dir)
        console.print(text, markup=False, soft_wrap=True)
    return int(bool(errors or (args.strict and warnings)))


def fix(path: Path, result: Validation, console: Console) -> int:
    """Mend what leaves no doubt; returns the number of changes."""
    changes: list[tuple] = []
    if result.rows is not None and result.header is not None:
        rows = repaired_rows(result.rows, result.header)
        changes += write_repaired_csv(path, result.rows, rows)
        videos = repaired_videos(result.header, result.problems, result.probes)
        changes += write_repaired_json(path.with_suffix(".json"), result.header, videos)
    if changes:
        write_changes(path.with_name(CHANGES), changes)
        text = f"{counted(len(changes), 'change')}, listed in {path.with_name(CHANGES)}"
        console.print(f"{text}; the old files are there as .bak", soft_wrap=True)
    else:
        console.print("nothing to fix without a doubt")
    return len(changes)


def run_preview(args: argparse.Namespace, console: Console) -> int:
    """Draw."""
    from stal_plugin.visualization.charts import plot_box_sizes, plot_class_counts
    from stal_plugin.visualization.data_preview import DataPreview

    annotation = read_annotation(args.dir / CSV)
    out = args.out or args.dir / "preview"
    out.mkdir(parents=True, exist_ok=True)
    charts = [out / "classes.png", out / "box_sizes.png"]
    plot_class_counts(charts[0], annotation)
    plot_box_sizes(charts[1], annotation)
    with counting_progress(console) as progress:
        task = progress.add_task("classes", total=len(annotation.classes))
        written = DataPreview(annotation, args.dir).write(
            *(out, args.frames, args.clips, args.seconds),
            lambda n: progress.advance(task, n),
        )
    for path in [*charts, *written]:
        console.print(str(path), markup=False, soft_wrap=True)
    console.print(next_step("new_config", args.dir), markup=False, soft_wrap=True)
    return 0


def run_split(args: argparse.Namespace, console: Console) -> int:
    """Draw new splits."""
    from stal_plugin.annotations.statistics import class_counts

    if (args.of is None) != (args.out is None):
        raise ValueError(
            "--of and --out go together: --of train --out DIR2 writes the training "
            "videos of DIR as a data set of their own; without both, DIR itself is "
            "split"
        )
    out = args.out or args.dir
    annotation = (
        split_in_place(args) if args.of is None else new_data_set(args, console)
    )
    train, test = (class_counts(annotation, s, "frames") for s in ("train", "test"))
    for name, a, b in zip(annotation.classes, train, test, strict=True):
        share = a / max(1, a + b)
        console.print(f"{name}: {a} train, {b} test frames ({share:.0%})", markup=False)
    console.print(f"-> {out / CSV}", markup=False, soft_wrap=True)
    console.print(next_step("data", "validate", out), markup=False, soft_wrap=True)
    return 0


def split_in_place(args: argparse.Namespace) -> Annotation:
    """Give all videos of a data set new splits."""
    path = args.dir / CSV
    before = read_annotation(path)
    names = splits_of(before.videos)
    if len(names) > 1:
        if not args.overwrite:
            raise ValueError(
                f"{path} has the splits {', '.join(names)} already, official ones if "
                "its format has some: keep them, or replace them with --overwrite (the "
                "files of before stay as *.old)"
            )
        keep_old(path)
    rule = (args.by, args.ratio, args.seed, args.margin)
    annotation = split_annotation(before, *rule)
    write_annotation(annotation, path)
    return annotation


def new_data_set(args: argparse.Namespace, console: Console) -> Annotation:
    """Write one part of a data set as another one, with splits of its own."""
    rule = (args.by, args.ratio, args.seed, args.margin)
    written = split_part(
        *(args.dir, args.of, args.out),
        lambda part: split_annotation(part, *rule),
        args.overwrite,
    )
    videos = counted(len(written.annotation.videos), "video")
    files = f"{counted(written.linked, 'hard link')}, {written.copied} copied"
    console.print(f"{videos} of part {args.of!r} ({files})", markup=False)
    return written.annotation


COMMANDS: dict[str, Callable[[argparse.Namespace, Console], int]] = {
    "import": run_import,
    "export": partial(run_export, link=linked_persons),
    "validate": run_validate,
    "preview": run_preview,
    "split": run_split,
}


@one_line_errors
def main() -> int:
    """Run a command."""
    args = parse_args()
    console = Console(highlight=False, emoji=False)
    return COMMANDS[args.command](args, console)


if __name__ == "__main__":
    main()
