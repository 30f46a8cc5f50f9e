"""Streams from real server processes on loopback."""

import itertools
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.apis.sources import FileSource, Frame, StreamSource
from stal_plugin.apis.sources.backoff import Backoff
from stal_plugin.video import VideoReader, write_video

#: Finds a stream soon after it is back, and gives it the time of a loaded machine.
QUICK = Backoff(first=0.05, longest=0.2, give_up=120)
PATIENT = 30.0


def _take(frames: Iterator[Frame], count: int) -> list[Frame]:
    return list(itertools.islice(frames, count))


def test_a_file_on_a_server_is_read_once(
    http_server: Any, tmp_path: Path, square: Callable
) -> None:
    write_video(tmp_path / "v.mp4", (square(n) for n in range(9)), 25)
    source = StreamSource(f"http://127.0.0.1:{http_server.port}/file/v.mp4")
    assert (source.live, source.fps, source.num_frames) == (False, 25.0, 9)
    frames = list(source)
    assert [f.number for f in frames] == list(range(1, 10))
    assert [f.time for f in frames] == pytest.approx([k / 25 for k in range(9)])
    images = VideoReader(tmp_path / "v.mp4").read(range(9))
    assert all(np.array_equal(a.image, b) for a, b in zip(frames, images, strict=True))


def test_a_file_that_breaks_off_is_named(
    http_server: Any, tmp_path: Path, square: Callable
) -> None:
    write_video(tmp_path / "v.mp4", (square(n) for n in range(60)), 25)
    source = StreamSource(f"http://127.0.0.1:{http_server.port}/short/v.mp4")
    frames: list = []
    with pytest.raises(ValueError, match=r"short/v\.mp4 (broke off|is damaged or cut)"):
        deque(map(frames.append, source), maxlen=0)
    assert 15 < len(frames) < 60


def test_a_live_stream_that_dies_and_comes_back(
    http_server: Any, tmp_path: Path, mpegts: Callable, caplog: Any
) -> None:
    mpegts(tmp_path / "v.ts")
    url = f"http://127.0.0.1:{http_server.port}/live/v.ts"
    source = StreamSource(url, timeout=PATIENT, backoff=QUICK)
    assert (source.live, source.num_frames) == (True, None)
    stream = iter(source)
    before = _take(stream, 10)
    with caplog.at_level(logging.WARNING):
        http_server.kill()
        http_server.start()
        after = list(itertools.takewhile(lambda f: not f.after_gap, stream))
        after += _take(stream, 5)
    assert source.lost_since is None
    lost, back = (r.getMessage() for r in caplog.records)
    assert lost.startswith((f"{url} ended", f"{url} broke off: "))
    assert back.startswith(f"{url} is back after ")
    numbers = [f.number for f in before + after]
    # takewhile swallows the first frame after the gap
    assert len(set(range(1, numbers[-1] + 1)) - set(numbers)) == 1
    times = [f.time for f in before + after]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert not any(f.after_gap for f in before + after)
    source.close()
    assert len(list(stream)) <= 1


def test_a_stream_that_says_nothing_more(
    http_server: Any, tmp_path: Path, mpegts: Callable
) -> None:
    mpegts(tmp_path / "v.ts")
    url = f"http://127.0.0.1:{http_server.port}/stall/v.ts"
    part = tmp_path / "part.ts"
    part.write_bytes((tmp_path / "v.ts").read_bytes()[:30832])  # what is sent
    count = len(list(FileSource(part)))
    assert count > 20
    source = StreamSource(url, timeout=2.0, backoff=QUICK)
    frames = iter(source)
    _take(frames, count)
    assert (source.lost_since, source.num_reconnects) == (None, 0)
    gap = next(f for f in frames if f.after_gap)
    assert (source.lost_since, source.num_reconnects) == (None, 1)
    assert gap.number == count + 1  # nothing was lost up to there
    assert not next(frames).after_gap
    source.close()


