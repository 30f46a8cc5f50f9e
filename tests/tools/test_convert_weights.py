from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from stal_plugin.models.backbones import Darknet19, ResNet3D18

CONFIG = (
    "model = dict(backbone=dict("
    "backbone_2d=dict(type='stal_plugin.Darknet19', width=0.0625),"
    "backbone_3d=dict(type='stal_plugin.ResNet3D18', width=0.0625)))\n"
)


class _Options:
    """An object that a foreign checkpoint may hold."""


def test_table_and_checkpoint(run_tool: Callable, tmp_path: Path) -> None:
    net = ResNet3D18(width=0.0625)
    state = {f"module.{name}": tensor for name, tensor in net.state_dict().items()}
    state["module.fc.bias"] = torch.zeros(400)
    del state["module.layer4.1.bn2.bias"]
    torch.save({"state_dict": state}, tmp_path / "r18.pth")
    (tmp_path / "config.py").write_text(CONFIG)
    result = run_tool(
        "convert_weights.py",
        *("kinetics-resnet3d18", "r18.pth", "weights/r18.pth", "--config", "config.py"),
    )
    assert result.returncode == 0, result.stderr
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in result.stdout.splitlines()
        if "│" in line
    ]
    assert [row[0] for row in rows if row[3] == "loaded"] == [
        "conv1",
        "bn1",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
    ]
    classifier = "classifier of clips, a detector has none"
    assert ["fc.bias", "1", "", "skipped", classifier] in rows
    assert ["layer4", "1", "", "missing"] in [row[:4] for row in rows]
    assert 'init_cfg=dict(type="Pretrained", checkpoint="weights/r18.pth")' in (
        result.stdout
    )
    saved = torch.load(tmp_path / "weights/r18.pth", weights_only=True)
    assert torch.equal(saved["state_dict"]["conv1.weight"], net.conv1.weight)
    assert "fc.bias" not in saved["state_dict"]


def test_an_unsafe_file_needs_trust(run_tool: Callable, tmp_path: Path) -> None:
    state = {"conv1.weight": torch.ones(1)}
    torch.save({"opts": _Options(), "state_dict": state}, tmp_path / "r18.pth")
    arguments = ("kinetics-resnet3d18", "r18.pth", "out.pth")
    refused = run_tool("convert_weights.py", *arguments)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: checkpoint 'r18.pth' holds more than")
    assert "--trust-checkpoint" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / "out.pth").exists()


def test_a_wrong_size_is_one_line(run_tool: Callable, tmp_path: Path) -> None:
    header = np.int32([0, 1, 0, 0]).tobytes()
    (tmp_path / "tiny.weights").write_bytes(header + bytes(400))
    result = run_tool("convert_weights.py", "yolov2", "tiny.weights", "out.pth")
    assert result.returncode == 1
    assert result.stderr.startswith("Error: 'tiny.weights' has 100 numbers")
    assert "must have 50,983,561" in result.stderr
    assert Darknet19.__name__ not in result.stderr
