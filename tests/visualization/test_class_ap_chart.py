from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.visualization import plot_class_ap


def _row(ap: float | None, num_gt: int = 5) -> dict:
    return {"num_gt": num_gt, "num_dets": 9, "AP@0.5": ap, "AP@0.75": 0.0}


def _blue(path: Path) -> np.ndarray:
    """Mask of the bars, and so their lengths."""
    return (cv2.imread(str(path)) == [178, 114, 0]).all(2)


def test_bars_are_as_long_as_ap(tmp_path: Path) -> None:
    path = tmp_path / "ap.png"
    plot_class_ap(
        path, {"a": _row(1.0), "b": _row(0.25), "none": _row(None, 0), "c": _row(0.0)}
    )
    rows = _blue(path).sum(1)
    lengths = sorted(set(rows[rows > 20].tolist()))
    assert lengths[-1] / lengths[0] == pytest.approx(4, rel=0.05)


def test_no_ground_truth(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no class has ground truth"):
        plot_class_ap(tmp_path / "ap.png", {"a": _row(None, 0)})
