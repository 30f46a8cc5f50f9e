"""What inference needs to know, read from a checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from stal_plugin.apis.config_text import check_types, parse_config_text
from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.engine.shipped_files import find_config


@dataclass(frozen=True)
class InferenceConfig:
    """What inference needs to know.

    Args:
        model: Config of the network, thresholds of its head included.
        pipeline: Test pipeline: how clips are chosen, resized and packed.
        classes: Names of the classes; empty if nothing names them.
        fps: Frames per second of the training videos; None if unknown.
        multilabel: Whether a person may do several things at once.
        scope: Default scope of the registries.
    """

    model: dict
    pipeline: tuple[dict, ...]
    classes: tuple[str, ...]
    fps: float | None
    multilabel: bool
    scope: str = "mmaction"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, or numbers where nothing names them."""
        count = 0 if self.classes else _num_classes(self.model)
        return self.classes or tuple(f"class {k + 1}" for k in range(count))


def read_inference_config(
    checkpoint: Mapping[str, Any], name: str, config: str | Path | Config | None = None
) -> InferenceConfig:
    """Read the config of a checkpoint.

    Args:
        checkpoint: What the file holds.
        name: Its name, for errors.
        config: Config file to take instead of the one in the checkpoint. It is run,
            as all config files are; the text in the checkpoint is only read.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config file.
        ValueError: The checkpoint has no config and none is given, the config lacks
            the model or the test pipeline, or names what is not registered.
    """
    meta = checkpoint.get("meta") or {}
    settings = _from_file(config) if config is not None else _from_meta(meta, name)
    model, pipeline = settings.get("model"), find_test_pipeline(settings)
    if not model or not pipeline:
        missing = "model" if not model else "test pipeline"
        raise ValueError(
            f"the config of {name} has no {missing}: give a complete one with "
            "config='FILE.py'"
        )
    scope = settings.get("default_scope") or "mmaction"
    if config is None:
        check_types({"model": model, "pipeline": pipeline, "_scope_": scope}, "config")
    dataset_meta = meta.get("dataset_meta") or {}
    fps = dataset_meta.get("fps")
    return InferenceConfig(
        model,
        tuple(pipeline),
        tuple(dataset_meta.get("classes") or ()),
        None if fps is None else float(fps),
        bool(dataset_meta.get("multilabel")),
        scope,
    )


def find_test_pipeline(settings: Mapping[str, Any]) -> Sequence[dict]:
    """Pipeline of the test data, else of the validation data; empty if none.

    Args:
        settings: The whole config.
    """
    for loader in ("test_dataloader", "val_dataloader"):
        dataset = (settings.get(loader) or {}).get("dataset") or {}
        while "pipeline" not in dataset and isinstance(dataset.get("dataset"), dict):
            dataset = dataset["dataset"]
        if dataset.get("pipeline"):
            return pipeline_steps(dataset["pipeline"])
    return settings.get("test_pipeline") or ()


def _from_meta(meta: Mapping[str, Any], name: str) -> dict:
    text = meta.get("cfg")
    if not isinstance(text, str):
        raise ValueError(
            f"checkpoint '{name}' carries no config (it is old, or was not made by "
            "tools/train.py). Name the config it was trained with: config='FILE.py'"
        )
    try:
        return parse_config_text(text)
    except ValueError as error:
        raise ValueError(
            f"checkpoint '{name}': {error}. Name the config it was trained with: "
            "config='FILE.py'"
        ) from None


def _from_file(config: str | Path | Config) -> dict:
    if isinstance(config, Config):
        return config.to_dict()
    return Config.fromfile(find_config(str(config))).to_dict()


def _num_classes(node: Any) -> int:
    """Largest ``num_classes`` in the config of a model."""
    if isinstance(node, dict):
        own = node.get("num_classes")
        parts = [_num_classes(child) for child in node.values()]
        return max([own if isinstance(own, int) else 0, *parts])
    if isinstance(node, (list, tuple)):
        return max((_num_classes(child) for child in node), default=0)
    return 0
