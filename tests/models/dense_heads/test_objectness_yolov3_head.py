import copy

import torch
from mmdet.models.dense_heads import YOLOV3Head
from mmengine.config import ConfigDict

from stal_plugin.registry import MODELS

K = 3
HEAD = {
    "num_classes": K,
    "in_channels": [8],
    "out_channels": [8],
    "featmap_strides": [16],
    "anchor_generator": {
        "type": "mmdet.YOLOAnchorGenerator",
        "base_sizes": [[(10, 13), (30, 20)]],
        "strides": [16],
    },
}
TEST_CFG = {
    "score_thr": 0.005,
    "conf_thr": 0.005,
    "nms_pre": 100,
    "nms": {"type": "nms", "iou_threshold": 0.4},
    "max_per_img": 100,
}


def _head(kind: str) -> YOLOV3Head:
    # Another name than mmdet's: the registry is asked by the prefix.
    config = {"_scope_": "mmdet", "type": kind, **copy.deepcopy(HEAD)}
    return MODELS.build({**config, "test_cfg": ConfigDict(TEST_CFG)})


def test_detections_are_mmdets_and_keep_their_objectness() -> None:
    raw = torch.randn(1, 2 * (5 + K), 2, 3)
    meta = {"scale_factor": (1.0, 1.0)}
    (ours,) = _head("stal_plugin.ObjectnessYOLOV3Head").predict_by_feat(
        [raw.clone()], [meta], rescale=True
    )
    (hosts,) = _head("mmdet.YOLOV3Head").predict_by_feat(
        [raw.clone()], [meta], rescale=True
    )
    assert len(ours) == len(hosts) > 3
    for key in ("bboxes", "scores", "labels"):
        assert torch.equal(ours[key], hosts[key])
    # By hand: the score is objectness times class probability, so each detection has
    # an anchor whose two numbers give its own two.
    anchors = raw.view(2, 5 + K, -1).permute(0, 2, 1).reshape(-1, 5 + K).sigmoid()
    objectness = ours.objectness[:, None]
    products = anchors[:, 4] * anchors[:, 5:].T[ours.labels]
    same = torch.isclose(anchors[:, 4], objectness) & torch.isclose(
        products, ours.scores[:, None]
    )
    assert same.any(dim=1).all()
    assert (ours.objectness > ours.scores).all()
