from collections.abc import Callable
from dataclasses import replace

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.annotation_files import read_rows
from stal_plugin.annotations.validation.split_problems import split_problems


def _kinds(path: object, header: Annotation, clip_len: int = 8) -> dict[str, str]:
    rows, _ = read_rows(path)  # type: ignore[arg-type]
    problems = split_problems(replace(header, rows=rows), "annotations.csv", clip_len)
    return {p.kind: p.value for p in problems}


def _with(header: Annotation, **changes: VideoInfo) -> Annotation:
    return replace(header, videos={**header.videos, **changes})


def test_nothing_wrong(write: Callable, good_lines: list, header: Annotation) -> None:
    assert _kinds(write(good_lines), header) == {}


def test_classes_and_splits(
    write: Callable, good_lines: list, header: Annotation
) -> None:
    only_wipe = [line for line in good_lines if "b's" not in line or ",1,0" in line]
    kinds = _kinds(write(only_wipe), header)
    assert "class 'roll' (action_id 2)" in kinds["class with no test example"]
    one = replace(header.videos["b's"], split="train")
    kinds = _kinds(write(good_lines), _with(header, **{"b's": one}))
    assert kinds == {"no test split": "the splits are ['train']"}


def test_leaks(write: Callable, good_lines: list, header: Annotation) -> None:
    path = write(good_lines)
    a, b = header.videos.values()
    same_source = _with(header, **{"b's": replace(b, source="a")})
    kinds = _kinds(path, same_source)
    assert kinds == {
        "one source in both splits": "source 'a': 'a' is train, \"b's\" is test"
    }
    same_file = _with(header, **{"b's": replace(b, file=a.file)})
    assert list(_kinds(path, same_file)) == ["one file in two videos"]
    ranges = {"train": (1, 20), "test": (26, 40)}
    touching = _with(header, a=replace(a, split=ranges))
    kinds = _kinds(path, touching, clip_len=8)
    assert "5 frames between" in kinds["clips reach into the other split"]
    assert "clips reach into the other split" not in _kinds(path, touching, clip_len=6)


def test_clips_that_repeat_a_frame(
    write: Callable, good_lines: list, header: Annotation
) -> None:
    kinds = _kinds(write([*good_lines, "a,1,0.1,0.2,0.5,0.8,1,0"]), header)
    assert kinds["clip that repeats one frame"].startswith("1 boxes are on frame 1")
    lines = [f"a,1,0.1,0.2,0.{k},0.8,1,0" for k in range(2, 10)]
    kinds = _kinds(write(lines), header)
    assert kinds["clip that repeats one frame"].startswith("all boxes are on frame 1")
    still = _with(header, c=VideoInfo("c.mp4", 25.0, 9, 9, 1, "c", "train"))
    kinds = _kinds(write(good_lines), still)
    assert kinds["clip that repeats one frame"] == "video 'c' has 1 frame"


def test_seconds_and_gaps(write: Callable, header: Annotation) -> None:
    """Ten seconds of video, a box at each second."""
    videos = {k: replace(v, num_frames=250) for k, v in header.videos.items()}
    long = replace(header, videos=videos)
    lines = [
        f"{video},{second},0.1,0.2,0.5,0.8,{action},0"
        for video in ("a", "b's")
        for second in range(2, 11)
        for action in (1, 2)
    ]
    kinds = _kinds(write(lines), long)
    assert kinds == {
        "timestamps that look like seconds": "no box is later than frame 10, but the "
        "videos last 10 s and more frames"
    }
    frames = [f"a,{25 * i},0.1,0.2,0.5,0.8,{k},0" for i in range(1, 10) for k in (1, 2)]
    frames += [line.replace("a,", "b's,", 1) for line in frames]
    assert _kinds(write(frames), long) == {
        "gaps between labelled frames": "only every 25. frame has a box, but the json "
        "says that every frame is labelled"
    }
    told = tuple((25 * i, 25 * i) for i in range(1, 10))
    videos = {k: replace(v, labelled=told) for k, v in long.videos.items()}
    assert _kinds(write(frames), replace(long, videos=videos)) == {}
