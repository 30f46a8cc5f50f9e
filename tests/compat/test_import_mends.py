"""mmaction2's MultiSportsMetric and AVAMetric on the installed numpy."""

import pickle
import sys
import textwrap

import numpy as np
import pytest
import torch
from mmaction.evaluation.functional import multisports_utils
from mmaction.evaluation.functional.ava_evaluation import metrics as ava_metrics
from mmaction.registry import METRICS

from stal_plugin.compat.import_mends import (
    MENDS,
    _MendingFinder,
    install_import_mends,
    mend_ava_metrics,
    mend_multisports,
)

LABELS = ["volleyball serve", "football shoot", "basketball save"]


def tube(first, last, x=10.0):
    frames = np.arange(first, last + 1, dtype=np.float32)
    corners = np.tile(np.float32([x, 10, x + 20, 40]), (len(frames), 1))
    return np.column_stack([frames, corners])


def test_both_modules_are_mended_on_import():
    assert set(MENDS) == {multisports_utils.__name__, ava_metrics.__name__}
    assert multisports_utils.iou3dt_voc.__module__ == mend_multisports.__module__
    assert ava_metrics.compute_average_precision.__module__ == (
        mend_ava_metrics.__module__
    )
    assert multisports_utils.nms_tubelets.__module__ == multisports_utils.__name__


def test_what_is_loaded_already_is_mended_as_well(bare_server, tmp_path):
    code = """
    import sys
    import mmaction.evaluation.functional.ava_evaluation.metrics as module
    before = module.compute_average_precision
    import stal_plugin
    print(before is module.compute_average_precision)
    print(module.compute_average_precision(None, None))
    stal_plugin.install_import_mends()
    print(type(sys.meta_path[0]).__name__, type(sys.meta_path[1]).__name__)
    """
    result = bare_server.run(["-c", textwrap.dedent(code)], tmp_path)
    lines = result.stdout.split()
    assert lines[:3] == ["False", "nan", "_MendingFinder"], result.stderr
    assert lines[3] != "_MendingFinder"


def test_other_modules_are_none_of_our_business():
    assert _MendingFinder().find_spec("mmaction.evaluation", None) is None
    count = len(sys.meta_path)
    install_import_mends()
    assert len(sys.meta_path) == count


def test_overlap_of_tubes_by_hand():
    iou = multisports_utils.iou3dt_voc
    # frames 3..6 of 1..6 and 3..10: time 3 / 9; boxes 20 wide, 10 apart: 10 / 30
    assert iou(tube(1, 6), tube(3, 10, 20.0)) == pytest.approx(1 / 3 * 1 / 3)
    assert iou(tube(1, 6), tube(3, 10, 20.0), spatialonly=True) == pytest.approx(1 / 3)
    assert iou(tube(1, 6), tube(3, 10), temporalonly=True) == pytest.approx(1 / 3)
    assert iou(tube(1, 6), tube(7, 9)) == 0
    assert iou(tube(4, 4), tube(4, 4)) == 0  # no time passes in one frame


def test_detections_keep_their_own_scores():
    annos = {"test_videos": [["v"]], "nframes": {"v": 2}, "labels": LABELS}
    rows = np.array([[0, 1, 2, 0.9, 1, 2, 3, 4], [0, 2, 0, 0.4, 5, 6, 7, 8]])
    found = multisports_utils.Dataset(annos, rows).get_vid_dets()
    assert found["v"][1][2].tolist() == [[1, 2, 3, 4, 0.9]]
    assert found["v"][2][0].tolist() == [[5, 6, 7, 8, 0.4]]
    assert found["v"][2][2].shape == (0, 5)


def test_multisports_metric_runs_and_ranks_by_score(tmp_path):
    # video a: found with a high score; b: a false tube with a low one. Were all scores
    # equal to the last one, b's would come first half of the time.
    annos = {
        "labels": LABELS,
        "train_videos": [[]],
        "test_videos": [["a", "b"]],
        "nframes": {"a": 20, "b": 20},
        "resolution": {"a": (100, 100), "b": (100, 100)},
        "gttubes": {"a": {0: [tube(1, 20)]}, "b": {1: [tube(1, 20)]}},
    }
    path = tmp_path / "multisports_GT.pkl"
    path.write_bytes(pickle.dumps(annos))
    metric = METRICS.build({"type": "MultiSportsMetric", "ann_file": str(path)})
    metric.verbose = False
    scores = {"b": [0.2, 0.1, 0.0], "a": [0.9, 0.1, 0.0]}
    for video in ("b", "a"):
        for frame in range(1, 21):
            instances = {
                "bboxes": torch.tensor([[0.1, 0.1, 0.3, 0.4]]),
                "scores": torch.tensor([scores[video]]),
            }
            sample = {"video_id": f"{video}.mp4", "timestamp": frame}
            metric.process(None, [{**sample, "pred_instances": instances}])
    result = metric.compute_metrics(metric.results)
    # action 0: the first of two tubes is right; action 1 is never the best class
    assert result["v_map@0.5"] == result["frameAP"] == 50
    assert result["v_map_0.50:0.95"] == 50


def test_a_class_without_ground_truth_has_no_ap():
    precision, recall = ava_metrics.compute_precision_recall(
        np.array([0.5]), np.array([False]), 0
    )
    assert np.isnan(ava_metrics.compute_average_precision(precision, recall))
    precision, recall = ava_metrics.compute_precision_recall(
        np.array([0.9, 0.5]), np.array([True, False]), 2
    )
    assert ava_metrics.compute_average_precision(precision, recall) == 0.5
    with pytest.raises(ValueError, match="must also be None"):
        ava_metrics.compute_average_precision(None, recall)
