"""Collect finished runs into the paper's tables, next to the paper's numbers."""

import argparse
import os
import sys
from pathlib import Path

from stal_plugin.engine.cli import one_line_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "work_dirs",
        nargs="+",
        type=Path,
        help="work folders, or one above them, or files of --save",
    )
    parser.add_argument(
        "--out-dir", type=Path, help="also write tables.md and table2..4.csv there"
    )
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="also keep the runs' scores in a json file, to be given in place of (or "
        "beside) work folders later",
    )
    parser.add_argument(
        "--note",
        metavar="TEXT",
        help="what to tell of the runs in the work folders, e.g. the machine",
    )
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print the tables as markdown; write them if asked to."""
    args = parse_args()
    from analysis.collected_runs import find_runs, write_records
    from analysis.paper_tables import TABLES, comparability, to_csv, to_markdown

    runs, left_out = find_runs(args.work_dirs, args.note)
    for message in left_out:
        print(f"left out: {message}", file=sys.stderr)
    if not runs:
        raise FileNotFoundError(
            f"no finished run below {', '.join(map(str, args.work_dirs))}: train with "
            "tools/train.py, then test with tools/test.py --out"
        )
    made = [(file, title, make(runs)) for file, title, make in TABLES]
    text = "\n\n".join(f"## {title}\n\n{to_markdown(rows)}" for _, title, rows in made)
    text += "\n\n" + "\n".join(f"- {line}" for line in comparability(runs)) + "\n"
    print(text)
    if args.save:
        write_records(args.save, runs)
    if args.out_dir:
        args.out_dir.mkdir(parents=True, exist_ok=True)
        files = {"tables.md": text, **{f"{f}.csv": to_csv(r) for f, _, r in made}}
        for name, content in files.items():
            part = args.out_dir / f"{name}.part"
            part.write_text(content, encoding="utf-8")
            os.replace(part, args.out_dir / name)


if __name__ == "__main__":
    main()
