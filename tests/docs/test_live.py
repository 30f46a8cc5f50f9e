"""The examples of docs/live.md give what the page shows."""

import doctest
import runpy
from pathlib import Path

import pytest

from .pages import ROOT, code_blocks


def test_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = runpy.run_path(str(ROOT / "tests/apis/conftest.py"))
    parts["save_tiny_checkpoint"](tmp_path / "epoch_12.pth", parts["tiny_settings"]())
    monkeypatch.chdir(tmp_path)
    blocks = code_blocks(ROOT / "docs/live.md", "pycon")
    assert blocks
    for block in blocks:
        test = doctest.DocTestParser().get_doctest(block, {}, "live.md", None, 0)
        runner = doctest.DocTestRunner()
        runner.run(test)
        assert test.examples
        assert runner.summarize() == (0, len(test.examples))
