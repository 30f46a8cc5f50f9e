import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData

from stal_plugin.annotations import read_predictions
from stal_plugin.evaluation.frame_map import FrameMAP
from stal_plugin.registry import METRICS

CLASSES = ("up", "down", "wipe")
SIZE = (100, 200)  # height, width


def _sample(frame: int, gts: list, dets: list, split: str = "test") -> ActionDataSample:
    """Build a sample; gts: (box, label); dets: (box, label, score, objectness)."""
    boxes = np.array([box for box, _ in gts], np.float32).reshape(-1, 4)
    sample = ActionDataSample()
    sample.set_metainfo(
        {
            "video_id": "v",
            "frame": frame,
            "split": split,
            "original_shape": SIZE,
            "ann_boxes": boxes / np.float32([200, 100, 200, 100]),
            "ann_labels": np.array([label for _, label in gts], np.int64),
        }
    )
    sample.pred_instances = InstanceData(
        bboxes=torch.tensor([d[0] for d in dets]).reshape(-1, 4).float(),
        labels=torch.tensor([d[1] for d in dets], dtype=torch.long),
        scores=torch.tensor([d[2] for d in dets]).float(),
        objectness=torch.tensor([d[3] for d in dets]).float(),
    )
    return sample


BOX, FAR = [20.0, 10, 60, 50], [120.0, 10, 160, 50]
SAMPLES = [
    # a false positive on an empty frame outranks the hit on frame 2
    _sample(1, [], [(FAR, 0, 0.9, 0.95)], "test"),
    _sample(2, [(BOX, 0)], [(BOX, 0, 0.8, 0.9)], "test"),
    _sample(3, [(BOX, 1), (FAR, 0)], [(BOX, 1, 0.1, 0.2)], "unseen"),
]


def _evaluate(samples: list, size: int | None = None, **kwargs: object) -> dict:
    evaluator = Evaluator([{"type": "stal_plugin.FrameMAP", **kwargs}])
    evaluator.dataset_meta = {"classes": CLASSES}
    evaluator.process(samples)
    return evaluator.evaluate(len(samples) if size is None else size)


def test_classes_that_are_not_scored() -> None:
    evaluator = Evaluator([{"type": "stal_plugin.FrameMAP", "protocol": "ava"}])
    evaluator.dataset_meta = {"classes": CLASSES, "unscored_classes": ("up", "other")}
    evaluator.process(SAMPLES)
    # action "up" is gone as ground truth and as detections: "down" is found on the one
    # frame that has it; on frame 2 nobody is left
    assert evaluator.evaluate(3)["frame-mAP@0.5"] == 1
    evaluator.dataset_meta = {"classes": CLASSES}
    evaluator.process(SAMPLES)
    assert evaluator.evaluate(3)["frame-mAP@0.5"] == 0.75


def test_scores_by_hand() -> None:
    # up: FP, TP of 2 boxes -> 1/2 of the recall at precision 1/2; down: 1; wipe: none
    assert _evaluate(SAMPLES) == pytest.approx(
        {
            "frame-mAP@0.5": (0.25 + 1) / 2,
            "localization_recall": 1 / 3,
            "classification_accuracy": 1,
            "precision": 1 / 2,
            "recall": 1 / 3,
            "fscore": 2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3),
            "localization_recall@0.005": 2 / 3,
            "classification_accuracy@0.005": 1,
            "precision@0.005": 2 / 2,  # of those with objectness > 0.25
            "recall@0.005": 2 / 3,
            "fscore@0.005": 4 / 5,
        }
    )


def test_empty_frames_can_be_left_out() -> None:
    scores = _evaluate(SAMPLES, count_empty_frames=False)
    assert scores["frame-mAP@0.5"] == pytest.approx((0.5 + 1) / 2)
    assert scores["precision"] == 1 / 2  # the switch is one of AP


def test_several_thresholds_and_splits() -> None:
    scores = _evaluate(SAMPLES, iou_thrs=[0.5, 0.75], per_split=True)
    assert scores["frame-mAP@0.75"] == scores["frame-mAP@0.5"] == 0.625
    assert scores["frame-mAP@0.5[test]"] == 0.5
    assert scores["frame-mAP@0.5[unseen]"] == 0.5  # down 1, up 0
    assert scores["localization_recall@0.005[unseen]"] == 0.5
    assert len(scores) == 3 * 12


def test_padding_of_distributed_samplers_counts_once() -> None:
    assert _evaluate([*SAMPLES, SAMPLES[0], SAMPLES[1]]) == _evaluate(SAMPLES)


def test_overlap_with_normalised_ground_truth() -> None:
    # normalised annotations are rounded, so no threshold at exactly 0.5 here
    sample = _sample(1, [(BOX, 0)], [([20, 10, 40, 50], 0, 0.9, 0.9)])
    scores = _evaluate([sample], iou_thrs=[0.499, 0.501])
    assert scores["frame-mAP@0.499"] == 1
    assert scores["frame-mAP@0.501"] == 0


