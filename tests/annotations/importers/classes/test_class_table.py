from pathlib import Path

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.importers.classes import class_table, save_table


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
