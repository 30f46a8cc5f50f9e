"""A time step as a file, run on a stream, against torch on the same frames."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict

from stal_plugin.apis import ActionDetector, StreamedClip, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.exported_step import ExportedStep
from stal_plugin.apis.exported.exported_stream import ExportedStream
from stal_plugin.apis.exported.parity import measure_parity
from stal_plugin.apis.exported.tensorrt import tensorrt_problems, trtexec_command
from stal_plugin.apis.exported.write_onnx import checked_export, write_onnx
from stal_plugin.apis.load_model import load_model
from stal_plugin.apis.sources import Frame, Source
from stal_plugin.registry import MODELS

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory, live_parts: dict) -> Path:
    """Checkpoint of a causal network that sees differences; every second frame."""
    settings = live_parts["tiny_settings"](clip_len=4, interval=2)
    backbone = settings["model"]["backbone"]
    backbone |= {"motion_input": "both"}
    backbone["backbone_3d"] |= {"causal": True, "in_channels": 6}
    path = tmp_path_factory.mktemp("causal") / "causal.pth"
    return live_parts["save_tiny_checkpoint"](path, settings)


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory, causal: Path) -> Path:
    """The same as a time step."""
    path = tmp_path_factory.mktemp("step") / "step.onnx"
    write_onnx(*load_model(causal, None, CPU), path, "step")
    return path


class _WithGap(Source):
    """Squares that move; something is lost before the ninth."""

    name, fps, live = "squares", 25.0, False

    def __init__(self, square: Callable) -> None:
        self.square = square

    def __iter__(self) -> Any:
        for n in range(1, 15):
            yield Frame(self.square(n), n, n / 25, 0.0, after_gap=n == 9)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_it_detects_what_torch_streams(
    causal: Path, step: Path, live_parts: dict, engine: str
) -> None:
    pytest.importorskip(engine)
    original = ActionDetector(causal, device="cpu", score_thr=0.0)
    other = ActionDetector(step, score_thr=0.0, engine=engine)
    ring = ClipRing(ClipSampling(4, 2))
    assert type(choose_engine(original.model, ring, 1)) is StreamedClip
    assert type(choose_engine(other.model, ring, 1)) is ExportedStream
    squares = [_WithGap(live_parts["moving_square"]) for _ in range(2)]
    both = zip(original.run(squares[0]), other.run(squares[1]), strict=True)
    scores = []
    for a, b in both:
        assert len(a) == len(b) > 3
        assert np.abs(a.boxes - b.boxes).max() < 1e-3
        assert np.abs(a.scores - b.scores).max() < 1e-5
        assert np.array_equal(a.labels, b.labels)
        assert b.age == 0
        scores.append(b.scores.max())
    assert len(scores) == 14
    assert np.ptp(scores) > 1e-3


def test_a_clip_begins_anew_and_batches_are_streams(causal: Path, step: Path) -> None:
    model, _ = load_model(causal, None, CPU)
    exported = OnnxModel(step)
    clips = torch.randint(0, 256, (4, 3, 4, 64, 64)).float()
    parity = measure_parity(ExportedGraph(model).decode, exported, clips)
    assert parity.boxes < 1e-3
    assert parity.scores < 1e-5
    assert exported.is_step
    with pytest.raises(ValueError, match=r"\(3, 4, 64, 64\), but the pipeline gives"):
        exported(clips[:, :, :2])


def test_a_step_is_plain_convolutions_whose_memory_is_outside(
    causal: Path, step: Path
) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(step).graph
    kinds = {node.op_type for node in graph.node}
    assert "BatchNormalization" not in kinds
    weights = {i.name: len(i.dims) for i in graph.initializer}
    convs = [node for node in graph.node if node.op_type == "Conv"]
    assert {weights.get(node.input[1], 4) for node in convs} == {4}
    lags = ExportedStep(load_model(causal, None, CPU)[0], (64, 64)).lags
    assert [i.name for i in graph.input][:8] == [
        *("frame", "kept0.1", "kept1.1"),  # the frame before, and that there was one
        *("kept2.6", "kept2.5", "kept2.4", "kept2.3", "kept2.2"),  # the 7x7x7 stem
    ]
    # pool, then two blocks of two convolutions at temporal strides 2, 4, 8 and 16
    assert [*lags.values()][3:] == [
        *((2, 1), *[(4, 2)] * 5, *[(8, 4)] * 4, *[(16, 8)] * 4, *[(32, 16)] * 3),
    ]


def test_tensorrt_is_not_known_to_refuse_a_step(step: Path) -> None:
    assert tensorrt_problems(step) == []
    command = trtexec_command(step)
    assert "--maxShapes=frame:8x3x64x64,kept0.1:8x3x64x64," in command


def test_movinet_keeps_its_state_in_whole(live_parts: dict, tmp_path: Path) -> None:
    settings = live_parts["tiny_settings"]()
    settings["model"]["backbone"]["backbone_3d"] = {"type": "stal_plugin.MoViNet"}
    settings["model"]["neck"]["in_channels"] = (8, 480)
    torch.manual_seed(1)
    model = MODELS.build(ConfigDict(settings["model"])).eval()
    path = live_parts["save_tiny_checkpoint"](tmp_path / "m.pth", settings)
    _, config = load_model(path, None, CPU)
    clips = torch.randint(0, 256, (2, 3, 4, 64, 64))
    metadata, parity = checked_export(
        model, config, tmp_path / "m.onnx", clips, (1e-3, 1e-5), "step"
    )
    assert parity.num_clips == 2
    assert set(metadata.stream.values()) == {(1,)}


def test_networks_that_have_no_step(network: tuple, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"only a network with a causal 3D branch"):
        write_onnx(*network, tmp_path / "m.onnx", "step")
