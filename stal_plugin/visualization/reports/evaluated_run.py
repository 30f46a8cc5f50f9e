"""EvaluatedRun: a tested run with its config, scores and boxes."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from stal_plugin.annotations import (
    Annotation,
    check_predictions,
    read_annotation,
    read_predictions,
)
from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.evaluation.evaluation_input import EvaluationInput, join_tables
from stal_plugin.evaluation.frame_index import index_of_videos
from stal_plugin.evaluation.last_test import predictions_of, scores_of
from stal_plugin.evaluation.protocol import Protocol, get_protocol
from stal_plugin.evaluation.scores_file import read_scores
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.visualization.training_curve import has_training


class MissingDataError(Exception):
    """A run lacks what a part of its report shows; the text says what and why."""


@dataclass(frozen=True)
class EvaluatedRun:
    """What a work folder holds after training and testing.

    Args:
        work_dir: The folder.
        cfg: Config of the training.
        name: Name of the config.
        metrics: Scores by name, as in ``metrics.json``.
        protocol_line: How they were made, in words.
        protocol: Rule of frame-mAP that the config names.
        ann_file: Annotation that the config names.
        annotation: Its content.
        splits: Splits that were tested.
        boxes: Predictions and ground truth of the tested frames, in pixels.
    """

    work_dir: Path
    cfg: Config
    name: str
    metrics: Mapping[str, float]
    protocol_line: str
    protocol: Protocol
    ann_file: Path
    annotation: Annotation
    splits: tuple[str, ...]
    boxes: EvaluationInput

    @property
    def classes(self) -> list[str]:
        """Names of the K classes."""
        return self.annotation.classes

    @property
    def seed(self) -> int | None:
        """Seed of the training, if the config has one."""
        return self.cfg.get("randomness", {}).get("seed")

    @property
    def seed_in_words(self) -> str:
        """Seed of the config, for tables."""
        known = "unknown: the config sets none"
        return known if self.seed is None else str(self.seed)

    def labels_by_frequency(self) -> list[int]:
        """Return the classes with ground truth in the test, most frequent first.

        Raises:
            MissingDataError: There is no ground truth.
        """
        counts = np.bincount(self.boxes.gts.labels, minlength=len(self.classes))
        order = np.argsort(-counts, kind="stable")
        if not counts.any():
            raise MissingDataError(f"splits {list(self.splits)} have no ground truth")
        return order[counts[order] > 0].tolist()

    @classmethod
    def read(cls, work_dir: Path, config: Path | None = None) -> "EvaluatedRun":
        """Read the config, the scores, the predictions and the annotation.

        Args:
            work_dir: Folder of the run, which holds the predictions and
                ``metrics.json`` or knows where its last test has written them.
            config: Config; default: the only one in the folder.

        Raises:
            FileNotFoundError: Something is missing; names the command that makes it.
            ValueError: A file is not what it should be, or the folder holds several
                configs.
        """
        path = _find_config(work_dir, config)
        csv, scores = predictions_of(work_dir), scores_of(work_dir)
        for file in (scores, csv):
            if not file.is_file():
                usual = work_dir / "predictions.csv"
                shown = shlex.quote(str(path)), shlex.quote(str(usual))
                raise FileNotFoundError(
                    f"{file} is missing. Make it with\n"
                    f"  python tools/test.py {shown[0]} CHECKPOINT --out {shown[1]}"
                )
        cfg = Config.fromfile(path)
        dataset = _dataset(cfg, path)
        ann_file = _ann_file(dataset, path)
        annotation = read_annotation(ann_file)
        split = dataset.get("split", "train")
        splits = (split,) if isinstance(split, str) else tuple(split)
        stride = dataset.get("keyframe_stride", 1)
        content = read_scores(scores)
        return cls(
            work_dir=work_dir,
            cfg=training_config(work_dir, cfg),
            name=path.stem,
            metrics=content.metrics,
            protocol_line=content.protocol,
            protocol=_protocol(cfg),
            ann_file=ann_file,
            annotation=annotation,
            splits=splits,
            boxes=evaluated_boxes(annotation, read_predictions(csv), splits, stride),
        )


def evaluated_boxes(
    annotation: Annotation,
    predictions: BoxTable,
    splits: tuple[str, ...],
    stride: int = 1,
) -> EvaluationInput:
    """Bring predictions and annotation together on the tested frames, in pixels.

    Raises:
        ValueError: The predictions belong to other data: they name another video, or
            an action or frames that the tested splits do not have.
    """
    check_predictions(predictions, annotation)
    sizes = {name: (v.width, v.height) for name, v in annotation.videos.items()}
    index = index_of_videos(annotation.videos, splits, stride)
    truth = BoxFile(annotation.rows, in_pixels=False)
    detected = BoxFile(predictions, in_pixels=False)
    boxes = join_tables(truth, detected, index, sizes)
    if boxes.outside[1]:
        raise ValueError(
            f"{boxes.outside[1]} of {len(predictions)} predictions are on frames that "
            f"splits {list(splits)} do not have: the config does not belong to them. "
            "Test the run again"
        )
    return boxes


def _find_config(work_dir: Path, config: Path | None) -> Path:
    if not work_dir.is_dir():
        raise FileNotFoundError(
            f"folder '{work_dir}' does not exist. Give a work folder of "
            "tools/train.py --work-dir"
        )
    if config is not None:
        if not config.is_file():
            raise FileNotFoundError(f"config '{config}' does not exist")
        return config
    configs = sorted(work_dir.glob("*.py"))
    if len(configs) == 1:
        return configs[0]
    if not configs:
        raise FileNotFoundError(
            f"{work_dir} holds no config: it is no work folder of\n  python "
            f"tools/train.py CONFIG --work-dir {work_dir}\nor give --config"
        )
    raise ValueError(
        f"{work_dir} holds {len(configs)} configs: choose with --config {configs[0]}"
    )


def _dataset(cfg: Config, path: Path) -> dict[str, Any]:
    """Find the data set that is tested, inside of wrappers too."""
    dataset = cfg.get("test_dataloader", {}).get("dataset", {})
    while "ann_file" not in dataset and "dataset" in dataset:
        dataset = dataset["dataset"]
    if "ann_file" not in dataset:
        raise ValueError(
            f"{path}: test_dataloader.dataset names no ann_file, so that the ground "
            "truth is unknown"
        )
    return dataset


def _ann_file(dataset: Mapping[str, Any], path: Path) -> Path:
    ann_file = Path(dataset.get("data_root", ""), dataset["ann_file"])
    if not ann_file.is_file() and not ann_file.is_absolute():
        raise FileNotFoundError(
            f"annotation {ann_file}, which {path} names, is not below {Path.cwd()}. Go "
            "to the folder where the run was trained, or make the data with "
            "tools/dataset_converters/ (stand-in: make standin-mini)"
        )
    return ann_file


def _protocol(cfg: Config) -> Protocol:
    """Read the rule of ``stal_plugin.FrameMAP``; VOC's without one."""
    evaluators = cfg.get("test_evaluator", [])
    evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
    for evaluator in evaluators:
        if evaluator.get("type") == "stal_plugin.FrameMAP":
            rule = get_protocol(evaluator.get("protocol", "voc"))
            counted = evaluator.get("count_empty_frames")
            return (
                rule if counted is None else replace(rule, count_empty_frames=counted)
            )
    return get_protocol("voc")


