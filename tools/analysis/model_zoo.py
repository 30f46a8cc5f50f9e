r"""Tables of configs: what each is, what it costs, what finished runs of it reached.

python tools/analysis/model_zoo.py configs/*.py configs/mini/*.py
python tools/analysis/model_zoo.py configs/*.py configs/mini/*.py \
    --runs docs/runs.json --into docs/model_zoo.md

Parameters include frozen ones. Multiply-adds are those of convolutions and matrix
products for one clip of the test's size.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as a script

from analysis.collected_runs import find_runs
from analysis.finished_run import FinishedRun
from analysis.paper_tables import Rows, spread, to_markdown
from stal_plugin.engine.cli import counting_progress, one_line_errors
from stal_plugin.engine.model_cost import ModelCost, model_cost
from stal_plugin.files.atomic_file import atomic_file

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
_SCORES = (
    ("frame-mAP@0.5", "frame-mAP@0.5"),
    ("loc. recall", "localization_recall"),
    ("cls. accuracy", "classification_accuracy"),
)
_BREAK = "<br>"
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


class ZooEntry(NamedTuple):
    """One config.

    Attributes:
        path: Its file.
        text: First sentence of the comment at its top.
        cost: Of its network.
        weights: Names of the weight files that it starts from, if they are there.
        runs: Finished runs of it.
    """

    path: Path
    text: str
    cost: ModelCost
    weights: tuple[str, ...]
    runs: tuple[FinishedRun, ...]


def read_entry(path: Path, runs: Sequence[FinishedRun] = ()) -> ZooEntry:
    """Build the network of a config and find its runs, by name and size of clips.

    Args:
        path: The config.
        runs: Finished runs of any configs.

    Raises:
        ValueError: The config has no comment at its top.
    """
    cfg = Config.fromfile(path)
    cost = model_cost(cfg)
    own = [r for r in runs if (r.name, r.clip) == (path.stem, cost.clip)]
    weights = dict.fromkeys(Path(w).stem for w in _checkpoints(cfg.model.to_dict()))
    return ZooEntry(path, first_sentence(path), cost, tuple(weights), tuple(own))


def first_sentence(path: Path) -> str:
    """Return the first sentence of the comment at the top of a config.

    Raises:
        ValueError: There is none.
    """
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    if not lines:
        raise ValueError(f"{path} begins without a comment; say there what it is")
    return _SENTENCE.split(" ".join(lines), maxsplit=1)[0]


def zoo_table(entries: Sequence[ZooEntry]) -> Rows:
    """Make a table of configs; scores have columns if any of them was trained.

    Args:
        entries: The configs.

    Returns:
        Rows of cells, the head first.
    """
    trained = any(entry.runs for entry in entries)
    pretrained = any(entry.weights for entry in entries)
    head = ["config", "what it is", "clip", "parameters", "multiply-adds"]
    head += ["starts from"] * pretrained + ["trained here"]
    head += [name for name, _ in _SCORES] if trained else []
    rows = [head]
    for entry in entries:
        cost = entry.cost
        row = [f"`{entry.path.stem}`", entry.text, " x ".join(map(str, cost.clip))]
        row += [f"{cost.parameters / 1e6:.2f} M", f"{cost.multiply_adds / 1e9:.2f} G"]
        row += [", ".join(entry.weights) or "random"] if pretrained else []
        row += [_training(entry.runs)]
        if trained:
            row += [_scores(entry.runs, key) for _, key in _SCORES]
        rows.append(row)
    return rows


def zoo_markdown(entries: Sequence[ZooEntry]) -> str:
    """Format a table for each folder of configs, below its name."""
    folders = dict.fromkeys(entry.path.parent for entry in entries)
    parts = []
    for folder in folders:
        table = zoo_table([e for e in entries if e.path.parent == folder])
        parts.append(f"### {folder.as_posix()}\n\n{to_markdown(table)}")
    return "\n\n".join(parts)


def replace_tables(path: Path, text: str) -> None:
    """Put text between the two marks of a document, in one step.

    Raises:
        FileNotFoundError: There is no such document.
        ValueError: It lacks a mark.
    """
    before, mark, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise ValueError(f"{path} has no lines '{BEGIN}' and '{END}' to write between")
    with atomic_file(path) as part:
        new = f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"
        part.write_text(new, encoding="utf-8")


def _training(runs: Sequence[FinishedRun]) -> str:
    if not runs:
        return "no"
    lines = []
    for own in _alike(runs):
        start = " from weights" * own[0].pretrained
        seeds = ", ".join(str(run.seed) for run in own)
        epochs = f"{own[0].epochs} epochs{start}"
        lines.append(f"{epochs}, seed{'s' * (len(own) > 1)} {seeds}")
    return _BREAK.join(lines)


def _scores(runs: Sequence[FinishedRun], key: str) -> str:
    return _BREAK.join(
        spread([r.metrics[key] for r in own if key in r.metrics], "{:.3f}")
        for own in _alike(runs)
    )


def _alike(runs: Sequence[FinishedRun]) -> list[list[FinishedRun]]:
    """Rows of runs, those from random initialisation first."""
    rows: dict[tuple, list[FinishedRun]] = {}
    for run in runs:
        rows.setdefault(run.row, []).append(run)
    return [rows[key] for key in sorted(rows)]


def _checkpoints(node: Any) -> Iterator[str]:
    """Weight files that a config's parts are initialised from."""
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from _checkpoints(child)
    elif isinstance(node, dict):
        if node.get("type") == "stal_plugin.PretrainedIfPresent":
            yield node["checkpoint"]
        yield from _checkpoints(list(node.values()))


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
        "tools/analysis/paper_tables.py --save wrote",
    )
    parser.add_argument(
        "--into", type=Path, help="document whose tables are written anew"
    )
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Build each config's network and count."""
    args = parse_args()
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
