import enum
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from stal_plugin.engine.checkpoints.clean_checkpoint import clean_checkpoint, to_plain


class Colour(enum.IntEnum):
    RED = 3


def checkpoint():
    """What mmengine 0.10.7 is about to write, with its troublesome entries."""
    weights = OrderedDict(weight=torch.arange(3.0))
    weights._metadata = {"": {"version": 2}}
    return {
        "meta": {
            "epoch": 2,
            "seed": np.int64(5),
            "dataset_meta": {"classes": ("a", "b"), "sizes": np.array([[1, 2]])},
        },
        "state_dict": weights,
        "message_hub": {
            "log_scalars": {"train/loss": HistoryBuffer([1.0], [1])},
            "runtime_info": {
                "epoch": 1,
                "best_score": np.float64(0.25),
                "object": object(),
            },
            "resumed_keys": {"train/loss": True, "epoch": True, "object": True},
        },
        "optimizer": {
            "state": {0: {"exp_avg": torch.ones(3), "step": torch.tensor(4.0)}},
            "param_groups": [{"lr": np.float64(0.1), "betas": (0.9, 0.999)}],
        },
        "param_schedulers": [{"last_step": 3, "anneal_func": checkpoint, "lr": [0.1]}],
    }


def load(content, path):
    torch.save(content, path)
    return torch.load(path, weights_only=True)


def test_without_cleaning_it_does_not_load(tmp_path):
    with pytest.raises(pickle.UnpicklingError, match="Unsupported"):
        load(checkpoint(), tmp_path / "a.pth")


def test_cleaned_it_loads_with_all_that_resuming_needs(tmp_path):
    content = checkpoint()
    dropped = clean_checkpoint(content)
    loaded = load(content, tmp_path / "a.pth")
    assert dropped == ["runtime_info.object", "param_schedulers[0].anneal_func"]
    assert loaded["meta"] == {
        "epoch": 2,
        "seed": 5,
        "dataset_meta": {"classes": ("a", "b"), "sizes": [[1, 2]]},
    }
    assert loaded["message_hub"] == {
        "log_scalars": {},
        "runtime_info": {"epoch": 1, "best_score": 0.25},
        "resumed_keys": {"epoch": True},  # others would give a warning each
    }
    assert loaded["param_schedulers"] == [{"last_step": 3, "lr": [0.1]}]
    assert loaded["optimizer"]["param_groups"] == [{"lr": 0.1, "betas": (0.9, 0.999)}]
    assert loaded["optimizer"]["state"][0]["exp_avg"].tolist() == [1, 1, 1]
    assert loaded["state_dict"]["weight"].tolist() == [0, 1, 2]
    assert loaded["state_dict"]._metadata == {"": {"version": 2}}


@pytest.mark.parametrize("place", ["optimizer", "state_dict", "ema_state_dict"])
def test_objects_among_what_is_needed_are_refused_by_name(place):
    content = checkpoint()
    content[place] = {"state": {"weight": [torch.zeros(1), object()]}}
    with pytest.raises(ValueError, match=rf"'{place}\.state\.weight\[1\]'"):
        clean_checkpoint(content)


def test_message_hub_is_optional():
    content = {"state_dict": {"a": torch.zeros(1)}}
    assert clean_checkpoint(content) == []


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.array([1.5]), [1.5]),
        (Colour.RED, 3),
        ([np.int64(1), (np.int64(2),)], [1, (2,)]),
        (torch.Size([2, 3]), torch.Size([2, 3])),
        (None, None),
    ],
)
def test_to_plain(value, plain):
    names = []
    result = to_plain(value, "x", names.append)
    assert result == plain
    assert type(result) is type(plain)
    assert names == []


def test_to_plain_leaves_others_out():
    names = []
    assert to_plain({"a": [1, print], "b": {2: len}}, "x", names.append) == {"b": {}}
    assert names == ["x.a[1]", "x.b.2"]
