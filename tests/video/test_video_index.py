from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.video.open_video import (
    checked_frames,
    checked_packets,
    cut_short,
    open_video,
)
from stal_plugin.video.video_index import (
    VideoIndex,
    build_video_index,
    frame_rate,
    index_by_decoding,
)

MakeVideo = Callable[..., Path]


def test_keyframe_before() -> None:
    index = VideoIndex(30, None, np.array([0, 12, 24]))
    found = [index.keyframe_before(i) for i in (0, 11, 12, 23, 29)]
    assert found == [0, 0, 12, 12, 24]


@pytest.mark.parametrize("b_frames", [0, 2])
def test_index_of_a_video(tmp_path: Path, make_video: MakeVideo, b_frames: int) -> None:
    path = make_video(tmp_path / "v.mp4", count=30, gop=12, b_frames=b_frames)
    index = build_video_index(path)
    assert index.num_frames == 30
    assert index.keyframes.tolist() == [0, 12, 24]
    assert index.pts is not None
    assert len(set(np.diff(index.pts))) == 1  # increasing, evenly
    slow = index_by_decoding(path)
    assert (slow.num_frames, slow.pts, slow.keyframes.tolist()) == (30, None, [0])


def test_packets_without_time_stamps_are_counted_by_decoding(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    path = make_video(tmp_path / "v.avi", "mpeg4", count=20, b_frames=2)
    index = build_video_index(path)
    assert index.num_frames == 20


def test_frames_and_packets_run_through(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "v.mp4", count=15)
    container, stream = open_video(path)
    with container:
        packets = list(checked_packets(container, stream, path))
    assert [bool(p.size) for p in packets] == [True] * 15 + [False]
    container, stream = open_video(path, "AUTO")
    with container:
        assert len(list(checked_frames(container, stream, path))) == 15


@pytest.mark.parametrize("whole_packets", [True, False])
def test_a_cut_file_is_named(
    tmp_path: Path, make_video: MakeVideo, whole_packets: bool
) -> None:
    path = make_video(tmp_path / "v.mp4", count=40)
    container, stream = open_video(path)
    with container:
        ends = [p.pos + p.size for p in container.demux(stream) if p.size]
    size = ends[24] + (0 if whole_packets else 3)
    path.write_bytes(path.read_bytes()[:size])
    message = r"v\.mp4 is damaged or cut short: only 25 frames of the 40"
    with pytest.raises(ValueError, match=message):
        build_video_index(path)
    with pytest.raises(ValueError, match=message):
        index_by_decoding(path)


def test_no_video_at_all(tmp_path: Path, make_video: MakeVideo) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.mp4 is missing"):
        open_video(tmp_path / "none.mp4")
    (tmp_path / "v.mp4").write_bytes(b"no video" * 100)
    with pytest.raises(ValueError, match="cannot be opened as a video"):
        open_video(tmp_path / "v.mp4")
    path = make_video(tmp_path / "w.mp4", movflags="negative_cts_offsets")
    path.write_bytes(path.read_bytes()[:-400])  # the header is at the end
    with pytest.raises(ValueError, match="its end is missing"):
        open_video(path)


def test_cut_short_without_a_promise() -> None:
    assert "only 3 frames can be decoded" in str(cut_short("v.ts", 3, 0))


@pytest.mark.parametrize(
    ("rates", "duration", "count", "expected"),
    [
        ((Fraction(25), None), Fraction(99, 25), 100, 25.0),
        # the header says 25, the time stamps 29.97
        ((Fraction(25), Fraction(30000, 1001)), Fraction(99 * 1001, 30000), 100, 29.97),
        ((Fraction(25),), Fraction(99, 10), 100, 10.0),
        ((Fraction(24), Fraction(25)), Fraction(99, 25), 100, 25.0),
        ((Fraction(12),), Fraction(0), 100, 12.0),
        ((None, None), 0, 1, 25.0),
    ],
)
def test_frame_rate(
    rates: tuple, duration: Fraction, count: int, expected: float
) -> None:
    assert frame_rate(rates, duration, count) == pytest.approx(expected, rel=1e-4)
