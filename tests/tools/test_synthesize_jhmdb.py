import json
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from standin.release_clip import RELEASE_PROFILES, ReleaseProfile

TOOL = Path(__file__).parents[2] / "tools/dataset_converters/synthesize_jhmdb.py"


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Callable:
    tiny = ReleaseProfile("mini", ("sit",), 3, 1, 64, 56, (3, 4), (30, 40))
    monkeypatch.setitem(RELEASE_PROFILES, "mini", tiny)
    return runpy.run_path(str(TOOL))["main"]


def test_writes_the_release_and_says_so(
    main: Callable, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    main([str(tmp_path / "raw"), "--seed", "7"])
    description = json.loads((tmp_path / "raw" / "standin.json").read_text())
    total = sum(description["videos"].values())
    assert f"Wrote 3 videos, {total} frames of 1 classes" in capsys.readouterr().out
    assert len(list((tmp_path / "raw/Rename_Images").glob("sit/*/*.png"))) >= total
    main([str(tmp_path / "raw"), "--seed", "7"])
    assert "nothing to do" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main([str(tmp_path / "raw"), "--seed", "9"])
    assert end.value.code == 1
    assert "(Rename_Images): choose another folder" in capsys.readouterr().err
    assert json.loads((tmp_path / "raw/standin.json").read_text()) == description
    main([str(tmp_path / "raw"), "--seed", "9", "--overwrite"])
    assert json.loads((tmp_path / "raw/standin.json").read_text())["seed"] == 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--size", "huge"], "choose from"),
        (["x", "--seed", "-1"], "must be 0 or larger"),
        ([], "out_dir"),
    ],
)
def test_bad_arguments_are_refused(
    main: Callable, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err
