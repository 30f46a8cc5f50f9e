import shutil

import pytest

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.report_part import MissingDataError
from stal_plugin.visualization.reports.run_parts import (
    anchors_part,
    distribution_part,
    examples_part,
    setting_part,
    timeline_part,
    training_part,
)


@pytest.fixture
def run(make_tested_run) -> EvaluatedRun:
    return EvaluatedRun.read(make_tested_run(right=4))


def test_training(run):
    assert "from 1 to 1" in training_part(run).pictures[0].alt
    shutil.rmtree(run.work_dir / "t0")
    with pytest.raises(FileNotFoundError, match=r"tools/train\.py"):
        training_part(run)


def test_distribution_goes_by_training(run):
    part = distribution_part(run)
    assert part.texts == ["Most frequent to rarest class of split train: 2 to 1 boxes."]
    assert "train: up 2, down & out 1, never 0" in part.pictures[0].alt


def test_anchors_by_hand(run):
    # training boxes of 40, 80 and 120 x 45 pixels: two anchors, a curve over three
    part = anchors_part(run)
    assert "40 x 45, 100 x 45" in part.texts[0] or "60 x 45, 120 x 45" in part.texts[0]
    assert "to 0 at K = 3" in part.pictures[1].alt


def test_a_config_without_kmeans_anchors(run):
    run.cfg.model.head.prior_generator.pop("ann_file")
    with pytest.raises(MissingDataError, match="no K-means anchors"):
        anchors_part(run)


def test_too_few_boxes_for_the_anchors(run):
    run.cfg.model.head.prior_generator.num_anchors = 4
    with pytest.raises(MissingDataError, match="boxes of 3 sizes, too few for 4"):
        anchors_part(run)


def test_anchors_of_another_annotation_that_is_missing(run, tmp_path):
    run.cfg.model.head.prior_generator.ann_file = str(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match=r"none\.csv is missing"):
        anchors_part(run)


def test_examples_have_a_strip_of_each_kind(run):
    strips = dict(examples_part(run, 2).strips)
    assert {k: len(v) for k, v in strips.items()} == {
        "Worst false positives": 1,
        "Worst misses": 2,
        "Best hits": 2,
    }


def test_timelines(run):
    part = timeline_part(run)
    assert part.folded
    first, second = part.pictures
    assert "Timeline of a/1, frames 1 to 10" in first.alt
    assert "up 2 to 9. Detected tubes: 0." in first.alt  # four frames are too few
    assert "down & out 2 to 9. Detected tubes: 1." in second.alt
    assert "1 of 2 test videos" in timeline_part(run, 1).texts[0]


def test_setting_shows_seed_versions_and_config(run):
    log = run.work_dir / "t0/t0.log"
    log.write_text("x\n    PyTorch: 2.9.0\n    seed: 7\nseed: 8\n")
    part = setting_part(run)
    rows = dict(part.tables[0].rows)
    assert rows["seed (config)"] == "3"
    assert rows["PyTorch (training log)"] == "2.9.0"
    assert rows["seed (training log)"] == "7"
    assert "mmengine (this report)" in rows
    assert "KMeansAnchorGenerator" in part.code
