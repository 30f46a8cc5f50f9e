from pathlib import Path

import cv2

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.importers.classes import (
    class_table,
    save_figure,
    save_table,
)


def test_rows_by_hand(annotation: Annotation, tmp_path: Path) -> None:
    rows = class_table(annotation)
    assert rows == [
        # clips and frames: all, train, test
        (1, "wipe", 4, 4, 3, 3, 1, 1),
        (2, "roll", 1, 1, 1, 1, 0, 0),
        (3, "hand over", 1, 1, 1, 1, 0, 0),
    ]
    save_table(rows, tmp_path / "table1.csv")
    assert (tmp_path / "table1.csv").read_text().splitlines()[:2] == [
        "Index,Action,Clips,Frames,Train clips,Train frames,Test clips,Test frames",
        "1,wipe,4,4,3,3,1,1",
    ]


def test_figure_has_a_bar_per_label_with_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "figure2.png"
    save_figure({"a": 30, "b": 20, "c": 2, "none": 0}, 2, path)
    image = cv2.imread(str(path)).astype(int)
    blue = (abs(image - (180, 119, 31)).max(2) < 3).sum(0)  # BGR of tab:blue
    grey = (abs(image - 211).max(2) < 3).sum(0)
    heights = [blue[blue > 20].max(), blue[blue > 20].min(), grey.max()]
    assert abs(heights[0] / heights[1] - 30 / 20) < 0.05
    assert abs(heights[1] / heights[2] - 20 / 2) < 1.5
    assert [p.name for p in tmp_path.iterdir()] == ["figure2.png"]