def test_a_stream_that_is_lost_for_good(
    http_server: Any, tmp_path: Path, mpegts: Callable
) -> None:
    mpegts(tmp_path / "v.ts")
    url = f"http://127.0.0.1:{http_server.port}/live/v.ts"
    quick = Backoff(0.05, 0.1, give_up=0.3)
    source = StreamSource(url, timeout=PATIENT, backoff=quick)
    frames = iter(source)
    _take(frames, 3)
    assert source.lost_since is None
    http_server.kill()
    killed = time.monotonic()
    with pytest.raises(ValueError, match=r"live/v\.ts is lost: .*Connection refused"):
        list(frames)
    assert source.lost_since is not None
    assert killed <= source.lost_since <= time.monotonic()


def test_a_password_appears_in_no_message(caplog: pytest.LogCaptureFixture) -> None:
    url = "rtsp://chef:s3cret:@x@127.0.0.1:1/kitchen?a=b@c:d"
    shown = "rtsp://chef:***@127.0.0.1:1/kitchen?a=b@c:d"
    with pytest.raises(ValueError, match="cannot be opened") as caught:
        StreamSource(url)
    assert shown in str(caught.value)
    assert "s3cret" not in str(caught.value) + caplog.text


def test_what_must_be_escaped_is_named() -> None:
    for url, told in (("rtsp://a:x#y@127.0.0.1:1/s", True), ("http://a/b.mp4", False)):
        with pytest.raises(ValueError, match="cannot be opened") as caught:
            StreamSource(url, timeout=1)
        assert ("# is written %23, @ %40, / %2F" in str(caught.value)) == told
        assert "x#y" not in str(caught.value)


def test_what_ffmpeg_logs_has_no_password(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("libav.rtsp").error("%s failed", "rtsp://a:SEC@cam/1")
    assert caplog.messages == ["rtsp://a:***@cam/1 failed"]


class _Waits(Backoff):
    """Notes the attempts it is asked about, and does not wait."""

    def wait(self, attempt: int) -> float:
        _Waits.attempts.append(attempt)
        return 0.0


def test_a_stream_that_ends_at_once_waits_longer_and_longer(
    http_server: Any, tmp_path: Path, mpegts: Callable
) -> None:
    mpegts(tmp_path / "v.ts", 3)
    url = f"http://127.0.0.1:{http_server.port}/live/v.ts"
    _Waits.attempts = []
    source = StreamSource(url, timeout=PATIENT, backoff=_Waits(give_up=600))
    frames = iter(source)
    _take(frames, 10)
    assert _Waits.attempts == [1, 2, 3]
    source.backoff = _Waits(give_up=0)
    with pytest.raises(ValueError, match=r"is lost: .*last: it ended at once"):
        list(frames)


def test_wrong_addresses(http_server: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"file/no\.mp4 cannot be opened: .*404"):
        StreamSource(f"http://127.0.0.1:{http_server.port}/file/no.mp4")
    (tmp_path / "text.bin").write_text("no video" * 99)
    with pytest.raises(ValueError, match=r"text\.bin cannot be opened: Invalid data"):
        StreamSource(f"http://127.0.0.1:{http_server.port}/file/text.bin")


def test_rtsp_that_dies_and_comes_back(rtsp_server: Any) -> None:
    url = f"rtsp://127.0.0.1:{rtsp_server.port}/ball"
    source = StreamSource(url, timeout=PATIENT, backoff=QUICK)
    assert source.live
    stream = iter(source)
    first = _take(stream, 8)
    assert {f.image.shape for f in first} == {(64, 96, 3)}
    assert (first[0].image != first[-1].image).any()
    ticks = np.array([f.time for f in first]) * 25
    assert np.allclose(ticks, ticks.round(), atol=0.01)
    assert ticks[0] == 0
    assert (np.diff(ticks) > 0.9).all()
    rtsp_server.kill()
    rtsp_server.start()
    back = next(f for f in stream if f.after_gap)
    assert back.time > first[-1].time
    assert back.number > first[-1].number
    source.close()
