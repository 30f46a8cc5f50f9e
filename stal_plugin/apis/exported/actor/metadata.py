"""What the files of an exported actor detector carry beside their graphs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.exported.metadata_entries import PREFIX, as_entries, read_entries
from stal_plugin.engine.checkpoints import plain_json
from stal_plugin.engine.checkpoints.allowed_types import allowed
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig, validated
from stal_plugin.models.dense_heads.detection_rules import DETECTION_RULES, ScoredBoxes

FORMAT = "4"
#: Entry of the file of the person detector, which says that it is no model.
PART_ENTRY = {PREFIX + "part": plain_json.dumps("person detector")}
_CONFIG_KEYS = ("pipeline", "classes", "fps", "multilabel", "scope")
_ACTOR, _PERSON = "stal_plugin.ActorDetector", "stal_plugin.PersonDetector"
#: Arguments that are settings; the others are networks, or for training.
_SETTINGS = {
    _ACTOR: ("view", "multilabel", "test_cfg"),
    _PERSON: (
        *("size", "mean", "std", "bgr", "pad_value", "class_names", "person"),
        "test_cfg",
    ),
}
_LARGEST = 4096  # pixels per side


@dataclass(frozen=True)
class PeopleFile:
    """What is known of the file of the person detector.

    Args:
        sha256: Of its bytes: whatever lies beside a file is not taken for its own.
        settings: Arguments of ``PersonDetector``, without the detector.
        rule: Key of ``DETECTION_RULES``.
        rule_cfg: Its settings: thresholds and suppression.
    """

    sha256: str
    settings: dict[str, Any]
    rule: str
    rule_cfg: dict[str, Any]


@dataclass(frozen=True)
class ActorMetadata:
    """What an exported actor detector carries beside its graphs.

    Args:
        config: What inference needs to know; without a model.
        settings: Arguments of ``ActorDetector``, without the networks.
        people: Of the person detector; None: one person covers the frame.
        numbers: Number format.
    """

    config: InferenceConfig
    settings: dict[str, Any]
    people: PeopleFile | None = None
    numbers: str = "float32"

    @property
    def sampling(self) -> ClipSampling:
        """Which frames are looked at."""
        return ClipSampling.of_pipeline(self.config.pipeline)

    def to_properties(self) -> dict[str, str]:
        """Return the text entries of the file; all are JSON."""
        config = self.config
        values = {key: getattr(config, key) for key in _CONFIG_KEYS}
        values |= {"pipeline": list(config.pipeline), "classes": list(config.classes)}
        people = None if self.people is None else vars(self.people)
        whole = (self.settings.get("view") or {}).get("kind") == "frame"
        batch = "state of the video" if whole else "person"
        return as_entries(
            {
                "format": int(FORMAT),
                **values,
                "input": {
                    "layout": f"{batch}, channel (RGB), row, column",
                    "range": [0, 1],
                    "frame_interval": self.sampling.interval,
                },
                "actor": self.settings,
                "people": people,
                "numbers": self.numbers,
            }
        )

    @classmethod
    def from_properties(cls, texts: Mapping[str, str], name: str) -> "ActorMetadata":
        """Read the text entries of a file; nothing in them is run.

        Args:
            texts: Entries of the file.
            name: Its name, for errors.

        Raises:
            ValueError: It was not written by ``tools/export_onnx.py``, or an entry is
                damaged or names what is not registered.
        """
        return read_entries(texts, name, (FORMAT,), cls._read)

    @classmethod
    def _read(cls, texts: Mapping[str, str]) -> "ActorMetadata":
        values = {key: plain_json.loads(text) for key, text in texts.items()}
        config = {key: values[key] for key in _CONFIG_KEYS}
        read: ActorMetadata = validated(
            cls,
            {
                "config": {"model": {}, **config},
                "settings": values["actor"],
                "people": values["people"],
                "numbers": values["numbers"],
            },
        )
        scope, people = read.config.scope, read.people
        pipeline = allowed(read.config.pipeline, "pipeline", scope)
        if people is not None:
            people = replace(
                people,
                settings=_checked(_PERSON, people.settings, "people.settings"),
                rule_cfg=allowed(people.rule_cfg, "people.rule_cfg", scope),
            )
            _check_people(people)
        return replace(
            read,
            config=replace(read.config, pipeline=pipeline),
            settings=_checked(_ACTOR, read.settings, "actor"),
            people=people,
        )


def actor_settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of an actor detector in its config."""
    return {key: model[key] for key in _SETTINGS[_ACTOR] if key in model}


def person_settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the person detector in the config of an actor detector."""
    own = model["person_detector"]
    return {key: own[key] for key in _SETTINGS[_PERSON] if key in own}


def _checked(kind: str, settings: dict[str, Any], path: str) -> dict[str, Any]:
    unknown = sorted(set(settings) - set(_SETTINGS[kind]))
    if unknown:
        raise ValueError(f"{path}: {unknown[0]!r:.99} is not in {_SETTINGS[kind]}")
    copied: dict[str, Any] = allowed(settings, path)
    return copied


def _check_people(people: PeopleFile) -> None:
    rule = DETECTION_RULES.get(people.rule)
    if rule is None or rule.output is not ScoredBoxes:
        raise ValueError(f"people.rule {people.rule!r:.99} gives no boxes with scores")
    sides = people.settings.get("size", (1, 1))
    if not all(isinstance(side, int) and 1 <= side <= _LARGEST for side in sides):
        raise ValueError(
            f"people.settings.size={sides!r:.99} must be two sides of 1 to {_LARGEST}"
        )
