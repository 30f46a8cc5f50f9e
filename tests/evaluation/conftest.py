"""Builders of small detections and ground truth."""

from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation import Detections, GroundTruth
from stal_plugin.evaluation.tubes import Tubes, tubes_of_rows


def _detections(*rows: tuple) -> Detections:
    frames, boxes, labels, scores = zip(*rows, strict=True) if rows else ((),) * 4
    values = np.array(scores, float)
    return Detections(
        np.array(frames, np.int64),
        np.array(boxes, float).reshape(-1, 4),
        np.array(labels, np.int64),
        values,
        values,
    )


def _ground_truth(*rows: tuple) -> GroundTruth:
    frames, boxes, labels = zip(*rows, strict=True) if rows else ((),) * 3
    return GroundTruth.from_labels(
        np.array(frames, np.int64),
        np.array(boxes, float).reshape(-1, 4),
        np.array(labels, np.int64),
    )


def _tubes(*tubes: tuple) -> Tubes:
    rows = [
        (i, frame, box, label, score)
        for i, (label, score, boxes) in enumerate(tubes)
        for frame, box in boxes.items()
    ]
    keys, frames, boxes, labels, scores = zip(*rows, strict=True) if rows else ((),) * 5
    return tubes_of_rows(
        np.array(keys, np.int64),
        np.array(frames, np.int64),
        np.array(boxes, float).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array(scores, float),
    )


def _random_video_case(
    seed: int, num_videos: int = 3, num_frames: int = 6, num_classes: int = 3
) -> tuple[Detections, np.ndarray]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, num_frames + 1, num_videos)
    videos = np.repeat(np.arange(num_videos), lengths)
    size = int(rng.integers(0, 30))
    corner, extent = rng.uniform(0, 6, (size, 2)), rng.uniform(4, 8, (size, 2))
    scores = rng.permutation(size) / 37 + 0.01
    dets = Detections(
        rng.integers(0, len(videos), size),
        np.concatenate([corner, corner + extent], axis=1),
        rng.integers(0, num_classes, size),
        scores,
        scores,
    )
    return dets, videos


@pytest.fixture
def dets_of() -> Callable[..., Detections]:
    """Return a function of rows (frame, box, label, score)."""
    return _detections


@pytest.fixture
def gts_of() -> Callable[..., GroundTruth]:
    """Return a function of rows (frame, box, label)."""
    return _ground_truth


@pytest.fixture
def tubes_of() -> Callable[..., Tubes]:
    """Return a function of tubes (label, score, {frame: box})."""
    return _tubes


@pytest.fixture(scope="session")
def random_videos() -> Callable[..., tuple[Detections, np.ndarray]]:
    """Return a function of a seed: detections and the video of each frame."""
    return _random_video_case
