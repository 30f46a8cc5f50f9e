from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.visualization import class_colors, contact_sheet, write_png

CLASSES = ["up", "down", "wipe"]


def _tiles(count: int, height: int = 60, width: int = 100) -> list:
    return [np.full((height, width, 3), 10 + i, np.uint8) for i in range(count)]


def test_shape_and_places() -> None:
    sheet = contact_sheet(_tiles(5), 2, "heading", CLASSES)
    gap, width = 8, 2 * 108 + 8
    assert sheet.shape[1] == width
    body = sheet[-3 * 68 :]
    for i in range(5):
        top, left = i // 2 * 68, gap + i % 2 * 108
        assert (body[top : top + 60, left : left + 100] == 10 + i).all()
    assert (body[2 * 68 :, gap + 108 :] == 255).all()  # the empty cell


def test_smaller_tiles_are_centred() -> None:
    tiles = [*_tiles(1), np.full((40, 80, 3), 99, np.uint8)]
    body = contact_sheet(tiles, 2, "", [])[-68:]
    rows, columns = np.nonzero((body == 99).all(2))
    assert (rows.min(), rows.max()) == (10, 49)
    assert (columns.min(), columns.max()) == (8 + 108 + 10, 8 + 108 + 89)


def test_legend_shows_every_class() -> None:
    sheet = contact_sheet(_tiles(1, width=300), 4, "heading", CLASSES)
    for color in class_colors(3):
        assert (sheet == color).all(2).sum() >= 50


def test_legend_wraps_within_the_sheet() -> None:
    names = [f"a class with a long name {i}" for i in range(21)]
    one = contact_sheet(_tiles(1, width=300), 4, "", names[:1])
    many = contact_sheet(_tiles(1, width=300), 4, "", names)
    assert many.shape[1] == one.shape[1]
    assert many.shape[0] > one.shape[0]
    for color in class_colors(21):
        assert (many == color).all(2).any()


def test_no_image() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        contact_sheet([], 4, "", CLASSES)


def test_png_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    image = np.random.default_rng(0).integers(0, 255, (9, 8, 3)).astype(np.uint8)
    write_png(path, image)
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], image)
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]
