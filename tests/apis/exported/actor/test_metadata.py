import json
from contextlib import suppress
from dataclasses import replace

import pytest
from fixtures.exportable_actors import inference_config, person_config
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.apis.exported.actor.metadata import (
    ActorMetadata,
    PeopleFile,
    actor_settings,
    person_settings,
)

PEOPLE = PeopleFile(
    "ab" * 32,
    {"size": (32, 64), "class_names": ("dog", "person"), "bgr": False},
    "boxes",
    {"score_thr": 0.1, "nms": {"type": "nms", "iou_threshold": 0.6}},
)
KEYS = {"view", "multilabel", "test_cfg"}
METADATA = ActorMetadata(
    replace(inference_config(), model={}),
    {"view": {"kind": "crop", "size": 16}, "multilabel": True},
    PEOPLE,
)


@pytest.mark.parametrize("metadata", [METADATA, replace(METADATA, people=None)])
def test_round_trip(metadata: ActorMetadata) -> None:
    texts = metadata.to_properties()
    assert ActorMetadata.from_properties(texts, "a.onnx") == metadata
    assert texts["stal_plugin.format"] == "4"
    assert json.loads(texts["stal_plugin.classes"]) == ["walk", "wave", "sit"]


def test_settings_are_what_is_no_network() -> None:
    model = {
        "type": "stal_plugin.ActorDetector",
        "clip_network": {"type": "x"},
        "train_cfg": {"jitter": 0.0},
        "view": {"size": 16},
        "person_detector": person_config(bgr=False),
    }
    assert actor_settings(model) == {"view": {"size": 16}}
    own = person_settings(model)
    assert set(own) == {"size", "bgr", "class_names", "test_cfg"}


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ({"rule": "peaks"}, "people.rule 'peaks' gives no boxes with scores"),
        ({"rule": "x"}, "people.rule 'x'"),
        ({"settings": {"size": [416, 10**9]}}, "must be two sides of 1 to 4096"),
        ({"settings": {"size": ["a", 1]}}, "must be two sides"),
        ({"settings": {"detector": {"type": "x"}}}, "'detector' is not in"),
        ({"rule_cfg": {"nms": {"type": "os.system"}}}, "rule_cfg.nms"),
        ({"sha256": None}, "sha256"),
    ],
)
def test_values_that_are_not_allowed(people: dict, message: str) -> None:
    texts = METADATA.to_properties()
    changed = {**json.loads(texts["stal_plugin.people"]), **people}
    texts["stal_plugin.people"] = json.dumps(changed)
    with pytest.raises(ValueError, match=message) as told:
        ActorMetadata.from_properties(texts, "a.onnx")
    assert "settings in 'a.onnx' are damaged" in str(told.value)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["actor", "people", "pipeline", "classes", "fps", "scope"]),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["type", "view", "size"]), inner, max_size=2
            )
        ),
        max_leaves=4,
    ),
)
def test_any_value_is_read_or_refused(entry: str, value: object) -> None:
    texts = {**METADATA.to_properties(), f"stal_plugin.{entry}": json.dumps(value)}
    with suppress(ValueError):
        assert ActorMetadata.from_properties(texts, "a.onnx").settings.keys() <= KEYS
