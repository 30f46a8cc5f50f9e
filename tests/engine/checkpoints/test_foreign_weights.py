import torch

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights


def test_nothing_is_required_or_skipped_unless_said() -> None:
    first = ForeignWeights({"a": torch.zeros(1)}, {"type": "x"})
    first.skipped["b"] = "why"
    second = ForeignWeights({}, {})
    assert (second.skipped, second.required, second.class_layers) == ({}, (), ())
