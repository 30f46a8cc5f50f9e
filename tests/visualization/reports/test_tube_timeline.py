from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.tube_timeline import (
    linked_tubes,
    timeline_figure,
    timeline_part,
    tube_spans,
)


@pytest.fixture
def boxes(make_tested_run):
    return EvaluatedRun.read(make_tested_run(right=6)).boxes


def test_spans_by_hand(boxes):
    detected, truth = linked_tubes(boxes, 3, 0.3)
    assert tube_spans(truth, boxes, 0) == [(0, 2, 9, 1.0)]
    assert tube_spans(truth, boxes, 1) == [(1, 2, 9, 1.0)]
    ((label, first, last, score),) = tube_spans(detected, boxes, 0)
    assert (label, first, last) == (0, 2, 7)  # 6 of 8 frames were found
    assert score == pytest.approx(np.linspace(0.9, 0.5, 15)[:6].mean())
    # the single false positive of b is no tube
    assert [span[:3] for span in tube_spans(detected, boxes, 1)] == [(1, 2, 9)]


def test_weak_detections_are_left_out(boxes):
    detected, _ = linked_tubes(boxes, 3, 0.95)
    assert len(detected) == 0
    assert tube_spans(detected, boxes, 0) == []


def test_unknown_persons(boxes):
    nobody = np.full(len(boxes.gts), -1)
    unknown = replace(boxes, gts=replace(boxes.gts, person_ids=nobody))
    with pytest.raises(MissingDataError, match="person_id"):
        linked_tubes(unknown, 3, 0.3)


def test_figure_has_a_lane_for_each_class():
    truth, detected = [(2, 1, 10, 1.0)], [(0, 3, 4, 0.5), (2, 1, 5, 0.9)]
    axes = timeline_figure(truth, detected, ["a", "b", "c"], (1, 20)).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "c"]
    bars = [c.get_paths()[0].get_extents() for c in axes.collections]
    assert [(b.x0, b.x1) for b in bars] == [(0.5, 10.5), (2.5, 4.5), (0.5, 5.5)]
    assert bars[0].y1 < bars[2].y0  # ground truth above (the axis points down)
    timeline_figure([], [], ["a"], (1, 5))


def test_timelines(run):
    part = timeline_part(run)
    assert part.summary == "2 videos"
    first, second = part.pictures
    assert "Timeline of a/1, frames 1 to 10" in first.alt
    assert "up 2 to 9. Detected tubes: 0." in first.alt  # four frames are too few
    assert "down & out 2 to 9. Detected tubes: 1." in second.alt
    assert "1 of 2 test videos" in timeline_part(run, 1).texts[0]
