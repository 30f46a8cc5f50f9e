import pytest

from stal_plugin.evaluation.localization import LocalizationScores
from stal_plugin.visualization.reports.score_names import (
    is_of_low_scores,
    score_meaning,
    score_name,
)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("frame-mAP@0.5", "frame-mAP@0.5"),
        ("frame-mAP@0.5(small)[unseen]", "frame-mAP@0.5, small, unseen"),
        ("video-mAP@0.5:0.95", "video-mAP@0.5:0.95"),
        ("localization_recall", "people found"),
        ("localization_recall@0.005", "people found at any score"),
        (
            "classification_accuracy@0.005[unseen]",
            "action named right at any score, unseen",
        ),
        ("swap_rate(reversed)", "pairs taken for each other, reversed"),
        ("precision@0.005", "right boxes per 100 confident ones"),
        ("of_another_metric@0.5", "of_another_metric@0.5"),
        ("", ""),
    ],
)
def test_names(key: str, name: str) -> None:
    assert score_name(key) == name


def test_no_two_scores_of_a_test_have_one_name() -> None:
    usual = [*LocalizationScores(1, 1, 1, 1, 1).ratios(), "swap_rate"]
    keys = usual + [f"{key}@0.005" for key in usual]
    assert len({score_name(key) for key in keys}) == len(keys)


def test_scores_by_the_published_rule_say_so() -> None:
    assert is_of_low_scores("recall@0.005")
    assert not is_of_low_scores("frame-mAP@0.5")
    assert "score > 0.005" in score_meaning("localization_recall@0.005")
    assert "objectness > 0.25" in score_meaning("localization_recall")
    assert score_meaning("unknown") == score_meaning("unknown@0.005") == ""


def test_every_score_of_a_test_is_explained() -> None:
    scores = LocalizationScores(1, 1, 1, 1, 1).ratios()
    for name in (*scores, "frame-mAP", "video-mAP", "swap_rate"):
        assert score_meaning(name)
        assert score_meaning(f"{name}@0.005")
