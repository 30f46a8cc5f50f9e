from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from stal_plugin.models.backbones import Darknet19, MoViNet, ResNet3D18
from stal_plugin.models.cls_heads import MoViNetHead

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


def test_movinet_with_its_names(run_tool: Callable, tmp_path: Path) -> None:
    pytest.importorskip("tflite")
    from fixtures.tflite_writer import movinet_file

    head = MoViNetHead(2, 480, 8, loss_cls={"type": "mmaction.CrossEntropyLoss"})
    net = MoViNet(se_type="none", activation="relu6").eval()
    (tmp_path / "a0.tflite").write_bytes(movinet_file(net, head, quantise=True))
    (tmp_path / "names.txt").write_text("run\njump\n")
    arguments = ("movinet", "a0.tflite", "weights/a0.pth", "--labels", "names.txt")
    result = run_tool("convert_weights.py", *arguments)
    assert result.returncode == 0, result.stderr
    assert "arch='A0', causal=True, se_type='none', activation='relu6'" in result.stdout
    assert "MoViNetHead(num_classes=2, in_channels=480, " in result.stdout
    assert 'checkpoint="weights/a0.pth", prefix="backbone.")' in result.stdout
    stored = torch.load(tmp_path / "weights/a0.pth", weights_only=True)
    assert stored["meta"]["dataset_meta"] == {"classes": ["run", "jump"]}
    (tmp_path / "names.txt").write_text("run\n")
    result = run_tool("convert_weights.py", *arguments, "--overwrite")
    assert result.returncode == 1
    assert result.stderr.strip().endswith("'names.txt' has 1 names for 2 classes")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("source", ["net.weights", "net.index"])
def test_files_beside_the_source_are_inputs(
    source: str, run_tool: Callable, tmp_path: Path
) -> None:
    names = ("net.weights", "net.cfg", "net.index", "net.data-00000-of-00001")
    for name in names:
        (tmp_path / name).write_text(name)
    out = "net.cfg" if source == "net.weights" else "net.data-00000-of-00001"
    result = run_tool("convert_weights.py", "movinet", source, out, "--overwrite")
    assert result.returncode == 1
    assert f"would replace {out}, which this command reads" in result.stderr
    assert [(tmp_path / name).read_text() for name in names] == [*names]
