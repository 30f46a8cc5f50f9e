"""The published MoViNet-A0 on real video, against two other implementations of it."""

import runpy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

pytest.importorskip("tflite")

from stal_plugin.engine.checkpoints.class_names import with_class_names
from stal_plugin.engine.checkpoints.conversion import convert_weights, save_weights
from stal_plugin.registry import MODELS

pytestmark = pytest.mark.data
FILE = "movinet_a0_stream_int8.tflite"
LABELS = "kinetics600_label_map.txt"
FRAMES = 24


@pytest.fixture(scope="module")
def weights(shared_data: Path) -> Path:
    folder = shared_data.with_name("weights")
    if not (folder / FILE).is_file():
        pytest.skip(f"{FILE} is not beside the sample videos")
    return folder


@pytest.fixture(scope="module")
def checkpoint(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    conversion = with_class_names(
        convert_weights("movinet", weights / FILE), weights / LABELS
    )
    path = tmp_path_factory.mktemp("converted") / "a0.pth"
    save_weights(conversion, path, FILE)
    loaded: dict = torch.load(path, weights_only=True)
    return loaded


@pytest.fixture(scope="module")
def recogniser(checkpoint: dict) -> Any:
    variant = {"se_type": "none", "activation": "relu6"}
    model = MODELS.build(
        {
            "type": "mmaction.Recognizer3D",
            "backbone": {"type": "stal_plugin.MoViNet", **variant},
            "cls_head": {
                "type": "stal_plugin.MoViNetHead",
                "num_classes": 600,
                "in_channels": 480,
                "hidden_activation": "relu6",
                "loss_cls": {"type": "mmaction.CrossEntropyLoss"},
            },
            "data_preprocessor": {"type": "mmaction.ActionDataPreprocessor"},
        }
    )
    model.load_state_dict(checkpoint["state_dict"], strict=True)
    return model.eval()


def _frames(path: Path, size: int = 172) -> Tensor:
    """Middle squares of frames at 6 per second, ``(T, 3, H, W)`` in [0, 1]."""
    video, frames, number = cv2.VideoCapture(str(path)), [], 0
    step = max(1, round((video.get(cv2.CAP_PROP_FPS) or 25) / 6))
    while len(frames) < FRAMES:
        ok, image = video.read()
        assert ok, f"{path.name} has too few frames"
        if number % step == 0:
            height, width = image.shape[:2]
            side = min(height, width)
            top, left = (height - side) // 2, (width - side) // 2
            square = image[top : top + side, left : left + side]
            small = cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA)
            frames.append(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))
        number += 1
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float() / 255


@pytest.fixture(scope="module")
def arm_wrestling(shared_data: Path) -> Tensor:
    return _frames(shared_data / "real_clips/kinetics_arm_wrestling.mp4")


def _stream(model: Any, frames: Tensor) -> tuple[Tensor, Tensor]:
    """Maps and logits of each frame, given one by one."""
    backbone, head = model.backbone, model.cls_head
    state, seen = (
        backbone.stream_state(1, tuple(frames.shape[2:])),
        head.stream_state(1),
    )
    maps, logits = [], []
    for frame in frames:
        feature, state = backbone.step(frame[None], state)
        row, seen = head.step(feature, seen)
        maps.append(feature)
        logits.append(row)
    return torch.cat(maps), torch.cat(logits)


@torch.no_grad()
def test_it_names_what_is_seen(
    recogniser: Any, checkpoint: dict, arm_wrestling: Tensor
) -> None:
    names = checkpoint["meta"]["dataset_meta"]["classes"]
    assert len(names) == 600
    logits = recogniser.cls_head(
        recogniser.backbone(arm_wrestling.transpose(0, 1)[None])
    )
    score, index = logits.softmax(1).max(1)
    assert names[int(index)] == "arm wrestling"
    assert float(score) > 0.99


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("kinetics_arm_wrestling.mp4", 172),
        ("demo_spatiotemporal_det.mp4", 172),
        ("demo_spatiotemporal_det.mp4", 225),
    ],
)
def test_every_frame_equals_the_replayed_graph(
    weights: Path, shared_data: Path, recogniser: Any, name: str, size: int
) -> None:
    """The graph of the file, operator by operator, in float."""
    frames = _frames(shared_data / "real_clips" / name, size)
    replay = runpy.run_path(str(weights / "movinet_replay.py"))
    logits, maps = replay["Net"](str(weights / FILE))(frames, True)
    ours, rows = _stream(recogniser, frames)
    assert maps.abs().max() > 5
    torch.testing.assert_close(ours, maps, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(rows, logits, atol=1e-4, rtol=1e-4)
    whole = recogniser.backbone(frames.transpose(0, 1)[None])
    torch.testing.assert_close(whole[0].transpose(0, 1), maps, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_every_frame_is_named_as_by_the_interpreter(
    weights: Path, recogniser: Any, arm_wrestling: Tensor
) -> None:
    """It computes in int8, so logits differ; measured: correlation .91 and more."""
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    run = litert.Interpreter(str(weights / FILE)).get_signature_runner()
    inputs = run.get_input_details().items()
    state = {k: np.zeros(v["shape"], v["dtype"]) for k, v in inputs if k != "image"}
    _, rows = _stream(recogniser, arm_wrestling)
    for frame, row in zip(arm_wrestling, rows, strict=True):
        image = frame.permute(1, 2, 0)[None, None].numpy()
        outputs = run(image=image, **state)
        (logits,) = [v for k, v in outputs.items() if k not in state]
        state = {k: v for k, v in outputs.items() if k in state}
        assert logits[0].argmax() == int(row.argmax())
        assert np.corrcoef(logits[0], row.numpy())[0, 1] > 0.85
