from pathlib import Path

import av
import numpy as np
import pytest

from stal_plugin.video import VideoReader, VideoWriter, probe_video


def _frame(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), 8 * number, np.uint8)


def test_file_appears_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "v.mp4"
    writer = VideoWriter(path, 10)
    for number in range(5):
        writer.write(_frame(number))
    assert not path.exists()
    writer.close()
    writer.close()
    assert [p.name for p in path.parent.iterdir()] == ["v.mp4"]
    probe = probe_video(path)
    assert (probe.num_frames, probe.fps, writer.count) == (5, 10.0, 5)


def test_frames_keep_their_times(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 25, timed=True)
    times = [0.0, 0.04, 1.5, 1.5, 3.2]  # two at one time: the second is a tick later
    for number, time in enumerate(times):
        writer.write(_frame(number), time)
    writer.close()
    with av.open(str(tmp_path / "v.mp4")) as container:
        found = [f.time for f in container.decode(video=0)]
    assert found == pytest.approx(times, abs=2e-4)


@pytest.mark.parametrize("fragmented", [False, True])
def test_a_late_first_frame_is_shown_from_the_start(
    tmp_path: Path, fragmented: bool
) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 25, timed=True, fragmented=fragmented)
    for number, time in enumerate([0.92, 0.96, 1.2]):
        writer.write(_frame(number), time)
    writer.close()
    with av.open(str(tmp_path / "v.mp4")) as container:
        found = [
            (f.time, round(f.to_ndarray(format="rgb24").mean() / 8))
            for f in container.decode(video=0)
        ]
    assert [t for t, _ in found] == pytest.approx([0.0, 0.92, 0.96, 1.2], abs=2e-4)
    assert [n for _, n in found] == [0, 0, 1, 2]


def test_fragmented_file_plays_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    writer = VideoWriter(path, 25, timed=True, fragmented=True)
    for number in range(200):
        writer.write(_frame(number % 30), number / 25)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(path.read_bytes())  # what a crash would leave
    with av.open(str(copy)) as container:
        assert 50 < sum(1 for _ in container.decode(video=0)) < 200
    writer.close()
    images = VideoReader(path).read([0, 29, 199])
    assert [round(i.mean() / 8) for i in images] == [0, 29, 19]


def test_discard_and_nothing_written(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 25)
    writer.close()
    writer.write(_frame(1))
    writer.discard()
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_sizes(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 25)
    writer.write(_frame(1, 31, 77))
    writer.write(_frame(2, 64, 48))  # a camera that changes its size
    writer.close()
    assert [i.shape for i in VideoReader(tmp_path / "v.mp4").read([0, 1])] == [
        (78, 32, 3)
    ] * 2
    with pytest.raises(ValueError, match=r"v\.avi: the name of a video must end"):
        VideoWriter(tmp_path / "v.avi", 25)
