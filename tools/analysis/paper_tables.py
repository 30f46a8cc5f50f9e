"""Tables 2, 3 and 4 of arXiv:2012.08097 from finished runs, next to its numbers.

python tools/analysis/paper_tables.py docs/runs.json
python tools/analysis/paper_tables.py WORK_DIRS --save runs.json --out-dir tables
"""

import argparse
import csv
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, stdev

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script

from analysis.collected_runs import find_runs, write_records
from analysis.finished_run import FinishedRun
from analysis.paper_numbers import (
    AGOT_LABELS,
    SETTING,
    TABLE2,
    TABLE3,
    TABLE4,
    PaperRow,
)
from stal_plugin.engine.cli import one_line_errors
from stal_plugin.files.atomic_file import atomic_file

Rows = list[list[str]]

_HEAD = (
    *("config", "clip", "links", "start", "runs", "epochs", "s/epoch"),
    *("loc. recall", "loc. recall @0.005", "cls. accuracy", "frame-mAP@0.5"),
    *("paper h/epoch", "paper recall", "paper accuracy", "paper frame-mAP"),
)
_LINKS = ("expand-conv3d", "expand", "conv3d", "bottleneck", "both")


def models_table(runs: Sequence[FinishedRun], dataset: str) -> Rows:
    """Table 2 (``dataset='jhmdb'``) or table 3 (``'agot'``).

    Args:
        runs: Finished runs; those of one config, clip size, start and length are one
            row, mean ± sample standard deviation over the seeds.
        dataset: Which runs to take. Rows of the paper without a run are kept, empty.

    Returns:
        Rows of cells, the head first. Scores are percent.
    """
    paper = {"jhmdb": TABLE2, "agot": TABLE3}.get(dataset, {})
    names = {run.name for run in runs if run.dataset == dataset}
    rows = [list(_HEAD)]
    for name in [*paper, *sorted(names - set(paper))]:
        own = [run for run in runs if run.name == name]
        keys: list[tuple] = [*sorted({run.row for run in own})]
        for row in keys or [()]:
            same = [run for run in own if run.row == row]
            clip = " x ".join(map(str, same[0].clip)) if same else ""
            first = [name, clip, _links(name), _start(same)]
            rows.append([*first, *_measured(same), *_printed(paper.get(name))])
    return rows


def _start(runs: Sequence[FinishedRun]) -> str:
    if not runs:
        return ""
    return "weights" if runs[0].pretrained else "random"


def _links(name: str) -> str:
    """Kind of link that the name of a config tells."""
    model = name.split("_", 1)[0]
    if not model.startswith("linknet"):
        return "none"
    kinds = [kind for kind in _LINKS if model.endswith(kind)]
    gated = "gated " if "gated" in model else ""
    return gated + (kinds[0].replace("-", " + ") if kinds else "")


def _measured(runs: Sequence[FinishedRun]) -> list[str]:
    if not runs:
        return ["0"] + [""] * 6
    keys: tuple[str, ...] = ("localization_recall", "localization_recall@0.005")
    keys += ("classification_accuracy", "frame-mAP@0.5")
    seconds = [run.seconds for run in runs if run.seconds is not None]
    return [
        _count(runs),
        str(runs[0].epochs),
        spread(seconds, "{:.0f}"),
        *(spread([100 * r.metrics[k] for r in runs if k in r.metrics]) for k in keys),
    ]


def _count(runs: Sequence[FinishedRun]) -> str:
    seeds = ", ".join(str(run.seed) for run in runs if run.seed is not None)
    return f"{len(runs)} (seed {seeds})" if seeds else str(len(runs))


def _printed(row: PaperRow | None) -> list[str]:
    if row is None:
        return [""] * 4
    return [f"{v:g}" for v in (row.hours, row.recall, row.accuracy, row.frame_map)]


