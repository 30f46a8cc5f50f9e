import copy
from pathlib import Path
from typing import Any

import mmdet
import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmdet.models.utils.misc import filter_scores_and_topk
from mmdet.structures import DetDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.structures import InstanceData

from stal_plugin.evaluation.sample_record import SampleRecord
from stal_plugin.models.detectors.key_frame_detector import (
    KeyFrameDetector,
    clip_instances,
)
from stal_plugin.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
SIZE = 64
ORIGINAL = (128, 32)  # h, w: half in y, twice in x
SCALE = np.array([2.0, 0.5], np.float32)  # x, y


def _model(**detector: Any) -> KeyFrameDetector:
    config = Config.fromfile(CONFIGS / "mini/yolov3_agot.py").model.to_dict()
    config["detector"].update(detector)
    return MODELS.build(config)


def _sample(box: tuple, label: int = 2, **meta: Any) -> ActionDataSample:
    sample = ActionDataSample(
        metainfo={
            "video_id": "v",
            "frame": 7,
            "img_shape": (SIZE, SIZE),
            "original_shape": ORIGINAL,
            "scale_factor": SCALE,
            "ann_boxes": np.float32([[0.1, 0.2, 0.3, 0.4]]),
            "ann_labels": np.array([label]),
            **meta,
        }
    )
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor([box], dtype=torch.float32), labels=torch.tensor([label])
    )
    return sample


def _image_samples(samples: list[ActionDataSample]) -> list[DetDataSample]:
    """What mmdet's own pipeline would have made."""
    meta = {"img_shape": (SIZE, SIZE), "ori_shape": ORIGINAL, "scale_factor": (2, 0.5)}
    images = []
    for sample in samples:
        image = DetDataSample(metainfo=meta)
        image.gt_instances = sample.gt_instances
        images.append(image)
    return images


def test_losses_are_the_detectors_on_the_last_frame() -> None:
    model = _model().train()
    twin = copy.deepcopy(model.detector)
    clips = torch.randn(2, 3, 4, SIZE, SIZE)
    samples = [_sample((8, 8, 30, 30)), _sample((20, 10, 40, 60), 1)]
    losses = model(clips, samples, mode="loss")
    expected = twin(clips[:, :, 3], _image_samples(samples), mode="loss")
    assert set(losses) == {"loss_cls", "loss_conf", "loss_xy", "loss_wh"}
    for name, levels in losses.items():
        torch.testing.assert_close(levels, expected[name])
        assert sum(levels) > 0


def test_predictions_are_in_original_pixels_and_inside_the_frame() -> None:
    model = _model().eval()
    clips = torch.randn(2, 3, 1, SIZE, SIZE)
    samples = [_sample((8, 8, 30, 30)), _sample((20, 10, 40, 60), 1)]
    with torch.no_grad():
        found = model(clips, samples, mode="predict")
        network = model.detector.predict(
            clips[:, :, 0], _image_samples(samples), rescale=False
        )
    outside = 0
    for sample, image in zip(found, network, strict=True):
        raw = image.pred_instances
        boxes = sample.pred_instances.bboxes
        by_hand = raw.bboxes / torch.tensor([2.0, 0.5, 2.0, 0.5])
        limit = torch.tensor([32.0, 128.0, 32.0, 128.0])
        outside += int((by_hand != by_hand.clamp(min=0).minimum(limit)).sum())
        torch.testing.assert_close(boxes, by_hand.clamp(min=0).minimum(limit))
        assert torch.equal(sample.pred_instances.labels, raw.labels)
        assert torch.equal(sample.pred_instances.scores, raw.scores)
        assert (sample.pred_instances.objectness > raw.scores).all()
    assert outside > 0
    record = SampleRecord.from_data_sample(found[0].to_dict())
    assert (record.video_id, record.frame, record.shape) == ("v", 7, ORIGINAL)
    assert len(record.dets) == len(found[0].pred_instances) > 0


def test_only_the_last_frame_counts() -> None:
    model = _model().eval()
    clip = torch.randn(1, 3, 3, SIZE, SIZE)
    other = clip.clone()
    other[:, :, :2] = torch.randn(1, 3, 2, SIZE, SIZE)
    first, second = model(clip)[0], model(other)[0]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    other[:, :, 2] += 1
    assert not torch.equal(model(other)[0][0], first[0])


def test_score_stands_in_for_a_missing_objectness() -> None:
    boxes = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    found = InstanceData(
        bboxes=boxes, scores=torch.tensor([0.6]), labels=torch.tensor([1])
    )
    assert clip_instances(found, (10, 10)).objectness.tolist() == pytest.approx([0.6])


