from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.apis.sources import FolderSource


def test_images_in_order(tmp_path: Path) -> None:
    for number in range(3):
        image = np.full((8 + number, 9, 3), (30, 20, 10 * number), np.uint8)
        cv2.imwrite(str(tmp_path / f"img_{number + 5:05d}.png"), image)
    source = FolderSource(tmp_path, fps=10)
    assert (source.live, source.fps, source.num_frames) == (False, 10, 3)
    frames = list(source)
    assert [(f.number, f.time) for f in frames] == [(1, 0.0), (2, 0.1), (3, 0.2)]
    assert [f.image[0, 0].tolist() for f in frames] == [
        [10 * number, 20, 30] for number in range(3)
    ]
    assert frames[2].image.shape == (10, 9, 3)


def test_a_damaged_image_is_named_after_those_before(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "2.png").write_text("no image")
    frames = iter(FolderSource(tmp_path))
    assert next(frames).number == 1
    with pytest.raises(ValueError, match=r"2\.png is damaged"):
        next(frames)
