"""Other networks as LinkNet's branches: a step, and the exported file."""

from pathlib import Path

import pytest
import torch
from fixtures.host_branches import BRANCHES_2D, HOST_BRANCHES
from mmaction.structures import ActionDataSample
from mmengine.config import ConfigDict
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.engine.checkpoints.allowed_types import allowed
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    find_test_pipeline,
)
from stal_plugin.registry import MODELS

META = {"img_shape": (64, 64), "scale_factor": (1.0, 1.0), "original_shape": (64, 64)}
TRUTH = InstanceData(bboxes=torch.tensor([[8.0, 8, 40, 50]]), labels=torch.tensor([1]))


@pytest.mark.parametrize("name", [*HOST_BRANCHES, *BRANCHES_2D])
def test_a_step_and_the_exported_file(
    name: str, live_parts: dict, clips: Tensor, tmp_path: Path
) -> None:
    settings = live_parts["tiny_settings"]()
    place = int(name in HOST_BRANCHES)
    branch, channels = (BRANCHES_2D, HOST_BRANCHES)[place][name]
    key = ("backbone_2d", "backbone_3d")[place]
    settings["model"]["backbone"][key] = branch
    in_channels = [*settings["model"]["neck"]["in_channels"]]
    in_channels[place] = channels
    settings["model"]["neck"]["in_channels"] = tuple(in_channels)
    loss = {"type": "stal_plugin.ENFLoss", "num_classes": 2, "beta": 0.0}
    settings["model"]["bbox_head"]["loss_cls"] = loss
    # as it would be read from a checkpoint
    config = ConfigDict(allowed(settings["model"], "model"))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):  # of another library's config
        model = MODELS.build(config)
    model.init_weights()

    optimizer = {"type": "SGD", "lr": 0.01}
    wrapper = build_optim_wrapper(
        model, {"type": "OptimWrapper", "optimizer": optimizer}
    )
    before = {k: p.detach().clone() for k, p in model.named_parameters()}
    samples = [ActionDataSample(metainfo=META, gt_instances=TRUTH) for _ in clips]
    log = model.train_step({"inputs": list(clips), "data_samples": samples}, wrapper)
    assert all(torch.isfinite(value) for value in log.values())
    own = [k for k in before if k.startswith(f"backbone.{key}.")]
    moved = [k for k in own if not torch.equal(model.get_parameter(k), before[k])]
    assert len(moved) > 0.9 * len(own) > 10

    with torch.no_grad():  # running statistics
        for _ in range(3):
            model((clips - 114.0) / 58, mode="tensor")
    model.eval()
    pipeline = tuple(find_test_pipeline(settings))
    exported = InferenceConfig(dict(config), pipeline, ("a", "b"), 25.0, False)
    write_onnx(model, exported, tmp_path / "m.onnx")
    decode = ExportedGraph(model).decode
    parity = measure_parity(decode, OnnxModel(tmp_path / "m.onnx"), clips)
    assert parity.boxes < 2e-3
    assert parity.scores < 1e-5
