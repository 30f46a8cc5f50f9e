"""Several levels and heads of mmdet on a stream."""

from collections.abc import Callable

import pytest
import torch
from fixtures.dense_heads import dense_head
from mmengine.config import ConfigDict
from torch import nn

from stal_plugin.apis import SharedBranches, WholeModel, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.registry import MODELS


@pytest.mark.parametrize("name", ["yolox", "rtmdet"])
def test_what_is_shared_detects_as_the_whole(
    name: str, settings: Callable, stream: Callable
) -> None:
    config = settings()["model"]
    config["backbone"]["levels"] = ("stage3",)
    pyramid = {"type": "mmdet.FPN", "out_channels": 8, "num_outs": 2}
    neck = {"in_channels": (8, 8, 32), "pyramid": pyramid, "channels": 16}
    config |= {
        "type": "stal_plugin.ClipDetector",
        "neck": {"type": "stal_plugin.MultiLevelCFAM", **neck},
        "bbox_head": dense_head(name, (8, 32))[0],
        "test_cfg": {"score_thr": 0.02, "nms": {"type": "nms", "iou_threshold": 0.6}},
    }
    config["test_cfg"]["max_per_img"] = 50
    torch.manual_seed(2)
    model = MODELS.build(ConfigDict(config)).eval()
    for layer in model.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(layer.running_mean, -0.1, 0.1)
    ring = ClipRing(ClipSampling(4))
    assert isinstance(choose_engine(model, ring, 2), SharedBranches)
    whole, shared = (stream(kind, model) for kind in (WholeModel, SharedBranches))
    for (a, _), (b, _) in zip(whole, shared, strict=True):
        assert len(a) == len(b) > 3
        torch.testing.assert_close(a.bboxes, b.bboxes, atol=1e-4, rtol=1e-5)
        torch.testing.assert_close(a.scores, b.scores)
    ages = [age for _, age in stream(SharedBranches, model, 3)]
    assert ages == [0, 1, 2, 0, 1, 2, 0]
