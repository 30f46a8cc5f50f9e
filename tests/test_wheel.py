"""The wheel is enough: built, installed outside the checkout, used by its command."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.tool_server import ToolServer

ROOT = Path(__file__).resolve().parents[1]
NOT_PACKAGED = shutil.ignore_patterns(
    ".*", "*.egg-info", "build", "data", "work_dirs", "tests", "__pycache__"
)
QUICK = (
    *("train_dataloader.num_workers=0", "train_dataloader.persistent_workers=False"),
    *("val_dataloader.num_workers=0", "val_dataloader.persistent_workers=False"),
    *("train_dataloader.dataset.keyframe_stride=1", "train_cfg.max_epochs=1"),
)


def _run(*command: object, cwd: Path) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=NOT_PACKAGED)
    pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation")
    built = _run(*pip, "--wheel-dir", folder, folder / "source", cwd=folder)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("stal_plugin-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an environment with the wheel and the packages it requires."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", symlinks=True)
    python = folder / "env/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps")
    installed = _run(*pip, "--no-index", wheel, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    # a plain path: the .pth file of an editable installation there is not read
    (_site(folder) / "required.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def _site(folder: Path) -> Path:
    """Where the packages of the environment are."""
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    return site


@pytest.fixture(scope="module")
def stal(installed: Path) -> Callable:
    """The command, as it is started there."""

    def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
        return _run(installed / "env/bin/stal", *arguments, cwd=cwd)

    return run


@pytest.fixture
def served(installed: Path, tool_server: ToolServer, tmp_path: Path) -> Callable:
    """The command in a process that has loaded torch, but takes the wheel's package."""
    only = {"PYTHONPATH": str(_site(installed))}
    code = "import stal_plugin; print(stal_plugin.__file__)"
    place = tool_server.run(["-c", code], tmp_path, only).stdout.strip()
    assert Path(place).is_relative_to(installed)

    def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess:
        return tool_server.run([installed / "env/bin/stal", *arguments], cwd, only)

    return run


@pytest.fixture
def mini_data(own_data: Path, tmp_path: Path) -> Path:
    """A folder in which the mini configs find data, though hardly any."""
    data = tmp_path / "data" / "agot-mini"
    shutil.copytree(own_data.parent, data)
    header = json.loads((data / "annotations.json").read_text())
    header["classes"] += [f"never done {k}" for k in range(6)]
    (data / "annotations.json").write_text(json.dumps(header))
    return tmp_path


@pytest.mark.slow
def test_trains_and_predicts_without_a_clone(
    stal: Callable, served: Callable, mini_data: Path
) -> None:
    doctor = stal("doctor", cwd=mini_data)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr

    train = ("train", "mini/yowo_agot", "--cfg-options", *QUICK)
    trained = served(*train, cwd=mini_data)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    work_dir = mini_data / "work_dirs" / "yowo_agot"
    checkpoint = (work_dir / "last_checkpoint").read_text()

    video = next((mini_data / "data/agot-mini").glob("*.mp4"))
    predict = ("predict", video, checkpoint, "--json", "out.jsonl", "--score-thr", 0)
    predicted = served(*predict, cwd=mini_data)
    assert predicted.returncode == 0, predicted.stdout + predicted.stderr
    lines = (mini_data / "out.jsonl").read_text().splitlines()
    assert len(lines) == 40  # one per frame


@pytest.mark.slow
def test_a_config_for_own_data_extends_the_installed_ones(
    stal: Callable, own_data: Path, tmp_path: Path
) -> None:
    written = stal("new-config", own_data.parent, "--out", "mine.py", cwd=tmp_path)
    assert written.returncode == 0, written.stdout + written.stderr
    assert ".mim/configs/_base_" in (tmp_path / "mine.py").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["data", "paper-tables", "synthesize-agot"])
def test_tools_find_the_packages_beside_them(
    stal: Callable, tool: str, tmp_path: Path
) -> None:
    shown = stal(tool, "--help", cwd=tmp_path)
    assert shown.stdout.startswith(f"usage: stal {tool} "), shown.stderr
