from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from standin.cvat_writer import CvatWriter

from stal_plugin.annotations.importers.cvat_video import read_cvat_xml

LABELS = ["Pick up & hold <fast>", "b"]
BOXES = np.array([[1, 2, 30.125, 40], [2, 3, 31, 41.5]])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "annotations.xml"
    tasks = [("c0.mp4", 50), ("c1.mp4", 9)]
    with CvatWriter(path, "Project", LABELS, tasks, (320, 180)) as writer:
        writer.write_track(LABELS[0], 1, 5, BOXES, 50)
        writer.write_track("b", 2, 7, BOXES, 9)
    return path


def test_meta_lists_tasks_and_labels(path):
    project = ElementTree.parse(path).getroot().find("meta/project")
    assert project is not None
    tasks = project.findall("tasks/task")
    assert [task.findtext("id") for task in tasks] == ["1", "2"]
    assert [task.findtext("name") for task in tasks] == ["c0.mp4", "c1.mp4"]
    assert [task.findtext("size") for task in tasks] == ["50", "9"]
    assert tasks[0].findtext("original_size/width") == "320"
    assert [e.findtext("name") for e in project.findall("labels/label")] == LABELS


def test_track_has_a_box_per_frame_and_a_closing_box(path):
    track, last = ElementTree.parse(path).getroot().findall("track")
    assert track.attrib == {
        "id": "0",
        "label": LABELS[0],
        "source": "manual",
        "task_id": "1",
        "subset": "default",
    }
    boxes = track.findall("box")
    assert [box.get("frame") for box in boxes] == ["5", "6", "7"]
    assert [box.get("outside") for box in boxes] == ["0", "0", "1"]
    assert [box.get("keyframe") for box in boxes] == ["1", "0", "1"]
    assert boxes[0].get("xbr") == "30.12"
    assert boxes[2].get("ybr") == "41.50"
    assert set(boxes[0].attrib) == {
        *("frame", "keyframe", "outside", "occluded"),
        *("xtl", "ytl", "xbr", "ybr", "z_order"),
    }
    # This one goes on to the last frame of its video, so nothing closes it.
    assert [box.get("outside") for box in last.findall("box")] == ["0", "0"]


def test_our_reader_reads_it_back(path):
    xml = read_cvat_xml(path)
    assert xml.labels == LABELS
    first = xml.tracks[0]
    assert first.task_id == "1"
    assert first.frames.tolist() == [5, 6, 7]
    assert first.outside.tolist() == [False, False, True]
    assert np.abs(first.boxes[:2] - BOXES).max() <= 0.0051


def test_an_error_is_not_hidden_and_the_file_is_closed(tmp_path):
    path = tmp_path / "a.xml"
    with (
        pytest.raises(RuntimeError, match="stop"),
        CvatWriter(path, "p", [], [], (1, 1)) as writer,
    ):
        raise RuntimeError("stop")
    assert writer._file.closed
