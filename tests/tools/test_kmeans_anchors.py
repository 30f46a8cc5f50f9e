import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.registry import TASK_UTILS
from stal_plugin.structures.box_table import BoxTable

TOOL = Path(__file__).resolve().parents[2] / "tools" / "kmeans_anchors.py"
GROUPS = np.array([(0.1, 0.2), (0.2, 0.4), (0.6, 0.5)])


@pytest.fixture
def ann_file(tmp_path: Path) -> Path:
    """Sixty boxes in three groups, spread by 1 % of the image."""
    spread = np.linspace(-0.01, 0.01, 20)[:, None]
    sides = (GROUPS[None] + spread[:, None]).reshape(-1, 2)
    count = len(sides)
    annotation = Annotation(
        classes=["wave"],
        videos={"a": VideoInfo("a.mp4", 25.0, 64, 64, count, "a", "train")},
        rows=BoxTable(
            frames=np.arange(1, count + 1),
            boxes=np.concatenate([np.full_like(sides, 0.2), 0.2 + sides], axis=1),
            labels=np.zeros(count, dtype=np.int64),
            video_ids=np.array(["a"] * count, dtype=object),
            person_ids=np.ones(count, dtype=np.int64),
        ),
    )
    path = tmp_path / "annotations.csv"
    write_annotation(annotation, path)
    return path


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name="__main__")


def test_knee_table_picture_and_snippet(
    ann_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    size = ("--input-size", 100, 200, "--stride", 16, "--max-k", 6)
    _run(monkeypatch, ann_file, *size, "--k", "auto", "--out", out)
    printed = capsys.readouterr().out
    assert "Knee of the inertia curve: K = 3. Snippet below: K = 3." in printed
    rows = [line.split("│")[1:-1] for line in printed.splitlines() if "│" in line]
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4, 5, 6]
    inertias = [float(row[1]) for row in rows]
    assert inertias == sorted(inertias, reverse=True)
    assert rows[2][4].split() == ["10x40", "20x80", "60x100"]
    assert float(rows[2][3]) == 1.0
    assert (out / "inertia.png").read_bytes()[:4] == b"\x89PNG"

    snippet = runpy.run_path(str(out / "prior_generator.py"))["prior_generator"]
    generator = TASK_UTILS.build(snippet)
    assert generator.strides == [(16, 16)]
    np.testing.assert_allclose(generator.base_sizes[0], GROUPS * (100, 200), rtol=1e-3)


def test_default_is_the_paper_s_five(
    ann_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(monkeypatch, ann_file, "--max-k", 3, "--metric", "iou", "--out", tmp_path)
    snippet = runpy.run_path(str(tmp_path / "prior_generator.py"))["prior_generator"]
    assert len(snippet["base_sizes"][0]) == 5


def test_split_without_boxes(
    ann_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="1"):
        _run(monkeypatch, ann_file, "--split", "test", "--out", tmp_path)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ")
    assert "split 'test'" in line


def test_compare_anchors_of_configs(
    ann_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    generator = (
        "model = dict(bbox_head=dict(prior_generator=dict("
        "type='mmdet.YOLOAnchorGenerator', strides=[16], base_sizes=[{}])))"
    )
    exact, half = tmp_path / "exact.py", tmp_path / "half.py"
    exact.write_text(generator.format("[(10, 40), (20, 80), (60, 100)]"))
    half.write_text(generator.format("[(5, 40)]"))
    size = ("--input-size", 100, 200, "--out", tmp_path / "out")
    _run(monkeypatch, ann_file, *size, "--compare", exact, half)
    printed = capsys.readouterr().out
    first, second = (
        [cell.split() for cell in line.split("│")[2:-1]]
        for line in printed.splitlines()
        if "│" in line
    )
    assert [float(recall) for _, recall in first] == [1.0] * 4
    assert min(float(iou) for iou, _ in first) > 0.9
    # The smallest third is 9 to 11 wide and as high as 40: half of it is covered.
    assert float(second[0][0]) == pytest.approx(0.5, abs=0.03)
    assert float(second[2][0]) == pytest.approx(200 / 6000, abs=0.01)
    assert "20 boxes" in printed
    assert "a group begins at 0.0" in printed
    assert not (tmp_path / "out").exists()


def test_compare_computes_the_anchors_that_a_config_asks_for(
    ann_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = tmp_path / "asks.py"
    config.write_text(
        "model = dict(bbox_head=dict(prior_generator=dict("
        "type='stal_plugin.KMeansAnchorGenerator', strides=[16], num_anchors=3, "
        f"input_size=(100, 200), ann_file={str(ann_file)!r})))"
    )
    _run(monkeypatch, ann_file, "--input-size", 100, 200, "--compare", config)
    printed = capsys.readouterr().out
    assert "model.bbox_head.prior_generator.base_sizes = 10x40 20x80 60x100" in printed
    assert printed.count("1.000") == 4


@pytest.mark.parametrize("text", ["model = dict(bbox_head=dict(type='a'))", "x = 1"])
def test_compare_needs_anchors(
    ann_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    config = tmp_path / "free.py"
    config.write_text(text)
    with pytest.raises(SystemExit, match=r"free\.py: no model\.bbox_head\.prior"):
        _run(monkeypatch, ann_file, "--compare", config)


def test_compare_with_a_config_that_is_not_there(
    ann_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        _run(monkeypatch, ann_file, "--compare", "none.py")
    error = capsys.readouterr().err
    assert error.startswith("Error: config 'none.py' does not exist. Configs are in ")
