from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import VideoReader, probe_video
from stal_plugin.visualization import (
    PredictionReport,
    SplitFrames,
    class_colors,
)


@pytest.fixture
def report(
    annotation: Annotation, predictions: BoxTable, tmp_path: Path
) -> PredictionReport:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    return PredictionReport(annotation, frames, tmp_path)


def test_all_videos_in_one_file(report: PredictionReport, tmp_path: Path) -> None:
    sheet, video = report.write(tmp_path / "out")
    probe = probe_video(video)
    assert probe.num_frames == 5 + 6
    assert probe.fps == 25
    # 160 x 90 is drawn as 640 x 360, 100 x 120 as 400 x 480; captions below
    assert probe.width == 640
    assert probe.height > 480
    image = cv2.imread(str(sheet))[..., ::-1]
    assert image.shape[1] == 4 * 488 + 8
    first = VideoReader(video).read([0])[0]
    # frame 4 of a/1 has brightness 40, and above y = 60 + 180 a label of "up"
    assert np.abs(first[120, 400].astype(int) - 40).max() < 6
    label = np.median(first[226:238, 162:200].reshape(-1, 3), axis=0)
    distance = np.abs(label - class_colors(3)).max(1)  # the codec shifts colours
    assert distance.argmin() == 0
    assert distance[0] < 40


def test_one_file_per_video(report: PredictionReport, tmp_path: Path) -> None:
    files = report.write(tmp_path / "out", per_video=True)
    assert [f.name for f in files] == ["contact_sheet.png", "a_1.mp4", "b.mp4"]
    assert [probe_video(f).num_frames for f in files[1:]] == [5, 6]
    assert probe_video(files[2]).width == 400


def test_each_frame_is_decoded_once(
    report: PredictionReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple] = []
    read = VideoReader.read

    def counting_read(self: VideoReader, indices: list) -> list:
        asked.extend((Path(self.path).name, i) for i in indices)
        return read(self, indices)

    monkeypatch.setattr(VideoReader, "read", counting_read)
    report.write(tmp_path / "one", num_videos=1)
    assert len(asked) == len(set(asked))
    # the whole test range of a/1, and of b only the frame on the sheet
    assert sorted(asked) == [*(("a1.mp4", i) for i in range(3, 8)), ("b.mp4", 1)]


def test_tiles_show_the_chosen_frames(report: PredictionReport, tmp_path: Path) -> None:
    (sheet,) = report.write(tmp_path / "out", num_frames=3, num_videos=0)
    image = cv2.imread(str(sheet))[..., ::-1]
    # at even distances frame 5 of a/1 (brightness 50), "down" on "up", and one of b;
    # then frame 6 of a/1, whose actor is missed
    assert image.shape[1] == 3 * (480 + 8) + 8
    # a tile of b is 480 x 576 + 30, one of a/1 480 x 270 + 30 in the middle of that
    body = image[-614 + 153 : -614 + 453]
    assert np.abs(body[20, 8 + 20].astype(int) - 50).max() < 6
    assert (body[:, :488] == class_colors(3)[1]).all(2).sum() > 500
    assert np.abs(body[20, 8 + 2 * 488 + 20].astype(int) - 60).max() < 6


def test_the_same_input_gives_the_same_files(
    report: PredictionReport, tmp_path: Path
) -> None:
    first = [f.read_bytes() for f in report.write(tmp_path / "one")]
    second = [f.read_bytes() for f in report.write(tmp_path / "two")]
    assert first == second


def test_missing_footage_is_named(report: PredictionReport, tmp_path: Path) -> None:
    (tmp_path / "b.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=r"b\.mp4"):
        report.write(tmp_path / "out")
