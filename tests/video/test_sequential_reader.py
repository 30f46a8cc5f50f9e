import logging
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stal_plugin.video.open_video import open_video
from stal_plugin.video.sequential_reader import SequentialReader


def _reader(path: Path, **options: bool) -> SequentialReader:
    return SequentialReader(open_video(path, "AUTO")[0], path, **options)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.avi", "v.ts", "v.h264"])
def test_same_frames_as_decoding_the_file(
    tmp_path: Path, make_video: Callable, decode_all: Callable, name: str
) -> None:
    codec = "mpeg4" if name == "v.avi" else "libx264"
    path = make_video(tmp_path / name, codec, b_frames=0 if name == "v.avi" else 2)
    reader = _reader(path)
    assert reader.fps == 25.0
    assert reader.num_frames in (40, 41, None)
    found, expected = list(reader), decode_all(path)
    assert len(found) == 40
    for number, ((image, seconds), wanted) in enumerate(
        zip(found, expected, strict=True)
    ):
        assert np.array_equal(image, wanted)
        assert seconds == pytest.approx(number / 25, abs=2e-3)


def test_rotation(tmp_path: Path, make_video: Callable, decode_all: Callable) -> None:
    path = make_video(tmp_path / "v.mp4", count=3, rotate=90)
    image, _ = next(iter(_reader(path)))
    assert image.shape == (96, 64, 3)
    assert np.array_equal(image, np.rot90(decode_all(path)[0]))


@pytest.mark.parametrize("rotate", [0, 90])
def test_pixels_that_are_not_square(tmp_path: Path, rotate: int) -> None:
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 72, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(32, 27)
        if rotate:
            stream.set_display_rotation(rotate)
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 72, 3), np.uint8), "rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    reader = _reader(path)
    assert reader.pixel_aspect == 1.0
    assert len(list(reader)) == 1
    # FFmpeg itself would crash where a closed file is asked
    assert reader.pixel_aspect == pytest.approx(27 / 32 if rotate else 32 / 27)


def test_no_frame_is_lost_before_the_cut(
    tmp_path: Path, make_video: Callable, number_of: Callable
) -> None:
    path = make_video(tmp_path / "v.mp4", count=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    found: list = []
    with pytest.raises(ValueError, match=r"cut short: only \d+ frames of the 60"):
        deque(map(found.append, _reader(path)), maxlen=0)
    numbers = [number_of(image) for image, _ in found]
    assert len(numbers) > 20
    assert numbers == list(range(len(numbers)))


def test_damaged_packets_of_a_stream_are_skipped(
    tmp_path: Path, make_video: Callable, number_of: Callable
) -> None:
    path = make_video(tmp_path / "v.mp4", count=60, gop=6, b_frames=0)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(bytes(data))
    reader = _reader(path, strict=False)
    numbers = [number_of(image) for image, _ in reader]
    assert reader.num_damaged >= 1
    assert 40 < len(numbers) < 60
    assert numbers[-1] == 59
    with pytest.raises(ValueError, match="cut short"):
        list(_reader(path))


def test_an_early_end_is_told(
    tmp_path: Path, make_video: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_video(tmp_path / "v.mkv", count=100)
    with caplog.at_level(logging.WARNING):
        assert len(list(_reader(path))) == 100
        assert caplog.text == ""
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        found = len(list(_reader(path)))
    assert 20 < found < 80
    assert "its header announces 4.0 s" in caplog.text
