"""Differences between configs that were trained with the same seeds or folds.

python tools/analysis/paired_seeds.py docs/runs.json --base yowo_agot --epochs 6
python tools/analysis/paired_seeds.py WORK_DIRS --base yowo_agot --start weights

Each row has the means ± sample standard deviations of its scores; then the mean
difference to the base over the seeds (and folds of tools/cross_validate.py) that both
have, with its 95 % interval by Student's t. An interval that holds 0 says that these
runs cannot tell the two apart.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script

from analysis.collected_runs import find_runs
from analysis.finished_run import FinishedRun
from analysis.paper_tables import Rows, spread, to_markdown
from stal_plugin.engine.cli import one_line_errors
from stal_plugin.wording import counted

#: Scores of the runs of a config, by fold and seed.
_Scores = dict[tuple[str, int | None], dict[str, float]]
_METRICS = {
    "frame-mAP@0.5": "frame-mAP@0.5",
    "video-mAP@0.5": "video-mAP@0.5",
    "loc. recall": "localization_recall",
    "cls. accuracy": "classification_accuracy",
}


def paired_interval(
    values: Sequence[float], base: Sequence[float], level: float = 0.95
) -> tuple[float, float]:
    """Mean of the differences of pairs, and half of its interval by Student's t.

    Args:
        values: Scores, one per seed.
        base: Those of the base, of the same seeds in the same order.
        level: Of confidence, in (0, 1).

    Returns:
        Mean and half width; the latter is infinite for a single pair.

    Raises:
        ValueError: There is no pair, or the lengths differ.
    """
    differences = [a - b for a, b in zip(values, base, strict=True)]
    if not differences:
        raise ValueError("no seed that both configs have")
    if len(differences) == 1:
        return differences[0], float("inf")
    from scipy import stats  # --help shall not wait for it

    error = stdev(differences) / len(differences) ** 0.5
    quantile = float(stats.t.ppf((1 + level) / 2, len(differences) - 1))
    return mean(differences), quantile * error


def paired_table(
    runs: Sequence[FinishedRun], base: str, metric: str = "frame-mAP@0.5"
) -> Rows:
    """Scores of each config, and its difference to the base.

    Args:
        runs: Of one start and length; one of each config, seed and fold.
        base: Name of the config that the others are compared with.
        metric: That the differences are of.

    Returns:
        Rows of cells, the head first, the base second.

    Raises:
        ValueError: The base has no run.
    """
    names = sorted({run.name for run in runs})
    if base not in names:
        raise ValueError(f"--base {base}: no such run, there are {', '.join(names)}")
    tested = [run for run in runs if metric in run.metrics]
    of: dict[str, _Scores] = {
        name: {(run.fold, run.seed): run.metrics for run in tested if run.name == name}
        for name in names
    }
    rows = [["config", "seeds", *_METRICS, f"difference of {metric}", "95 % interval"]]
    for name in [base, *(name for name in names if name != base)]:
        own = of[name]
        cells = [name, _units(own)]
        for key in _METRICS.values():
            cells.append(spread([m[key] for m in own.values() if key in m], "{:.3f}"))
        rows.append([*cells, *_difference(own, of[base], metric, name == base)])
    return rows


def _units(own: _Scores) -> str:
    """What the means are over: seeds, after the number of folds if there are any."""
    folds = {fold for fold, _ in own if fold}
    seeds = ", ".join(sorted({str(seed) for _, seed in own}))
    return f"{counted(len(folds), 'fold')}, seed {seeds}" if folds else seeds


def _difference(
    own: _Scores,
    base: _Scores,
    metric: str,
    is_base: bool,
) -> tuple[str, str]:
    units = [unit for unit in own if unit in base]
    if is_base or not units:
        return "", ""
    pairs = ([own[u][metric] for u in units], [base[u][metric] for u in units])
    middle, half = paired_interval(*pairs)
    if half == float("inf"):
        return f"{middle:+.3f}", "one pair"
    return f"{middle:+.3f}", f"{middle - half:+.3f} to {middle + half:+.3f}"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("runs", nargs="+", type=Path, help="work folders, or files of paper_tables.py")
    add("--base", required=True, metavar="CONFIG", help="that the others compare with")
    add("--start", choices=("random", "weights"), default="random")
    add("--epochs", type=int, help="only runs of so many epochs; default: the base's")
    add("--metric", default="frame-mAP@0.5", help="default: frame-mAP@0.5")
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print the table."""
    args = parse_args()
    runs, left_out = find_runs(args.runs)
    for message in left_out:
        print(f"left out: {message}", file=sys.stderr)
    runs = [run for run in runs if run.pretrained == (args.start == "weights")]
    lengths = sorted({run.epochs for run in runs if run.name == args.base})
    if args.epochs is None and len(lengths) > 1:
        raise ValueError(
            f"--base {args.base} was trained for {lengths} epochs: choose with --epochs"
        )
    epochs = args.epochs or next(iter(lengths), None)
    runs = [run for run in runs if epochs in (None, run.epochs)]
    print(to_markdown(paired_table(runs, args.base, args.metric)))


if __name__ == "__main__":
    main()
