"""FinishedRun: the scores of a trained and tested model, read from its work folder."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmengine.config import Config

from stal_plugin.annotations.json_models import load_json
from stal_plugin.datasets.pipeline_steps import clip_shape
from stal_plugin.evaluation.last_test import scores_of
from stal_plugin.evaluation.scores_file import read_scores
from stal_plugin.visualization.reports.evaluated_run import training_config
from stal_plugin.visualization.training_curve import read_scalars

# of the run, or of its test: not what it was trained with
_OF_A_RUN = ("randomness", "work_dir", "resume", "launcher", "log_level")
_OF_A_TEST = ("test_", "val_", "visualizer")
_RANDOM = "random initialisation (no file of weights is there)"


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
        notes: What keeps the scores from being compared with the paper's.
        provenance: Where and when the run was made; kept in records, never shown in
            tables.
        settings: Fingerprints of the config's parts by name, without what differs
            between the runs of one experiment (seed, folders). Empty if they are
            unknown.
        fold: Of a cross-validation, see tools/cross_validate.py; else empty.
    """

    name: str
    clip: tuple[int, ...]
    dataset: str
    seed: int | None
    epochs: int
    seconds: float | None
    metrics: dict[str, float]
    class_ap: dict[str, float]
    notes: tuple[str, ...] = ()
    provenance: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    fold: str = ""

    @property
    def pretrained(self) -> bool:
        """Whether training began with weights of another training."""
        return _RANDOM not in self.notes

    @property
    def row(self) -> tuple[str, tuple[int, ...], bool, int]:
        """What runs share that are one row of a table, over seeds or folds."""
        return self.name, self.clip, self.pretrained, self.epochs


def read_run(work_dir: Path) -> FinishedRun:
    """Read the config, the log and the scores of a run.

    Raises:
        FileNotFoundError: The run was not trained or not tested.
        ValueError: The folder holds several configs, or ``metrics.json`` is not one.
    """
    configs = sorted(work_dir.glob("*.py"))
    if len(configs) != 1:
        raise ValueError(f"holds {len(configs)} configs, one is expected")
    scores = scores_of(work_dir)
    if not scores.is_file():
        raise FileNotFoundError(
            "no metrics.json: test it with\n  python tools/test.py "
            f"{configs[0]} CHECKPOINT --out {work_dir / 'predictions.csv'}"
        )
    cfg = Config.fromfile(configs[0])
    trained = training_config(work_dir, cfg)
    content = read_scores(scores)
    train, _ = read_scalars(work_dir)
    epochs = int(max(r.get("epoch", 0) for r in train))
    per_epoch = max(r["iter"] for r in train) / max(epochs, 1)
    times = [r["time"] for r in train if "time" in r]
    ap = {k: v.get("AP@0.5") for k, v in content.per_class.items()}
    return FinishedRun(
        name=configs[0].stem,
        clip=clip_shape(cfg),
        dataset=configs[0].stem.rsplit("_", 1)[-1],
        seed=trained.get("randomness", {}).get("seed"),
        epochs=epochs,
        seconds=sum(times) / len(times) * per_epoch if times else None,
        metrics=content.metrics,
        class_ap={k: v for k, v in ap.items() if v is not None},
        notes=tuple(notes_on_setting(trained)),
        settings=_settings(trained),
    )


def fingerprint(part: Any) -> str:
    """Return 12 characters that tell one part of a config from another."""
    return sha256(repr(part).encode()).hexdigest()[:12]


def _settings(trained: Config) -> dict[str, str]:
    parts = trained.to_dict()
    # tools/train.py hands the seed on to the data set
    dataset = parts.get("train_dataloader", {}).get("dataset", {})
    if dataset.get("seed") == parts.get("randomness", {}).get("seed"):
        dataset.pop("seed", None)
    return {
        name: fingerprint(part)
        for name, part in parts.items()
        if name not in _OF_A_RUN and not name.startswith(_OF_A_TEST)
    }


def notes_on_setting(cfg: Config) -> list[str]:
    """Say what differs from the setting of arXiv:2012.08097.

    Args:
        cfg: From :func:`training_config`.
    """
    notes = []
    if clip_shape(cfg) != (16, 224, 224):
        notes.append("clips of another size")
    if not _starts_from_weights(cfg):
        notes.append(_RANDOM)
    root = Path(cfg.get("data_root", "."))
    description = root / "annotations.json"
    if description.is_file():
        content = load_json(description)
        if isinstance(content, dict) and content.get("synthetic"):
            notes.append("synthetic footage")
    else:
        notes.append(f"origin of the data unknown ({description} is not there)")
    return notes


def _starts_from_weights(cfg: Config) -> bool:
    """Whether weights were loaded, as far as can be told afterwards."""
    parts = str(cfg.model.to_dict())
    if "'type': 'Pretrained'" in parts or "'type': 'mmengine.Pretrained'" in parts:
        return True  # without its file the training would not have begun
    paths = re.findall(r"'checkpoint': '([^']+)'", parts)
    return any(Path(p).is_file() for p in (*paths, cfg.get("load_from") or ""))
