import shutil
from pathlib import Path

import pytest

from stal_plugin.evaluation.last_test import predictions_of, remember_test, scores_of


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def test_without_a_note_they_are_in_the_folder(work_dir: Path) -> None:
    assert predictions_of(work_dir) == work_dir / "predictions.csv"
    assert scores_of(work_dir) == work_dir / "metrics.json"


def test_what_lies_elsewhere(work_dir: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pred.csv").touch()
    remember_test(Path("run"), "pred.csv")
    monkeypatch.chdir(work_dir)
    assert predictions_of(work_dir) == tmp_path / "pred.csv"
    assert scores_of(work_dir) == tmp_path / "metrics.json"


def test_a_moved_folder(work_dir: Path, tmp_path: Path) -> None:
    (work_dir / "test").mkdir()
    (work_dir / "test/a.csv").touch()
    remember_test(work_dir, work_dir / "test/a.csv")
    shutil.move(work_dir, tmp_path / "moved")
    assert predictions_of(tmp_path / "moved") == tmp_path / "moved/test/a.csv"


def test_what_is_gone_and_a_damaged_note(work_dir: Path, tmp_path: Path) -> None:
    remember_test(work_dir, tmp_path / "gone.csv")
    assert predictions_of(work_dir) == work_dir / "predictions.csv"
    for text in ("{", "[]", "{}", '{"predictions": 3}'):
        (work_dir / "last_test.json").write_text(text)
        assert predictions_of(work_dir) == work_dir / "predictions.csv"
