import torch

from stal_plugin.engine.checkpoints.class_layer import ClassLayer
from stal_plugin.engine.checkpoints.transfer import source_rows, transfer_weights


def test_rows_go_by_name_and_group() -> None:
    layer = ClassLayer(2, fixed=1)
    rows = source_rows(layer, 6, ["wipe", "roll"], ["pour", "roll", "wipe"], [1, 0])
    assert rows is not None
    # group 1 of the old layer is rows 3 (fixed), 4 (wipe), 5 (roll)
    assert rows.tolist() == [3, -1, 5, 4, 0, -1, 2, 1]
    assert source_rows(layer, 7, ["wipe", "roll"], ["roll"], [0]) is None
    assert source_rows(layer, 6, ["wipe", "roll"], ["roll"], [2]) is None


def test_rows_of_boxes_alone_go_by_anchor() -> None:
    layer = ClassLayer(3, fixed=2, has_classes=False)
    rows = source_rows(layer, 4, ["wipe"], ["pour", "roll"], [1, 0, 1])
    assert rows is not None
    assert rows.tolist() == [2, 3, 0, 1, 2, 3]


def test_values_of_a_yowo_layer() -> None:
    """2 anchors; old rows are 10 x anchor + row, new ones -1."""
    old_rows = torch.tensor([[10.0 * g + i for i in range(7)] for g in range(2)])
    old = {
        "neck.weight": torch.ones(3),
        "head.conv.weight": old_rows.view(-1, 1, 1, 1).repeat(1, 4, 1, 1),
        "head.anchor_sizes": torch.tensor([[[10.0, 20.0], [40.0, 80.0]]]),
        "head.loss.class_weights": torch.full((2,), 9.0),
        "head.gone": torch.zeros(1),
        "module.steps": torch.tensor(5),
    }
    new = {
        "neck.weight": torch.zeros(3),
        "neck.bias": torch.zeros(3),
        "stem.weight": torch.zeros(2),
        "head.conv.weight": torch.full((24, 4, 1, 1), -1.0),
        "head.anchor_sizes": torch.tensor([[[8.0, 19.0], [12.0, 19.0], [39.0, 90.0]]]),
        "head.loss.class_weights": torch.ones(3),
        "module.steps": torch.tensor(0),
    }
    old["stem.weight"] = torch.ones(5)
    sizes = tuple(map(tuple, new["head.anchor_sizes"][0].tolist()))
    layers = {"head.conv": ClassLayer(3, 5, "head.anchor_sizes", 0, sizes)}
    classes = ["pour", "roll", "wipe"]
    result = transfer_weights(old, new, layers, ["wipe", "roll"], classes)
    wanted = [
        [*(10.0 * g + i for i in range(5)), -1.0, 10.0 * g + 6, 10.0 * g + 5]
        for g in (0, 0, 1)
    ]
    got = result.weights["head.conv.weight"]
    assert got[:, 0, 0, 0].view(3, 8).tolist() == wanted
    assert torch.equal(got[:, :1].expand_as(got), got)
    assert result.by_class == ["head.conv.weight"]
    assert result.kept == ["neck.weight", "module.steps"]
    assert result.from_config == ["head.anchor_sizes", "head.loss.class_weights"]
    for name in (*result.from_config, *result.anew):
        assert result.weights[name] is new[name]
    assert result.anew == {
        "neck.bias": "not in the checkpoint",
        "stem.weight": "[5] in the checkpoint, [2] here",
    }
    assert result.unused == ["head.gone"]
    assert list(result.weights) == list(new)
    assert result.weights["module.steps"] == 5


def test_same_classes_keep_everything() -> None:
    old = {"fc.weight": torch.rand(3, 4), "fc.bias": torch.rand(3)}
    new = {name: torch.zeros_like(value) for name, value in old.items()}
    layers = {"fc": ClassLayer(1)}
    result = transfer_weights(old, new, layers, list("abc"), list("abc"))
    assert result.kept == ["fc.weight", "fc.bias"]
    assert all(torch.equal(result.weights[k], old[k]) for k in old)
    swapped = transfer_weights(old, new, layers, list("abc"), list("cab"))
    assert torch.equal(swapped.weights["fc.bias"], old["fc.bias"][[2, 0, 1]])
    assert swapped.by_class == ["fc.weight", "fc.bias"]
    wider = transfer_weights(
        {**old, "fc.weight": torch.rand(3, 5)}, new, layers, list("abc"), list("abz")
    )
    assert wider.anew == {"fc.weight": "[3, 5] in the checkpoint, [3, 4] here"}
    assert wider.weights["fc.bias"].tolist() == [*old["fc.bias"][:2].tolist(), 0]


def test_a_stem_of_rgb_is_kept_for_motion() -> None:
    old = {"conv1.weight": torch.ones(4, 3, 1, 2, 2)}
    new = {"conv1.weight": torch.full((4, 6, 1, 2, 2), -1.0)}
    result = transfer_weights(old, new, {}, ["roll"], ["roll"])
    assert result.kept == ["conv1.weight"]
    assert result.weights["conv1.weight"].sum(dim=(0, 2, 3, 4)).tolist() == [
        *[16.0] * 3,
        *[0.0] * 3,
    ]
