"""Write a tested run as one HTML file; with several runs, compare them.

The file needs no network and no other file. Of several runs the first is the base: the
others' differences come with paired bootstrap intervals over the test videos.

Example:
    python tools/report.py work_dirs/demo
    python tools/report.py work_dirs/base work_dirs/ours --out compare.html
"""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors


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
    add("--debug", action="store_true", help="show the traceback of every error")
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Write the page and print where it is."""
    args = parse_args()
    from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun

    runs = [EvaluatedRun.read(folder, args.config) for folder in args.work_dirs]
    from analysis.comparison_report import comparison_report

    from stal_plugin.visualization.reports.html_page import write_page
    from stal_plugin.visualization.reports.run_report import run_report

    if len(runs) == 1:
        out = args.out or args.work_dirs[0] / "report.html"
        text = run_report(runs[0], args.examples, args.videos)
    else:
        out = args.out or args.work_dirs[0] / "comparison.html"
        text = comparison_report(runs, args.resamples, args.seed)
    write_page(out, text)
    print(out)


if __name__ == "__main__":
    main()
