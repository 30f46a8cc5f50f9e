from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from stal_plugin.apis.exported.parity import dataset_clips, video_clips
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.sources import FileSource
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig


def _dataset_config(own_data: Path, pipeline: list, **changes: object) -> Config:
    dataset = {
        "type": "stal_plugin.AgotDataset",
        "data_root": str(own_data.parent),
        "ann_file": "annotations.csv",
        "num_classes": 2,
        "pipeline": pipeline,
    }
    train = {**dataset, "split": "train", "pipeline": [{"type": "not.Used"}], **changes}
    return Config(
        {
            "train_dataloader": {
                "dataset": {"type": "RepeatDataset", "times": 2, "dataset": train}
            },
            "test_dataloader": {"dataset": {**dataset, "split": "test"}},
        }
    )


def test_clips_of_both_splits(own_data: Path, live_parts: dict) -> None:
    """Frame t of the videos is of brightness 100 + t - 1."""
    settings = live_parts["tiny_settings"]()
    pipeline = settings["test_dataloader"]["dataset"]["pipeline"]
    cfg = _dataset_config(own_data, pipeline)
    for loader in ("test_dataloader", "train_dataloader"):
        clips = dataset_clips(cfg, loader, 4)
        assert clips.shape == (4, 3, 4, 64, 64)
        assert clips.dtype == torch.uint8
        last = clips[:, 0, -1].float().mean((1, 2))
        assert last.diff().min() > 5  # evenly from the first to the last
        steps = clips[-1, 0].float().mean((1, 2)).diff()
        assert steps.tolist() == pytest.approx([1, 1, 1], abs=1.0)
    assert len(dataset_clips(cfg, "test_dataloader", 10_000)) == 40


def test_no_data(own_data: Path, live_parts: dict) -> None:
    with pytest.raises(ValueError, match=r"no train_dataloader\.dataset to take"):
        dataset_clips(Config(live_parts["tiny_settings"]()), "train_dataloader", 3)
    pipeline = live_parts["tiny_settings"]()["test_dataloader"]["dataset"]["pipeline"]
    cfg = _dataset_config(own_data, pipeline, ann_file="gone.csv")
    with pytest.raises(FileNotFoundError, match=r"gone\.csv"):
        dataset_clips(cfg, "train_dataloader", 3)


def test_clips_of_a_video(network: tuple, video: Path, tmp_path: Path) -> None:
    config: InferenceConfig = network[1]
    clips = video_clips(video, config, 4)  # frames 3, 6, 9 and 12
    pipeline = FramePipeline(config.pipeline)
    frames = [pipeline(f.image, "", f.number)[0][:, 0] for f in FileSource(video)]
    assert torch.equal(clips[3], torch.stack(frames[8:], 1))
    assert torch.equal(clips[0, :, -1], frames[2])
    assert torch.equal(clips[0, :, 0], frames[0])  # it stands for the one before
    assert len(video_clips(video, config, 100)) == 12
    with pytest.raises((ValueError, FileNotFoundError), match="gone"):
        video_clips(tmp_path / "gone.mp4", config, 3)
