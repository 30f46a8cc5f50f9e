import logging
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stal_plugin.video import VideoReader, VideoWriter, probe_video
from stal_plugin.video.open_video import DamageLog, cut_short, open_video, video_stream
from stal_plugin.video.sequential_reader import SequentialReader

MakeVideo = Callable[..., Path]


def read_all(path: Path) -> list[tuple[np.ndarray, float]]:
    return list(SequentialReader(open_video(path)[0], path))


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "v.mp4"
    if kind == "pipe":
        os.mkfifo(path)  # reading from it would wait for ever
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="no regular file"):
        open_video(path)


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile other.mp4\n",
        PLAYLIST.format("other.ts"),
        PLAYLIST.format("http://127.0.0.1:9/other.ts"),
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
    ids=["concat", "playlist", "address", "session"],
)
def test_a_file_does_not_open_others(
    tmp_path: Path, make_video: MakeVideo, text: str
) -> None:
    make_video(tmp_path / "other.mp4")
    make_video(tmp_path / "other.ts")
    path = tmp_path / "v.mp4"
    path.write_text(text)
    with pytest.raises(ValueError, match="cannot be opened as a video"):
        open_video(path)


def with_preview(path: Path, count: int = 20) -> Path:
    """A preview picture first, as drones write it, then the video."""
    with av.open(str(path), "w") as container:
        streams = []
        for codec, size, form in (
            ("mjpeg", (64, 48), "yuvj420p"),
            ("libx264", (96, 64), "yuv420p"),
        ):
            stream = container.add_stream(codec, rate=25)
            (stream.width, stream.height), stream.pix_fmt = size, form
            streams.append(stream)
        for stream, frames in zip(streams, (1, count), strict=True):
            for number in range(frames):
                image = np.full((stream.height, stream.width, 3), 9 * number, np.uint8)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def test_the_longest_stream_is_the_video(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = with_preview(tmp_path / "drone.mp4")
    with caplog.at_level(logging.WARNING):
        container, stream = open_video(path)
    with container:
        assert (stream.index, stream.frames) == (1, 20)
        assert video_stream(container).index == 1
    assert "2 video streams: the longest, number 1, is read" in caplog.text
    assert probe_video(path).num_frames == 20
    assert probe_video(path).width == 96
    assert VideoReader(path).num_frames == 20
    assert [i.shape for i in VideoReader(path).read([0, 19])] == [(64, 96, 3)] * 2
    assert len(read_all(path)) == 20
    container, stream = open_video(path, number=0)
    with container:
        assert stream.index == 0
    with pytest.raises(ValueError, match=r"no video stream number 7, but \[0, 1\]"):
        open_video(path, number=7)


def test_a_name_with_a_colon_is_a_file(
    make_video: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "a.mp4", count=3).rename(tmp_path / "T12:30:00.mp4")
    monkeypatch.chdir(tmp_path)
    container, stream = open_video("T12:30:00.mp4")
    with container:
        assert stream.frames == 3


def test_times_of_an_avi_are_its_rate(tmp_path: Path, make_video: MakeVideo) -> None:
    """FFmpeg's time stamps of AVI follow the order of decoding: 0, .08, .12, .12."""
    options = {"b_strategy": "0"}
    path = make_video(tmp_path / "v.avi", count=30, gop=12, b_frames=2, **options)
    with av.open(str(path)) as container:
        stamps = [frame.pts for frame in container.decode(video=0)]
    assert (np.diff(stamps) <= 0).any()
    assert [time for _, time in read_all(path)] == pytest.approx(np.arange(30) / 25)
    assert VideoReader(path).fps == 25
    assert VideoReader(path).times == pytest.approx(np.arange(30) / 25)
    assert probe_video(path).fps == 25


def test_times_of_frames_that_last_differently(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 0.6, 0.61, 2.0]
    with VideoWriterOf(tmp_path / "v.mp4") as writer:
        for time in times:
            writer.write(np.zeros((48, 64, 3), np.uint8), time)
    assert VideoReader(tmp_path / "v.mp4").times == pytest.approx(times, abs=1e-4)
    got = [time for _, time in read_all(tmp_path / "v.mp4")]
    assert got == pytest.approx(times, abs=1e-4)


class VideoWriterOf:
    """A timed writer that is closed at the end."""

    def __init__(self, path: Path, **options: float) -> None:
        self.writer = VideoWriter(path, 25, timed=True, **options)

    def __enter__(self) -> VideoWriter:
        return self.writer

    def __exit__(self, *_: object) -> None:
        self.writer.close()


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    with VideoWriterOf(tmp_path / "v.mp4", pixel_aspect=32 / 27) as writer:
        writer.write(np.zeros((48, 72, 3), np.uint8))
    facts = probe_video(tmp_path / "v.mp4")
    assert (facts.width, facts.height) == (72, 48)
    assert facts.pixel_aspect == pytest.approx(32 / 27)
    container, stream = open_video(tmp_path / "v.mp4")
    with container:
        assert stream.sample_aspect_ratio == Fraction(32, 27)


class FlaggedFrame:
    def __init__(self, corrupt: bool, key: bool) -> None:
        self.is_corrupt, self.key_frame = corrupt, key


def test_frames_after_a_fault_are_doubted_until_the_next_key_frame(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = DamageLog("v.mp4")
    for number in range(1, 31):
        log.note(FlaggedFrame(number == 14, number % 10 == 1), number)  # type: ignore[arg-type]
    assert log.frames == list(range(14, 21))
    with caplog.at_level(logging.WARNING):
        log.warn()
    assert "7 frames between 14 and 20 may show wrong pictures" in caplog.text


def damaged(source: Path, target: Path, size: int, seed: int) -> Path:
    """Random bytes in the middle of the data."""
    data = bytearray(source.read_bytes())
    start = data.find(b"mdat") + 8
    middle = start + (len(data) - start) // 2
    data[middle : middle + size] = np.random.default_rng(seed).bytes(size)
    target.write_bytes(data)
    return target


@pytest.mark.data
def test_damage_in_the_middle_is_told(
    tmp_path: Path, shared_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = shared_data / "real_clips/kinetics_arm_wrestling.mp4"
    path = damaged(clip, tmp_path / "v.mp4", 3000, 0)
    right = [image for image, _ in read_all(clip)]
    with caplog.at_level(logging.WARNING):
        images = [image for image, _ in read_all(path)]
    wrong = [
        i + 1
        for i, (a, b) in enumerate(zip(right, images, strict=True))
        if (a != b).any()
    ]
    assert wrong
    assert f"between {wrong[0]} and" in caplog.text
    caplog.clear()
    reader = VideoReader(path)
    with caplog.at_level(logging.WARNING):
        list(reader.iterate())
    assert "may show wrong pictures" in caplog.text
    assert probe_video(path).num_frames == len(right)


def test_a_codec_that_nobody_knows(tmp_path, make_video):
    path = make_video(tmp_path / "v.mkv", count=3)
    path.write_bytes(path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"V_MPEG4/ISO/AVX"))
    for number in (None, 0):
        with pytest.raises(ValueError, match=r"v\.mkv has no video stream that can be"):
            open_video(path, number=number)


def test_a_name_cannot_extend_the_command_that_is_advised() -> None:
    error = cut_short("a; touch ran.mp4", 3, 5)
    assert "-i 'a; touch ran.mp4' -c:v" in str(error)
