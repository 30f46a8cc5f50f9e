"""What an exported file carries beside its graph, so that it needs no config."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.exported.metadata_entries import as_entries, read_entries
from stal_plugin.apis.exported.step_memory import Lags
from stal_plugin.engine.checkpoints import plain_json
from stal_plugin.engine.checkpoints.allowed_types import allowed
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig, validated
from stal_plugin.engine.checkpoints.legacy_config import parse_config_text
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES

_FORMAT = "2"
#: Its graph is a time step, which readers of format 2 would take for a clip's.
_FORMAT_OF_STEP = "3"
#: Its pipeline is a config's text, all else as today.
_FORMAT_WITH_TEXT = "1"
_CONFIG_KEYS = ("pipeline", "classes", "fps", "multilabel", "scope")
_KEYS_OF_COPIES = ("made_of", "map_cost")


@dataclass(frozen=True)
class OnnxMetadata:
    """What an exported file carries beside its graph, so that it needs no config.

    Args:
        config: What inference needs to know; without a model, which is the graph.
        size: Height and width of the input.
        rule: Key of ``DETECTION_RULES``.
        rule_cfg: Its settings: thresholds and suppression.
        numbers: Number format, such as ``'float32'`` or ``'int8 static'``.
        stream: Of a time step: which outputs are kept, and for how many frames, see
            ``exported_step.py``. None: the graph is that of a clip.
        made_of: Of an int8 copy, the SHA-256 of the file it was made of.
        map_cost: Of an int8 copy, how much frame-mAP it has lost, where measured.
    """

    config: InferenceConfig
    size: tuple[int, int]
    rule: str
    rule_cfg: dict[str, Any]
    numbers: str = "float32"
    stream: Lags | None = None
    made_of: str | None = None
    map_cost: float | None = None

    @property
    def sampling(self) -> ClipSampling:
        """Which frames make a clip."""
        return ClipSampling.of_pipeline(self.config.pipeline)

    def to_properties(self) -> dict[str, str]:
        """Return the text entries of the file; all are JSON."""
        config, sampling = self.config, self.sampling
        layout = "batch, channel (RGB), frame (key frame last), row, column"
        form = _FORMAT
        if self.stream is not None:
            layout, form = "batch, channel (RGB), row, column", _FORMAT_OF_STEP
        values = {
            "format": int(form),
            "classes": list(config.classes),
            "fps": config.fps,
            "multilabel": config.multilabel,
            "scope": config.scope,
            "pipeline": list(config.pipeline),
            "input": {
                "layout": layout,
                "range": [0, 255],
                "clip_len": sampling.clip_len,
                "frame_interval": sampling.interval,
                "size": list(self.size),
            },
            "rule": self.rule,
            "rule_cfg": self.rule_cfg,
            "numbers": self.numbers,
        }
        if self.stream is not None:
            values["stream"] = {name: list(lags) for name, lags in self.stream.items()}
        for key in _KEYS_OF_COPIES:
            if getattr(self, key) is not None:
                values[key] = getattr(self, key)
        return as_entries(values)

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
        formats = (_FORMAT, _FORMAT_OF_STEP, _FORMAT_WITH_TEXT)
        return read_entries(texts, name, formats, cls._read)

    @classmethod
    def _read(cls, texts: Mapping[str, str]) -> "OnnxMetadata":
        values, texts = {}, dict(texts)
        if texts["format"] == _FORMAT_WITH_TEXT:
            values = {"pipeline": parse_config_text(texts.pop("pipeline"))["pipeline"]}
        values |= {key: plain_json.loads(text) for key, text in texts.items()}
        config = {key: values[key] for key in _CONFIG_KEYS}
        others = {key: values[key] for key in ("rule", "rule_cfg", "numbers")}
        others |= {key: values.get(key) for key in _KEYS_OF_COPIES}
        others["size"] = values["input"]["size"]
        if texts["format"] == _FORMAT_OF_STEP:
            others["stream"] = values["stream"]
        read: OnnxMetadata = validated(
            cls, {"config": {"model": {}, **config}, **others}
        )
        if read.rule not in DETECTION_RULES:
            raise ValueError(f"rule {read.rule!r} is not in {[*DETECTION_RULES]}")
        scope = read.config.scope
        pipeline = allowed(read.config.pipeline, "pipeline", scope)
        rule_cfg = allowed(read.rule_cfg, "rule_cfg", scope)
        return replace(
            read, config=replace(read.config, pipeline=pipeline), rule_cfg=rule_cfg
        )
