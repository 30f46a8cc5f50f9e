import numpy as np
import pytest

from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown
from stal_plugin.evaluation.protocol import get_protocol
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.score_charts import (
    breakdown_figure,
    pr_curves,
    pr_figure,
    size_figure,
)


@pytest.fixture
def curves(make_tested_run):
    boxes = EvaluatedRun.read(make_tested_run(right=4)).boxes
    return pr_curves(boxes, 3, get_protocol("voc"))


def test_curves_by_hand(curves):
    assert sorted(curves) == [0, 1]  # "never" has no ground truth
    recall, precision = curves[0]  # 4 of 8, then one false positive
    np.testing.assert_allclose(recall, [1 / 8, 2 / 8, 3 / 8, 4 / 8, 4 / 8])
    np.testing.assert_allclose(precision, [1, 1, 1, 1, 4 / 5])
    np.testing.assert_allclose(curves[1][1], np.ones(8))


def test_each_class_has_its_curve_and_empty_places_are_hidden(curves):
    empty = {**curves, 2: (np.zeros(0), np.zeros(0))}
    figure = pr_figure(empty, [1, 0, 2], ["up", "down", "x"], np.array([0.5, 1, 0]))
    assert [a.get_title() for a in figure.axes] == [
        "down  1.00",
        "up  0.50",
        "x  0.00",
        "",
    ]
    assert [a.get_visible() for a in figure.axes] == [True, True, True, False]
    np.testing.assert_allclose(figure.axes[1].lines[0].get_xdata(), curves[0][0])
    assert not figure.axes[2].lines


def test_long_curves_are_thinned_but_keep_their_ends():
    long = np.linspace(0.001, 0.9, 5000)
    figure = pr_figure({0: (long, long)}, [0], ["a"], np.array([0.5]))
    drawn = figure.axes[0].lines[0].get_xdata()
    assert len(drawn) <= 200
    assert (drawn[0], drawn[-1]) == (0.001, 0.9)


def _ap(value: float, boxes: int) -> ClassAP:
    return ClassAP((0.5,), np.array([[value]]), np.array([boxes]), np.array([9]))


def test_size_figure():
    sizes = {"small": _ap(np.nan, 0), "medium": _ap(0.5, 3), "large": _ap(0.25, 1)}
    axes = size_figure(sizes).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [0, 0.5, 0.25]
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["no boxes", "0.50\n(3 boxes)", "0.25\n(1 box)"]


def test_the_bars_of_a_class_end_at_100_percent():
    shares = np.array([[0.5, 0.1, 0.1, 0.1, 0.1, 0.1], [0.2, 0, 0.3, 0, 0, 0.5]])
    breakdown = ErrorBreakdown(*shares.T)
    axes = breakdown_figure(breakdown, [1, 0], ["a", "b"]).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["mean of classes", "b", "a"]
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    np.testing.assert_allclose(ends[-3:], 100)
    np.testing.assert_allclose(ends[:3], [35, 20, 50])
