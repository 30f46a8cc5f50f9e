from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoReader
from stal_plugin.visualization import (
    PictureGrid,
    SplitFrames,
    class_colors,
)
from stal_plugin.visualization.selection import choose_windows

GAP, WIDTH, HEIGHT = 8, 360, 202  # of a tile of a/1, which is 160 x 90


@pytest.fixture
def frames(annotation: Annotation, predictions: BoxTable) -> SplitFrames:
    return SplitFrames.build(annotation, predictions, ["test"])


@pytest.fixture
def nothing(annotation: Annotation) -> SplitFrames:
    """The same frames of a model that found nothing."""
    return SplitFrames.build(annotation, BoxTable.empty(), ["test"])


def _tiles(path: Path, rows: int, columns: int) -> np.ndarray:
    """Cut a grid of equal tiles: (rows, columns, HEIGHT + caption, WIDTH, 3)."""
    image = cv2.imread(str(path))[..., ::-1]
    assert image.shape[1] == columns * (WIDTH + GAP) + GAP
    caption = 18
    body = image[-rows * (HEIGHT + caption + GAP) :, GAP:]
    body = body.reshape(rows, HEIGHT + caption + GAP, columns, WIDTH + GAP, 3)
    return body.transpose(0, 2, 1, 3, 4)[:, :, :-GAP, :-GAP]


def test_windows_show_classes_of_many_videos(frames: SplitFrames) -> None:
    """Frames 0 to 4 are a/1 from frame 4, 5 to 10 are b; "up" is on 0 to 2."""
    windows = choose_windows(frames, 3, columns=2, step=1, count=1)
    assert windows.tolist() == [[5, 6]]  # b's frame 2 has "down" and "wipe"
    both = choose_windows(frames, 3, columns=2, step=1, count=2)
    assert both.tolist() == [[0, 1], [5, 6]]
    assert choose_windows(frames, 3, columns=3, step=2, count=9).tolist() == [
        *([0, 2, 4], [5, 7, 9])
    ]


def test_a_short_video_repeats_its_last_frame(frames: SplitFrames) -> None:
    windows = choose_windows(frames, 3, columns=4, step=2, count=2)
    assert windows.tolist() == [[0, 2, 4, 4], [5, 7, 9, 10]]


def test_untested_frames_show_no_class(
    annotation: Annotation, predictions: BoxTable
) -> None:
    """A test with a stride leaves frames out: those are no evidence of a miss."""
    first = predictions.take(slice(1))  # frame 4 of a/1
    frames = SplitFrames.build(annotation, first, ["test"])
    assert choose_windows(frames, 3, columns=2, step=1, count=1).tolist() == [[0, 1]]


def test_rows_are_models_and_columns_frames(
    annotation: Annotation, frames: SplitFrames, nothing: SplitFrames, tmp_path: Path
) -> None:
    models = {"ours": frames, "theirs": nothing}
    grid = PictureGrid(annotation, models, tmp_path, columns=3, step=1)
    grid.write(tmp_path / "out" / "grid.png", count=1)
    tiles = _tiles(tmp_path / "out" / "grid.png", 2, 3).astype(int)
    for row in range(2):
        for column in range(3):  # frames 4, 5 and 6 of a/1 are 40, 50 and 60 bright
            corner = tiles[row, column, 20, 20]
            assert np.abs(corner - (40 + 10 * column)).max() < 6
    # boxes: x 90 to 180, y 101 to 151.5 of a tile; "up" is right on the first frame,
    # called "down" on the second, below the threshold on the third
    up, down, _ = class_colors(3).astype(int)
    inside = tiles[:, :, 95:160, 85:185]
    for row, column, color, drawn in (
        *((0, 0, up, True), (0, 1, down, True), (0, 2, up, False), (0, 2, down, False)),
        *((1, 0, up, False), (1, 1, down, False), (1, 1, up, False)),
    ):
        count = (inside[row, column] == color).all(2).sum()
        assert (count > 100) == drawn, (row, column)
    # ground truth is dashed black and white in both rows
    edge = tiles[:, :, 152, 92:178]
    assert ((edge == 0).all(3).any(2) & (edge == 255).all(3).any(2)).all()


def test_each_frame_is_decoded_once(
    annotation: Annotation,
    frames: SplitFrames,
    nothing: SplitFrames,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    read = VideoReader.read

    def counting_read(self: VideoReader, indices: list) -> list:
        asked.extend(indices)
        return read(self, indices)

    monkeypatch.setattr(VideoReader, "read", counting_read)
    models = {"ours": frames, "theirs": nothing}
    PictureGrid(annotation, models, tmp_path, 3, 1).write(tmp_path / "g.png", 1)
    assert asked == [3, 4, 5]


def test_mistakes(annotation: Annotation, frames: SplitFrames, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 models, 6 columns, step 4: each must be 1"):
        PictureGrid(annotation, {}, tmp_path)
    with pytest.raises(ValueError, match="1 models, 6 columns, step 0"):
        PictureGrid(annotation, {"a": frames}, tmp_path, step=0)
    (tmp_path / "a1.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=r"a1\.mp4"):
        PictureGrid(annotation, {"a": frames}, tmp_path).write(tmp_path / "g.png")
