import numpy as np

from stal_plugin.visualization.reports.score_charts import (
    anchors_figure,
    inertia_figure,
)


def test_of_many_boxes_some_are_drawn_and_all_anchors():
    sizes = np.random.default_rng(0).uniform(5, 300, (5000, 2))
    anchors = np.array([[10.0, 20], [250, 40]])
    axes = anchors_figure(sizes, anchors, (224, 224)).axes[0]
    dots, crosses = (c.get_offsets() for c in axes.collections)
    assert len(dots) == 2000
    np.testing.assert_array_equal(crosses, anchors)
    assert axes.get_xlim()[1] > 250  # an anchor larger than the input is shown


def test_inertia_figure():
    axes = inertia_figure([9.0, 4.0, 1.0], chosen=3, knee=2).axes[0]
    curve, knee, chosen = axes.lines
    np.testing.assert_array_equal(curve.get_xydata(), [[1, 9], [2, 4], [3, 1]])
    assert (knee.get_xdata()[0], chosen.get_xdata()[0]) == (2, 3)
