import pytest
import torch

from stal_plugin.engine.checkpoints.resnet3d18 import (
    check_names,
    model_arguments,
    split_classifier,
)


def test_arguments_follow_from_shapes() -> None:
    tensors = {"conv1.weight": torch.zeros(64, 3, 3, 5, 5)}
    found = model_arguments(tensors)
    assert found["stem_kernel"] == (3, 5, 5)
    assert found["shortcut"] == "A"
    tensors["layer2.0.downsample.0.weight"] = torch.zeros(1)
    assert model_arguments(tensors)["shortcut"] == "B"


def test_names_of_the_network_pass_and_others_are_shown_as_in_the_file() -> None:
    good = {"stem.0.weight": "conv1.weight", "x": "layer4.1.bn2.running_var"}
    check_names("f.pth", good)
    with pytest.raises(ValueError, match=r"'f.pth'.*\['blocks.1'\]"):
        check_names("f.pth", {**good, "blocks.1": "blocks.1"})
    with pytest.raises(ValueError, match=r"no first convolution.*\['x'\]"):
        check_names("f.pth", {"x": "bn1.weight"})


def test_the_classifier_is_separated() -> None:
    one = torch.zeros(1)
    kept, skipped = split_classifier({"fc.weight": one, "conv1.weight": one})
    assert [*kept] == ["conv1.weight"]
    assert skipped == {"fc.weight": "classifier of clips, a detector has none"}
