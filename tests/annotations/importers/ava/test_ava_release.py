"""AVA's release in MMAction2's layout, and segments around labelled seconds."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.importers.ava_release import (
    AvaRelease,
    annotation_of_release,
    find_release,
    find_videos,
    read_excluded,
    set_test_movies,
)
from stal_plugin.annotations.importers.import_options import (
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.video import write_video

from .release_texts import LABELS, TRAIN


def convert(folder: Path, **options: object) -> tuple[Annotation, list[str]]:
    videos, start = find_videos(folder)
    return annotation_of_release(
        find_release(folder),
        VideoLibrary(videos, folder / "out"),
        ImportOptions(**{"start": start, **options}),  # type: ignore[arg-type]
    )


def test_seconds_become_key_frames_and_excluded_ones_are_out(ava: Path) -> None:
    annotation, notes = convert(ava)
    assert annotation.classes == [f"action {k}" for k in range(1, 81)]
    assert annotation.videos["mov"].split == "train"
    assert annotation.videos["val"].split == "test"
    # second 902 is the 21st frame; 903 is excluded, 904 is the 41st
    assert annotation.videos["mov"].labelled == ((21, 21), (41, 41))
    rows = annotation.rows
    assert rows.frames.tolist() == [21, 21, 21, 41, 21]
    assert (rows.labels + 1).tolist() == [12, 80, 1, 12, 3]
    assert rows.person_ids.tolist() == [0, 0, 1, 0, 7]
    np.testing.assert_allclose(rows.boxes[2], [0.6, 0.2, 0.9, 0.9])
    assert "ava_train_v2.2.csv: 1 labels of 1 excluded second" in notes


def test_frames_are_read_as_well(ava: Path) -> None:
    for movie in ("mov", "val"):
        folder = ava / "rawframes" / movie
        folder.mkdir(parents=True)
        image = np.zeros((32, 48, 3), np.uint8)
        for number in range(1, 151):
            cv2.imwrite(str(folder / f"img_{number:05}.jpg"), image)
    videos, start = find_videos(ava)
    assert (videos.name, start) == ("rawframes", 900)
    library = VideoLibrary(videos, ava / "out", fps=30.0)
    options = ImportOptions(start=start)
    annotation, _ = annotation_of_release(find_release(ava), library, options)
    # MMAction2 takes frame 30 * (902 - 900) + 1
    assert annotation.videos["val"].labelled == ((61, 61),)
    assert annotation.videos["val"].file == "../rawframes/val"


def test_whole_movies_begin_at_second_0(ava: Path) -> None:
    (ava / "videos_15min").rename(ava / "videos")
    videos, start = find_videos(ava)
    assert (videos.name, start) == ("videos", 0)
    with pytest.raises(
        ValueError, match=r"line 1: second 902 is frame 9021 of 'mov', which has 50"
    ):
        convert(ava)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "mov,0905,0,0,1,1,1,0",
            "line 1: second 905 is frame 51 of 'mov', which has 50",
        ),
        ("mov,0899,0,0,1,1,1,0", "line 1: second 899 is frame -9 of 'mov'"),
        ("mov,0902,0,0,1,1,0,0", "line 1: action_id 0 is not in the list of labels"),
        ("mov,0902,0,0,1,1,81,0", "line 1: action_id 81 is not in the list of labels"),
        ("mov,0902,0,0,1.2,1,1,0", "mov, line 1: box .*of 48x32 pixels"),
        ("mov,0902,0,0,1.0,x,1,0", "line 1: y2 'x'"),
        ("video,second,x1,y1,x2,y2,action,person_id", "line 1: timestamp 'second'"),
        ("gone,0902,0,0,1,1,1,0", "there is no video 'gone'"),
    ],
)
def test_faults_name_file_line_and_value(ava: Path, row: str, message: str) -> None:
    (ava / "annotations/ava_train_v2.2.csv").write_text(f"{row}\n")
    with pytest.raises((ValueError, FileNotFoundError), match=message) as error:
        convert(ava)
    if "gone" not in row:
        assert "ava_train_v2.2.csv" in str(error.value)


def test_missing_videos_can_be_left_out(ava: Path) -> None:
    (ava / "videos_15min/mov.mp4").unlink()
    annotation_rows = TRAIN + "other,0902,0,0,1,1,1,0\n"
    (ava / "annotations/ava_train_v2.2.csv").write_text(annotation_rows)
    write_video(
        ava / "videos_15min/other.mp4", iter(np.zeros((50, 32, 48, 3), np.uint8)), 10
    )
    annotation, notes = convert(ava, present_only=True)
    assert list(annotation.videos) == ["other", "val"]
    assert "ava_train_v2.2.csv: 1 videos that are not there" in notes


def test_incomplete_releases(ava: Path) -> None:
    home = ava / "annotations"
    (home / "ava_action_list_v2.2.pbtxt").rename(
        home / "ava_action_list_v2.2_for_activitynet_2019.pbtxt"
    )
    with pytest.raises(FileNotFoundError, match=r"no .*v2.2.pbtxt.*60 of the 80.*s3"):
        find_release(ava)
    own = home / "ava_action_list_v2.2_for_activitynet_2019.pbtxt"
    assert find_release(ava, labels=own).labels == own
    (home / "ava_train_v2.1.csv").write_text(TRAIN)
    with pytest.raises(ValueError, match=r"versions \['2.1', '2.2'\].*--version 2.2"):
        find_release(ava)
    with pytest.raises(FileNotFoundError, match="none of the folders rawframes"):
        find_videos(home)


def test_a_list_of_60_actions_is_refused(ava: Path) -> None:
    items = LABELS.split("item")
    path = ava / "annotations/ava_action_list_v2.2.pbtxt"
    path.write_text("item".join(items[:2] + items[3:]))
    with pytest.raises(
        ValueError, match=r"the actions \[2\] are missing; give the list"
    ):
        convert(ava)


def test_a_movie_in_both_parts_is_refused(ava: Path) -> None:
    (ava / "annotations/ava_val_v2.2.csv").write_text(TRAIN)
    with pytest.raises(ValueError, match="video 'mov' is in two parts"):
        convert(ava)


def test_excluded_seconds_by_line(tmp_path: Path) -> None:
    path = tmp_path / "excluded.csv"
    path.write_text("a,0902\n\nb-_,1798\n")
    assert read_excluded(path) == {("a", 902.0), ("b-_", 1798.0)}
    path.write_text("a,0902\na;903\n")
    with pytest.raises(
        ValueError, match=r"line 2: 'a;903' is not a video and a second"
    ):
        read_excluded(path)


@pytest.fixture
def segments(tmp_path: Path) -> AvaRelease:
    frames = np.zeros((9, 32, 48, 3), np.uint8)
    for name in ("GBXK_SyfisM_1042", "GozLjpMNADg_0902"):
        write_video(tmp_path / f"segments/{name}.mp4", iter(frames), 3)
    rows = "GBXK_SyfisM,1042,0,0,1,1,2\nGBXK_SyfisM,1042,0,0,1,1,1\n"
    (tmp_path / "labels.csv").write_text(rows + "GozLjpMNADg,902,0,0,0.5,1,1\n")
    names = 'label_id,label_name,label_type\n1,"watch (e.g., TV)",A\n2,sit,B\n'
    (tmp_path / "actions.csv").write_text(names)
    return AvaRelease({"train": tmp_path / "labels.csv"}, {}, tmp_path / "actions.csv")


def test_segments_show_the_second_in_their_middle(
    segments: AvaRelease, tmp_path: Path
) -> None:
    library = VideoLibrary(tmp_path / "segments", tmp_path / "out")
    options = ImportOptions(start=900)
    annotation, _ = annotation_of_release(segments, library, options)
    assert annotation.classes == ["watch (e.g., TV)", "sit"]
    assert list(annotation.videos) == ["GBXK_SyfisM_1042", "GozLjpMNADg_0902"]
    assert [v.labelled for v in annotation.videos.values()] == [((5, 5),)] * 2
    sources = [info.source for info in annotation.videos.values()]
    assert sources == ["GBXK_SyfisM", "GozLjpMNADg"]
    assert annotation.rows.labels.tolist() == [1, 0, 0]
    set_test_movies(annotation, ["GozLjpMNADg"])
    assert [v.split for v in annotation.videos.values()] == ["train", "test"]
    with pytest.raises(ValueError, match=r"--test \['x'\]: the movies are \['GBXK"):
        set_test_movies(annotation, ["x"])


def test_a_missing_segment_is_named(segments: AvaRelease, tmp_path: Path) -> None:
    (tmp_path / "segments/GBXK_SyfisM_1042.mp4").rename(
        tmp_path / "segments/GBXK_SyfisM_1043.mp4"
    )
    library = VideoLibrary(tmp_path / "segments", tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="no video 'GBXK_SyfisM_1042'"):
        annotation_of_release(segments, library, ImportOptions(start=900))


def test_names_of_a_csv(segments: AvaRelease) -> None:
    assert read_label_list(segments.labels) == {1: "watch (e.g., TV)", 2: "sit"}
