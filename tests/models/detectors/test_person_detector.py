from typing import Any

import pytest
import torch
from fixtures.actors import FRAME, frame
from mmengine.structures import InstanceData
from torch import nn

from stal_plugin.models.detectors.person_detector import PersonDetector, label_of
from stal_plugin.registry import MODELS


class _Recorder(nn.Module):
    """Stands for a detector of mmdet: keeps what it was given, finds what it is told.

    Args:
        boxes: Boxes in pixels of the frame.
        scores: Their scores.
        labels: Their classes.
    """

    def __init__(self, boxes: Any = (), scores: Any = (), labels: Any = ()) -> None:
        super().__init__()
        self.found = InstanceData(
            bboxes=torch.tensor(boxes).float().view(-1, 4),
            scores=torch.tensor(scores).float().view(-1),
            labels=torch.tensor(labels).long().view(-1),
        )

    def predict(self, images: Any, samples: Any, rescale: bool) -> Any:
        self.images, self.samples = images, samples
        for sample in samples:
            sample.pred_instances = self.found
        return samples

    def loss(self, images: Any, samples: Any) -> dict:
        self.images, self.samples = images, samples
        return {"loss_bbox": torch.ones(())}


def _detector(recorder: _Recorder | None = None, **changes: Any) -> PersonDetector:
    model = PersonDetector({"type": "stal_plugin.PatchDetector"}, **changes)
    model.detector = recorder or _Recorder()
    return model


def test_input_is_that_of_yolox() -> None:
    model = _detector(size=(32, 64))
    picture = frame(8)
    model(picture[None])
    (image,) = model.detector.images
    # 48 x 64 into 32 x 64: two thirds, at the upper left, BGR, the rest is 114
    assert image.shape == (3, 32, 64)
    assert (image[:, :, 42:] == 114).all()
    small = nn.functional.interpolate(picture[None].float(), (32, 42), mode="bilinear")
    assert torch.allclose(image[:, :, :42], small[0].flip(0))
    meta = model.detector.samples[0].metainfo
    assert meta["scale_factor"] == pytest.approx((2 / 3, 2 / 3))
    assert meta["ori_shape"] == FRAME


def test_mean_and_std_are_those_of_the_detectors_channels() -> None:
    model = _detector(size=FRAME, mean=(1.0, 2, 3), std=(2.0, 4, 8))
    picture = frame(8)
    model(picture[None])
    expected = (picture.flip(0)[0].float() - 1) / 2
    assert torch.allclose(model.detector.images[0, 0], expected)


def test_only_persons_come_back_best_first_inside_of_the_frame() -> None:
    boxes = [[0, 0, 9, 9], [-3, 5, 99, 40], [1, 1, 5, 5], [2, 2, 6, 6], [3, 3, 7, 7]]
    recorder = _Recorder(boxes, [0.9, 0.5, 0.7, 0.1, 0.6], [2, 0, 0, 0, 0])
    limits = {"score_thr": 0.2, "max_people": 2}
    (found,) = _detector(recorder, test_cfg=limits)(frame(8)[None])
    assert found.bboxes.tolist() == [[1, 1, 5, 5], [3, 3, 7, 7]]
    assert found.scores.tolist() == pytest.approx([0.7, 0.6])
    (found,) = _detector(recorder)(frame(8)[None])
    assert found.bboxes[-1].tolist() == [0, 5, 64, 40]


def test_actors_are_taught_as_persons_in_the_detectors_pixels() -> None:
    model = _detector(size=(96, 128), class_names=("dog", "person"))
    losses = model.loss(frame(8)[None], [torch.tensor([[1.0, 2, 3, 4]])])
    assert set(losses) == {"person_loss_bbox"}
    truth = model.detector.samples[0].gt_instances
    assert truth.bboxes.tolist() == [[2, 4, 6, 8]]
    assert truth.labels.tolist() == [1]


def test_a_class_that_is_not_there_is_named() -> None:
    assert label_of("cat", ("dog", "cat")) == 1
    with pytest.raises(ValueError, match=r"no class 'person', its 2 classes are dog"):
        PersonDetector(
            {"type": "stal_plugin.PatchDetector"}, class_names=("dog", "cat")
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_preprocessor": {"type": "x"}}, "a data_preprocessor of its own"),
        ({"test_cfg": {"nms": {"iou_threshold": 0.5}}}, r"test_cfg\.nms_pre is None"),
    ],
)
def test_what_would_go_wrong_silently_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PersonDetector({"type": "stal_plugin.PatchDetector", **changes})


def test_a_detector_of_mmdet_runs_and_learns() -> None:
    torch.manual_seed(0)
    config = {
        "type": "stal_plugin.PersonDetector",
        "size": (64, 96),
        "test_cfg": {"score_thr": 0.0},
        "class_names": ("person",),
        "detector": {
            "type": "YOLOX",
            "backbone": {
                "type": "CSPDarknet",
                "deepen_factor": 0.33,
                "widen_factor": 0.125,
            },
            "neck": {
                "type": "YOLOXPAFPN",
                "in_channels": [32, 64, 128],
                "out_channels": 16,
                "num_csp_blocks": 1,
            },
            "bbox_head": {
                "type": "YOLOXHead",
                "num_classes": 1,
                "in_channels": 16,
                "feat_channels": 16,
            },
            "train_cfg": {"assigner": {"type": "SimOTAAssigner"}},
            "test_cfg": {
                "score_thr": 0.0,
                "nms": {"type": "nms", "iou_threshold": 0.6},
            },
        },
    }
    model = MODELS.build(config)
    losses = model.train().loss(frame(8)[None], [torch.tensor([[8.0, 10, 16, 26]])])
    total = sum(losses.values())
    total.backward()
    assert all(p.grad is not None for p in model.detector.backbone.parameters())
    (found,) = model.eval()(frame(8)[None])
    assert 0 < len(found) <= 20
    assert (found.bboxes[:, 2] <= 64).all()
