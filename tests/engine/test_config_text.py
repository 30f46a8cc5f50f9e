import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.config import config as host

from stal_plugin.engine.config_text import OnceFormattedConfig
from stal_plugin.engine.run_config import load_config

TINY = Path(__file__).parent / "tiny"

SETTINGS = {"model": {"type": "X", "depth": [1, 2]}, "work_dir": "w"}


@pytest.fixture
def formatted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that were given to yapf."""
    texts: list[str] = []
    original: Callable = host.FormatCode

    def note(text: str, **options: object) -> object:
        texts.append(text)
        return original(text, **options)

    monkeypatch.setattr(host, "FormatCode", note)
    return texts


def test_text_is_that_of_mmengine_and_made_once(formatted: list[str]) -> None:
    plain = Config(SETTINGS)
    cfg = OnceFormattedConfig.of(plain)
    text = plain.pretty_text
    formatted.clear()
    assert cfg.pretty_text == text
    for other in (cfg, copy.deepcopy(cfg)):
        assert other.pretty_text == text == other.dump()
    assert len(formatted) == 1


def test_a_change_at_any_depth_makes_it_again(formatted: list[str]) -> None:
    cfg = OnceFormattedConfig.of(Config(copy.deepcopy(SETTINGS)))
    before = cfg.pretty_text
    cfg.model.depth.append(3)
    assert "depth=[1,2,3,]" in "".join(cfg.pretty_text.split())
    cfg.merge_from_dict({"work_dir": "elsewhere"})
    assert "work_dir = 'elsewhere'" in cfg.pretty_text
    assert len(formatted) == 3
    copied = copy.deepcopy(cfg)
    copied.model.depth = [1, 2]
    copied.work_dir = "w"
    assert copied.pretty_text == before
    assert "elsewhere" in cfg.pretty_text  # not that of the copy


def test_ctrl_c_while_it_is_formatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mmengine catches everything there and calls it a fault of syntax."""

    def press(text: str, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(host, "FormatCode", press)
    with pytest.raises(KeyboardInterrupt):
        _ = OnceFormattedConfig.of(Config(SETTINGS)).pretty_text
    monkeypatch.setattr(host, "FormatCode", lambda text, **options: 1 / 0)
    with pytest.raises(SyntaxError, match="Failed to format"):
        _ = OnceFormattedConfig.of(Config(SETTINGS)).pretty_text


def test_a_whole_training_formats_its_config_once(
    formatted: list[str],
    tiny_runner: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is logged, written, shown, and put into two checkpoints of two epochs."""
    monkeypatch.setattr(
        Config, "fromfile", _once_formatted(Config.fromfile)
    )  # of the fixture: as load_config makes it
    tiny_runner(train_cfg={"max_epochs": 2}).train()
    assert len(formatted) == 1
    meta = torch.load(tmp_path / "run/epoch_2.pth", weights_only=True)["meta"]
    assert meta["cfg"] == (tmp_path / "run/tiny_config.py").read_text()


def _once_formatted(read: Callable) -> Callable:
    return lambda path: OnceFormattedConfig.of(read(path))


def test_load_config_reads_such_a_config() -> None:
    cfg = load_config(str(TINY / "tiny_config.py"))
    assert isinstance(cfg, OnceFormattedConfig)


def test_it_is_a_config_like_another() -> None:
    plain = Config(SETTINGS, cfg_text="x", filename="a.py")
    cfg = OnceFormattedConfig.of(plain)
    assert (cfg.filename, cfg.to_dict()) == ("a.py", plain.to_dict())
    again = pickle.loads(pickle.dumps(cfg))
    assert again.to_dict() == plain.to_dict()
    assert again.pretty_text == plain.pretty_text
