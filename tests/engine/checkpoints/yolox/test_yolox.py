from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from fixtures.yolox_files import Output, authors_names, build_yolox
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData

from stal_plugin.engine.checkpoints.conversion import convert_weights
from stal_plugin.engine.checkpoints.yolox.yolox import read_yolox, read_yolox_person
from stal_plugin.registry import MODELS
from stal_plugin.video import VideoReader

ROOT = Path(__file__).resolve().parents[4]
SIDE = 416


@pytest.mark.parametrize("size", ["nano", "tiny"])
def test_a_checkpoint_of_the_authors(tmp_path: Path, size: str) -> None:
    model = build_yolox(size)
    path = tmp_path / "yolox.pth"
    torch.save({"start_epoch": 300, "model": authors_names(model, size)}, path)
    conversion = convert_weights("yolox", path)
    assert (conversion.fit.missing, conversion.fit.skipped) == ((), {})
    state = model.state_dict()
    assert set(conversion.fit.loaded) == set(state)
    assert all(torch.equal(t, state[n]) for n, t in conversion.fit.loaded.items())
    head = conversion.model["bbox_head"]
    assert (head["num_classes"], head["use_depthwise"]) == (80, size == "nano")


def test_of_the_classes_only_person_stays(tmp_path: Path) -> None:
    model = build_yolox("nano")
    path = tmp_path / "yolox.pth"
    torch.save(authors_names(model, "nano"), path)
    config = Config.fromfile(ROOT / "configs/_base_/models/yolox_nano_person.py")
    conversion = convert_weights("yolox-person", path, config.to_dict())
    assert (conversion.fit.missing, conversion.fit.skipped) == ((), {})
    conversion.model.pop("init_cfg")
    person: Any = MODELS.build(ConfigDict({"_scope_": "mmdet", **conversion.model}))
    person.load_state_dict(conversion.fit.loaded)
    images = torch.randint(0, 256, (1, 3, 32, 32)).float()
    with torch.no_grad():
        ours, theirs = person.eval()(images), model(images)
    for level in range(3):
        torch.testing.assert_close(ours[0][level], theirs[0][level][:, :1])
        assert torch.equal(ours[1][level], theirs[1][level])


def test_other_checkpoints_are_refused(tmp_path: Path) -> None:
    tensors = authors_names(build_yolox("nano", 3), "nano")
    path = tmp_path / "yolox.pth"
    torch.save(tensors, path)
    with pytest.raises(ValueError, match="has 3 classes, not COCO's 80"):
        read_yolox_person(path)
    torch.save({**tensors, "head.more": torch.zeros(1)}, path)
    with pytest.raises(
        ValueError, match=r"0 are missing \[\], 1 too many \['head.more"
    ):
        read_yolox(path)
    tensors.pop("head.stems.0.bn.bias")
    torch.save(tensors, path)
    with pytest.raises(
        ValueError, match=r"1 are missing \['head.stems.0.bn.bias'\], 0"
    ):
        read_yolox(path)
    torch.save({"state_dict": build_yolox("nano", 3).state_dict()}, path)
    with pytest.raises(
        ValueError, match=r"no YOLOX .*stem.conv.conv.weight' is missing"
    ):
        read_yolox(path)


def _letterboxed(frame: np.ndarray) -> np.ndarray:
    """BGR frame, scaled into the top left corner of a grey square."""
    scale = SIDE / max(frame.shape[:2])
    size = (int(frame.shape[1] * scale), int(frame.shape[0] * scale))
    square = np.full((SIDE, SIDE, 3), 114, np.uint8)
    square[: size[1], : size[0]] = cv2.resize(frame, size)
    return square


def _decoded(output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Boxes xyxy and scores of the classes, by the formula of YOLOX's authors."""
    cells = [
        (x, y, s) for s in (8, 16, 32) for y, x in np.ndindex(SIDE // s, SIDE // s)
    ]
    x, y, stride = np.array(cells, np.float64).T
    centre = np.stack([(output[:, 0] + x) * stride, (output[:, 1] + y) * stride], 1)
    half = np.exp(output[:, 2:4].astype(np.float64)) * stride[:, None] / 2
    scores = output[:, 4:5] * output[:, 5:]
    return np.concatenate([centre - half, centre + half], 1), scores


@pytest.mark.data
@pytest.mark.parametrize("clip", ["demo_spatiotemporal_det", "kinetics_arm_wrestling"])
def test_real_frames_as_onnxruntime_sees_them(shared_data: Path, clip: str) -> None:
    runtime = pytest.importorskip("onnxruntime")
    path = shared_data.with_name("weights") / "yolox_nano.onnx"
    conversion = convert_weights("yolox", path)
    test_cfg = {"score_thr": 0.05, "nms": {"type": "nms", "iou_threshold": 0.65}}
    model = MODELS.build(ConfigDict({**conversion.model, "test_cfg": test_cfg})).eval()
    model.load_state_dict(conversion.fit.loaded)
    video = VideoReader(shared_data / f"real_clips/{clip}.mp4")
    frame = video.read([20])[0][..., ::-1]  # BGR
    images = torch.from_numpy(_letterboxed(frame)).permute(2, 0, 1)[None].float()
    theirs = runtime.InferenceSession(str(path)).run(None, {"images": images.numpy()})[
        0
    ]
    with torch.no_grad():
        ours = Output(model)(images).numpy()
        maps = model(images)
        meta = {"scale_factor": (1.0, 1.0), "img_shape": (SIDE, SIDE)}
        found: InstanceData = model.bbox_head.predict_by_feat(
            *maps, batch_img_metas=[meta], with_nms=False
        )[0]
    assert theirs[..., 4].max() > 0.5  # there is something to be found
    # float32 on both sides; in float64 they differ by 1e-13
    difference = np.abs(ours - theirs)
    assert np.quantile(difference, 0.9999) < 1e-4
    assert difference.max() < 1e-3
    boxes, scores = _decoded(theirs[0])
    kept = scores.max(1) >= test_cfg["score_thr"]
    assert kept.sum() > 10
    np.testing.assert_allclose(found.bboxes.numpy(), boxes[kept], atol=0.05)
    np.testing.assert_allclose(found.scores.numpy(), scores[kept].max(1), atol=1e-4)
    assert found.labels.tolist() == scores[kept].argmax(1).tolist()
