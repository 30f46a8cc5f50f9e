import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.config import Config

from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.exported import OnnxMetadata
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig

PIPELINE = (
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 8, "frame_interval": 2},
    {"type": "mmaction.Resize", "scale": (112, 96), "keep_ratio": False},
)
METADATA = OnnxMetadata(
    InferenceConfig({}, PIPELINE, ("wave", "Öl nachfüllen"), 29.97, True),
    size=(96, 112),
    rule="boxes",
    rule_cfg={"score_thr": 0.005, "nms": {"type": "nms", "iou_threshold": 0.4}},
    numbers="int8 static",
)


def _with(key: str, text: str) -> dict[str, str]:
    return {**METADATA.to_properties(), f"stal_plugin.{key}": text}


def test_round_trip() -> None:
    read = OnnxMetadata.from_properties(METADATA.to_properties(), "m.onnx")
    assert read == METADATA
    assert read.sampling == ClipSampling(8, 2.0)
    config = read.config
    assert config.pipeline[1]["scale"] == (112, 96)  # a tuple: Resize takes no list
    assert (config.class_names, config.fps) == (("wave", "Öl nachfüllen"), 29.97)
    assert config.multilabel


def test_round_trip_of_a_time_step() -> None:
    stream = {"kept0": (4, 2), "kept1": (1,)}
    step = replace(METADATA, stream=stream)
    texts = step.to_properties()
    assert texts["stal_plugin.format"] == "3"
    assert json.loads(texts["stal_plugin.stream"]) == {"kept0": [4, 2], "kept1": [1]}
    assert OnnxMetadata.from_properties(texts, "m.onnx") == step
    for text in ('{"kept0": 1}', '{"kept0": ["x"]}', "[1]", '{"kept0": [1.5]}'):
        with pytest.raises(ValueError, match="damaged"):
            OnnxMetadata.from_properties(
                {**texts, "stal_plugin.stream": text}, "m.onnx"
            )


def test_files_with_a_config_text_are_still_read() -> None:
    text = Config({"pipeline": list(PIPELINE)}).pretty_text
    texts = {**_with("pipeline", text), "stal_plugin.format": "1", "producer": "x"}
    assert OnnxMetadata.from_properties(texts, "m.onnx") == METADATA
    for text, message in (
        ("pipeline = open('/etc/passwd')", "is no setting"),
        ("pipeline = [dict(type='os.system')]", "a file may name"),
    ):
        texts["stal_plugin.pipeline"] = text
        with pytest.raises(ValueError, match=message):
            OnnxMetadata.from_properties(texts, "m.onnx")


def test_others_can_read_it() -> None:
    texts = METADATA.to_properties()
    assert json.loads(texts["stal_plugin.classes"]) == ["wave", "Öl nachfüllen"]
    given_input = json.loads(texts["stal_plugin.input"])
    assert (given_input["range"], given_input["size"]) == ([0, 255], [96, 112])
    assert (given_input["clip_len"], given_input["frame_interval"]) == (8, 2.0)
    rule = json.loads(texts["stal_plugin.rule_cfg"])
    assert rule["nms"]["iou_threshold"] == 0.4


def test_files_of_others() -> None:
    with pytest.raises(ValueError, match=r"'x\.onnx' carries no settings .*export it"):
        OnnxMetadata.from_properties({"producer": "someone"}, "x.onnx")


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("rule", '"magic"', "'magic' is not in"),
        ("input", "{}", "KeyError: 'size'"),
        ("classes", "[1", "damaged"),
        ("pipeline", "pipeline = open('/etc/passwd')", "damaged"),
        ("pipeline", '[{"type": "os.system"}]', "a file may name"),
        ("pipeline", '[["type"]]', r"config\.pipeline\.0: Input should be"),
        ("fps", "-1", r"config\.fps\S*: Input should be greater"),
        ("format", "4", "must be 2 or 3"),
        ("format", "3", "KeyError: 'stream'"),
        # mmcv evaluates the name of the suppression as Python
        ("rule_cfg", '{"nms": {"type": "__import__(\'os\')"}}', "a file may name"),
    ],
)
def test_damaged_entries(key: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OnnxMetadata.from_properties(_with(key, text), "m.onnx")


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ValueError, match="rule '999") as caught:
        OnnxMetadata.from_properties(_with("rule", f'"{"9" * 5000}"'), "m.onnx")
    assert len(str(caught.value)) < 500
    assert str(caught.value).endswith("export it anew with tools/export_onnx.py")


@settings(max_examples=40, deadline=None)
@given(
    key=st.sampled_from(["classes", "fps", "input", "rule_cfg", "pipeline", "scope"]),
    text=st.text(max_size=30) | st.sampled_from(["[]", "{}", "null", "1e999", '"x"']),
)
def test_no_text_makes_another_error(key: str, text: str) -> None:
    try:
        read = OnnxMetadata.from_properties(_with(key, text), "m.onnx")
    except ValueError as error:
        message = str(error)
    else:
        message = "m.onnx" if read.rule == "boxes" else ""
    assert "m.onnx" in message
