from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.apis import ActionEvent, Outputs
from stal_plugin.apis.sources import FileSource
from stal_plugin.video import VideoWriter, probe_video

EVENT = ActionEvent("start", 1, 0, "wave", 0.0, 0.3, 0.9)
NAMES = ("o.mp4", "o.jsonl", "o.csv", "e.jsonl")


def _interrupted(outputs: Outputs, make_result: Callable) -> None:
    with outputs:
        for frame in (1, 2, 3):
            result = make_result(frame, boxes=[(5, 5, 30, 30)], labels=[0])
            assert outputs.write(result, [EVENT] * (frame == 2))
        raise KeyboardInterrupt


def test_files_are_complete_after_an_error(
    video: Path, tmp_path: Path, make_result: Callable
) -> None:
    outputs = Outputs(FileSource(video), *(tmp_path / name for name in NAMES))
    with pytest.raises(KeyboardInterrupt):
        _interrupted(outputs, make_result)
    assert outputs.files == outputs.written == [tmp_path / name for name in NAMES]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(NAMES)
    probe = probe_video(tmp_path / "o.mp4")
    assert (probe.num_frames, probe.width, probe.height) == (3, 80, 60)
    counts = [len((tmp_path / n).read_text().splitlines()) for n in NAMES[1:]]
    assert counts == [3, 4, 1]


def test_nothing_is_written_unless_asked_for(
    video: Path, tmp_path: Path, make_result: Callable
) -> None:
    with Outputs(FileSource(video)) as outputs:
        assert outputs.write(make_result(), [EVENT])
    assert outputs.files == list(tmp_path.iterdir()) == []


def test_without_a_result_an_earlier_file_stays(video: Path, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).write_text("mine")
    with Outputs(FileSource(video), *(tmp_path / name for name in NAMES)) as outputs:
        pass
    assert outputs.written == []
    assert [(tmp_path / name).read_text() for name in NAMES] == ["mine"] * 4
    assert len(list(tmp_path.iterdir())) == 4


def test_a_file_is_not_appended_to(video: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"v\.mp4 is not live, nothing can be"):
        Outputs(FileSource(video), json=tmp_path / "o.jsonl", append=True)


def test_files_of_a_live_source_grow_under_their_names(
    video: Path, tmp_path: Path, make_result: Callable
) -> None:
    path = tmp_path / "o.jsonl"
    for count in (1, 2):
        source = FileSource(video)
        source.live = True
        with Outputs(source, json=path, append=True) as outputs:
            outputs.write(make_result())
            assert len(path.read_text().splitlines()) == count


def test_the_video_keeps_the_shape_of_the_pixels(
    tmp_path: Path, make_result: Callable
) -> None:
    writer = VideoWriter(tmp_path / "v.mp4", 25, pixel_aspect=4 / 3)
    for _ in range(2):
        writer.write(make_result().image)
    writer.close()
    source = FileSource(tmp_path / "v.mp4")
    with Outputs(source, tmp_path / "o.mp4") as outputs:
        for frame in source:
            outputs.write(make_result(frame.number, image=frame.image))
    assert probe_video(tmp_path / "o.mp4").pixel_aspect == pytest.approx(4 / 3)
