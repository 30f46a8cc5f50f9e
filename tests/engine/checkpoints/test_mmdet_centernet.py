from pathlib import Path

import mmdet
import pytest
import torch
from mmengine.config import Config
from torch import Tensor

from stal_plugin.engine.checkpoints.mmdet_centernet import read_mmdet_centernet
from stal_plugin.registry import MODELS

PARTS = ("backbone.", "neck.", "bbox_head.")
CONFIGS = Path(__file__).resolve().parents[3] / "configs"


def _norm(name: str, channels: int) -> dict[str, Tensor]:
    out = {f"{name}.{k}": torch.randn(channels) for k in ("weight", "bias")}
    out[f"{name}.running_mean"] = torch.randn(channels)
    out[f"{name}.running_var"] = torch.rand(channels)
    out[f"{name}.num_batches_tracked"] = torch.tensor(5)
    return out


def _checkpoint(num_classes: int) -> dict[str, Tensor]:
    """Names and shapes of mmdet's checkpoint, written down by hand."""
    out = {"backbone.conv1.weight": torch.randn(64, 3, 7, 7)}
    out |= _norm("backbone.bn1", 64)
    before = 64
    for i, channels in enumerate((64, 128, 256, 512), 1):
        for block in (0, 1):
            name = f"backbone.layer{i}.{block}"
            source = before if block == 0 else channels
            out[f"{name}.conv1.weight"] = torch.randn(channels, source, 3, 3)
            out[f"{name}.conv2.weight"] = torch.randn(channels, channels, 3, 3)
            out |= _norm(f"{name}.bn1", channels) | _norm(f"{name}.bn2", channels)
            if source != channels:
                weight = torch.randn(channels, source, 1, 1)
                out[f"{name}.downsample.0.weight"] = weight
                out |= _norm(f"{name}.downsample.1", channels)
        before = channels
    for i, channels in enumerate((256, 128, 64)):
        name = f"neck.deconv_layers.{2 * i}"
        out[f"{name}.conv.weight"] = torch.randn(channels, before, 3, 3)
        out |= _norm(f"{name}.bn", channels)
        name = f"neck.deconv_layers.{2 * i + 1}"
        out[f"{name}.conv.weight"] = torch.randn(channels, channels, 4, 4)
        out |= _norm(f"{name}.bn", channels)
        before = channels
    for head, channels in (("heatmap", num_classes), ("wh", 2), ("offset", 2)):
        name = f"bbox_head.{head}_head"
        out[f"{name}.0.weight"] = torch.randn(64, 64, 3, 3)
        out[f"{name}.0.bias"] = torch.randn(64)
        out[f"{name}.2.weight"] = torch.randn(channels, 64, 1, 1)
        out[f"{name}.2.bias"] = torch.randn(channels)
    return out


def test_names_and_shapes_are_those_of_mmdets_model(tmp_path: Path) -> None:
    path = tmp_path / "centernet.pth"
    tensors = _checkpoint(80)
    extra = {"data_preprocessor.mean": torch.zeros(3)}
    torch.save({"meta": {"epoch": 28}, "state_dict": {**tensors, **extra}}, path)
    weights = read_mmdet_centernet(path)
    assert set(weights.tensors) == set(tensors)
    assert [*weights.skipped] == ["data_preprocessor.mean"]
    assert weights.class_layers == ("bbox_head.heatmap_head.2.",)
    model = MODELS.build(dict(weights.model))
    assert model.bbox_head.num_classes == 80
    model.load_state_dict(weights.tensors, strict=True)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, tensors[name])


def _shapes(model: dict) -> dict[str, tuple[int, ...]]:
    for part in (model, model["backbone"]):
        part.pop("init_cfg", None)
    state = MODELS.build({"_scope_": "mmdet", **model}).state_dict()
    return {k: tuple(v.shape) for k, v in state.items() if k.startswith(PARTS)}


def test_they_are_those_of_mmdets_config_and_of_our_localizer() -> None:
    wheel = Path(mmdet.__file__).parent / ".mim/configs/centernet"
    theirs = Config.fromfile(wheel / "centernet_r18_8xb16-crop512-140e_coco.py")
    expected = _shapes(theirs.model.to_dict())
    assert {k: tuple(v.shape) for k, v in _checkpoint(80).items()} == expected
    for name, more in (("center3d_agot", True), ("center3d-blend_agot", False)):
        model = Config.fromfile(CONFIGS / f"{name}.py").model.to_dict()
        ours = _shapes(model["localizer"])
        assert {k: ours[k] for k in expected} == expected
        # what is not in the checkpoint are the branches of the keypoints
        rest = {k.split(".")[1].split("_")[0] for k in ours if k not in expected}
        assert rest == ({"keypoint"} if more else set())
        ours_norm, norm = model["data_preprocessor"], theirs.model.data_preprocessor
        assert norm.bgr_to_rgb  # our clips are RGB
        assert ours_norm["mean"] == norm.mean
        assert ours_norm["std"] == norm.std


def test_the_deformable_variant_and_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "dcn.pth"
    torch.save({"neck.deconv_layers.0.conv.conv_offset.weight": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match="variant with deformable convolutions"):
        read_mmdet_centernet(path)
    torch.save({"head.weight": torch.zeros(1)}, path)
    with pytest.raises(ValueError, match=r"no CenterNet of mmdet.*\['head.weight'\]"):
        read_mmdet_centernet(path)
