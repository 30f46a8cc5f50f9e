"""Odd videos: both readers agree on every frame, or refuse in one line; none hangs."""

import logging
import os
import random
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.apis.sources import open_frames
from stal_plugin.video import VideoReader, probe_video

from .child import in_child
from .unusual_videos import SIZE, Unusual, unusual_videos

pytestmark = pytest.mark.slow
COUNT = 24
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{}\n#EXT-X-ENDLIST\n"


def changed(path: Path, good: Path, change: Callable[[bytearray], object]) -> None:
    """Write a copy of a video whose bytes were changed."""
    content = bytearray(good.read_bytes())
    change(content)
    path.write_bytes(content)


def scramble(content: bytearray, rng: random.Random) -> None:
    """Replace a stretch of the pictures' data."""
    start = rng.randrange(content.index(b"mdat") + 8, len(content) - 8)
    for place in range(start, min(len(content), start + rng.randint(1, 3000))):
        content[place] = rng.randrange(256)


@pytest.fixture(scope="module")
def videos(
    tmp_path_factory: pytest.TempPathFactory, make_video: Callable
) -> dict[str, Path]:
    """Odd videos by what is odd."""
    root = tmp_path_factory.mktemp("videos")
    good = make_video(root / "good.mp4", count=COUNT)
    late = make_video(root / "late.mp4", count=COUNT, movflags="0")
    odd = {
        "good": good,
        "B-frames in AVI": make_video(root / "b.avi", codec="mpeg4", count=COUNT),
        "odd size": make_video(root / "size.mp4", size=(98, 66), count=COUNT),
        "one frame": make_video(root / "one.mp4", count=1),
        "Matroska": make_video(root / "m.mkv", count=COUNT),
        "transport stream": make_video(root / "t.ts", count=COUNT),
        "raw stream": make_video(root / "r.h264", count=COUNT),
    }
    for turn in (90, 180, 270, 45):
        path = root / f"turned_{turn}.mp4"
        odd[f"turned by {turn}"] = make_video(path, count=COUNT, rotate=turn)
    for name in ("wrong.avi", "wrong.jpg", "no_suffix", "a:b.mp4"):
        odd[f"named {name}"] = Path(shutil.copy(good, root / name))
    cuts = {"no bytes": 0, "a header": 40, "cut": good.stat().st_size * 3 // 4}
    for name, size in cuts.items():
        odd[name] = root / f"cut_{size}.mp4"
        changed(odd[name], good, lambda c, size=size: c.__delitem__(slice(size, None)))
    odd["no moov"] = root / "no_moov.mp4"
    changed(odd["no moov"], late, lambda c: c.__delitem__(slice(len(c) // 2, None)))
    text = {"text": "no video\n" * 200, "playlist": PLAYLIST.format(good)}
    text["concatenation"] = f"ffconcat version 1.0\nfile {good.name}\n"
    for name, content in text.items():
        odd[name] = root / f"{name}.mp4"
        odd[name].write_text(content)
    odd["pipe"] = root / "pipe.mp4"
    os.mkfifo(odd["pipe"])
    odd["device"] = root / "zero.mp4"
    odd["device"].symlink_to("/dev/zero")
    odd["folder"] = root / "folder.mp4"
    odd["folder"].mkdir()
    return odd


def in_sequence(path: Path) -> list[np.ndarray] | str:
    """Frames of the sequential reader; the message if it refuses."""
    images = []
    try:
        source = open_frames(path)
        images = [frame.image for frame in source]
    except (ValueError, FileNotFoundError) as error:
        return f"{error}"
    return images or "no frame"


def at_random(path: Path) -> list[np.ndarray] | str:
    """Frames of the random access reader, read from the last to the first."""
    try:
        count = probe_video(path).num_frames
        reader = VideoReader(path)
        numbers = range(reader.num_frames)
        if count != reader.num_frames:
            print("DIFFERENT", count, reader.num_frames)  # noqa: T201
        return [reader.read([n])[0] for n in reversed(numbers)][::-1]
    except (ValueError, FileNotFoundError) as error:
        return f"{error}"


def compare(path: Path) -> None:
    """Print what is wrong about a video, if anything."""
    logging.basicConfig(stream=sys.stdout, force=True)  # of pytest before
    one, other = in_sequence(path), at_random(path)
    if any(isinstance(answer, str) and "\n" in answer for answer in (one, other)):
        print("PROBLEM more than a line:", one, other)  # noqa: T201
    if isinstance(one, str) or isinstance(other, str):
        if isinstance(one, str) != isinstance(other, str):
            answers = [a if isinstance(a, str) else len(a) for a in (one, other)]
            print("PROBLEM one reader refuses:", answers)  # noqa: T201
        return
    print("FRAMES", len(one))  # noqa: T201
    equal = [np.array_equal(a, b) for a, b in zip(one, other, strict=False)]
    if len(one) != len(other) or not all(equal):
        first = equal.index(False) if False in equal else None
        print("DIFFERENT", len(one), len(other), "from", first)  # noqa: T201


def problem_of(path: Path, frames: int | None = None) -> str | None:
    """What is wrong about the reading of a video, in a child with a limit of time."""
    ended = in_child(lambda: compare(path), path.parent, seconds=60)
    if ended.status != 0:
        return ended.problem() or f"status {ended.status}"
    problem = re.search(r"^PROBLEM (.*)", ended.text, re.M)
    if problem:
        return problem[1][:500]
    different = re.search(r"^DIFFERENT .*", ended.text, re.M)
    if different and "the data are damaged" not in ended.text:
        return f"{different[0]}, without a warning"
    if frames and f"FRAMES {frames}" not in ended.text:
        return f"not {frames} frames: {ended.text[-300:]}"
    return None


def frames_of(name: str) -> int | None:
    """Number of frames that a video must have; None: it may be refused."""
    if name == "one frame":
        return 1
    whole = ("good", "B-", "odd", "Mat", "transport", "raw", "named")
    whole += ("turned by 90", "turned by 180", "turned by 270")
    return COUNT if name.startswith(whole) else None


def test_odd_videos(campaign: Callable, videos: dict[str, Path]) -> None:
    with campaign("odd videos", share=0) as part:
        for name, path in videos.items():
            part.record(name, problem_of(path, frames_of(name)))


@pytest.fixture(scope="module")
def unusual(
    tmp_path_factory: pytest.TempPathFactory, draw_number: Callable
) -> dict[str, Unusual]:
    return unusual_videos(tmp_path_factory.mktemp("unusual"), draw_number)


def wrong_frames(video: Unusual, number_of: Callable) -> str | None:
    """What is wrong about the frames of a sound video, as both readers give them."""
    frames = list(open_frames(video.path))
    numbers = list(range(len(video.times)))
    shown = [number_of(frame.image) for frame in frames]
    if shown != numbers:
        return f"the frames are {shown}"
    times = [frame.time for frame in frames]
    if not np.allclose(times, video.times, atol=1e-3):
        return f"the times are {times}, not {video.times}"
    probe, reader = probe_video(video.path), VideoReader(video.path)
    facts = (probe.num_frames, reader.num_frames, (probe.width, probe.height))
    if facts != (len(numbers), len(numbers), SIZE):
        return f"frames and size are {facts}"
    rate = (len(numbers) - 1) / video.times[-1]
    if abs(probe.fps - rate) > 0.02 * rate:
        return f"the rate is {probe.fps}, not {rate}"
    backwards = [number_of(reader.read([n])[0]) for n in reversed(numbers)]
    if backwards[::-1] != numbers:
        return f"read backwards the frames are {backwards}"
    error = np.abs(frames[5].image.astype(int) - video.draw(5, *SIZE)).mean()
    return f"the picture is off by {error:.0f}" if error > 4 else None


def test_unusual_videos(
    campaign: Callable, unusual: dict[str, Unusual], number_of: Callable
) -> None:
    with campaign("unusual videos: pictures, numbers, times", share=0) as part:
        for name, video in unusual.items():
            problem = problem_of(video.path, len(video.times))
            part.record(name, problem or wrong_frames(video, number_of))


def test_damaged_videos(campaign: Callable, videos: dict, tmp_path: Path) -> None:
    """Anything but a crash, a hang or two readers that disagree."""
    with campaign("damaged videos", share=0.1) as part:
        for rng in part.cases(10):
            good = videos[rng.choice(("good", "B-frames in AVI", "Matroska"))]
            path = tmp_path / f"damaged{good.suffix}"
            if good.suffix == ".mp4" and rng.random() < 0.6:
                changed(path, good, lambda c, rng=rng: scramble(c, rng))
            else:
                changed(path, good, lambda c, rng=rng: flip(c, rng))
            part.record(f"{part.tried}", problem_of(path))


def flip(content: bytearray, rng: random.Random) -> None:
    """Change a few bytes anywhere, or cut the file."""
    if rng.random() < 0.3:
        del content[rng.randrange(len(content)) :]
        return
    for _ in range(rng.choice((1, 3, 20))):
        content[rng.randrange(len(content))] = rng.randrange(256)
