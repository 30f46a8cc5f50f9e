"""Write a tested run as one HTML file; with several runs, compare them.

The file needs no network and no other file. A page in one of the folders is replaced,
one elsewhere only with --overwrite. Of several runs the first is the base: the
others' differences come with paired bootstrap intervals over the test videos.

Example:
    python tools/report.py work_dirs/demo
    python tools/report.py work_dirs/base work_dirs/ours --out compare.html
"""

import argparse
import sys
from pathlib import Path

from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.files.output_files import check_own_outputs


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("work_dirs", nargs="+", type=Path, help="folders of tools/train.py --work-dir")
    add("--config", type=Path, help="default: the only config in each folder")
    add(
        "--out",
        type=Path,
        help="default: WORK_DIR/report.html, of several: FIRST/comparison.html",
    )
    add("--examples", type=int, default=8, help="pictures of each kind; default: 8")
    add("--videos", type=int, default=100, help="most timelines; default: 100")
    add("--resamples", type=int, default=1000, help="of the bootstrap; default: 1000")
    add("--seed", type=int, default=0, help="of the bootstrap; default: 0")
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_args()
    name = "report.html" if len(args.work_dirs) == 1 else "comparison.html"
    args.out = args.out or args.work_dirs[0] / name
    if args.out.suffix.lower() not in (".html", ".htm"):
        parser.error(f"--out {args.out}: the name of a page must end in .html")
    return args


@one_line_errors
def main() -> None:
    """Write the page and print where it is."""
    args = parse_args()
    check_own_outputs([args.out], [args.config], args.work_dirs, args.overwrite)
    from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun

    runs = [EvaluatedRun.read(folder, args.config) for folder in args.work_dirs]
    from analysis.comparison_report import comparison_report

    from stal_plugin.engine.next_step import checkpoint_to_use, next_step
    from stal_plugin.visualization.reports.html_page import write_page
    from stal_plugin.visualization.reports.run_report import run_report

    if len(runs) == 1:
        text = run_report(runs[0], args.examples, args.videos)
    else:
        text = comparison_report(runs, args.resamples, args.seed)
    write_page(args.out, text)
    print(args.out)
    checkpoint = checkpoint_to_use(args.work_dirs[0])
    if len(runs) == 1 and checkpoint:
        print(next_step("predict", "VIDEO", checkpoint), file=sys.stderr)


if __name__ == "__main__":
    main()
