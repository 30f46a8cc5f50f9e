"""A tiny YOWO, its exported file, and clips of a moving square."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from stal_plugin.apis.exported.parity import video_clips
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.apis.load_model import load_model
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig
from stal_plugin.video import write_video

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def live_parts() -> dict:
    """What the tests of the detector make checkpoints and footage with."""
    return runpy.run_path(str(ROOT / "tests/apis/conftest.py"))


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory, live_parts: dict) -> Path:
    """Twelve frames of 80 x 60 pixels."""
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    write_video(path, (live_parts["moving_square"](n) for n in range(12)), 25)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, live_parts: dict) -> Path:
    """A tiny checkpoint that carries its config."""
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.pth"
    return live_parts["save_tiny_checkpoint"](path, live_parts["tiny_settings"]())


@pytest.fixture(scope="session")
def network(checkpoint: Path) -> tuple[Any, InferenceConfig]:
    """The network of the checkpoint and its config. Do not change them."""
    return load_model(checkpoint, None, torch.device("cpu"))


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, network: tuple) -> Path:
    """The same network as ONNX."""
    path = tmp_path_factory.mktemp("onnx") / "tiny.onnx"
    write_onnx(*network, path)
    return path


@pytest.fixture(scope="session")
def clips(network: tuple, video: Path) -> Tensor:
    """Six clips ``(6, 3, 4, 64, 64)``, not normalised."""
    return video_clips(video, network[1], 6)


@pytest.fixture
def changed_model(live_parts: dict) -> Callable[..., Any]:
    """Maker of tiny networks whose config is changed."""

    def make(**changes: Any) -> Any:
        settings = live_parts["tiny_settings"]()
        settings["model"].update(changes)
        return (
            live_parts["MODELS"]
            .build(live_parts["ConfigDict"](settings["model"]))
            .eval()
        )

    return make