def class_table(runs: Sequence[FinishedRun], dataset: str = "agot") -> Rows:
    """Table 4: AP of each class, in percent.

    Args:
        runs: Finished runs.
        dataset: Which runs to take.

    Returns:
        Rows of cells, the head first: for Agot the labels of table 1 come first, in
        its order, with the paper's columns where a config has one.
    """
    own = sorted({run.row for run in runs if run.dataset == dataset})
    seen = {label for run in runs if run.dataset == dataset for label in run.class_ap}
    first = [label for label in AGOT_LABELS if label in seen or dataset == "agot"]
    labels = [*first, *sorted(seen - set(first))]
    printed = list(TABLE4) if dataset == "agot" else []
    heads = [_column(row) for row in own]
    rows = [["action", *heads, *(f"paper {name}" for name in printed)]]
    for label in labels:
        cells = [
            spread(
                [
                    100 * r.class_ap[label]
                    for r in runs
                    if r.row == row and label in r.class_ap
                ]
            )
            for row in own
        ]
        index = AGOT_LABELS.index(label) if label in AGOT_LABELS else -1
        cells += [f"{TABLE4[n][index]:g}" if index >= 0 else "" for n in printed]
        rows.append([label, *cells])
    return rows


def _column(row: tuple[str, tuple[int, ...], bool, int]) -> str:
    name, clip, pretrained, epochs = row
    start = " from weights" * pretrained
    return f"{name} {' x '.join(map(str, clip))}, {epochs} epochs{start}"


def spread(values: Sequence[float], form: str = "{:.1f}") -> str:
    """Format a mean, with the sample standard deviation if there are several values."""
    if not values:
        return ""
    text = form.format(mean(values))
    if len(values) > 1:
        text += " ± " + form.format(stdev(values))
    return text


def comparability(runs: Sequence[FinishedRun]) -> list[str]:
    """Say, per set of reasons, which runs cannot be compared with the paper."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for run in runs:
        groups.setdefault(run.notes, set()).add(run.name)
    lines = [f"The paper: {SETTING}; localization recall counts every box above 0.005."]
    for notes, names in sorted(groups.items()):
        if notes:
            lines.append(f"{', '.join(sorted(names))}: {'; '.join(notes)}.")
    return lines + unlike_runs(runs)


def unlike_runs(runs: Sequence[FinishedRun]) -> list[str]:
    """Say of which rows the spread is not one over seeds alone."""
    rows: dict[tuple, list[FinishedRun]] = {}
    for run in runs:
        rows.setdefault(run.row, []).append(run)
    lines = []
    for (name, *_), own in rows.items():
        seeds = [run.seed for run in own if not run.fold]
        if twice := sorted({s for s in seeds if s is not None and seeds.count(s) > 1}):
            lines.append(
                f"{name}: several runs with seed {', '.join(map(str, twice))}; the "
                "spread is not one over seeds."
            )
        known = [run.settings for run in own if run.settings and not run.fold]
        parts = {key for settings in known for key in settings}
        differ = [k for k in parts if len({s.get(k) for s in known}) > 1]
        if differ:
            lines.append(
                f"{name}: the runs of this row differ in more than the seed, in "
                f"{', '.join(sorted(differ))} of their configs."
            )
    return lines


def to_markdown(rows: Rows) -> str:
    """Format rows, the head first, as a markdown table."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines)


def to_csv(rows: Rows) -> str:
    """Format rows as csv."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


#: File name, title and content of each table.
TABLES: tuple[tuple[str, str, Callable[[Sequence[FinishedRun]], Rows]], ...] = (
    ("table2", "Table 2, J-HMDB-21", lambda runs: models_table(runs, "jhmdb")),
    ("table3", "Table 3, Agot", lambda runs: models_table(runs, "agot")),
    ("table4", "Table 4, AP per action of Agot", class_table),
)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
        help="where the runs in the work folders were made; kept in the file of --save",
    )
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print the tables as markdown; write them if asked to."""
    args = parse_args()
    runs, left_out = find_runs(args.work_dirs, args.note)
    for message in left_out:
        print(f"left out: {message}", file=sys.stderr)
    if not runs:
        raise FileNotFoundError(
            f"no finished run below {', '.join(map(str, args.work_dirs))}: train with "
            "tools/train.py, then test with tools/test.py --out"
        )
    tables = [(file, title, make(runs)) for file, title, make in TABLES]
    text = "\n\n".join(
        f"## {title}\n\n{to_markdown(rows)}" for _, title, rows in tables
    )
    text += "\n\n" + "\n".join(f"- {line}" for line in comparability(runs)) + "\n"
    print(text)
    if args.save:
        write_records(args.save, runs)
    if args.out_dir:
        files = {"tables.md": text, **{f"{f}.csv": to_csv(r) for f, _, r in tables}}
        for name, content in files.items():
            with atomic_file(args.out_dir / name) as part:
                part.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
