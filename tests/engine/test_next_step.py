import os
from pathlib import Path

import pytest

from stal_plugin.engine.next_step import checkpoint_to_use, next_step


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("tools/test.py", "next: python tools/report.py 'my runs/a'"),
        ("stal test", "next: stal report 'my runs/a'"),
    ],
)
def test_the_command_as_the_user_types_it(monkeypatch, program, said) -> None:
    monkeypatch.setattr("sys.argv", [program])
    assert next_step("report", Path("my runs/a")) == said


def test_the_best_checkpoint_then_the_last(tmp_path: Path) -> None:
    assert checkpoint_to_use(tmp_path) is None
    for age, name in enumerate(("best_a_epoch_2.pth", "epoch_2.pth", "epoch_10.pth")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (age, age))
    assert checkpoint_to_use(tmp_path) == tmp_path / "best_a_epoch_2.pth"
    (tmp_path / "best_a_epoch_2.pth").unlink()
    assert checkpoint_to_use(tmp_path) == tmp_path / "epoch_10.pth"
