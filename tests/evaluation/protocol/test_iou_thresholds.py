import numpy as np
import pytest

from stal_plugin.evaluation.protocol import (
    all_thresholds,
    group_means,
    threshold_groups,
)

TEN = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@pytest.mark.parametrize(
    ("spec", "groups"),
    [
        (0.5, {"0.5": (0.5,)}),
        ("0.75", {"0.75": (0.75,)}),
        ("0.5:0.95", {"0.5:0.95": TEN}),
        ([0.5, "0.5:0.95"], {"0.5": (0.5,), "0.5:0.95": TEN}),
        (np.array([0.2, 0.5]), {"0.2": (0.2,), "0.5": (0.5,)}),
    ],
)
def test_names(spec: object, groups: dict) -> None:
    assert threshold_groups(spec) == groups  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", [0, 1.5, "half", [0.5, None], float("nan")])
def test_what_is_no_threshold(spec: object) -> None:
    with pytest.raises(ValueError, match=r"allowed are numbers in \(0, 1\] and"):
        threshold_groups(spec)  # type: ignore[arg-type]


def test_empty() -> None:
    with pytest.raises(ValueError, match="iou_thrs is empty"):
        threshold_groups([])


def test_means() -> None:
    groups = threshold_groups(["0.5:0.95", 0.2, 0.5])
    thrs = all_thresholds(groups)
    assert thrs == (0.2, *TEN)  # each once
    means = group_means(groups, thrs, np.append(0.9, np.linspace(0.9, 0, 10)))
    expected = {"0.5:0.95": 0.45, "0.2": 0.9, "0.5": 0.9}
    assert means == pytest.approx(expected)
