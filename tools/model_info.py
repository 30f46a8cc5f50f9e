"""Print what configs are and cost, and what finished runs of them reached.

    python tools/model_info.py configs/*.py configs/mini/*.py
    python tools/model_info.py configs/*.py configs/mini/*.py --runs docs/runs.json \
        --into docs/model_zoo.md

Parameters include frozen ones. Multiply-adds are those of convolutions and matrix
products for one clip of the test's size.
"""

import argparse
import sys
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "configs", nargs="+", type=Path, help="e.g. configs/*.py configs/mini/*.py"
    )
    parser.add_argument(
        "--runs",
        nargs="+",
        type=Path,
        default=[],
        help="work folders of finished runs, or folders above them, or files that "
        "tools/paper_tables.py --save wrote",
    )
    parser.add_argument(
        "--into", type=Path, help="document whose tables are written anew"
    )
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Build each config's network and count."""
    args = parse_args()
    from analysis.collected_runs import find_runs
    from analysis.model_zoo import read_entry, replace_tables, zoo_markdown
    from rich.console import Console

    from stal_plugin.engine.cli import counting_progress

    runs, left_out = find_runs(args.runs)
    for message in left_out:
        print(f"left out: {message}", file=sys.stderr)
    entries = []
    with counting_progress(Console(stderr=True)) as progress:
        for path in progress.track(args.configs, description="configs"):
            entries.append(read_entry(path, runs))
    text = zoo_markdown(entries)
    if args.into:
        replace_tables(args.into, text)
        print(f"{len(entries)} configs, {len(runs)} runs -> {args.into}")
    else:
        print(text)


if __name__ == "__main__":
    main()
