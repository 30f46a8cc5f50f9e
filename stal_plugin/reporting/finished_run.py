"""What a work folder tells about a finished run."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from stal_plugin.datasets.standin.labels import TABLE1
from stal_plugin.reporting.clip_shape import clip_shape
from stal_plugin.reporting.training_config import training_config
from stal_plugin.visualization.training_curve import read_scalars

# of the run, or of its test: not what it was trained with
_OF_A_RUN = ("randomness", "work_dir", "resume", "launcher", "log_level")
_OF_A_TEST = ("test_", "val_", "visualizer")
AGOT_LABELS = tuple(row.name for row in TABLE1)


@dataclass(frozen=True)
class FinishedRun:
    """One trained and tested model.

    Args:
        name: Name of the config.
        clip: Frames, height and width of the clips it was tested on.
        dataset: ``'agot'``, ``'jhmdb'``, ... (the last part of the config's name).
        seed: Of the run.
        epochs: Trained epochs.
        seconds: Seconds of training per epoch, or None if the log lacks it.
        metrics: Scores in [0, 1], as in ``metrics.json``.
        class_ap: AP at IoU 0.5 of each class.
        notes: What keeps the numbers from being compared with the paper's.
        settings: Parts of the config by name, without what differs between the runs of
            one experiment (seed, folders).
    """

    name: str
    clip: tuple[int, ...]
    dataset: str
    seed: int | None
    epochs: int
    seconds: float | None
    metrics: dict[str, float]
    class_ap: dict[str, float]
    notes: tuple[str, ...] = field(default=())
    settings: dict[str, str] = field(default_factory=dict)


def find_runs(folders: list[Path]) -> tuple[list[FinishedRun], list[str]]:
    """Read all finished runs in and below some folders.

    Args:
        folders: Work folders, or folders that hold work folders.

    Returns:
        The runs by name and seed, and a message for each work folder that was left
        out, with the reason.

    Raises:
        FileNotFoundError: If a folder does not exist.
    """
    runs, left_out = [], []
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(
                f"folder '{folder}' does not exist. Give the folders that "
                "tools/train.py --work-dir wrote, or one above them"
            )
        for work_dir in sorted({p.parent for p in folder.rglob("last_checkpoint")}):
            try:
                runs.append(read_run(work_dir))
            except (FileNotFoundError, ValueError) as error:
                left_out.append(f"{work_dir}: {error}")
    return sorted(runs, key=lambda run: (run.name, run.clip, run.seed or 0)), left_out


def read_run(work_dir: Path) -> FinishedRun:
    """Read the config, the log and the scores of a run.

    Raises:
        FileNotFoundError: The run was not trained or not tested.
        ValueError: The folder holds several configs, or ``metrics.json`` is not one.
    """
    configs = sorted(work_dir.glob("*.py"))
    if len(configs) != 1:
        raise ValueError(f"holds {len(configs)} configs, one is expected")
    scores = work_dir / "metrics.json"
    if not scores.is_file():
        raise FileNotFoundError(
            "no metrics.json: test it with\n  python tools/test.py "
            f"{configs[0]} CHECKPOINT --out {work_dir / 'predictions.csv'}"
        )
    cfg = Config.fromfile(configs[0])
    trained = training_config(work_dir, cfg)
    content = json.loads(scores.read_text(encoding="utf-8"))
    train, _ = read_scalars(work_dir)
    epochs = int(max(r.get("epoch", 0) for r in train))
    per_epoch = max(r["iter"] for r in train) / max(epochs, 1)
    times = [r["time"] for r in train if "time" in r]
    ap = {k: v.get("AP@0.5") for k, v in content["per_class"].items()}
    return FinishedRun(
        name=configs[0].stem,
        clip=clip_shape(cfg),
        dataset=configs[0].stem.rsplit("_", 1)[-1],
        seed=trained.get("randomness", {}).get("seed"),
        epochs=epochs,
        seconds=sum(times) / len(times) * per_epoch if times else None,
        metrics=content["metrics"],
        class_ap={k: float(v) for k, v in ap.items() if v is not None},
        notes=tuple(notes_on_setting(trained)),
        settings=_settings(trained),
    )


def _settings(trained: Config) -> dict[str, str]:
    parts = trained.to_dict()
    # tools/train.py hands the seed on to the data set
    dataset = parts.get("train_dataloader", {}).get("dataset", {})
    if dataset.get("seed") == parts.get("randomness", {}).get("seed"):
        dataset.pop("seed", None)
    return {
        name: repr(part)
        for name, part in parts.items()
        if name not in _OF_A_RUN and not name.startswith(_OF_A_TEST)
    }


def notes_on_setting(cfg: Config) -> list[str]:
    """Say what differs from the paper's setting.

    Args:
        cfg: From :func:`training_config`.
    """
    notes = []
    if clip_shape(cfg) != (16, 224, 224):
        notes.append("clips of another size")
    weights = re.findall(r"'checkpoint': '([^']+)'", str(cfg.model.to_dict()))
    first = Path(cfg.get("load_from") or "")
    if first.is_file():
        weights.append(str(first))
    if not any(Path(path).is_file() for path in weights):
        notes.append("random initialisation (no file of weights is there)")
    root = Path(cfg.get("data_root", "."))
    description = root / "annotations.json"
    if description.is_file():
        if json.loads(description.read_text(encoding="utf-8")).get("synthetic"):
            notes.append("synthetic footage")
    else:
        notes.append(f"origin of the data unknown ({description} is not there)")
    return notes
