"""The README, followed to the letter: labelled videos become a detector."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.tool_server import ToolServer
from numpy.typing import NDArray

from stal_plugin.video import write_video

from .pages import ROOT, code_blocks
from .walk import short_form

README = ROOT / "README.md"


def moving_square(step: int) -> Iterator[NDArray[np.uint8]]:
    for t in range(30):
        frame = np.full((48, 64, 3), 60, np.uint8)
        left = 4 + step * t
        frame[12:36, left : left + 24] = 200
        yield frame


@pytest.fixture
def labelled_videos(tmp_path: Path) -> Path:
    """Four videos and ``annotations.xml`` as CVAT exports it, two classes."""
    tasks = tracks = ""
    for v in range(4):
        write_video(tmp_path / f"videos/v{v}.mp4", moving_square(1 - v % 2), 25)
        size = "<original_size><width>64</width><height>48</height></original_size>"
        tasks += (
            f"<task><id>{v}</id><name>v{v}</name><size>30</size>{size}"
            f"<source>v{v}.mp4</source></task>"
        )
    for track in range(8):
        box = 'xtl="4" ytl="12" xbr="40" ybr="36"'
        first = 5 + 10 * (track // 4)
        tracks += (
            f'<track id="{track}" label="{("push", "hold")[track % 2]}" '
            f'task_id="{track % 4}"><box frame="{first}" outside="0" {box}/>'
            f'<box frame="{first + 7}" outside="1" {box}/></track>'
        )
    (tmp_path / "annotations.xml").write_text(
        f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{tracks}"
        "</annotations>"
    )
    (tmp_path / "video.mp4").write_bytes((tmp_path / "videos/v0.mp4").read_bytes())
    return tmp_path


@pytest.mark.slow
def test_the_commands_and_the_snippet_run(
    labelled_videos: Path,
    tool_server: ToolServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    (commands,) = (b for b in code_blocks(README, "") if "tools/data.py import" in b)
    for line in commands.splitlines():
        program, tool, *words = short_form(line)
        assert program == "python"
        done = tool_server.run([ROOT / tool, *words], labelled_videos)
        assert done.returncode == 0, f"{line}\n{done.stderr[-2000:]}"
    assert (labelled_videos / "out.mp4").stat().st_size > 0
    assert (labelled_videos / "events.jsonl").is_file()

    (snippet,) = code_blocks(README, "python")
    checkpoint = labelled_videos / "work_dirs/mine/epoch_1.pth"
    checkpoint.rename(labelled_videos / "checkpoint.pth")
    monkeypatch.chdir(labelled_videos)
    exec(compile(snippet, "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) >= 30
