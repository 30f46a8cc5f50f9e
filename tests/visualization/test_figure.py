from pathlib import Path

import cv2

from stal_plugin.visualization.charts import new_figure, save_figure


def test_size_and_repeatable_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        figure = new_figure(3, 2)
        figure.subplots().plot([0, 1], [1, 0])
        save_figure(tmp_path / "new" / name, figure)
    files = sorted((tmp_path / "new").iterdir())
    assert [f.name for f in files] == ["a.png", "b.png"]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert cv2.imread(str(files[0])).shape == (240, 360, 3)