def training_config(work_dir: Path, tested: Config) -> Config:
    """Find the config of the training.

    A test that writes to the work folder of its training puts its own config there:
    seed, schedule and weights are those of the test's command line then. Each start
    leaves its config in ``<time>/vis_data/config.py`` too.

    Args:
        work_dir: Folder of the run; it may have been moved.
        tested: Config in the folder; it is not changed.

    Returns:
        Config of the last start that logged a loss, or a copy of ``tested`` if there
        is none. ``load_from`` is what the training began with, None for a checkpoint
        of the run itself, from which it was resumed or which was tested.
    """
    starts = sorted(work_dir.glob("*/vis_data/config.py"), reverse=True)
    trained = [path for path in starts if has_training(path.with_name("scalars.json"))]
    cfg = Config.fromfile(trained[0]) if trained else tested.copy()
    if _is_own_checkpoint(cfg, work_dir):
        cfg.load_from = None
    return cfg


def _is_own_checkpoint(cfg: Config, work_dir: Path) -> bool:
    """Whether ``load_from`` lies in the work folder, which may have been moved."""
    folder = Path(cfg.get("load_from") or "").parent
    moved = folder.name != "" and folder.name == Path(cfg.get("work_dir") or "").name
    return moved or folder.resolve() == work_dir.resolve()