def test_nothing_to_evaluate_warns_and_gives_zero(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        scores = _evaluate([_sample(1, [], [])])
    finally:
        logger.removeHandler(caplog.handler)
    assert set(scores.values()) == {0.0}
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert any("no ground truth" in r.getMessage() for r in warnings)


def test_table_protocol_and_excluded_classes_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        _evaluate(SAMPLES)
    finally:
        logger.removeHandler(caplog.handler)
    text = "\n".join(r.getMessage() for r in caplog.records)
    assert "frame-mAP@0.5 = 0.6250" in text
    assert "protocol: all-point AP (VOC)" in text
    assert "mean over 2 of 3 classes, 3 frames" in text
    assert "not in the mean, no ground truth: wipe" in text
    assert ["up", "2", "2", "0.2500"] in [line.split() for line in text.splitlines()]


def test_files(tmp_path: Path) -> None:
    csv, out = tmp_path / "a" / "predictions.csv", tmp_path / "a" / "metrics.json"
    scores = _evaluate(SAMPLES, out_csv=str(csv), out_json=str(out))
    content = json.loads(out.read_text())
    assert content["metrics"] == scores
    assert content["per_class"]["up"]["AP@0.5"] == 0.25
    assert content["per_class"]["wipe"]["AP@0.5"] is None
    rows = read_predictions(csv)
    assert rows.frames.tolist() == [1, 2, 3]
    assert rows.labels.tolist() == [0, 0, 1]
    np.testing.assert_allclose(rows.boxes[1], [0.1, 0.1, 0.3, 0.5])
    np.testing.assert_array_equal(np.float32(rows.scores), np.float32([0.9, 0.8, 0.1]))
    np.testing.assert_allclose(rows.objectness, [0.95, 0.9, 0.2], rtol=1e-6)


def test_class_names_are_needed() -> None:
    metric = METRICS.build({"type": "stal_plugin.FrameMAP"})
    assert isinstance(metric, FrameMAP)
    metric.process(None, [s.to_dict() for s in SAMPLES])
    with pytest.raises(ValueError, match="metainfo must have 'classes'"):
        metric.evaluate(3)


def test_label_beyond_the_classes() -> None:
    with pytest.raises(ValueError, match=r"detections\.labels holds the label 3"):
        _evaluate([_sample(1, [(BOX, 0)], [(BOX, 3, 0.5, 0.5)])])


def test_protocol_and_details() -> None:
    details = {"by_size": True, "breakdown": True, "by_frequency": True}
    scores = _evaluate(
        SAMPLES, iou_thrs=[0.5, "0.5:0.95"], protocol="act", details=details
    )
    # ACT: up from (0, 0) to (1/2, 1/2); down 1; wipe, without ground truth, counts 0
    assert scores["frame-mAP@0.5"] == pytest.approx((1 / 2 * 1 / 4 + 1 + 0) / 3)
    assert scores["frame-mAP@0.5:0.95"] == pytest.approx(scores["frame-mAP@0.5"])
    assert scores["frame-mAP@0.5(medium)"] == scores["frame-mAP@0.5"]
    shares = {k: v for k, v in scores.items() if k.startswith("share@0.5")}
    assert len(shares) == 6
    assert sum(shares.values()) == pytest.approx(1)
    # up: from 1 at recall 0 to 1/2 at recall 1/2
    assert shares["share@0.5(background)"] == pytest.approx(1 / 2 * 3 / 4 / 2)


def test_empty_frames_follow_the_protocol_unless_told() -> None:
    left_out = _evaluate(SAMPLES, count_empty_frames=False)["frame-mAP@0.5"]
    assert _evaluate(SAMPLES, protocol="ava")["frame-mAP@0.5"] == left_out
    counted = _evaluate(SAMPLES)["frame-mAP@0.5"]
    scores = _evaluate(SAMPLES, protocol="ava", count_empty_frames=True)
    assert scores["frame-mAP@0.5"] == counted != left_out


def test_reversed_classes_of_the_data_are_scored() -> None:
    evaluator = Evaluator([{"type": "stal_plugin.FrameMAP"}])
    pairs = (("up", "wipe"),)
    evaluator.dataset_meta = {"classes": CLASSES, "reversed_classes": pairs}
    evaluator.process(SAMPLES)
    scores = evaluator.evaluate(len(SAMPLES))
    assert scores["frame-mAP@0.5(reversed)"] == 0.25  # up alone has ground truth
    assert scores["swap_rate(reversed)"] == 0


def test_mistakes_are_found_at_the_start() -> None:
    with pytest.raises(ValueError, match="protocol 'coco': allowed are voc"):
        FrameMAP(protocol="coco")
    with pytest.raises(ValueError, match="iou_thrs 5: allowed are numbers"):
        FrameMAP(iou_thrs=5)
    with pytest.raises(TypeError, match="by_colour"):
        FrameMAP(details={"by_colour": True})
