"""MoViNet as the 3D branch of LinkNet."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stal_plugin.registry import MODELS

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

TWO = {"type": "stal_plugin.Darknet19", "width": 0.0625, "out_channels": 10}
LINKS = {
    "type": "stal_plugin.ExpandLink",
    "stages": [("stage2", "block0"), ("stage4", "block3")],
    "direction": "both",
}


def _build(causal: bool = True, **kwargs: object) -> torch.nn.Module:
    three = {"type": "stal_plugin.MoViNet", "causal": causal}
    if kwargs.get("motion_input"):
        three["in_channels"] = 6
    config = {"type": "stal_plugin.LinkNet", "backbone_2d": TWO, "backbone_3d": three}
    net = MODELS.build({**config, **kwargs})
    for name, parameter in net.named_parameters():
        if name.endswith("rezero"):
            torch.nn.init.ones_(parameter)
    return net


@pytest.mark.parametrize("causal", [True, False])
def test_one_step_of_training_with_links_changes_both_branches(causal: bool) -> None:
    net = _build(causal, links=[LINKS], motion_input="both").train()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    clip = torch.rand(2, 3, 4, 64, 64)
    maps = net(clip)
    assert [tuple(m.shape) for m in maps] == [(2, 10, 2, 2), (2, 480, 2, 2)]
    before = {name: p.clone() for name, p in net.named_parameters()}
    sum(m.square().mean() for m in maps).backward()
    optimizer.step()
    same = {n for n, p in net.named_parameters() if torch.equal(p, before[n])}
    # links start as none, and what comes before their last layer waits for that
    assert [name for name in same if name.startswith("backbone")] == []
    assert len(same) < len([*net.links_to_2d.parameters()]) * 2


@torch.no_grad()
def test_channels_last_changes_nothing_but_speed() -> None:
    net = _build().eval()
    clip = torch.rand(2, 3, 4, 64, 64)
    plain = net(clip)
    net.channels_last = True
    for a, b in zip(plain, net(clip), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("causal", [True, False])
def test_onnx_gives_the_same_for_any_batch(causal: bool, tmp_path: Path) -> None:
    net = _build(causal, links=[LINKS]).eval()
    path = tmp_path / "net.onnx"
    torch.onnx.export(
        net,
        (torch.rand(2, 3, 4, 64, 64),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["clip"],
        output_names=["two", "three"],
        dynamic_axes={"clip": {0: "batch"}},
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    clip = torch.rand(3, 3, 4, 64, 64)
    with torch.no_grad():
        expected = net(clip)
    for ours, theirs in zip(
        expected, session.run(None, {"clip": clip.numpy()}), strict=True
    ):
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-4, rtol=1e-4)
