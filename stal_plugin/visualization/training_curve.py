"""Loss and validation score against epochs, from the logs of mmengine."""

import os
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stal_plugin.annotations.json_models import parse_json
from stal_plugin.annotations.problems import shortened
from stal_plugin.visualization.charts import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    new_figure,
    save_figure,
)
from stal_plugin.wording import counted

Record = dict[str, float]


def read_scalars(work_dir: str | os.PathLike) -> tuple[list[Record], list[Record]]:
    """Read what a run and its resumptions logged.

    mmengine writes ``<time>/vis_data/scalars.json`` for each start. A later start
    replaces what earlier ones logged beyond its first step, so that a resumed run
    gives one curve, and a run from scratch gives that run only.

    Args:
        work_dir: The work folder of ``tools/train.py``.

    Returns:
        Records of training (they have ``loss`` and ``iter``) and of validation.

    Raises:
        FileNotFoundError: No training was logged there.
        ValueError: A line is not a json object.
    """
    train: list[Record] = []
    val: list[Record] = []
    for path in sorted(Path(work_dir).glob("*/vis_data/scalars.json")):
        records = _read(path)
        own = [r for r in records if "loss" in r]
        if not own:
            continue  # a test, or a start that failed before the first log
        begin = min(r["iter"] for r in own)
        train = [r for r in train if r["iter"] < begin]
        # epochs are validated at their end: keep those that ended before the start
        last = max((r.get("epoch", r["iter"]) for r in train), default=0)
        scored = [r for r in records if "loss" not in r]
        first = min((r["step"] for r in scored), default=last + 1)
        val = [r for r in val if r["step"] <= last and r["step"] < first]
        train, val = train + own, val + scored
    if not train:
        raise FileNotFoundError(
            f"no training log below {work_dir} (*/vis_data/scalars.json). It is "
            "written by\n  python tools/train.py CONFIG --work-dir DIR"
        )
    return train, val


def has_training(path: Path) -> bool:
    """Whether a ``scalars.json`` is there and tells of a training."""
    return path.is_file() and any("loss" in record for record in _read(path))


def plot_training_curve(
    path: str | os.PathLike,
    train: list[Record],
    val: list[Record],
    metric: str = "frame-mAP@0.5",
) -> None:
    """Write :func:`training_figure` as PNG.

    Args:
        path: The PNG.
        train: Records of training.
        val: Records of validation; may be empty.
        metric: Name of the score.
    """
    save_figure(path, training_figure(train, val, metric))


def training_figure(
    train: list[Record],
    val: list[Record],
    metric: str = "frame-mAP@0.5",
    width: float = 7.0,
) -> Figure:
    """Plot losses above, the validation score below, against epochs.

    Args:
        train: Records of training.
        val: Records of validation; may be empty.
        metric: Name of the score; without it the first whose name holds "mAP".
        width: In inches.
    """
    by_epoch = all("epoch" in r for r in train)
    unit = "epoch" if by_epoch else "iteration"
    # the log does not tell the length of an epoch; the densest record bounds it
    per_epoch = max(r["iter"] / r["epoch"] for r in train) if by_epoch else 1.0
    figure = new_figure(width, 6.0 if val else 3.5)
    top, *rest = figure.subplots(2 if val else 1, 1, sharex=True, squeeze=False)[:, 0]
    _plot_losses(top, train, per_epoch)
    if val:
        _plot_score(rest[0], val, _score_name(val, metric), unit)
    (rest[0] if val else top).set_xlabel(unit)
    for axes in (top, *rest):
        axes.grid(alpha=0.3)
    return figure


def _plot_losses(axes: Axes, train: list[Record], per_epoch: float) -> None:
    parts = sorted({k for r in train for k in r if k.startswith("loss_")})
    colors = cycle((ORANGE, BLUE, GREEN, GREY))
    for name in ["loss", *parts]:
        color, width = ("black", 2.0) if name == "loss" else (next(colors), 1.5)
        rows = [r for r in train if name in r]
        epochs, values = [r["iter"] / per_epoch for r in rows], [r[name] for r in rows]
        axes.plot(epochs, values, label=name, color=color, linewidth=width)
    records = counted(len(train), "log record")
    axes.set(ylabel="training loss", title=f"training, {records}")
    axes.legend()


def _plot_score(axes: Axes, val: list[Record], name: str, unit: str) -> None:
    rows = [r for r in val if name in r]
    best = max(rows, key=lambda r: r[name])
    label = f"{name}, best {best[name]:.3f} at {unit} {best['step']}"
    steps, values = [r["step"] for r in rows], [r[name] for r in rows]
    axes.plot(steps, values, "o-", markersize=3, color=BLUE, label=label)
    axes.set(ylabel="validation", ylim=(0, max(1e-3, *values) * 1.1))
    axes.legend(loc="lower right")


def _score_name(val: list[Record], metric: str) -> str:
    """Return the score of that name, or else the first mAP that was logged."""
    names = list(dict.fromkeys(name for r in val for name in r))
    matches = [n for n in names if n == metric] or [n for n in names if "mAP" in n]
    if not matches:
        raise ValueError(f"validation logged no {metric!r}; it logged {names}")
    return matches[0]


def _read(path: Path) -> list[Record]:
    """Read one json object per line; a last line that was cut off does not count."""
    lines = path.read_text(encoding="utf-8").splitlines()
    records = []
    for number, line in enumerate(lines, 1):
        try:
            content = parse_json(line)
        except (ValueError, RecursionError):
            if number == len(lines):
                break  # killed while writing it
            content = None
        if not _is_record(content):
            raise ValueError(
                f"{path}:{number}: not a json object of mmengine's log: "
                f"{shortened(line, 80)!r}. Delete the line"
            )
        records.append(content)
    return records


def _is_record(content: Any) -> bool:
    """Tell numbers by name, among them ``iter`` of a training, ``step`` of the rest."""
    return (
        isinstance(content, dict)
        and ("iter" if "loss" in content else "step") in content
        and all(isinstance(value, int | float) for value in content.values())
    )
