import io

import pytest
from rich.console import Console

from stal_plugin.engine.cli import counting_progress, exit_status


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (
            ValueError("line 3: 'x' is no number"),
            1,
            "error: line 3: 'x' is no number\n",
        ),
        (FileNotFoundError("there is no a.csv"), 1, "error: there is no a.csv\n"),
        (
            KeyboardInterrupt(),
            130,
            "interrupted; run the same command again to go on\n",
        ),
    ],
)
def test_faults_of_the_input_are_one_line(error, status, text, capsys):
    def command():
        raise error

    assert exit_status(command) == status
    assert capsys.readouterr().err == text


def test_status_of_the_command_and_faults_of_the_program():
    assert exit_status(lambda: None) == 0
    assert exit_status(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 // 0)


def test_bar_counts():
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None)
    with counting_progress(console, "frames") as progress:
        progress.advance(progress.add_task("cutting", total=4), 3)
    shown = console.file.getvalue()
    assert "cutting" in shown
    assert "3/4 frames" in shown
    assert "remaining" in shown
