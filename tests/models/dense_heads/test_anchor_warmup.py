from pathlib import Path

import pytest
import torch

from stal_plugin.models.dense_heads.anchor_warmup import AnchorWarmup, unmatched_priors


def test_lasts_for_so_many_clips() -> None:
    warmup = AnchorWarmup(10)
    assert [warmup.advance(4) for _ in range(5)] == [True, True, True, False, False]
    assert warmup.seen == 20


def test_validation_is_no_part_of_it() -> None:
    warmup = AnchorWarmup(10).eval()
    assert not warmup.advance(4)
    assert warmup.seen == 0


def test_clips_of_all_processes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "stal_plugin.models.dense_heads.anchor_warmup.get_world_size"
    monkeypatch.setattr(module, lambda: 8)
    warmup = AnchorWarmup(12800)
    warmup.advance(12)
    assert warmup.seen == 96


def test_a_resumed_run_goes_on_counting(tmp_path: Path) -> None:
    first = AnchorWarmup(10)
    first.advance(8)
    torch.save(first.state_dict(), tmp_path / "epoch_1.pth")
    second = AnchorWarmup(10)
    second.load_state_dict(torch.load(tmp_path / "epoch_1.pth", weights_only=True))
    assert second.advance(8)
    assert not second.advance(8)
    assert second.seen == 24


def test_every_prior_but_the_matched_is_paired_with_its_anchor() -> None:
    values = torch.arange(24.0).view(2, 3, 4)
    matched = (torch.tensor([0, 1, 1]), torch.tensor([2, 0, 2]))
    free, wanted = unmatched_priors(values, torch.zeros(4), matched)
    assert free[:, 0].tolist() == [0, 4, 16]
    assert wanted.tolist() == [[0, 0, 0, 0]] * 3
    anchors = -torch.arange(12.0).view(3, 4)
    free, wanted = unmatched_priors(values, anchors, matched)
    assert wanted[:, 0].tolist() == [0, -4, -4]
