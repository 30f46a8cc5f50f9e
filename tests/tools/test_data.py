import runpy
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.statistics import class_counts
from stal_plugin.video import probe_video, write_video

TOOL = Path(__file__).parents[2] / "tools" / "data.py"


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["data.py", *map(str, arguments)])
        return exit_status(main), *capsys.readouterr()

    return call


@pytest.fixture
def folder(own_data: Path, tmp_path: Path) -> Path:
    return shutil.copytree(own_data.parent, tmp_path / "mine")


def _cvat(*tracks: tuple[str, int, int]) -> str:
    """Tracks of label, first and last frame, on four videos of 30 frames."""
    tasks = "".join(
        f"<task><id>{v}</id><name>v{v}</name><size>30</size><original_size><width>64"
        f"</width><height>48</height></original_size><source>v{v}.mp4</source></task>"
        for v in range(4)
    )
    body = ""
    for number, (label, first, last) in enumerate(tracks):
        corners = 'xtl="16" ytl="12" xbr="48" ybr="36"'
        boxes = f'<box frame="{first}" outside="0" {corners}/>'
        boxes += f'<box frame="{last + 1}" outside="1" {corners}/>'
        facts = f'id="{number}" label="{label}" task_id="{number % 4}"'
        body += f"<track {facts}>{boxes}</track>"
    return (
        f"<annotations><meta><project><tasks>{tasks}</tasks></project></meta>{body}"
        "</annotations>"
    )


