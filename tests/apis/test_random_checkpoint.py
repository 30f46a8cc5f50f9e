import runpy
from pathlib import Path

import torch
from mmengine.config import Config

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.benchmark import save_random_checkpoint

ROOT = Path(__file__).parents[2]


def test_the_detector_loads_it_and_the_seed_decides(tmp_path: Path) -> None:
    settings = runpy.run_path(str(ROOT / "tests/apis/conftest.py"))["tiny_settings"]()
    loss = settings["model"]["bbox_head"]["loss_cls"]
    del loss["samples_per_class"]
    loss["beta"] = 0.0
    weights = []
    for seed in (0, 0, 1):
        save_random_checkpoint(Config(settings), tmp_path / "r.pth", seed)
        det = ActionDetector(tmp_path / "r.pth", device="cpu")
        assert det.classes == ("class 1", "class 2")
        weights.append(det.model.bbox_head.conv_pred.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