@pytest.mark.parametrize("name", ["yolov3", "fcos"])
def test_learns_where_an_object_is(name: str) -> None:
    config = Config.fromfile(CONFIGS / f"mini/{name}_agot.py").model.to_dict()
    model = MODELS.build(config)
    model.init_weights()
    optimizer = {"type": "AdamW", "lr": 2e-3}
    wrapper = build_optim_wrapper(
        model, {"type": "OptimWrapper", "optimizer": optimizer}
    )
    clips, samples = [], []
    for x, y, label in [(6, 10, 2), (30, 30, 5), (20, 6, 5), (34, 12, 2)]:
        clip = torch.full((3, 1, SIZE, SIZE), 90, dtype=torch.uint8)
        clip[label // 2, 0, y : y + 24, x : x + 14] = 255
        clips.append(clip)
        samples.append(_sample((x, y, x + 14, y + 24), label))
    for _ in range(50):
        data = {"inputs": clips, "data_samples": [s.clone() for s in samples]}
        model.train().train_step(data, wrapper)
    with torch.no_grad():
        found = model.eval().test_step({"inputs": clips, "data_samples": samples})
    for sample in found:
        best = sample.pred_instances[int(sample.pred_instances.scores.argmax())][:1]
        wanted = sample.gt_instances.bboxes / torch.tensor([2.0, 0.5, 2.0, 0.5])
        assert best.labels.tolist() == sample.gt_instances.labels.tolist()
        assert (best.bboxes - wanted).abs().max() < 5
        assert best.objectness > 0.25


@pytest.mark.parametrize(
    "config",
    [
        "centernet/centernet_r18_8xb16-crop512-140e_coco.py",
        "retinanet/retinanet_r18_fpn_1x_coco.py",
    ],
)
def test_mmdets_own_configs_run_as_they_are(config: str) -> None:
    wheel = Path(mmdet.__file__).parent / ".mim/configs"
    detector = Config.fromfile(wheel / config).model
    del detector["data_preprocessor"]
    detector.backbone.update(init_cfg=None, base_channels=8)
    detector.neck.in_channels = 64 if "centernet" in config else [8, 16, 32, 64]
    model = MODELS.build(
        {"type": "stal_plugin.KeyFrameDetector", "detector": detector.to_dict()}
    )
    clips = torch.randn(1, 3, 1, SIZE, SIZE)
    losses = model.train()(clips, [_sample((8, 8, 30, 30))], mode="loss")
    for loss in losses.values():
        values = loss if isinstance(loss, list) else [loss]
        assert all(v.isfinite() for v in values)
    with torch.no_grad():
        (found,) = model.eval()(clips, [_sample((8, 8, 30, 30))], mode="predict")
    boxes = found.pred_instances.bboxes
    assert len(boxes) > 0
    assert boxes.amax(0).le(torch.tensor([32.0, 128.0, 32.0, 128.0])).all()


def test_a_preprocessor_of_the_detector_is_refused() -> None:
    with pytest.raises(ValueError, match=r"move its mean and std to model\."):
        _model(data_preprocessor={"type": "mmdet.DetDataPreprocessor"})


def test_mmdet_loses_a_detection_without_nms_pre() -> None:
    scores = torch.tensor([[0.9], [0.8], [0.7]])
    kept, *_ = filter_scores_and_topk(scores, 0.1, topk=-1)
    assert len(kept) == 2  # the fault that the check is for
    test_cfg = {"score_thr": 0.1, "nms": {"type": "nms", "iou_threshold": 0.4}}
    with pytest.raises(ValueError, match=r"test_cfg\.nms_pre is None"):
        _model(test_cfg=test_cfg)


def test_multi_hot_labels_are_refused() -> None:
    sample = _sample((8, 8, 30, 30))
    sample.gt_instances.labels = torch.ones(1, 8)
    with pytest.raises(ValueError, match=r"\(1, 8\): set multilabel=False"):
        _model()(torch.zeros(1, 3, 1, SIZE, SIZE), [sample], mode="loss")


def test_missing_metainfo_is_named() -> None:
    sample = ActionDataSample(metainfo={"original_shape": ORIGINAL})
    with pytest.raises(ValueError, match=r"lack \['scale_factor'\]: add them to meta"):
        _model()(torch.zeros(1, 3, 1, SIZE, SIZE), [sample], mode="predict")
