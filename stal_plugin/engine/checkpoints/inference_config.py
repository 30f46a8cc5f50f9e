"""What inference needs to know, stored in a checkpoint as JSON.

A training run writes it beside mmengine's config text (``CleanCheckpointHook``). It is
data: read with ``json.loads``, checked for its shape and for the classes it names,
never evaluated. Older checkpoints have the text only, see ``legacy_config.py``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from mmengine.config import Config
from pydantic import Field, TypeAdapter, ValidationError

from stal_plugin.datasets.pipeline_steps import pipeline_steps
from stal_plugin.engine.checkpoints import plain_json
from stal_plugin.engine.checkpoints.allowed_types import allowed
from stal_plugin.engine.checkpoints.legacy_config import parse_config_text
from stal_plugin.engine.shipped_files import find_config

#: Where it is in the ``meta`` of a checkpoint.
META_KEY = "inference_config"
_FORMAT = 1


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

    model: dict[str, Any]
    pipeline: tuple[dict[str, Any], ...]
    classes: tuple[str, ...] = ()
    fps: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    multilabel: bool = False
    scope: str = "mmaction"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, or numbers where nothing names them."""
        count = 0 if self.classes else _num_classes(self.model)
        return self.classes or tuple(f"class {k + 1}" for k in range(count))

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], dataset_meta: Any = None
    ) -> "InferenceConfig":
        """Take it from a whole config.

        Args:
            settings: The config; what it lacks stays empty.
            dataset_meta: ``metainfo`` of the training data, if known.

        Raises:
            ValueError: A part is of another kind.
        """
        meta = _mapping(dataset_meta)
        return validated(
            cls,
            {
                "model": settings.get("model") or {},
                "pipeline": find_test_pipeline(settings),
                "classes": meta.get("classes") or (),
                "fps": meta.get("fps"),
                "multilabel": bool(meta.get("multilabel")),
                "scope": settings.get("default_scope") or "mmaction",
            },
        )

    @classmethod
    def from_json(cls, text: str) -> "InferenceConfig":
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: The text is damaged, or of a newer version.
        """
        values = plain_json.loads(text)
        if not isinstance(values, dict) or values.pop("format", None) != _FORMAT:
            raise ValueError(
                f"its settings are not of format {_FORMAT}: another version of "
                "stal_plugin wrote them"
            )
        return validated(cls, values)

    def to_json(self) -> str:
        """Return it as text.

        Raises:
            TypeError: The config holds an object, which JSON has not.
        """
        lists = {"pipeline": list(self.pipeline), "classes": list(self.classes)}
        return plain_json.dumps({"format": _FORMAT, **vars(self), **lists})


def validated(kind: type, values: Any) -> Any:
    """Make a dataclass of values from a file.

    Args:
        kind: The dataclass; its annotations say what is allowed.
        values: Values by name; lists become tuples.

    Raises:
        ValueError: A value is missing, unknown or of another kind. One line.
    """
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
        raise ValueError("; ".join(problems[:3])) from None


def stored_config(meta: Mapping[str, Any]) -> InferenceConfig | None:
    """Read the config that a checkpoint carries; nothing in it is checked or run.

    Args:
        meta: The checkpoint's ``meta``.

    Returns:
        The config; None if it carries none.

    Raises:
        ValueError: It is damaged.
    """
    text = meta.get(META_KEY)
    if isinstance(text, str):
        return InferenceConfig.from_json(text)
    text = meta.get("cfg")  # of an older checkpoint
    if isinstance(text, str):
        settings = parse_config_text(text)
        try:
            return InferenceConfig.from_settings(settings, meta.get("dataset_meta"))
        except TypeError as error:  # of a pipeline that is none
            raise ValueError(f"its config text is damaged: {error}") from None
    return None


def stored_numbers(config: InferenceConfig | None, place: str) -> list | None:
    """Read numbers from what a file describes, such as anchors or counts.

    Args:
        config: From :func:`stored_config`.
        place: Dotted name, such as ``model.bbox_head.prior_generator.base_sizes``.

    Returns:
        Nested lists of finite numbers; None if there is anything else, or nothing.
    """
    node: Any = {"model": config.model if config else {}}
    for key in place.split("."):
        if isinstance(node, Mapping):
            node = node.get(key)
        elif (
            isinstance(node, (list, tuple)) and key.isdecimal() and int(key) < len(node)
        ):
            node = node[int(key)]
        else:
            return None
    return _as_numbers(node) if isinstance(node, (list, tuple)) and node else None


def _as_numbers(items: Any) -> list | None:
    numbers = []
    for item in items:
        if isinstance(item, (list, tuple)):
            item = _as_numbers(item)
        elif type(item) not in (int, float) or not math.isfinite(item):
            item = None
        if item is None:
            return None
        numbers.append(item)
    return numbers


def read_inference_config(
    checkpoint: Mapping[str, Any],
    name: str,
    config: str | Path | Config | None = None,
    trust: bool = False,
) -> InferenceConfig:
    """Read the config of a checkpoint.

    Args:
        checkpoint: What the file holds.
        name: Its name, for errors.
        config: Config file to take instead of the one in the checkpoint. It is run,
            as all config files are; what the checkpoint carries is only read.
        trust: Build whatever the checkpoint describes. By default only what
            ``allowed_types`` lists.

    Returns:
        The config.

    Raises:
        FileNotFoundError: There is no such config file.
        ValueError: The checkpoint has no config and none is given, the config lacks
            the model or the test pipeline, or names what is not allowed.
    """
    meta = _mapping(checkpoint.get("meta"))
    if config is not None:
        settings = _read_config_file(config)
        result = InferenceConfig.from_settings(settings, meta.get("dataset_meta"))
    else:
        result = _read_stored(meta, name)
    if not result.model or not result.pipeline:
        missing = "test pipeline" if result.model else "model"
        raise ValueError(
            f"the config of {name} has no {missing}: give a complete one with "
            "config='FILE.py'"
        )
    return result if trust or config is not None else _restricted(result, name)


def _restricted(config: InferenceConfig, name: str) -> InferenceConfig:
    """Reduce what a file describes to what may be built."""
    try:
        model = allowed(config.model, "model", config.scope)
        pipeline = allowed(config.pipeline, "pipeline", config.scope)
    except ValueError as error:
        raise ValueError(
            f"checkpoint '{name}' was not built, for what it describes could run code "
            f"or open files: {error}. If you trust whoever made it, name the config it "
            "was trained with (--config FILE.py, in Python config='FILE.py'), or add "
            "--trust-checkpoint (trust=True)"
        ) from None
    return replace(config, model=model, pipeline=pipeline)


def find_test_pipeline(settings: Mapping[str, Any]) -> Sequence[dict]:
    """Pipeline of the test data, else of the validation data; empty if none.

    Args:
        settings: The whole config.
    """
    for loader in ("test_dataloader", "val_dataloader"):
        dataset = _mapping(_mapping(settings.get(loader)).get("dataset"))
        while "pipeline" not in dataset and isinstance(dataset.get("dataset"), dict):
            dataset = dataset["dataset"]
        if dataset.get("pipeline"):
            return pipeline_steps(dataset["pipeline"])
    return settings.get("test_pipeline") or ()


def _read_stored(meta: Mapping[str, Any], name: str) -> InferenceConfig:
    advice = "Name the config it was trained with: config='FILE.py'"
    try:
        result = stored_config(meta)
    except ValueError as error:
        raise ValueError(f"checkpoint '{name}': {error}. {advice}") from None
    if result is None:
        raise ValueError(
            f"checkpoint '{name}' carries no config (it is old, or was not made by "
            f"tools/train.py). {advice}"
        )
    return result


def _read_config_file(config: str | Path | Config) -> dict:
    if isinstance(config, Config):
        return config.to_dict()
    return Config.fromfile(find_config(str(config))).to_dict()


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _num_classes(node: Any) -> int:
    """Largest ``num_classes`` in the config of a model."""
    if isinstance(node, dict):
        own = node.get("num_classes")
        parts = [_num_classes(child) for child in node.values()]
        return max([own if isinstance(own, int) else 0, *parts])
    if isinstance(node, (list, tuple)):
        return max((_num_classes(child) for child in node), default=0)
    return 0
