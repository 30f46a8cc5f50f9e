from pathlib import Path

import pytest

from stal_plugin.annotations.importers.jhmdb_release import (
    find_frames,
    joint_file,
    mask_file,
    read_release,
)

ODD = "A_(1)_!_&_@_wave_f_nm_np1_fr_med_0"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes; no files of frames are needed."""
    for video in (f"wave/{ODD}", "wave/b", "catch/c", "catch/d"):
        (tmp_path / "Rename_Images" / video / ".AppleDouble").mkdir(parents=True)
    (tmp_path / "Rename_Images" / "wave" / ".AppleDouble").mkdir()
    (tmp_path / "Rename_Images" / ".AppleDouble").mkdir()
    (tmp_path / "Rename_Images" / "notes.txt").touch()
    splits = tmp_path / "splits"
    (splits / ".AppleDouble").mkdir(parents=True)
    for number in (1, 2, 3):
        waves = f"{ODD}.avi {1 + (number == 3)}\nb.avi 2 \n\n"
        (splits / f"wave_test_split{number}.txt").write_text(waves)
        (splits / f"catch_test_split{number}.txt").write_text("d.avi 1\r\nc.avi 2\r\n")
    (splits / "._wave_test_split1.txt").write_bytes(b"\x00\x05\x16\x07")
    return tmp_path


def test_folders_and_splits(root: Path) -> None:
    release = read_release(root)
    assert release.classes == ["catch", "wave"]
    assert list(release.frames) == ["catch/c", "catch/d", f"wave/{ODD}", "wave/b"]
    assert release.frames["wave/b"] == root / "Rename_Images" / "wave" / "b"
    assert release.train_videos == [["catch/d", f"wave/{ODD}"]] * 2 + [["catch/d"]]
    assert release.test_videos[0] == ["catch/c", "wave/b"]
    assert release.test_videos[2] == ["catch/c", f"wave/{ODD}", "wave/b"]
    assert mask_file(root, "wave/b") == root / "puppet_mask/wave/b/puppet_mask.mat"
    joints = root / "joint_positions/wave/b/joint_positions.mat"
    assert joint_file(root, "wave/b") == joints


def test_other_names_of_the_frames(root: Path) -> None:
    expected = list(find_frames(root))
    (root / "Rename_Images").rename(root / "Frames")
    assert list(find_frames(root)) == expected
    (root / "Frames").rename(root / "x")
    with pytest.raises(FileNotFoundError, match="no folder Rename_Images or Frames"):
        find_frames(root)
    (root / "rgb-images").mkdir()
    with pytest.raises(FileNotFoundError, match=r"rgb-images has no folders class/vid"):
        find_frames(root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("b.avi 3\n", "line 1: 'b.avi 3' is not '<video>.avi 1' or '... 2'"),
        ("b.avi 1\nb 2\n", "line 2: 'b 2' is not"),
        ("b.avi 1\nb.avi 2\n", "video 'wave/b' is there twice"),
        ("z.avi 1\n", "video 'wave/z' has no folder of frames"),
    ],
)
def test_faults_of_a_line(root: Path, text: str, message: str) -> None:
    (root / "splits" / "wave_test_split2.txt").write_text(text)
    with pytest.raises(ValueError, match=r"wave_test_split2\.txt: 1 problem") as error:
        read_release(root)
    assert message in str(error.value)


def test_missing_split_files(root: Path) -> None:
    (root / "splits" / "wave_test_split2.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 split file.*wave_test_split2\.txt"):
        read_release(root)
    (root / "splits").rename(root / "x")
    with pytest.raises(FileNotFoundError, match=r"split files .* is missing"):
        read_release(root)


@pytest.mark.data
def test_real_sample(shared_data: Path) -> None:
    release = read_release(shared_data / "jhmdb_sample")
    video = "catch/Goal_Keeping_Tips_catch_f_cm_np1_fr_med_2"
    assert list(release.frames) == [video]
    assert release.train_videos == [[video], [video], []]
    assert release.test_videos == [[], [], [video]]
