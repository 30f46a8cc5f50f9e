"""A pretrained model in place of a checkpoint: arguments and errors."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.video import VideoReader, write_video


@pytest.fixture
def predict(
    predict: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> Callable[..., tuple[int, str]]:
    """Return a function that runs the tool and returns its status and errors."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("STAL_WEIGHTS", raising=False)
    return lambda *arguments: (predict(*arguments), capsys.readouterr().err)


@pytest.mark.parametrize(
    "arguments", [("v.mp4",), ("v.mp4", "c.pth", "--model", "kinetics600")]
)
def test_either_a_checkpoint_or_a_model(predict: Callable, arguments: tuple) -> None:
    status, error = predict(*arguments)
    assert status == 2
    assert "give either a checkpoint or --model NAME" in error


def test_a_model_has_its_own_config(predict: Callable) -> None:
    status, error = predict("v.mp4", "--model", "kinetics600", "--config", "x.py")
    assert status == 2
    assert "--model has a config of its own" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "imagenet"), "there is no pretrained model 'imagenet'"),
        (("--model", "kinetics600", "--weights", "gone"), "weights 'gone' does not"),
    ],
)
def test_mistakes_are_one_line(
    predict: Callable, tmp_path: Path, arguments: tuple, message: str
) -> None:
    (tmp_path / "v.mp4").touch()
    status, error = predict("v.mp4", *arguments)
    assert status == 1
    assert error.startswith("Error: ")
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.data
def test_arm_wrestlers_are_named_on_real_video(
    predict: Callable, shared_data: Path, tmp_path: Path
) -> None:
    pytest.importorskip("tflite")
    pytest.importorskip("onnx")
    weights = shared_data.with_name("weights")
    reader = VideoReader(shared_data / "real_clips/kinetics_arm_wrestling.mp4")
    write_video(tmp_path / "v.mp4", iter(reader.read(range(40))), reader.fps)
    status, _ = predict(
        *(tmp_path / "v.mp4", "--model", "kinetics600", "--weights", weights),
        *("--json", tmp_path / "o.jsonl", "--precision", "fp32"),
    )
    assert status == 0
    lines = (tmp_path / "o.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])["detections"]
    assert last[0]["name"] == "arm wrestling"
    assert last[0]["score"] > 0.3
