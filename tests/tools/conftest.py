import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.tool_server import ToolServer

from stal_plugin.video import write_video

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests/engine/tiny"


@pytest.fixture
def run_tool(tmp_path: Path, tool_server: ToolServer) -> Callable:
    """Return a function that runs a tool in an empty folder, as a user would."""

    def run(
        tool: str, *arguments: object, **variables: str
    ) -> subprocess.CompletedProcess:
        path = str(ROOT / "tools" / tool)
        environment = {
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(TINY)]),
            "PYTHON": sys.executable,
            **variables,
        }
        if not tool.endswith(".sh"):
            return tool_server.run([path, *arguments], tmp_path, environment)
        return subprocess.run(
            [path, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            capture_output=True,
            text=True,
            timeout=900,  # a loaded machine takes its time
        )

    return run


@pytest.fixture(scope="session")
def exit_status() -> Callable[[Callable[[], None]], int]:
    """Return a function that runs a tool's ``main`` and returns its exit status."""

    def status(main: Callable[[], None]) -> int:
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return status


@pytest.fixture
def predict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_status: Callable
) -> Iterator[Callable[..., int]]:
    """Return a function that runs predict.py here and returns its exit status."""
    tool = str(ROOT / "tools" / "predict.py")
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a program
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [tool, *map(str, arguments)])
        return exit_status(lambda: runpy.run_path(tool, run_name="__main__"))

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def tiny_config() -> Path:
    """Config of the tiny network."""
    return TINY / "tiny_config.py"


@pytest.fixture(scope="session")
def live_parts() -> dict:
    """What the tests of the detector make checkpoints and footage with."""
    return runpy.run_path(str(ROOT / "tests/apis/conftest.py"))


@pytest.fixture(scope="session")
def live_checkpoint(tmp_path_factory: pytest.TempPathFactory, live_parts: dict) -> Path:
    """A tiny checkpoint that carries its config."""
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.pth"
    return live_parts["save_tiny_checkpoint"](path, live_parts["tiny_settings"]())


@pytest.fixture(scope="session")
def footage(live_frame: Callable) -> Callable[[Path, int], Path]:
    """Writer of a video of so many frames."""

    def make(path: Path, count: int) -> Path:
        write_video(path, (live_frame(n) for n in range(count)), 25)
        return path

    return make


@pytest.fixture(scope="session")
def live_frame(live_parts: dict) -> Callable:
    """Maker of frames."""
    return live_parts["moving_square"]
