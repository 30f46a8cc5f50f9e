import json
import runpy
from pathlib import Path

import pytest
from standin import PROFILES
from standin.profile import ClipSpec, Profile

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "dataset_converters" / "synthesize_agot.py"


@pytest.fixture
def main(monkeypatch):
    clips = (ClipSpec("Clean counter", 2, 9),)
    tiny = Profile("mini", 64, 36, 25, (0.5, 0.5), 2, (0.5, 0.5), clips)
    monkeypatch.setitem(PROFILES, "mini", tiny)
    return runpy.run_path(str(TOOL))["main"]


def test_writes_the_footage_and_says_so(main, tmp_path: Path, capsys):
    main([str(tmp_path / "raw"), "--size", "mini", "--seed", "7"])
    out = capsys.readouterr().out
    assert "2 clips of 1 labels" in out
    description = json.loads((tmp_path / "raw" / "standin.json").read_text())
    assert description["seed"] == 7
    assert description["synthetic"] is True
    assert sum(description["sources"].values()) > 60
    main([str(tmp_path / "raw"), "--size", "mini", "--seed", "7"])
    assert "nothing to do" in capsys.readouterr().out


def test_another_seed_replaces_only_when_told_to(main, tmp_path: Path, capsys):
    main([str(tmp_path)])
    before = (tmp_path / "standin.json").read_bytes()
    with pytest.raises(SystemExit) as end:
        main([str(tmp_path), "--seed", "7"])
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        f"Error: {tmp_path} holds another data set already (annotations.xml): choose "
        "another folder, or write over it with --overwrite\n"
    )
    assert (tmp_path / "standin.json").read_bytes() == before
    main([str(tmp_path), "--seed", "7", "--overwrite"])
    assert json.loads((tmp_path / "standin.json").read_text())["seed"] == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--size", "huge"], "choose from"),
        (["x", "--seed", "-1"], "must be 0 or larger"),
        ([], "out_dir"),
    ],
)
def test_bad_arguments_are_refused(main, capsys, arguments, message):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err
