"""A tiny YOWO in a checkpoint that carries its config, and videos for it."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from mmengine.config import Config, ConfigDict

from stal_plugin.apis import FrameResult
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.registry import MODELS
from stal_plugin.video import write_video

CLASSES = ("wave", "jump")
META = {"classes": CLASSES, "fps": 25.0, "multilabel": False}


def tiny_settings(clip_len: int = 4, interval: int = 1, links: Any = None) -> dict:
    """Config of a tiny YOWO with 64 x 64 pixels."""
    pipeline = [
        {
            "type": "stal_plugin.SampleKeyframeClip",
            "clip_len": clip_len,
            "frame_interval": interval,
            "test_mode": True,
        },
        {"type": "stal_plugin.DecodeClip"},
        {"type": "stal_plugin.BoxesToPixels"},
        {"type": "mmaction.Resize", "scale": (64, 64), "keep_ratio": False},
        {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
        {
            "type": "mmaction.PackActionInputs",
            "meta_keys": (
                *("video_id", "frame", "img_shape", "original_shape", "scale_factor"),
            ),
        },
    ]
    model = {
        "type": "mmdet.SingleStageDetector",
        "data_preprocessor": {
            "type": "stal_plugin.ClipDataPreprocessor",
            "mean": [114.0] * 3,
            "std": [58.0] * 3,
        },
        "backbone": {
            "type": "stal_plugin.LinkNet",
            "backbone_2d": {
                "type": "stal_plugin.Darknet19",
                "width": 0.0625,
                "out_channels": 8,
            },
            "backbone_3d": {"type": "stal_plugin.ResNet3D18", "width": 0.0625},
            "links": links,
        },
        "neck": {"type": "stal_plugin.CFAM", "in_channels": (8, 32), "channels": 16},
        "bbox_head": {
            "type": "stal_plugin.YOWOHead",
            "num_classes": len(CLASSES),
            "in_channels": 16,
            "prior_generator": {
                "type": "mmdet.YOLOAnchorGenerator",
                "strides": [32],
                "base_sizes": [[(16, 24), (30, 40)]],
            },
            "loss_bbox": {"type": "mmdet.SmoothL1Loss"},
            "loss_obj": {"type": "mmdet.MSELoss"},
            "loss_cls": {
                "type": "stal_plugin.ENFLoss",
                "num_classes": len(CLASSES),
                "beta": 0.7,
                "samples_per_class": {"ann_file": "data/gone/annotations.csv"},
            },
        },
        "test_cfg": {"score_thr": 0.0, "max_per_img": 20},
    }
    return {
        "default_scope": "mmaction",
        "model": model,
        "test_dataloader": {"dataset": {"type": "X", "pipeline": pipeline}},
    }


def tiny_model(settings: dict) -> Any:
    """Build it with random weights that react to what they see."""
    torch.manual_seed(1)
    model = MODELS.build(ConfigDict(settings["model"]))
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
    model.neck.gamma.data.fill_(0.5)
    model.bbox_head.conv_pred.weight.data.mul_(8)
    model.bbox_head.loss_cls.class_weights.fill_(1)  # as after training
    return model.eval()


@pytest.fixture(scope="session")
def settings() -> Callable[..., dict]:
    """Maker of tiny configs."""
    return tiny_settings


@pytest.fixture(scope="session")
def tiny() -> Callable[[dict], Any]:
    """Maker of the networks of such configs."""
    return tiny_model


def save_tiny_checkpoint(path: Path, settings: dict) -> Path:
    """Write a checkpoint as a training run does."""
    content = {
        "meta": {
            "cfg": Config(settings).pretty_text,
            "dataset_meta": META,
            META_KEY: InferenceConfig.from_settings(settings, META).to_json(),
        },
        "state_dict": tiny_model(settings).state_dict(),
    }
    torch.save(content, path)
    return path


@pytest.fixture(scope="session")
def save_checkpoint() -> Callable[..., Path]:
    """Writer of checkpoints of tiny configs."""
    return save_tiny_checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint."""
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.pth"
    return save_tiny_checkpoint(path, tiny_settings())


def moving_square(number: int, width: int = 80, height: int = 60) -> np.ndarray:
    """A frame with a square that moves."""
    rng = np.random.default_rng(5)
    image = rng.integers(60, 120, (height, width, 3), dtype=np.uint8)
    left = 3 * number % (width - 20)
    image[10:30, left : left + 20] = (250, 40, 10 * number % 250)
    return image


@pytest.fixture(scope="session")
def square() -> Callable[..., np.ndarray]:
    """Maker of frames."""
    return moving_square


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames of 80 x 60 pixels."""
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    write_video(path, (moving_square(n) for n in range(12)), 25)
    return path


@pytest.fixture(scope="session")
def make_result() -> Callable[..., FrameResult]:
    """Maker of results without a network."""

    def make(
        frame: int = 1,
        boxes: Any = (),
        labels: Any = (),
        scores: Any = None,
        track_ids: Any = None,
        tracks: tuple = (),
        **others: Any,
    ) -> FrameResult:
        count = len(boxes)
        scores = np.full(count, 0.9) if scores is None else np.asarray(scores)
        ids = np.arange(count) if track_ids is None else np.asarray(track_ids)
        return FrameResult(
            others.pop("image", moving_square(frame)),
            frame,
            others.pop("time", (frame - 1) / 25),
            np.asarray(boxes, np.float32).reshape(-1, 4),
            np.asarray(labels, np.int64).reshape(-1),
            scores.astype(np.float32),
            scores.astype(np.float32),
            ids.astype(np.int64),
            tracks,
            CLASSES,
            **others,
        )

    return make


def write_mpegts(path: Path, count: int = 100) -> None:
    """Write a video that can be joined anywhere."""
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 60, "yuv420p"
        stream.codec_context.gop_size = 5
        stream.codec_context.max_b_frames = 0
        stream.options = {"tune": "zerolatency"}
        for number in range(count):
            image = moving_square(number)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def mpegts() -> Callable[..., None]:
    """Writer of such a video."""
    return write_mpegts


SERVERS = Path(__file__).parent / "servers"


class Server:
    """A server process on loopback that can be killed and started again."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.port = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*self.command, str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())  # the same one again

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def http_server(tmp_path: Path) -> Iterator[Server]:
    """Serves the files in ``tmp_path``."""
    server = Server([sys.executable, str(SERVERS / "http_video.py"), str(tmp_path)])
    yield server
    server.kill()


@pytest.fixture
def rtsp_server() -> Iterator[Server]:
    """Serves /ball, where the system's Python has GStreamer's RTSP server."""
    python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    if subprocess.run([python, "-c", probe], capture_output=True).returncode:
        pytest.skip("GStreamer's RTSP server and python3-gi are not installed")
    server = Server([python, str(SERVERS / "rtsp_video.py")])
    yield server
    server.kill()
