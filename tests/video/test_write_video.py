from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from stal_plugin.video import VideoProbe, VideoReader, probe_video, write_video


def _frames(count: int, width: int = 64, height: int = 48) -> Iterator[np.ndarray]:
    for number in range(count):
        image = np.full((height, width, 3), (200, 10 * number % 250, 50), np.uint8)
        image[:, width // 2 :] = (20, 40, 220)
        yield image


def test_colours_rate_and_codec(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "v.mp4"
    written = write_video(path, _frames(20), 30000 / 1001, gop=8, comment="hello")
    assert written == 20
    assert probe_video(path) == VideoProbe(20, 30000 / 1001, 64, 48)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.frames == 20
        assert container.metadata["comment"] == "hello"
    reader = VideoReader(path)
    assert np.diff(reader.index.keyframes).max() <= 8
    for number, (image, wanted) in enumerate(
        zip(reader.read(range(20)), _frames(20), strict=True)
    ):
        difference = np.abs(image.astype(int) - wanted)
        assert difference[:, :28].mean() < 6, number
        assert difference[:, 36:].mean() < 6, number
    # moov before mdat, so that a browser can begin at once
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_size_scales_and_odd_sizes_grow_by_one(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", _frames(3), 10, size=(32, 24))
    assert probe_video(tmp_path / "a.mp4") == VideoProbe(3, 10.0, 32, 24)
    write_video(tmp_path / "b.mp4", _frames(3, 61, 47), 10)
    assert probe_video(tmp_path / "b.mp4") == VideoProbe(3, 10.0, 62, 48)
    image = VideoReader(tmp_path / "b.mp4").read([0])[0]
    assert np.abs(image[:, -1].astype(int) - (20, 40, 220)).mean() < 6


def test_same_frames_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, _frames(10), 25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_nothing_is_left_of_a_broken_run(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    write_video(path, _frames(4), 25)
    before = path.read_bytes()

    def broken() -> Iterator[np.ndarray]:
        yield from _frames(5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(path, broken(), 25)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]


def test_faults(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no frames to write"):
        write_video(tmp_path / "v.mp4", [], 25)
    with pytest.raises(ValueError, match=r"must end in \.mp4"):
        write_video(tmp_path / "v.avi", _frames(1), 25)


def test_numbers_survive(
    tmp_path: Path,
    make_video: Callable[..., Path],
    number_of: Callable[[np.ndarray], int],
) -> None:
    source = VideoReader(make_video(tmp_path / "s.mp4", count=30))
    write_video(tmp_path / "v.mp4", source.iterate(5), 25, size=(160, 90))
    images = VideoReader(tmp_path / "v.mp4").read(range(25))
    assert [number_of(image) for image in images] == list(range(5, 30))
