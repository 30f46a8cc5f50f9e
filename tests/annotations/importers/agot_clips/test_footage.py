from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.agot_clips import find_footage
from stal_plugin.annotations.importers.cvat_tracks import CvatTask

MakeVideo = Callable[..., Path]


def test_by_source_by_name_and_without_suffix(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    for name in ("c0.mp4", "c1.mp4", "c2.avi"):
        codec = "mpeg4" if name.endswith("avi") else "libx264"
        make_video(tmp_path / name, codec, (96, 54), 12, b_frames=0)
    (tmp_path / "notes.txt").write_text("")
    tasks = [
        CvatTask("1", "day one", "folder/c1.mp4", 0, 11, 192, 108),
        CvatTask("2", "c0", "", 3, 9),
        CvatTask("3", "c2.mp4"),  # transcoded since
    ]
    first, second, third = find_footage(tasks, tmp_path)
    assert [f.name for f in (first, second, third)] == ["c1", "c0", "c2"]
    assert [f.task_id for f in (first, second, third)] == ["1", "2", "3"]
    assert (first.width, first.height) == (192, 108)  # what the boxes refer to
    assert (second.width, second.height) == (96, 54)
    assert (second.first_frame, second.last_frame) == (3, 9)
    assert (third.first_frame, third.last_frame) == (0, 11)


def test_the_only_video_of_the_only_task(tmp_path: Path, make_video: MakeVideo) -> None:
    make_video(tmp_path / "film.mp4", count=5)
    assert find_footage([CvatTask("", "")], tmp_path)[0].name == "film"


def test_faults(tmp_path: Path, make_video: MakeVideo) -> None:
    make_video(tmp_path / "c0.mp4", count=10)
    make_video(tmp_path / "c1.mp4", count=10)
    with pytest.raises(FileNotFoundError, match=r"'c9'.*there are \['c0.mp4', 'c1.mp"):
        find_footage([CvatTask("1", "c9", "c9.mp4")], tmp_path)
    with pytest.raises(FileNotFoundError, match="there are \\[\\]"):
        find_footage([CvatTask("1", "c0")], tmp_path / "none")
    with pytest.raises(ValueError, match="two CVAT tasks have the same video"):
        find_footage([CvatTask("1", "c0"), CvatTask("2", "c0.mp4")], tmp_path)
    with pytest.raises(ValueError, match=r"'c0' has every 5th frame .* import --from"):
        find_footage([CvatTask("1", "c0", step=5)], tmp_path)
    with pytest.raises(ValueError, match=r"has 10 frames, but .* frames 0 to 10"):
        find_footage([CvatTask("1", "c0", "", 0, 10)], tmp_path)
    with pytest.raises(ValueError, match=r"96x64 pixels, but .* 1280x720, another"):
        find_footage([CvatTask("1", "c0", "", 0, 9, 1280, 720)], tmp_path)
