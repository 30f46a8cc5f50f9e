import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

TINY = Path(__file__).parent / "tiny"
_numbers = itertools.count()


@pytest.fixture
def tiny_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return a function that builds a runner of the tiny network from overrides."""
    monkeypatch.syspath_prepend(str(TINY))

    def build(work_dir: str = "run", **options: object) -> Runner:
        cfg = Config.fromfile(TINY / "tiny_config.py")
        cfg.work_dir = str(tmp_path / work_dir)
        cfg.experiment_name = f"tiny_{next(_numbers)}"
        cfg.randomness = {"seed": 7}
        cfg.log_level = "ERROR"
        cfg.merge_from_dict(options)
        return Runner.from_cfg(cfg)

    return build
