import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation.report import write_metrics_json
from stal_plugin.evaluation.video_map import VideoMAP
from stal_plugin.registry import METRICS

CLASSES = ("up", "down", "wave")
BOX, FAR = [0.0, 0, 40, 40], [60.0, 60, 90, 90]


def _sample(video: str, frame: int, gts: list, dets: list) -> dict:
    """gts: (box, multi-hot, person); dets: (box, label, score, objectness)."""
    return {
        "video_id": video,
        "frame": frame,
        "original_shape": (100, 100),
        "ann_boxes": np.array([g[0] for g in gts]).reshape(-1, 4) / 100,
        "ann_labels": np.array([g[1] for g in gts]).reshape(-1, 3),
        "ann_person_ids": np.array([g[2] for g in gts], np.int64),
        "pred_instances": {
            "bboxes": np.array([d[0] for d in dets]).reshape(-1, 4),
            "labels": np.array([d[1] for d in dets], np.int64),
            "scores": np.array([d[2] for d in dets], float),
            "objectness": np.array([d[3] for d in dets], float),
        },
    }


def _evaluate(samples: list, **kwargs: object) -> dict:
    metric = METRICS.build({"type": "stal_plugin.VideoMAP", **kwargs})
    assert isinstance(metric, VideoMAP)
    metric.dataset_meta = {"classes": CLASSES}
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_by_hand() -> None:
    # video a: "up" found on all 4 frames; "down", on the same box, on none;
    # video b: "up" with an overlap of 1/2 in space (BOX against its half)
    half = [0.0, 0, 40, 20]
    samples = [
        *(
            _sample("a", t, [(BOX, [1, 1, 0], 1)], [(BOX, 0, 0.9, 0.9)])
            for t in range(4)
        ),
        *(
            _sample("b", t, [(BOX, [1, 0, 0], 1)], [(half, 0, 0.5, 0.9)])
            for t in range(4)
        ),
    ]
    scores = _evaluate(samples, iou_thrs=[0.2, 0.49, 0.75, "0.5:0.95"])
    assert scores == pytest.approx(
        {
            "video-mAP@0.2": 0.5,
            "video-mAP@0.49": 0.5,
            "video-mAP@0.75": 0.25,
            # the threshold of exactly .5 is a matter of rounding in the annotation
            "video-mAP@0.5:0.95": scores["video-mAP@0.5:0.95"],
        }
    )
    assert scores["video-mAP@0.5:0.95"] in (pytest.approx(0.25), pytest.approx(0.275))


def test_classes_that_are_not_scored() -> None:
    # "up" is found, "down", on the same box, is not
    samples = [
        _sample("a", t, [(BOX, [1, 1, 0], 1)], [(BOX, 0, 0.9, 0.9)]) for t in range(4)
    ]
    for unscored, expected in (((), 0.5), (("down",), 1), (("up", "other"), 0)):
        metric = VideoMAP(iou_thrs=0.5, protocol="multisports")
        metric.dataset_meta = {"classes": CLASSES, "unscored_classes": unscored}
        metric.process(None, samples)
        assert metric.evaluate(4) == {"video-mAP@0.5": expected}


def test_link_by_class_probability() -> None:
    # by score the first actor is the better "up", by probability the second
    samples = [
        _sample(
            "a",
            t,
            [(FAR, [1, 0, 0], 1)],
            [(BOX, 0, 0.5, 0.9), (FAR, 0, 0.4, 0.5)],
        )
        for t in range(4)
    ]
    assert _evaluate(samples, iou_thrs=0.5) == {"video-mAP@0.5": 0.5}
    assert _evaluate(samples, iou_thrs=0.5, link_by="class") == {"video-mAP@0.5": 1}


def _random_samples(seed: int) -> list[dict]:
    rng = np.random.default_rng(seed)
    samples = []
    for video in ("x", "y", "z"):
        for frame in range(1, int(rng.integers(2, 6))):
            gts, dets = [], []
            for person in range(int(rng.integers(0, 3))):
                box = [50.0 * person, 0, 50 * person + 40, 40]
                gts.append((box, rng.integers(0, 2, 3), person))
            for _ in range(int(rng.integers(0, 4))):
                x = float(rng.choice([0, 50]) + rng.uniform(-5, 5))
                box = [x, 0, x + 40, 40]
                dets.append((box, int(rng.integers(0, 3)), rng.random(), 0.99))
            samples.append(_sample(video, frame, gts, dets))
    return samples


