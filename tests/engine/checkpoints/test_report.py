from io import StringIO

import torch
from rich.console import Console

from stal_plugin.engine.checkpoints.fitting import Fit, fit_table


def test_parts_are_counted_and_reasons_given() -> None:
    fit = Fit(
        loaded={
            "stage1.0.weight": torch.zeros(1000, 2),
            "stage1.0.bias": torch.zeros(1),
            "stage2.0.weight": torch.zeros(5),
        },
        skipped={"fc.weight": "no such layer", "fc.bias": "no such layer"},
        missing=("output.weight", "output.bias"),
    )
    console = Console(width=110, record=True, file=StringIO())
    console.print(fit_table(fit, "a -> b"))
    text = console.export_text()
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in text.splitlines()
        if "│" in line
    ]
    missing = "not in the file, keeps its initial value"
    assert rows == [
        ["stage1", "2", "2,001", "loaded", ""],
        ["stage2", "1", "5", "loaded", ""],
        ["fc.weight, fc.bias", "2", "", "skipped", "no such layer"],
        ["output", "2", "", "missing", missing],
    ]
    assert "a -> b" in text
