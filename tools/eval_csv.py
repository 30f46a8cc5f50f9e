"""Score a detector's output by the published protocols; no model is needed.

GT and PREDICTIONS are csv files in AVA's form (or those of this package), folders in
YOWO's form (one text file of 'class [score] x1 y1 x2 y2' per frame) or COCO's json
files. The published numbers of this field follow different rules: --protocol all shows
what one output gets by each.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.annotation_json import FORMAT, header_from_json
from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.annotations.importers.ava import read_ava_csv
from stal_plugin.annotations.importers.coco import read_coco_results, read_coco_truth
from stal_plugin.annotations.importers.import_options import width_and_height
from stal_plugin.annotations.importers.yowo_folder import read_yowo_folder
from stal_plugin.annotations.json_models import load_json
from stal_plugin.annotations.unscored_classes import unscored_labels
from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.evaluation.evaluation_input import (
    EvaluationInput,
    check_overlap,
    join_tables,
)
from stal_plugin.evaluation.frame_ap import SIZE_EDGES
from stal_plugin.evaluation.frame_index import index_of_videos, splits_without
from stal_plugin.evaluation.frame_scores import FrameDetails, FrameScores
from stal_plugin.evaluation.protocol import PROTOCOLS, Protocol
from stal_plugin.evaluation.protocol_comparison import (
    ComparisonOptions,
    compare_protocols,
    comparison_table,
    protocols_of,
)
from stal_plugin.evaluation.report import (
    breakdown_table,
    class_scores,
    class_table,
    protocol_line,
    table_text,
    write_json,
)
from stal_plugin.evaluation.video_scores import LINKERS
from stal_plugin.files.output_files import check_outputs


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("truth", metavar="GT", type=Path, help="csv, folder or COCO json")
    add("predictions", metavar="PREDICTIONS", type=Path, help="the same kind of file")
    add(
        "--videos",
        type=Path,
        help="annotations.json: sizes, lengths, splits, classes; default: the json "
        "beside GT, if there is one",
    )
    add("--split", nargs="+", help="only the frames of these splits of --videos")
    add("--stride", type=int, default=1, help="only every n-th frame of --videos")
    add(
        "--size",
        metavar="WxH",
        type=width_and_height,
        help="size of all videos in pixels",
    )
    add(
        "--protocol",
        nargs="+",
        default=["voc"],
        choices=["all", *PROTOCOLS],
        help="default: voc",
    )
    add(
        "--iou",
        nargs="+",
        default=["0.5"],
        help="thresholds of frame-mAP, e.g. 0.5 0.75 0.5:0.95; default: 0.5",
    )
    add("--linker", choices=LINKERS, help="also link tubes and report video-mAP")
    add(
        "--link-by",
        choices=["score", "class"],
        default="score",
        help="what the linker adds up; class: the score divided by the objectness, as "
        "YOWO does (PREDICTIONS needs the column objectness)",
    )
    add(
        "--details",
        action="store_true",
        help="also mAP by size and frequency, and what is right, wrong and missed",
    )
    add(
        "--size-edges",
        type=float,
        nargs=2,
        metavar=("MEDIUM", "LARGE"),
        help="where medium and large boxes of --details begin, as fractions of the "
        f"frame's area; default: {SIZE_EDGES[0]} {SIZE_EDGES[1]}",
    )
    add(
        "--min-gt-width",
        type=float,
        default=0.0,
        metavar="PIXELS",
        help="leave narrower ground truth out of localization recall and accuracy; "
        "YOWO's tests: 8. default: all counts",
    )
    add(
        "--raw",
        action="store_true",
        help="the boxes are raw: apply each protocol's score threshold and suppression",
    )
    add(
        "--without",
        nargs="+",
        default=[],
        metavar="CLASS",
        help="leave classes out of all scores; ava or multisports: those that the "
        "published numbers of that data set leave out",
    )
    add("--json", type=Path, help="write the scores here, those of each class, too")
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_args()
    args.videos = args.videos or _json_beside(args.truth)
    if not args.videos and (args.split or args.stride != 1):
        parser.error("--split and --stride need --videos")
    if args.size_edges and not args.details:
        parser.error("--size-edges needs --details")
    args.size_edges = args.size_edges or SIZE_EDGES
    return args


def _json_beside(truth: Path) -> Path | None:
    """Return the annotation json beside a csv of this package."""
    path = truth.with_suffix(".json")
    if truth.suffix != ".csv" or not path.is_file():
        return None
    content = load_json(path)
    ours = isinstance(content, dict) and content.get("format") == FORMAT
    return path if ours else None


def read_tables(truth: Path, predictions: Path) -> tuple[BoxFile, BoxFile]:
    """Read both files by their kinds."""
    if predictions.suffix == ".json":
        detected = read_coco_results(predictions, truth)
    else:
        detected = _read(predictions, True)
    return _read(truth, False), detected


def _read(path: Path, predictions: bool) -> BoxFile:
    if path.suffix == ".json":
        return read_coco_truth(path)
    if path.suffix == ".csv":
        return read_ava_csv(path, predictions)
    return read_yowo_folder(path, predictions)


def join(
    args: argparse.Namespace,
    header: Annotation | None,
    truth: BoxFile,
    predictions: BoxFile,
) -> EvaluationInput:
    """Bring the tables together on the frames that are asked for."""
    if header is None:
        return join_tables(truth, predictions, default_size=args.size)
    index = index_of_videos(header.videos, args.split, args.stride)
    sizes = {name: (v.width, v.height) for name, v in header.videos.items()}
    return join_tables(truth, predictions, index, sizes)


def class_names(header: Annotation | None, *tables: BoxFile) -> list[str]:
    """Names of the classes; numbers where no file names them."""
    if header is not None:
        return header.classes
    if tables[0].classes:
        return list(tables[0].classes)
    largest = max(int(table.rows.labels.max(initial=0)) for table in tables)
    return [str(label + 1) for label in range(largest + 1)]


def lines_of(
    scores: dict[str, FrameScores], protocols: list[Protocol], inputs: EvaluationInput
) -> dict[str, str]:
    """State the rule of each protocol in words."""
    num_empty = len(inputs.index) - len(np.unique(inputs.gts.frames))
    return {
        p.name: protocol_line(scores[p.name].class_ap, len(inputs.index), num_empty, p)
        for p in protocols
    }


def json_content(
    scores: dict[str, FrameScores], classes: list[str], lines: dict
) -> dict[str, Any]:
    """Return all scores by protocol."""
    return {
        name: {
            "metrics": part.metrics,
            "per_class": class_scores(part.class_ap, classes),
            "protocol": lines[name],
        }
        for name, part in scores.items()
    }


def _warn_of_empty_splits(
    header: Annotation, predictions: BoxFile, videos: Path
) -> None:
    rows = predictions.rows
    empty = splits_without(header.videos, rows.video_ids, rows.frames)
    if empty:
        print(
            f"WARNING: no prediction on the frames of split {', '.join(empty)} of "
            f"{videos}; all of its boxes count as missed. Leave it out with --split",
            file=sys.stderr,
        )


@one_line_errors
def main() -> None:
    """Evaluate."""
    args = parse_args()
    inputs_named = (args.truth, args.predictions, args.videos)
    check_outputs([args.json], inputs_named, args.overwrite)
    header = header_from_json(args.videos) if args.videos else None
    tables = read_tables(args.truth, args.predictions)
    classes = class_names(header, *tables)
    inputs = join(args, header, *tables)
    files = (str(args.truth), str(args.predictions), str(args.videos))
    check_overlap(
        inputs, tables, None if header is None else list(header.videos), files
    )
    unscored = unscored_labels(args.without, classes)
    if unscored:
        names = ", ".join(classes[label] for label in unscored)
        print(f"left out of all scores: {names}")
        inputs = inputs.without(unscored)
    options = ComparisonOptions(
        iou_thrs=args.iou,
        details=FrameDetails(
            by_size=args.details,
            size_edges=tuple(args.size_edges),
            by_frequency=args.details,
            breakdown=args.details,
            min_gt_width=args.min_gt_width,
        ),
        linker=args.linker,
        link_by=args.link_by,
        raw=args.raw,
        reversed_classes=() if header is None else header.reversed_classes,
    )
    protocols = protocols_of(args.protocol)
    scores = compare_protocols(inputs, classes, protocols, options)
    lines = lines_of(scores, protocols, inputs)
    if header is not None and not args.split:
        _warn_of_empty_splits(header, tables[1], args.videos)
    if any(inputs.outside):
        print(
            f"left out, not on these frames of {args.videos}: {inputs.outside[0]} rows "
            f"of {args.truth}, {inputs.outside[1]} of {args.predictions}"
        )
    if len(protocols) == 1:
        part = scores[protocols[0].name]
        print(class_table(part.class_ap, classes))
        if part.breakdown:
            print(breakdown_table(part.breakdown, classes, "percent"))
    print(table_text(comparison_table(scores)))
    for name, line in lines.items():
        print(f"{name}: {line}")
    if args.json:
        write_json(args.json, json_content(scores, classes, lines))


if __name__ == "__main__":
    main()
