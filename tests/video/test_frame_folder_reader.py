from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.video import FrameFolderReader


def _save(folder: Path, names: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        image = np.full((4, 6, 3), (number, 100, 200), np.uint8)  # BGR
        cv2.imwrite(str(folder / name), image)


@pytest.mark.parametrize(
    "names",
    [
        ["00001.png", "00002.png", "00003.png"],
        ["img_9.png", "img_10.png", "img_11.png"],
        ["a.png", "b.png", "c.png"],
        ["0005.png", "0010.png", "0015.png"],
    ],
)
def test_order_and_colour(tmp_path: Path, names: list[str]) -> None:
    _save(tmp_path / "v", names)
    (tmp_path / "v" / ".AppleDouble").mkdir()
    (tmp_path / "v" / "._00001.png").write_bytes(b"")
    (tmp_path / "v" / "notes.txt").write_text("")
    reader = FrameFolderReader(tmp_path / "v")
    assert reader.num_frames == 3
    images = reader.read([2, 0, 2])
    assert [image[0, 0].tolist() for image in images] == [
        [200, 100, 2],
        [200, 100, 0],
        [200, 100, 2],
    ]
    assert images[0] is images[2]
    assert [int(i[0, 0, 2]) for i in reader.iterate(1)] == [1, 2]
    assert [int(i[0, 0, 2]) for i in reader.iterate(0, 2)] == [0, 1]
    reader.close()


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="v is missing"):
        FrameFolderReader(tmp_path / "v").read([0])
    (tmp_path / "v").mkdir()
    with pytest.raises(ValueError, match="has no image"):
        FrameFolderReader(tmp_path / "v").read([0])
    _save(tmp_path / "v", ["1.png", "2.png", "4.png"])
    with pytest.raises(ValueError, match=r"2\.png is followed by 4\.png"):
        FrameFolderReader(tmp_path / "v").read([0])
    _save(tmp_path / "w", ["2.png", "4.png", "6.png", "7.png", "8.png", "10.png"])
    with pytest.raises(ValueError, match=r"6\.png is followed by 7\.png"):
        FrameFolderReader(tmp_path / "w").read([0])
    _save(tmp_path / "x", ["1.png", "01.png"])
    with pytest.raises(ValueError, match=r"png is followed by 0?1\.png"):
        FrameFolderReader(tmp_path / "x").read([0])
    _save(tmp_path / "y", ["1.png", "2.png", "cover.png"])
    with pytest.raises(ValueError, match=r"1 of 3 images .* such as cover\.png: is it"):
        FrameFolderReader(tmp_path / "y").read([0])
    _save(tmp_path / "z", ["1_rgb.png", "2_rgb.png", "10_rgb.png"])
    with pytest.raises(ValueError, match=r"order of the images is unclear"):
        FrameFolderReader(tmp_path / "z").read([0])
    _save(tmp_path / "v", ["1.png", "2.png", "3.png"])
    reader = FrameFolderReader(tmp_path / "v")
    for index in (-1, 4):
        with pytest.raises(ValueError, match=rf"frame index {index} is not in 0\.\.3"):
            reader.read([index])
    (tmp_path / "v" / "2.png").write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"2\.png is damaged"):
        reader.read([1])
