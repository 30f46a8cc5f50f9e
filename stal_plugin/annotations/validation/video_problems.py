"""Differences between the json and the video files."""

from collections.abc import Callable
from pathlib import Path

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.videos import bring_videos
from stal_plugin.annotations.problems import Problem
from stal_plugin.video import VideoProbe

_FPS_TOLERANCE = 0.01  # share


def video_problems(
    header: Annotation,
    folder: Path,
    file: str,
    lines: dict[str, int],
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[list[Problem], dict[str, VideoProbe]]:
    """Decode each video and compare it with the json.

    Args:
        header: The videos.
        folder: Folder that their files are relative to.
        file: Name of the json.
        lines: Line of each video in it.
        advance: Called after each video.

    Returns:
        Problems, and the measured facts of the videos that can be read.
    """
    problems: list[Problem] = []
    probes: dict[str, VideoProbe] = {}
    for video, info in header.videos.items():
        line = lines.get(video, 0)
        try:
            path = folder / info.file
            (_, probe), *_ = bring_videos(
                {video: path}, folder, "in-place", info.fps
            ).values()
        except FileNotFoundError:
            fix = "Put it there, or correct 'file' (relative to the json's folder)"
            value = f"video {video!r}: there is no {info.file!r}"
            problems.append(Problem("missing video", file, line, value, fix))
        except (ValueError, OSError) as error:
            value = f"video {video!r}: {error}"
            fix = "Convert it to H.264 mp4 with ffmpeg"
            problems.append(Problem("unreadable video", file, line, value, fix))
        else:
            probes[video] = probe
            problems += _differences(video, info, probe, file, line)
        advance(1)
    return problems, probes


def _differences(
    video: str, info: VideoInfo, probe: VideoProbe, file: str, line: int
) -> list[Problem]:
    facts: list[tuple[str, str, float, float]] = [
        ("length", "num_frames", info.num_frames, probe.num_frames),
        ("size", "width", info.width, probe.width),
        ("size", "height", info.height, probe.height),
    ]
    if abs(info.fps - probe.fps) > _FPS_TOLERANCE * probe.fps:
        facts.append(("frame rate", "fps", info.fps, probe.fps))
    return [
        Problem(
            f"other {kind} than the video",
            file,
            line,
            f"video {video!r}: {key} is {stated:g}, the file has {measured:g}",
            f"Write {key} {measured:g}, if this is the video that was annotated",
            "video facts" if same_video(info, probe) else "",
        )
        for kind, key, stated, measured in facts
        if stated != measured
    ]


def same_video(info: VideoInfo, probe: VideoProbe) -> bool:
    """Whether a file is the video that the json means, in spite of differences.

    Args:
        info: The video in the json.
        probe: The file.

    Returns:
        True if the lengths differ by two frames at most and the shapes are alike: then
        the json is wrong, else the file may be another one.
    """
    longest = max(info.width, info.height, probe.width, probe.height)
    skew = abs(info.width * probe.height - info.height * probe.width)
    return abs(info.num_frames - probe.num_frames) <= 2 and skew <= 2 * longest