@pytest.mark.parametrize("linker", ["viterbi", "act", "moc", "online"])
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_and_names_do_not_matter(linker: str, seed: int) -> None:
    samples = _random_samples(seed)
    rng = np.random.default_rng(seed)
    expected = _evaluate(samples, linker=linker)
    names = dict(zip("xyz", rng.permutation(["b!", "a/1", "c (2)"]), strict=True))
    renamed = [{**s, "video_id": names[s["video_id"]]} for s in samples]
    mixed = [renamed[i] for i in rng.permutation(len(renamed))]
    assert _evaluate(mixed, linker=linker) == pytest.approx(expected)


@pytest.mark.parametrize("linker", ["viterbi", "act", "moc", "online"])
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_video_without_anything_does_not_matter(linker: str, seed: int) -> None:
    samples = _random_samples(seed)
    empty = [_sample("y, too", frame, [], []) for frame in (1, 2)]
    expected = _evaluate(samples, linker=linker)
    assert _evaluate([*samples, *empty], linker=linker) == pytest.approx(expected)


@pytest.mark.parametrize("linker", ["viterbi", "act", "moc", "online"])
def test_a_video_whose_detections_are_missing_only_loses_its_own_tubes(
    linker: str,
) -> None:
    def samples(found: bool) -> list:
        there = [(BOX, 0, 0.9, 0.9)]
        return [
            _sample(v, t, [(BOX, [1, 0, 0], 1)], there if found or v != "b" else [])
            for v in "abc"
            for t in range(16)
        ]

    def score(rows: list) -> dict:
        return _evaluate(rows, iou_thrs=0.5, linker=linker)

    assert score(samples(True)) == {"video-mAP@0.5": 1}
    assert score(samples(False)) == pytest.approx({"video-mAP@0.5": 2 / 3})


@pytest.mark.parametrize("linker", ["viterbi", "act", "moc", "online"])
def test_frames_without_a_detection_do_not_break_a_tube(linker: str) -> None:
    there = [(BOX, 0, 0.9, 0.9), (BOX, 2, 0.8, 0.9)]
    samples = [
        _sample("a", t, [(BOX, [1, 0, 1], 1)], [] if t in (5, 9, 10) else there)
        for t in range(20)
    ]
    scores = _evaluate(samples, iou_thrs=[0.5, 0.95], linker=linker)
    assert scores == pytest.approx({"video-mAP@0.5": 1, "video-mAP@0.95": 1})


def test_faults() -> None:
    with pytest.raises(ValueError, match="linker 'x': allowed are"):
        VideoMAP(linker="x")
    with pytest.raises(ValueError, match="link_by must be 'score' or 'class'"):
        VideoMAP(link_by="objectness")
    with pytest.raises(ValueError, match="protocol 'x': allowed are"):
        VideoMAP(protocol="x")
    sample = _sample("a", 7, [(BOX, [1, 0, 0], 1)], [])
    del sample["ann_person_ids"]
    with pytest.raises(ValueError, match="video 'a', frame 7 has no person id"):
        VideoMAP().process(None, [_sample("a", 1, [], []), sample])


@pytest.mark.parametrize("prefix", [None, "live"])
def test_scores_join_those_of_frames_in_the_json(
    tmp_path: Path, prefix: str | None
) -> None:
    path = tmp_path / "metrics.json"
    write_metrics_json(path, {"frame-mAP@0.5": 0.25}, {"up": {"num_gt": 4}}, "rules")
    samples = [_sample("a", 1, [(BOX, [1, 0, 0], 1)], [(BOX, 0, 0.9, 0.9)])]
    _evaluate(samples, iou_thrs=0.5, out_json=str(path), prefix=prefix)
    content = json.loads(path.read_text())
    name = "live/video-mAP@0.5" if prefix else "video-mAP@0.5"
    assert content["metrics"] == {"frame-mAP@0.5": 0.25, name: 1.0}
    assert content["per_class"] == {"up": {"num_gt": 4}}
    assert content["tubes"]["per_class"]["up"]["num_gt"] == 1
    assert "linker viterbi by score, 1 videos" in content["tubes"]["protocol"]
