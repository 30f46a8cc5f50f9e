from collections.abc import Callable
from pathlib import Path

import av
import decord
import numpy as np
import pytest

from stal_plugin.video import VideoReader
from stal_plugin.video.copy_video import copy_video, link_video

MakeVideo = Callable[..., Path]


def test_new_header_same_frames(
    tmp_path: Path, make_video: MakeVideo, decode_all: Callable[[Path], list]
) -> None:
    flags = "frag_keyframe+empty_moov+default_base_moof"
    source = make_video(tmp_path / "s.mp4", count=30, movflags=flags)
    with av.open(str(source)) as container:
        assert container.streams.video[0].frames == 0
    copy = copy_video(source, tmp_path / "deep" / "!@ (1)" / "v.mp4")
    assert copy == tmp_path / "deep" / "!@ (1)" / "v.mp4"
    with av.open(str(copy)) as container:
        stream = container.streams.video[0]
        assert (stream.frames, stream.average_rate) == (30, 25)
    assert len(decord.VideoReader(str(copy))) == 30
    for first, second in zip(decode_all(source), decode_all(copy), strict=True):
        np.testing.assert_array_equal(first, second)
    assert [p.name for p in copy.parent.iterdir()] == ["v.mp4"]


def test_second_run_leaves_the_copy_alone(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    source = make_video(tmp_path / "s.mp4", count=10)
    copy = copy_video(source, tmp_path / "v.mp4")
    before = copy.stat().st_ino
    assert copy_video(source, copy).stat().st_ino == before
    make_video(source, count=12)  # other footage
    seen: list[bytes] = []
    old = copy.read_bytes()
    copy_video(source, copy, lambda: seen.append(copy.read_bytes()))
    assert seen == [old]
    assert VideoReader(copy).num_frames == 12
    copy_video(source, copy, lambda: seen.append(b"again"))
    assert seen == [old]


def test_what_mp4_cannot_hold_is_copied_as_it_is(
    tmp_path: Path, make_video: MakeVideo
) -> None:
    source = make_video(tmp_path / "s.avi", "ffv1", count=5, b_frames=0)
    source = source.rename(tmp_path / "s.nut")
    copy = copy_video(source, tmp_path / "new" / "v.mp4")
    assert copy.name in ("v.mp4", "v.nut")
    assert VideoReader(copy).num_frames == 5


def test_folder_and_links(tmp_path: Path, make_video: MakeVideo) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "00001.png").write_bytes(b"x")
    copy = copy_video(folder, tmp_path / "out" / "v.mp4")
    assert copy == tmp_path / "out" / "v"
    assert [p.name for p in copy.iterdir()] == ["00001.png"]
    assert copy_video(folder, tmp_path / "out" / "v.mp4") == copy
    link = link_video(folder, tmp_path / "links" / "v.mp4")
    assert link.name == "v"
    assert link.is_symlink()
    assert (link / "00001.png").is_file()
    video = make_video(tmp_path / "s.avi", "mpeg4", count=3)
    for _ in range(2):
        link = link_video(video, tmp_path / "links" / "w.mp4")
        assert (link.name, link.resolve()) == ("w.avi", video.resolve())


def test_a_cut_video_is_not_copied(tmp_path: Path, make_video: MakeVideo) -> None:
    source = make_video(tmp_path / "s.mp4", count=30)
    source.write_bytes(source.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"s\.mp4 is damaged or cut short"):
        copy_video(source, tmp_path / "v.mp4")
    assert not (tmp_path / "v.mp4").exists()
