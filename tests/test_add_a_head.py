"""The page that explains how to add a head, followed to the letter."""

import re
from pathlib import Path

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.structures import InstanceData

from stal_plugin.registry import MODELS

ROOT = Path(__file__).parents[1]
META = {
    "img_shape": (112, 112),
    "scale_factor": (0.5, 1.0),
    "original_shape": (112, 224),
}


@pytest.fixture
def model(tmp_path: Path):
    """Return the model of the page's config with the page's head."""
    text = (ROOT / "docs/add_a_head.md").read_text()
    head, config = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    scope: dict = {"__name__": "cell_head"}
    exec(compile(head, "cell_head.py", "exec"), scope)
    path = tmp_path / "cell_agot.py"
    path.write_text(config.replace("./", f"{ROOT}/configs/mini/"))
    yield MODELS.build(Config.fromfile(path).model)
    del MODELS._module_dict["CellHead"]


def test_page_s_head_trains_and_predicts_in_the_page_s_config(model) -> None:
    sample = ActionDataSample(metainfo=META)
    sample.gt_instances = InstanceData(
        bboxes=torch.tensor([[20.0, 30.0, 50.0, 60.0]]), labels=torch.tensor([3])
    )
    empty = ActionDataSample(metainfo=META)
    empty.gt_instances = InstanceData(
        bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long)
    )
    losses = model.loss(torch.randn(2, 3, 8, 112, 112), [sample, empty])
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in model.bbox_head.parameters())

    head = model.bbox_head
    features = (torch.randn(2, 256, 7, 7),)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.001)
    for _ in range(100):
        optimizer.zero_grad()
        sum(head.loss(features, [sample, empty]).values()).backward()
        optimizer.step()
    found, nothing = head.predict(features, [sample, empty], rescale=True)
    best = found.scores.argmax()
    assert found.labels[best] == 3
    # of a frame twice as wide as the input
    wanted = torch.tensor([40.0, 30.0, 100.0, 60.0])
    assert (found.bboxes[best] - wanted).abs().max() < 4
    assert nothing.scores.numel() == 0 or nothing.scores.max() < 0.2
