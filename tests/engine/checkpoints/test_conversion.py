import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModule

from stal_plugin.engine.checkpoints.conversion import (
    FORMATS,
    WeightFormat,
    convert_weights,
    describe,
    find_part,
    save_weights,
)
from stal_plugin.engine.checkpoints.darknet import read_yolov2
from stal_plugin.registry import MODELS

ROOT = Path(__file__).resolve().parents[3]
SMALL = {"type": "stal_plugin.ResNet3D18", "width": 0.0625}
TORCHVISION = {
    "stem_kernel": (3, 7, 7),
    "pool_kernel": [1, 1, 1],
    "pool_stride": (1, 1, 1),
    "shortcut": "B",
}


@pytest.fixture
def kinetics(tmp_path: Path, hara_tensors: Callable) -> Path:
    path = tmp_path / "resnet-18-kinetics.pth"
    torch.save({"state_dict": hara_tensors("A")}, path)
    return path


def test_converted_weights_start_a_branch(kinetics: Path, tmp_path: Path) -> None:
    model = {"backbone": {"backbone_3d": {**SMALL, "shortcut": "A-detached"}}}
    conversion = convert_weights("kinetics-resnet3d18", kinetics, model)
    assert conversion.model["shortcut"] == "A-detached"
    assert set(conversion.fit.skipped) == {"fc.weight", "fc.bias"}
    assert conversion.fit.missing == ()
    out = tmp_path / "weights" / "r18.pth"
    save_weights(conversion, out, kinetics.name)
    saved = torch.load(out, weights_only=True)
    assert saved["meta"] == {"source": "resnet-18-kinetics.pth"}
    for kind in (
        {"type": "Pretrained", "checkpoint": str(out)},
        {"type": "stal_plugin.PretrainedIfPresent", "checkpoint": str(out)},
    ):
        if kind["type"] != "Pretrained":
            kind["made_by"] = "a test"
        branch: BaseModule = MODELS.build({**SMALL, "init_cfg": kind})
        branch.init_weights()
        for name, tensor in saved["state_dict"].items():
            assert torch.equal(branch.state_dict()[name], tensor)


def test_arguments_that_do_not_fit_are_named(
    tmp_path: Path, hara_tensors: Callable
) -> None:
    path = tmp_path / "r.pth"
    torch.save(hara_tensors("B"), path)
    with pytest.raises(ValueError, match=r"set shortcut='B' \(it is 'A'\)$"):
        convert_weights("kinetics-resnet3d18", path, SMALL)
    tensors = hara_tensors("B")
    file = {"stem.0.weight": torch.zeros(4, 3, 3, 7, 7)}
    file |= {k: v for k, v in tensors.items() if "downsample" in k}
    torch.save(file, path)
    with pytest.raises(ValueError, match="set stem_kernel") as error:
        convert_weights("torchvision-r3d18", path, SMALL)
    for change in (
        r"stem_kernel=\(3, 7, 7\) \(it is \(7, 7, 7\)\)",
        r"pool_kernel=\(1, 1, 1\) \(it is \(3, 3, 3\)\)",
        r"pool_stride=\(1, 1, 1\)",
        "shortcut='B'",
    ):
        assert error.match(f".*{change}")
    conversion = convert_weights("torchvision-r3d18", path, {**SMALL, **TORCHVISION})
    assert "output stride 16" in conversion.notes[0]
    assert "layer1.0.conv1.weight" in conversion.fit.missing


def test_another_width_is_refused_with_both_models(kinetics: Path) -> None:
    message = r"They fit stal_plugin.ResNet3D18\(.*\), the config has .*width=0.125"
    with pytest.raises(ValueError, match=message):
        convert_weights("kinetics-resnet3d18", kinetics, {**SMALL, "width": 0.125})


def test_layers_of_other_classes_are_skipped(tmp_path: Path) -> None:
    centernet = {
        "type": "mmdet.CenterNet",
        "_scope_": "mmdet",
        "backbone": {"type": "ResNet", "depth": 18, "base_channels": 8},
        "neck": {
            "type": "CTResNetNeck",
            "in_channels": 64,
            "num_deconv_filters": (8,),
            "num_deconv_kernels": (4,),
            "use_dcn": False,
        },
        "bbox_head": {
            "type": "mmdet.CenterNetHead",
            "num_classes": 80,
            "in_channels": 8,
            "feat_channels": 8,
        },
    }
    path = tmp_path / "c.pth"
    torch.save({"state_dict": MODELS.build(centernet).state_dict()}, path)
    ours = {**centernet, "bbox_head": {**centernet["bbox_head"], "num_classes": 21}}
    # The localiser is a part of the model.
    conversion = convert_weights("mmdet-centernet", path, {"localizer": ours})
    assert conversion.fit.skipped == {
        f"bbox_head.heatmap_head.2.{name}": f"shape {theirs} in the file, {mine} in "
        "the model: other classes"
        for name, theirs, mine in (
            ("weight", (80, 8, 1, 1), (21, 8, 1, 1)),
            ("bias", (80,), (21,)),
        )
    }
    assert conversion.fit.missing == ()
    assert "neck.deconv_layers.1.conv.weight" in conversion.fit.loaded


def test_the_innermost_part_is_found() -> None:
    part = {"type": "a.B", "width": 2}
    model = {"type": "x", "parts": [{"type": "y"}, {"inner": part}]}
    kind = WeightFormat(read_yolov2, "a.B")
    assert find_part(model, kind) == part
    head = {"type": "z", "bbox_head": {"type": "a.Head"}}
    heads = WeightFormat(read_yolov2, heads=("a.Head", "b.Head"))
    assert find_part({"first": {"type": "y"}, "second": head}, heads) == head
    with pytest.raises(ValueError, match=r"no part a\.B, which these weights"):
        find_part(head, kind)
    with pytest.raises(ValueError, match=r"no part with a head a\.Head or b\.Head"):
        find_part(model, heads)


def test_a_model_is_described_as_a_call() -> None:
    model = {"type": "a.B", "_scope_": "a", "width": 2, "init_cfg": {}, "c": {"d": 1}}
    assert describe(model) == "a.B(width=2)"


def test_the_tool_knows_the_same_formats() -> None:
    spec = importlib.util.spec_from_file_location(
        "convert_weights", ROOT / "tools/convert_weights.py"
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert [*tool.FORMATS] == [*FORMATS]