def test_from_cvat_to_splits(run: Callable, tmp_path: Path) -> None:
    for v in range(4):
        frames = (_gray(t) for t in range(30))
        write_video(tmp_path / f"raw/v{v}.mp4", frames, 25)
    tracks = [
        ("wipe" if i < 4 else "roll", 5 * (i // 4) + 3, 5 * (i // 4) + 9)
        for i in range(8)
    ]
    (tmp_path / "a.xml").write_text(_cvat(*tracks))
    out = tmp_path / "mine"
    code, text, err = run(
        *("import", "--from", "cvat", tmp_path / "a.xml", tmp_path / "raw"),
        *("--out", out),
    )
    assert (code, err) == (0, "")
    assert "4 videos, 120 frames, 56 boxes, 8 tracks, 2 classes" in text
    assert text.splitlines()[-1] == f"next: python tools/data.py split {out}"
    code, text, _ = run("validate", out)
    assert code == 1
    assert "error: no test split (1)" in text
    assert "1 error, no warnings" in text
    code, text, _ = run("split", out, "--by", "video", "--ratio", "3:1")
    assert code == 0
    assert "wipe: 21 train, 7 test frames (75%)" in text
    annotation = read_annotation(out / "annotations.csv")
    assert class_counts(annotation, "train").tolist() == [21, 21]
    assert annotation.videos["v0"].file == "../raw/v0.mp4"
    code, text, _ = run("validate", out)
    assert (code, text.splitlines()) == (
        0,
        [
            f"no errors, no warnings in {out}",
            f"next: python tools/data.py preview {out}",
        ],
    )


def _gray(level: int) -> np.ndarray:
    return np.full((48, 64, 3), 8 * level, np.uint8)


def test_fix_mends_what_leaves_no_doubt(run: Callable, folder: Path) -> None:
    path = folder / "annotations.csv"
    lines = path.read_text().splitlines()
    first = lines[1].split(",")
    swapped = ",".join([*first[:2], first[4], first[5], first[2], first[3], *first[6:]])
    broken = [lines[0], swapped, *lines[2:], lines[2], "a,99,0.1,0.1,0.2,0.2,1,0"]
    path.write_text("\n".join(broken) + "\n")
    code, text, _ = run("validate", folder, "--clip-len", 4)
    assert code == 1
    assert f"annotations.csv:2: {first[0]},{first[1]},0.75,0.75,0.25,0.25" in text
    assert "Write x1 < x2 and y1 < y2 [--fix does this]" in text
    code, text, _ = run("validate", folder, "--fix")
    assert code == 1  # frame 99 is left
    assert "2 changes, listed in" in text
    assert "error: frame beyond the video (1)" in text
    assert "swapped" not in text
    assert path.read_text().splitlines() == [*lines, "a,99,0.1,0.1,0.2,0.2,1,0"]
    assert (folder / "annotations.csv.bak").read_text().splitlines() == broken
    changes = (folder / "fixes.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in changes] == ["line", "2", "28"]
    path.write_text("\n".join(lines) + "\n")
    code, text, _ = run("validate", folder, "--fix")
    assert code == 0
    assert "nothing to fix without a doubt" in text
    assert run("validate", folder, "--strict")[0] == 1  # boxes on frame 1 are a warning


def test_a_wrong_length_in_the_json_is_measured(run: Callable, folder: Path) -> None:
    path = folder / "annotations.json"
    good = path.read_text()
    path.write_text(good.replace('"num_frames": 40', '"num_frames": 41', 1))
    code, text, _ = run("validate", folder)
    assert code == 1
    line = next(i for i, t in enumerate(good.splitlines(), 1) if '"a": {' in t)
    assert f"annotations.json:{line}: video 'a': num_frames is 41, the file has" in text
    assert run("validate", folder, "--no-decode")[0] == 0
    assert run("validate", folder, "--fix")[0] == 0
    assert path.read_text() == good


@pytest.mark.parametrize("form", ["cvat", "coco", "via"])
def test_to_a_tool_and_back(
    run: Callable, folder: Path, tmp_path: Path, form: str
) -> None:
    out = tmp_path / "for tool"
    status, text, _ = run("export", folder, "--to", form, "--out", out)
    assert status == 0
    words = shlex.split(text.partition("back, once corrected: ")[2])
    assert words[:3] == ["python", "tools/data.py", "import"]
    places = {"VIDEOS": folder, "NEW": tmp_path / "new"}
    assert run(*(places.get(word, word) for word in words[2:]))[0] == 0
    before, after = (
        read_annotation(place / "annotations.csv")
        for place in (folder, tmp_path / "new")
    )
    assert after.classes == before.classes
    assert [*after.videos] == [*before.videos]
    for name in ("video_ids", "frames", "labels", "person_ids"):
        old, new = getattr(before.rows, name), getattr(after.rows, name)
        assert new.tolist() == old.tolist()
    np.testing.assert_allclose(after.rows.boxes, before.rows.boxes, atol=2e-6)
    status, _, error = run("export", folder, "--to", form, "--out", out)
    assert (status, "is there already" in error) == (1, True)


def test_preview(run: Callable, folder: Path) -> None:
    code, text, _ = run(
        "preview", folder, "--frames", 2, "--clips", 1, "--seconds", 0.2
    )
    assert code == 0
    *lines, last = text.splitlines()
    assert last == f"next: python tools/new_config.py {folder}"
    names = [Path(line).name for line in lines]
    assert names == [
        *("classes.png", "box_sizes.png"),
        *("01_wave-hand.png", "01_wave-hand.mp4", "02_jump.png", "02_jump.mp4"),
    ]
    assert all((folder / "preview" / name).stat().st_size > 500 for name in names)
    assert probe_video(folder / "preview/02_jump.mp4").num_frames == 5


def test_faults_are_one_line(run: Callable, folder: Path, tmp_path: Path) -> None:
    code, _, err = run("split", folder, "--by", "clip", "--overwrite")
    assert code == 0
    split = ("split", folder, "--by", "source", "--ratio", "0.7")
    code, _, err = run(*split, "--overwrite")
    assert (code, err) == (0, "")
    for arguments, message in (
        (("split", tmp_path), "Error: annotation file"),
        (("preview", tmp_path), "Error: annotation file"),
        (
            ("import", "--from", "coco", tmp_path / "q", folder, "--out", tmp_path),
            "Error: there is no",
        ),
        (
            ("import", "--from", "coco", folder / "a.mp4", folder, "--out", tmp_path),
            "is no valid json",
        ),
    ):
        code, _, err = run(*arguments)
        assert code == 1
        assert message in err
        assert "Traceback" not in err
    assert run("split", folder, "--ratio", "7:0")[0] == 2
    arguments = ("import", "--from", "coco", "a", "b", "--out", "c", "--size", "9")
    assert run(*arguments)[0] == 2


@pytest.mark.data
def test_real_tubes(run: Callable, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "ucf24_mini"
    out = tmp_path / "ucf"
    code, text, err = run(
        *("import", "--from", "tubes", source / "UCF101v2-GT-mini.pkl"),
        *(source / "videos", "--out", out),
    )
    assert (code, err) == (0, "")
    assert "7 videos, 1,040 frames, 1,238 boxes, 9 tracks, 6 classes" in text
    assert "62 boxes clipped" in text
    assert text.splitlines()[-1] == f"next: python tools/data.py validate {out}"
    code, text, _ = run("validate", out)
    assert code == 0
    assert "warning: class with no test example (5)" in text
    assert "no errors, 6 warnings" in text
    # one video of every class but Basketball: no split by video has each class twice
    code, _, err = run("split", out, "--by", "video", "--overwrite")
    assert code == 1
    assert "'Biking' (1 clips)" in err


def test_nothing_that_is_there_is_replaced_unless_told(
    run: Callable, folder: Path
) -> None:
    """A split, official or drawn, stays; with --overwrite its files stay as .old."""
    csv, header = folder / "annotations.csv", folder / "annotations.json"
    code, _, _ = run("split", folder, "--by", "clip", "--overwrite")
    assert code == 0
    before = csv.read_bytes(), header.read_bytes()
    code, _, err = run("split", folder, "--by", "source")
    assert code == 1
    assert "has the splits test, train already" in err
    assert "--overwrite" in err
    assert (csv.read_bytes(), header.read_bytes()) == before
    code, _, _ = run("split", folder, "--by", "source", "--overwrite")
    assert code == 0
    old = [folder / f"annotations.{kind}.old" for kind in ("csv", "json")]
    assert tuple(path.read_bytes() for path in old) == before
    code, _, err = run("import", csv, folder, "--from", "coco", "--out", folder)
    assert code == 1
    assert "would replace" in err
    assert csv.exists()


def test_a_part_becomes_a_data_set_of_its_own(
    run: Callable, folder: Path, tmp_path: Path
) -> None:
    header = folder / "annotations.json"
    header.write_text(header.read_text().replace('"split": "test"', '"split": "train"'))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    out = tmp_path / "val"
    split = ("split", folder, "--of", "train", "--out", out)
    code, text, err = run(*split, "--ratio", "1:1")
    assert (code, err) == (0, "")
    first, wave, *rest = text.splitlines()
    assert first == "2 videos of part 'train' (2 hard links, 0 copied)"
    assert wave in (
        "wave hand: 10 train, 4 test frames (71%)",
        "wave hand: 4 train, 10 test frames (29%)",
    )
    assert rest == [
        "jump: 6 train, 6 test frames (50%)",
        f"-> {out / 'annotations.csv'}",
        f"next: python tools/data.py validate {out}",
    ]
    for arguments in (("--of", "train"), ("--out", tmp_path / "other")):
        code, _, err = run("split", folder, *arguments)
        assert code == 1
        assert err.startswith("Error: --of and --out go together: ")
        assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert not (tmp_path / "other").exists()
