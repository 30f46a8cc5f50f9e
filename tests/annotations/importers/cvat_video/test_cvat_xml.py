from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.annotations.importers.cvat_video import CvatXml, read_cvat_xml

TASKS = {"8": ("c0", 30), "9": ("c1", 40)}
VISIBLE = (2, 0, 1, 2, 3, 4)


@pytest.fixture
def read(tmp_path: Path, cvat_text: Callable[..., str]) -> Callable[..., CvatXml]:
    def run(*args: object, **kwargs: object) -> CvatXml:
        (tmp_path / "f.xml").write_text(cvat_text(*args, **kwargs))
        return read_cvat_xml(tmp_path / "f.xml")

    return run


def test_project_and_task_give_the_same_tracks(read: Callable[..., CvatXml]) -> None:
    tracks = [("8", ("a", [VISIBLE, (9, 1, 1, 2, 3, 4)]))]
    project = read(["a", "b"], TASKS, tracks)
    single = read(["a", "b"], {"8": TASKS["8"]}, tracks, project=False)
    assert project.labels == single.labels == ["a", "b"]
    assert list(project.tasks) == ["8", "9"]
    assert single.tracks[0].task_id == project.tracks[0].task_id == "8"
    assert single.tracks[0].frames.tolist() == project.tracks[0].frames.tolist()


def test_closing_box_may_lie_behind_the_end(read: Callable[..., CvatXml]) -> None:
    good = [("8", ("a", [(29, 0, 1, 2, 3, 4), (30, 1, 1, 2, 3, 4)]))]
    assert read(["a"], TASKS, good).tracks[0].frames.tolist() == [29, 30]
    with pytest.raises(ValueError, match=r"track 0: frame 30 is not in 0\.\.29.*'c0'"):
        read(["a"], TASKS, [("8", ("a", [(30, 0, 1, 2, 3, 4)]))])


def test_unknown_task_label_and_file(
    read: Callable[..., CvatXml], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"task_id '7' is not one of \['8', '9'\]"):
        read(["a"], TASKS, [("7", ("a", [VISIBLE]))])
    with pytest.raises(ValueError, match=r"label 'z' is not one of \['a'\]"):
        read(["a"], TASKS, [("8", ("z", [VISIBLE]))])
    with pytest.raises(FileNotFoundError, match=r"none\.xml is missing"):
        read_cvat_xml(tmp_path / "none.xml")


def test_without_meta(tmp_path: Path) -> None:
    path = tmp_path / "f.xml"
    path.write_text(
        '<annotations><track id="0" label="a"><box frame="3" xtl="0" ytl="0" xbr="1" '
        'ybr="1"/></track></annotations>'
    )
    xml = read_cvat_xml(path)
    assert xml.labels == ["a"]
    assert list(xml.tasks) == [""]
    assert xml.tracks[0].task_id == ""
