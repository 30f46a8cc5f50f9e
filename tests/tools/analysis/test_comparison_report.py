import re
from dataclasses import replace

import numpy as np
import pytest
from analysis.comparison_report import (
    check_same_test,
    comparison_report,
    difference_figure,
    difference_in_words,
    verdict,
)
from analysis.paired_bootstrap import Interval
from mmengine.config import Config

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.html_page import write_page


@pytest.fixture
def runs(make_tested_run) -> list[EvaluatedRun]:
    """The first finds 4 of 8 boxes of "up", the second all, with one false "up"."""
    folders = [make_tested_run(seed=i, right=r) for i, r in enumerate((4, 8))]
    return [EvaluatedRun.read(folder) for folder in folders]


def test_differences_by_hand(runs):
    text = comparison_report(runs, num_resamples=200, seed=5)
    rows = {
        row[0]: row[1:]
        for row in (
            re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", line)
            for line in text.splitlines()
            if line.startswith("<tr>")
        )
    }
    # wherever video a/1 is drawn all of "up" is found instead of half of it
    assert rows["up"] == ["+50.0", "+50.0 to +50.0", "better", "50.0", "100.0"]
    down = ["+0.0", "+0.0 to +0.0", "not distinguishable", "100.0", "100.0"]
    assert rows["down &amp; out"] == down
    mean = rows["mean of classes"]
    assert [mean[0], *mean[3:]] == ["+25.0", "75.0", "100.0"]
    assert "never" not in rows
    assert "200 resamples of the 2 test videos" in text
    assert "(seed 5)" in text
    assert "only 2 videos" in text
    assert "from 1 source." in text
    # the scores say what they are; the raw key stands last
    score = rows["people found at any score"]
    assert (len(score), score[-1]) == (4, "localization_recall@0.005")
    assert rows["action named right"][-1] == "classification_accuracy"
    assert "Of the annotated boxes, those that a candidate overlaps" in score[2]
    assert "localization_recall" not in rows


def test_runs_without_a_seed_say_so(runs):
    known, unknown = runs
    cfg = unknown.cfg.to_dict()
    cfg.pop("randomness", None)
    text = comparison_report([known, replace(unknown, cfg=Config(cfg))], 10)
    table = text.partition("<h2>Runs")[2].partition("</table>")[0]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert cells[-1] == "unknown: the config sets none"
    assert "None" not in table


def test_a_difference_in_words():
    mean, up = Interval(0.25, 0.1, 0.3), Interval(0.5, 0.4, 0.6)
    classes = {"a": Interval(-0.1, -0.2, -0.05), "up": up, "b": Interval(0, -0.1, 0.1)}
    assert difference_in_words(("A", "B"), mean, classes) == (
        "B is better than A: +25.0 points (95 % interval +10.0 to +30.0) of frame-AP "
        "at IoU 0.5, mean of the classes. Better on 1 class, most on up: +50.0 points. "
        "Worse on 1 class, most on a: -10.0 points."
    )
    unknown = Interval(0.25, np.nan, np.nan)
    assert difference_in_words(("A", "B"), unknown, {}) == (
        "B is not distinguishable from A: +25.0 points of frame-AP at IoU 0.5, mean of "
        "the classes."
    )


def test_each_run_is_compared_with_the_first(runs):
    text = comparison_report([runs[0], runs[1], runs[0]], 10)
    titles = re.findall(r"<h2>(.*)</h2>", text)
    assert titles[0] == "Runs"
    assert [title[0] for title in titles[1:3]] == ["B", "C"]
    assert titles[3:] == ["Scores", "Method"]
    assert text.count("<details>") == 4  # all but the runs


def test_runs_on_other_data_are_refused(runs):
    first, second = runs
    check_same_test(runs)
    gts = second.boxes.gts.take(np.arange(16) > 0)
    other = replace(second, boxes=replace(second.boxes, gts=gts))
    with pytest.raises(ValueError, match="have different ground-truth boxes"):
        check_same_test([first, other])
    renamed = replace(second.annotation, classes=["a", "b", "c"])
    with pytest.raises(ValueError, match="have different classes"):
        check_same_test([first, replace(second, annotation=renamed)])


def test_no_ground_truth(runs):
    empty = runs[0].boxes.gts.take(np.zeros(16, bool))
    without = [replace(run, boxes=replace(run.boxes, gts=empty)) for run in runs]
    with pytest.raises(ValueError, match="nothing to compare"):
        comparison_report(without)


def test_no_resamples(runs):
    with pytest.raises(ValueError, match="--resamples 0"):
        comparison_report(runs, 0)


@pytest.mark.parametrize(
    ("interval", "word"),
    [
        (Interval(0.2, 0.1, 0.3), "better"),
        (Interval(-0.2, -0.3, -0.1), "worse"),
        (Interval(0.2, -0.1, 0.3), "not distinguishable"),
        (Interval(0.2, np.nan, np.nan), "not distinguishable"),
    ],
)
def test_verdict(interval, word):
    assert verdict(interval) == word


def test_figure_in_points():
    axes = difference_figure(["a"], [Interval(0.1, 0.05, 0.2)]).axes[0]
    np.testing.assert_allclose(axes.lines[1].get_xdata(), [5, 20])
    np.testing.assert_allclose(axes.lines[2].get_xdata(), [10])


@pytest.mark.browser
def test_in_a_browser(runs, browser, tmp_path):
    page = tmp_path / "comparison.html"
    write_page(page, comparison_report(runs, 50))
    browser.open(page, 390, 844)
    assert browser.eval("[...document.images].map(i => i.naturalWidth > 0)") == [True]
    assert browser.eval("document.documentElement.scrollWidth") <= 390
    assert browser.complaints() == []
