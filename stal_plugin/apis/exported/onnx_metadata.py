"""What an exported file carries beside its graph, so that it needs no config."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.config_text import check_types, parse_config_text
from stal_plugin.apis.inference_config import InferenceConfig
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES

_FORMAT = "1"
_PREFIX = "stal_plugin."


@dataclass(frozen=True)
class OnnxMetadata:
    """What an exported file carries beside its graph, so that it needs no config.

    Args:
        classes: Names of the classes.
        fps: Frames per second of the training videos; None if unknown.
        multilabel: Whether a person may do several things at once.
        scope: Default scope of the registries.
        pipeline: Test pipeline: how clips are chosen and resized.
        size: Height and width of the input.
        rule: Key of ``DETECTION_RULES``.
        rule_cfg: Its settings: thresholds and suppression.
        numbers: Number format, such as ``'float32'`` or ``'int8 static'``.
    """

    classes: tuple[str, ...]
    fps: float | None
    multilabel: bool
    scope: str
    pipeline: tuple[dict, ...]
    size: tuple[int, int]
    rule: str
    rule_cfg: dict
    numbers: str = "float32"

    @property
    def sampling(self) -> ClipSampling:
        """Which frames make a clip."""
        return ClipSampling.of_pipeline(self.pipeline)

    @property
    def inference_config(self) -> InferenceConfig:
        """The same for ``ActionDetector``."""
        return InferenceConfig(
            {}, self.pipeline, self.classes, self.fps, self.multilabel, self.scope
        )

    def to_properties(self) -> dict[str, str]:
        """Return the text entries of the file.

        All are JSON, except ``pipeline``, which is a config's text.
        """
        sampling = self.sampling
        values = {
            "format": int(_FORMAT),
            "classes": self.classes,
            "fps": self.fps,
            "multilabel": self.multilabel,
            "scope": self.scope,
            "input": {
                "layout": "batch, channel (RGB), frame (key frame last), row, column",
                "range": [0, 255],
                "clip_len": sampling.clip_len,
                "frame_interval": sampling.interval,
                "size": self.size,
            },
            "rule": self.rule,
            "rule_cfg": self.rule_cfg,
            "numbers": self.numbers,
        }
        texts = {key: json.dumps(value) for key, value in values.items()}
        texts["pipeline"] = Config({"pipeline": list(self.pipeline)}).pretty_text
        return {_PREFIX + key: text for key, text in texts.items()}

    @classmethod
    def from_properties(cls, texts: Mapping[str, str], name: str) -> "OnnxMetadata":
        """Read the text entries of a file; nothing in them is run.

        Args:
            texts: Entries of the file.
            name: Its name, for errors.

        Raises:
            ValueError: It was not written by ``tools/export_onnx.py``, or an entry is
                damaged or names what is not registered.
        """
        if texts.get(_PREFIX + "format") != _FORMAT:
            raise ValueError(
                f"'{name}' carries no settings of the detector (entry "
                f"'{_PREFIX}format' must be {_FORMAT}): export it with "
                "tools/export_onnx.py"
            )
        try:
            return cls._read({k.removeprefix(_PREFIX): v for k, v in texts.items()})
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"the settings in '{name}' are damaged ({type(error).__name__}: "
                f"{error}): export it anew with tools/export_onnx.py"
            ) from None

    @classmethod
    def _read(cls, texts: Mapping[str, str]) -> "OnnxMetadata":
        values: dict[str, Any] = {
            key: json.loads(texts[key])
            for key in (
                *("classes", "fps", "multilabel", "scope"),
                *("input", "rule", "rule_cfg", "numbers"),
            )
        }
        pipeline = parse_config_text(texts["pipeline"])["pipeline"]
        check_types(
            {
                "pipeline": pipeline,
                "rule_cfg": values["rule_cfg"],
                "_scope_": values["scope"],
            },
            "metadata",
        )
        if values["rule"] not in DETECTION_RULES:
            raise ValueError(f"rule {values['rule']!r} is not in {[*DETECTION_RULES]}")
        height, width = values.pop("input")["size"]
        classes = tuple(str(c) for c in values.pop("classes"))
        fps = values.pop("fps")
        return cls(
            classes=classes,
            fps=None if fps is None else float(fps),
            pipeline=tuple(pipeline),
            size=(int(height), int(width)),
            **values,
        )
