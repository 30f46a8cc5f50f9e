"""A tiny data set of coloured patches, and the data set of its features."""

from pathlib import Path
from typing import Any

import numpy as np
from fixtures.actors import frame

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.datasets.actor_feature_dataset import ActorFeatureDataset
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video

WIDTH, HEIGHT, LENGTH = 64, 48, 10
PIPELINE = [
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 4, "frame_interval": 2}
]


def write_patches(folder: Path) -> None:
    """A video for training, one for testing: a red patch that moves, a green one."""
    videos, rows = {}, []
    for split in ("train", "test"):
        name = f"v_{split}"
        images = [frame(4 + n, 44).permute(1, 2, 0).numpy() for n in range(LENGTH)]
        write_video(folder / f"{name}.mp4", iter(images), 25, size=(WIDTH, HEIGHT))
        info = VideoInfo(f"{name}.mp4", 25.0, WIDTH, HEIGHT, LENGTH, name, split)
        videos[name] = info
        for n in range(LENGTH):
            red = (4 + n, 10, 12 + n, 26)
            rows.append((name, n + 1, *red, 0, 5))
            rows.append((name, n + 1, 44, 12, 54, 22, 1, 6))
    ids, frames, x1, y1, x2, y2, labels, persons = zip(*rows, strict=True)
    scale = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT])
    annotation = Annotation(
        classes=["left", "right", "none"],
        videos=videos,
        mirrored_classes=[("left", "right")],
        synthetic=True,
        note="made by a test",
        rows=BoxTable(
            frames=np.array(frames),
            boxes=np.array([x1, y1, x2, y2], float).T / scale,
            labels=np.array(labels),
            video_ids=np.array(ids),
            person_ids=np.array(persons),
        ),
    )
    write_annotation(annotation, folder / "annotations.csv")


def feature_dataset(
    folder: Path, cache: Path, split: str = "train", **changes: Any
) -> ActorFeatureDataset:
    """The data set of its features."""
    inner = {
        "type": "stal_plugin.STALDataset",
        "data_root": str(folder),
        "ann_file": "annotations.csv",
        "split": split,
        "pipeline": PIPELINE,
        "test_mode": split == "test",
    }
    return ActorFeatureDataset(
        inner, str(cache), **{"window": 3, "variants": 2, **changes}
    )
