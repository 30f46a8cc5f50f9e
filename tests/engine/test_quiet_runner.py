import logging
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

import stal_plugin
from stal_plugin.engine.quiet_runner import (
    FOR_THE_FILE_ONLY,
    QuietRunner,
    describe_run,
    hide_passwords,
)

TINY = Path(__file__).parent / "tiny"
LONG = [
    "System environment:",
    "PyTorch compiling details:",
    "Config:",
    "EpochBasedTrainLoop",
    "Hooks will be executed in the following order",
    "Distributed training is not used",
]


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Train one epoch; return the console's text and the log file's."""
    monkeypatch.syspath_prepend(str(TINY))

    def train(runner_type, level="INFO"):
        cfg = Config.fromfile(TINY / "tiny_config.py")
        cfg.work_dir = str(tmp_path / runner_type.__name__ / level)
        # the host keeps one logger per name and second: a name for each test
        cfg.experiment_name = f"{tmp_path.name}_{runner_type.__name__}_{level}"
        cfg.randomness = {"seed": 7}
        cfg.log_level = level
        cfg.train_cfg.max_epochs = 1
        cfg.default_hooks.logger = {"type": "LoggerHook", "interval": 1}
        runner = runner_type.from_cfg(cfg)
        runner.train()
        (log,) = Path(cfg.work_dir).glob("*/*.log")
        return capfd.readouterr().out, log.read_text(), runner

    return train


def test_the_console_is_short_and_the_log_file_is_whole(run):
    console, log, runner = run(QuietRunner)
    assert not [text for text in LONG if text in console]
    assert not [text for text in LONG if text not in log]
    # what is left: three lines, progress with the remaining time, scores
    first = [line.split(" - INFO - ")[-1] for line in console.splitlines()[:3]]
    assert first == describe_run(runner)
    assert "Epoch(train) [1][1/3]" in console
    assert "eta: " in console
    assert "tiny/accuracy" in console
    assert len(console.splitlines()) < 25


def test_without_it_the_console_has_the_whole_config(run):
    console, log, _ = run(Runner)
    assert not [text for text in LONG if text not in console + log]
    assert [text for text in LONG if text in console]


def test_debug_shows_everything(run):
    console, _, _ = run(QuietRunner, "DEBUG")
    assert not [text for text in LONG if text not in console]


def test_mmengine_still_writes_what_is_filtered(run):
    """Messages are known by their beginnings, which a new mmengine may change."""
    _, log, _ = run(QuietRunner)
    for beginning in FOR_THE_FILE_ONLY[:4]:
        assert beginning in log, beginning


def test_three_lines_say_what_runs_where(run):
    _, _, runner = run(QuietRunner)
    what, versions, where = describe_run(runner)
    count = sum(p.numel() for p in runner.model.parameters()) / 1e6
    assert what == (
        f"tiny_config.py: TinyNet, {count:.2f} M parameters, on cpu, 1 process(es), "
        "seed 7"
    )
    assert f"stal_plugin {stal_plugin.__version__}, torch {torch.__version__}" in (
        versions
    )
    assert where.endswith(runner.log_dir)


def test_warnings_and_other_messages_pass():
    from stal_plugin.engine.quiet_runner import is_for_the_console

    def passes(text):
        return is_for_the_console(
            logging.LogRecord("mmengine", logging.WARNING, "", 1, text, None, None)
        )

    assert passes("ENFLoss(beta=0.7) does not balance the classes")
    assert passes("Config option x is unknown")
    assert not passes("Config:\na = 1")


def test_passwords_are_hidden_in_all_messages():
    text = "Load checkpoint from %s"
    address = "http://user:secret@camera/net.pth"
    record = logging.LogRecord("n", logging.INFO, "f", 1, text, (address,), None)
    assert hide_passwords(record)
    shown = "Load checkpoint from http://user:***@camera/net.pth"
    assert record.getMessage() == shown
