from stal_plugin.engine.checkpoints.transfer import Transfer, transfer_report


def test_a_few_lines() -> None:
    result = Transfer(
        weights=dict.fromkeys("abcdefgh"),  # type: ignore[arg-type]
        kept=list("abcd"),
        by_class=["e"],
        from_config=["anchor_sizes"],
        anew={"g": "not in the checkpoint", "h": "[3] in the checkpoint, [4] here"},
        unused=[f"x{i}" for i in range(6)],
    )
    lines = transfer_report(result, ["wipe", "roll"], ["roll", "pour", "cut"])
    assert lines == [
        "fine-tuning: 4 of 8 tensors are those of the checkpoint",
        "  classes kept by name: roll; anew: pour, cut; left out: wipe",
        "  rows kept class by class: e",
        "  from the config: anchor_sizes",
        "  start anew: g (not in the checkpoint), h ([3] in the checkpoint, [4] here)",
        "  without a place here: x0, x1, x2, x3 and 2 more",
    ]
    unknown = transfer_report(Transfer(), [], ["roll"])
    assert unknown[1:] == [
        "  classes: the checkpoint does not name them; taken by number"
    ]
