from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from stal_plugin.apis.load_model import load_model

CPU = torch.device("cpu")


def test_weights_are_loaded(checkpoint: Path) -> None:
    model, cfg = load_model(checkpoint, None, CPU)
    saved = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(v, saved[k]) for k, v in model.state_dict().items())
    assert not model.training
    assert cfg.classes == ("wave", "jump")


def test_ddp_prefix_is_removed(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    weights = content["state_dict"]
    content["state_dict"] = {f"module.{k}": v for k, v in weights.items()}
    torch.save(content, tmp_path / "ddp.pth")
    model, _ = load_model(tmp_path / "ddp.pth", None, CPU)
    assert torch.equal(model.state_dict()["neck.gamma"], weights["neck.gamma"])


def test_faults(
    checkpoint: Path, tmp_path: Path, settings: Callable, save_checkpoint: Callable
) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.pth"):
        load_model("nothing.pth", None, CPU)
    torch.save({"epoch": 1}, tmp_path / "empty.pth")
    with pytest.raises(ValueError, match=r"empty\.pth' has no weights"):
        load_model(tmp_path / "empty.pth", None, CPU)
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"].pop("neck.gamma")
    torch.save(content, tmp_path / "part.pth")
    with pytest.raises(ValueError, match=r"do not fit its config: Missing.*neck\.gam"):
        load_model(tmp_path / "part.pth", None, CPU)


def test_a_checkpoint_with_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": {}, "meta": {"cfg": Path("x")}}, tmp_path / "evil.pth")
    with pytest.raises(ValueError, match="more than tensors and plain values"):
        load_model(tmp_path / "evil.pth", None, CPU)
