from pathlib import Path

import cv2
import numpy as np

from stal_plugin.annotations import read_annotation
from stal_plugin.video import VideoReader
from stal_plugin.visualization.data_preview import DataPreview, joined_clips


def test_files_of_each_class(own_data: Path, tmp_path: Path) -> None:
    preview = DataPreview(read_annotation(own_data), own_data.parent)
    calls: list[int] = []
    out = tmp_path / "preview"
    written = preview.write(out, frames=4, clips=2, advance=calls.append)
    assert [p.name for p in written] == [
        "01_wave-hand.png",
        "01_wave-hand.mp4",
        "02_jump.png",
        "02_jump.mp4",
    ]
    assert calls == [1, 1]
    # both clips of 'wave hand', 10 and 4 frames long
    reader = VideoReader(written[1])
    assert reader.num_frames == 14
    image = reader.read([0])[0]
    assert image.shape == (360, 640, 3)
    # frames of 64x48 on a canvas of 640x360: 480x360, bars of 80 pixels on both sides
    assert image[:, :70].max() < 20
    assert image[:, 570:].max() < 20
    assert image[300, 540].mean() > 30
    sheet = cv2.imread(str(written[0]))
    assert sheet.shape[1] == 4 * (320 + 8) + 8


def test_boxes_are_drawn_where_they_are(own_data: Path) -> None:
    preview = DataPreview(read_annotation(own_data), own_data.parent)
    image = np.full((480, 640, 3), 40, np.uint8)
    drawn = preview.draw(0, 1, image)
    # the box of 'wave hand' covers [.25, .25, .75, .75]
    for x, y in ((160, 240), (480, 240), (320, 360)):
        assert (drawn[y - 2 : y + 3, x - 2 : x + 3] != 40).any()
    assert (drawn[200:300, 200:400] == 40).all()
    assert (preview.draw(0, 30, image) == 40).all()


def test_choose_takes_each_video_in_turn(own_data: Path) -> None:
    preview = DataPreview(read_annotation(own_data), own_data.parent)
    videos = preview._clips[0]
    assert videos[preview.choose(0, 2)].tolist() == [0, 1]
    assert len(preview.choose(1, 10)) == 2
    assert len(preview.choose(0, 1)) == 1


def test_two_people_at_once_are_shown_once() -> None:
    videos = np.array([1, 0, 0, 0, 0])
    labels = np.array([0, 0, 1, 0, 0])
    spans = np.array([[5, 9], [20, 30], [22, 25], [10, 22], [31, 40]])
    joined = joined_clips(videos, spans, labels)
    assert [column.tolist() for column in joined] == [
        [0, 0, 0, 1],
        [[10, 30], [31, 40], [22, 25], [5, 9]],
        [0, 0, 1, 0],
    ]


def test_no_videos(own_data: Path, tmp_path: Path) -> None:
    preview = DataPreview(read_annotation(own_data), own_data.parent)
    written = preview.write(tmp_path, clips=0)
    assert [p.suffix for p in written] == [".png", ".png"]
