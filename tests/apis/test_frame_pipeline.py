from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose

from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.registry import TRANSFORMS
from stal_plugin.video import VideoReader


def test_frames_are_those_of_the_clip(settings: Callable, video: Path) -> None:
    steps = settings()["test_dataloader"]["dataset"]["pipeline"]
    whole = Compose([TRANSFORMS.build(step) for step in steps])
    info = {"video_id": "v", "filename": str(video), "total_frames": 12, "frame": 9}
    empty = {"gt_boxes_norm": np.zeros((0, 4)), "gt_labels": np.zeros(0, np.int64)}
    clip = whole({**info, **empty, "modality": "RGB"})
    pipeline = FramePipeline(steps)
    for place, image in enumerate(VideoReader(video).read(range(5, 9))):
        inputs, sample = pipeline(image, "v", place + 6)
        assert torch.equal(inputs, clip["inputs"][:, place : place + 1])
        assert sample.metainfo["frame"] == place + 6
    expected, meta = clip["data_samples"].metainfo, sample.metainfo
    assert np.array_equal(meta.pop("scale_factor"), expected.pop("scale_factor"))
    assert meta == expected


def test_several_crops_are_refused() -> None:
    steps = [
        {"type": "mmaction.Resize", "scale": (32, 16), "keep_ratio": False},
        {"type": "mmaction.ThreeCrop", "crop_size": 16},
        {"type": "mmaction.FormatShape", "input_format": "NCTHW"},
        {"type": "mmaction.PackActionInputs"},
    ]
    with pytest.raises(ValueError, match=r"\(3, 3, 1, 16, 16\) of one frame"):
        FramePipeline(steps)(np.zeros((9, 9, 3), np.uint8), "v", 1)
