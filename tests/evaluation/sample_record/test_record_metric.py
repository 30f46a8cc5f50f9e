from collections.abc import Callable

import mmengine.dist.dist as mmengine_dist
import numpy as np
import pytest

from stal_plugin.evaluation.frame_map import FrameMAP
from stal_plugin.evaluation.sample_record import RecordMetric
from stal_plugin.evaluation.video_map import VideoMAP

BOX = [20.0, 10, 60, 50]
CLASSES = ("up", "down")


def _sample(frame: int) -> dict:
    """One actor; every frame has another score, every third box lies beside it."""
    return {
        "video_id": "v",
        "frame": frame,
        "original_shape": (100, 200),
        "ann_boxes": np.array([BOX]) / [200, 100, 200, 100],
        "ann_labels": np.array([0]),
        "ann_person_ids": np.array([1]),
        "pred_instances": {
            "bboxes": np.array([BOX]) + (30 if frame % 3 == 0 else 0),
            "scores": np.array([0.1 * frame]),
            "labels": np.array([0]),
        },
    }


def _evaluate(
    build: Callable[[], RecordMetric], ranks: list, patch: pytest.MonkeyPatch
) -> dict:
    """Score as rank 0 of a run in which each rank tested the given frames."""
    metrics = []
    for frames in ranks:
        metric = build()
        metric.dataset_meta = {"classes": CLASSES}
        metric.process(None, [_sample(frame) for frame in frames])
        metrics.append(metric)
    parts = [m.results for m in metrics]
    with patch.context() as context:
        context.setattr(mmengine_dist, "get_dist_info", lambda: (0, len(ranks)))
        context.setattr(mmengine_dist, "all_gather_object", lambda _: parts)
        return metrics[0].evaluate(5)


@pytest.mark.parametrize("metric", [FrameMAP, VideoMAP])
@pytest.mark.parametrize(
    "ranks",
    [
        [[1, 3, 5], [2, 4, 1]],  # mmengine's sampler: repetitions at the end
        [[1, 2, 2], [3, 4, 5]],  # repetitions in the middle
        [[1, 2], [3], [4, 5, 1]],  # of different lengths
    ],
)
def test_padding_of_two_ranks_changes_nothing(
    metric: type, ranks: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build() -> RecordMetric:
        return metric(collect_device="gpu")

    single = _evaluate(build, [[1, 2, 3, 4, 5]], monkeypatch)
    assert len(set(single.values())) > 1
    assert _evaluate(build, ranks, monkeypatch) == single


def test_class_names_are_needed() -> None:
    with pytest.raises(ValueError, match="VideoMAP needs the class names"):
        VideoMAP().class_names()
