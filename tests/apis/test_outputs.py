from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.apis import ActionEvent, Outputs
from stal_plugin.apis.sources import FileSource
from stal_plugin.video import probe_video

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
    assert outputs.files == [tmp_path / name for name in NAMES]
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
