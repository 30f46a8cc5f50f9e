from pathlib import Path

import pytest
from mmengine.config import Config

from stal_plugin.engine.model_cost import model_cost

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_full_yowo_costs_what_the_specification_says():
    # 21 classes and 16 frames: 105.0 M parameters and 38.2 G multiply-adds.
    cfg = Config.fromfile(CONFIGS / "yowo_agot.py")
    cfg.model.bbox_head.num_classes = cfg.model.bbox_head.loss_cls.num_classes = 21
    cost = model_cost(cfg)
    assert cost.clip == (16, 224, 224)
    assert cost.parameters / 1e6 == pytest.approx(105.0, abs=0.05)
    # layer4 works on one frame: of 3 x 3 x 3 taps 18 would multiply padding, of its
    # first convolution, which sees two frames, 9 (ShortClipConv3d)
    skipped = 7 * 7 * (18 * 3 * 512 * 512 + 9 * 256 * 512)
    assert (cost.multiply_adds + skipped) / 1e9 == pytest.approx(38.2, abs=0.1)


def test_links_add_what_they_cost():
    plain = model_cost(Config.fromfile(CONFIGS / "mini/yowo_agot.py"))
    linked = model_cost(Config.fromfile(CONFIGS / "mini/linknet-gated-conv3d_agot.py"))
    pairs = [(16, 16), (32, 32), (64, 64)]
    weights = [27 * a * b for a, b in pairs]
    extra = sum(w + 3 * b for w, (_, b) in zip(weights, pairs, strict=True))
    assert linked.parameters - plain.parameters == extra
    cells = [(112 // s) ** 2 for s in (4, 8, 16)]
    macs = sum(w * n for w, n in zip(weights, cells, strict=True))
    assert linked.multiply_adds - plain.multiply_adds == macs


def test_a_config_without_sizes_is_refused():
    cfg = Config({"test_dataloader": {"dataset": {"pipeline": []}}})
    with pytest.raises(ValueError, match="size of a clip is unknown"):
        model_cost(cfg)
