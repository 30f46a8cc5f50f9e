import numpy as np
import pytest
import torch

from stal_plugin.evaluation.sample_record import (
    SampleRecord,
    first_of_each_frame,
    to_predictions,
    to_tables,
)


def _sample(**changes: object) -> dict:
    """Two detections and two ground-truth boxes on a frame of 100 x 200 pixels."""
    sample = {
        "video_id": "v!(1)/a",
        "frame": 3,
        "split": "test",
        "original_shape": (100, 200),
        "ann_boxes": np.array([[0.1, 0.2, 0.5, 0.6], [0, 0, 1, 1]], np.float32),
        "ann_labels": np.array([2, 0]),
        "pred_instances": {
            "bboxes": torch.tensor([[20.0, 20, 100, 60], [0, 0, 50, 50]]),
            "scores": torch.tensor([0.9, 0.25]),
            "labels": torch.tensor([2, 1]),
            "objectness": torch.tensor([0.95, 0.5]),
        },
    }
    return {**sample, **changes}


def test_ground_truth_becomes_pixels_of_the_original_video() -> None:
    dets, gts = to_tables([SampleRecord.from_data_sample(_sample())])
    np.testing.assert_allclose(
        gts.boxes, [[20, 20, 100, 60], [0, 0, 200, 100]], rtol=1e-6
    )
    assert gts.labels.tolist() == [2, 0]
    np.testing.assert_array_equal(dets.boxes, [[20, 20, 100, 60], [0, 0, 50, 50]])
    np.testing.assert_array_equal(dets.scores, np.float32([0.9, 0.25]))
    np.testing.assert_array_equal(dets.objectness, np.float32([0.95, 0.5]))
    assert dets.labels.tolist() == [2, 1]


def test_predictions_are_normalised_and_one_based() -> None:
    rows = to_predictions([SampleRecord.from_data_sample(_sample())])
    np.testing.assert_allclose(rows.boxes, [[0.1, 0.2, 0.5, 0.6], [0, 0, 0.25, 0.5]])
    assert rows.video_ids.tolist() == ["v!(1)/a"] * 2
    assert rows.frames.tolist() == [3, 3]
    assert rows.labels.tolist() == [2, 1]


def test_several_labels_and_frames() -> None:
    hot = np.array([[1, 0, 1], [0, 1, 0]], np.float32)
    empty = _sample(ann_boxes=np.zeros((0, 4)), ann_labels=np.zeros((0, 3)), frame=4)
    samples = [_sample(ann_labels=hot), empty, _sample(ann_labels=hot, frame=5)]
    _, gts = to_tables([SampleRecord.from_data_sample(s) for s in samples])
    assert gts.frames.tolist() == [0, 0, 0, 2, 2, 2]
    assert gts.groups().tolist() == [0, 0, 1, 2, 2, 3]
    assert gts.labels.tolist() == [0, 2, 1, 0, 2, 1]


def test_no_samples() -> None:
    dets, gts = to_tables([])
    assert len(dets) == len(gts) == len(to_predictions([])) == 0


def test_objectness_defaults_to_the_score() -> None:
    sample = _sample()
    del sample["pred_instances"]["objectness"]
    dets, _ = to_tables([SampleRecord.from_data_sample(sample)])
    np.testing.assert_array_equal(dets.objectness, dets.scores)


def test_repeated_frames_keep_the_first_and_are_sorted() -> None:
    samples = [_sample(frame=7), _sample(frame=2), _sample(frame=7, split="again")]
    records = first_of_each_frame([SampleRecord.from_data_sample(s) for s in samples])
    assert [(r.frame, r.split) for r in records] == [(2, "test"), (7, "test")]


def test_missing_metainfo_names_the_remedy() -> None:
    sample = _sample()
    del sample["ann_boxes"], sample["original_shape"]
    with pytest.raises(ValueError, match=r"original_shape', 'ann_boxes'.*meta_keys"):
        SampleRecord.from_data_sample(sample)


@pytest.mark.parametrize(("key", "value"), [("scores", np.nan), ("bboxes", np.inf)])
def test_a_diverged_prediction_names_its_frame(key: str, value: float) -> None:
    sample = _sample()
    sample["pred_instances"][key][1] = value
    with pytest.raises(ValueError, match=r"video 'v!\(1\)/a', frame 3: .*finite"):
        SampleRecord.from_data_sample(sample)


def test_half_precision_predictions() -> None:
    sample = _sample()
    for key in ("bboxes", "scores", "objectness"):
        half = sample["pred_instances"][key].to(torch.bfloat16)
        sample["pred_instances"][key] = half
    dets, _ = to_tables([SampleRecord.from_data_sample(sample)])
    np.testing.assert_allclose(dets.scores, [0.9, 0.25], rtol=1e-2)


def test_persons_are_kept_where_they_are_known() -> None:
    record = SampleRecord.from_data_sample(_sample(ann_person_ids=np.array([4, 9])))
    assert record.gts.person_ids.tolist() == [4, 9]
    assert SampleRecord.from_data_sample(_sample()).gts.person_ids.tolist() == [-1, -1]
