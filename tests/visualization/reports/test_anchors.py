import numpy as np
import pytest

from stal_plugin.visualization.reports.anchors import (
    anchors_figure,
    anchors_part,
    inertia_figure,
)
from stal_plugin.visualization.reports.evaluated_run import MissingDataError


def test_anchors_by_hand(run):
    # training boxes of 40, 80 and 120 x 45 pixels: two anchors, a curve over three
    part = anchors_part(run)
    assert "40 x 45, 100 x 45" in part.texts[0] or "60 x 45, 120 x 45" in part.texts[0]
    assert "to 0 at K = 3" in part.pictures[1].alt


def test_a_config_without_kmeans_anchors(run):
    run.cfg.model.head.prior_generator.pop("ann_file")
    with pytest.raises(MissingDataError, match="no K-means anchors"):
        anchors_part(run)


def test_anchors_that_the_config_gives(run):
    # as tools/new_config.py writes them: no annotation, no size of the input
    generator = run.cfg.model.head.prior_generator
    generator.type = "mmdet.YOLOAnchorGenerator"
    generator.base_sizes = [[(40, 45), (120, 45)]]
    for key in ("ann_file", "num_anchors", "input_size"):
        generator.pop(key)
    part = anchors_part(run)
    assert "of the 160 x 90 input): 40 x 45, 120 x 45." in part.texts[0]
    assert "those of the config" in part.texts[0]
    assert part.summary.startswith("2 anchors, mean IoU")
    # the boxes of 40, 80 and 120 pixels: 1, 2/3 and 1
    assert "best anchor 0.889" in part.texts[0]


def test_a_model_without_anchors(run):
    run.cfg.model.head.pop("prior_generator")
    with pytest.raises(MissingDataError, match="the model has no anchors"):
        anchors_part(run)


def test_no_training_boxes(run):
    run.cfg.model.head.prior_generator.split = "other"
    with pytest.raises(MissingDataError, match="has no split 'other'"):
        anchors_part(run)


def test_too_few_boxes_for_the_anchors(run):
    run.cfg.model.head.prior_generator.num_anchors = 4
    with pytest.raises(MissingDataError, match="boxes of 3 sizes, too few for 4"):
        anchors_part(run)


def test_anchors_of_another_annotation_that_is_missing(run, tmp_path):
    run.cfg.model.head.prior_generator.ann_file = str(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match=r"none\.csv is missing"):
        anchors_part(run)


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
