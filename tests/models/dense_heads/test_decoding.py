from typing import Any

import pytest
import torch
from fixtures.dense_heads import CHANNELS, NAMES, SUPPRESSION, dense_head
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.compat.tood_head import use_grid_sample
from stal_plugin.models.dense_heads.decoding import decoding_of, is_mmdet_head
from stal_plugin.models.dense_heads.detection_rules import apply_rule
from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.registry import MODELS

SIZE = (64, 96)
METAS = [{"img_shape": SIZE, "scale_factor": (2.0, 0.5)}] * 2


def _head(name: str, **changes: Any) -> Any:
    """A head of two levels whose scores and boxes are spread."""
    torch.manual_seed(3)
    config, _ = dense_head(name, (16, 32))
    config = {**in_own_scope(config), "test_cfg": SUPPRESSION, **changes}
    head = MODELS.build(ConfigDict(config)).eval()
    use_grid_sample(head)
    for parameter in head.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=1.5 * parameter[0].numel() ** -0.5)
    return head


def _features() -> tuple[Tensor, ...]:
    return torch.randn(2, CHANNELS, 4, 6), torch.randn(2, CHANNELS, 2, 3)


def _both(head: Any, cfg: dict | None = None) -> tuple[list[InstanceData], ...]:
    """What mmdet predicts, and what the rule makes of what is decoded here."""
    with torch.no_grad():
        maps = head(_features())
        theirs = head.predict_by_feat(*maps, batch_img_metas=METAS, rescale=True)
        decoding = decoding_of(head)
        assert decoding is not None
        decoded = decoding.decode(maps, SIZE)
        settings = {**decoding.cfg, **(cfg or {})}
        ours = apply_rule(decoding.rule, decoded, settings, METAS, rescale=True)
    return theirs, ours


@pytest.mark.parametrize("name", NAMES)
def test_detections_are_those_of_mmdet(name: str) -> None:
    # mmdet's YOLOX gives the best class of a box only, and any number of boxes
    best = {"all_classes": False, "max_per_img": 10000}
    both = _both(_head(name), best if name == "yolox" else None)
    for theirs, ours in zip(*both, strict=True):
        assert len(theirs) == len(ours) > 3
        torch.testing.assert_close(ours.bboxes, theirs.bboxes, atol=1e-4, rtol=1e-5)
        torch.testing.assert_close(ours.scores, theirs.scores)
        assert torch.equal(ours.labels, theirs.labels)


@pytest.mark.parametrize("name", ["atss", "gfl"])
def test_boxes_beyond_the_border_are_kept_where_the_coder_does_not_clip(
    name: str,
) -> None:
    kind = "DeltaXYWHBBoxCoder" if name == "atss" else "DistancePointBBoxCoder"
    free = _both(_head(name, bbox_coder={"type": kind, "clip_border": False}))
    for theirs, ours in zip(*free, strict=True):
        torch.testing.assert_close(ours.bboxes, theirs.bboxes, atol=1e-4, rtol=1e-5)
    assert min(float(found.bboxes.min()) for found in free[1]) < -1


def test_softmax_heads_leave_out_the_background() -> None:
    loss = {"type": "CrossEntropyLoss", "use_sigmoid": False}
    theirs, ours = _both(_head("atss", loss_cls=loss))
    assert max(int(found.labels.max()) for found in ours) == 2
    for a, b in zip(theirs, ours, strict=True):
        torch.testing.assert_close(a.scores, b.scores)


def test_yolox_gives_every_class_of_a_box_and_its_objectness() -> None:
    settings = {**SUPPRESSION, "score_thr": 0.0, "nms": {"type": "nms", "iou_thr": 1}}
    head = _head("yolox", test_cfg=settings)
    with torch.no_grad():
        maps = head(_features())
        decoding = decoding_of(head)
        assert decoding is not None
        decoded = decoding.decode(maps, SIZE)
    assert decoding.rule == "boxes"
    assert decoding.cfg["all_classes"]
    assert decoded.boxes.shape == (2, 30, 4)
    by_hand = maps[2][1][1, 0, 1, 2].sigmoid()  # the last cell of the second level
    assert float(decoded.objectness[1, -1]) == pytest.approx(float(by_hand))


def test_a_limit_counts_pairs_of_all_levels() -> None:
    head = _head("atss", test_cfg={**SUPPRESSION, "nms_pre": 5})
    _, ours = _both(head)
    assert 0 < max(len(found) for found in ours) <= 5


def test_heads_that_decode_in_another_way() -> None:
    head = MODELS.build(
        {
            "type": "mmdet.CenterNetHead",
            "in_channels": 4,
            "feat_channels": 4,
            "num_classes": 2,
            "_scope_": "mmdet",
        }
    )
    assert is_mmdet_head(head)
    assert decoding_of(head) is None
