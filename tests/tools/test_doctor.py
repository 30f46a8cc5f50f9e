import runpy
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "doctor.py"


def test_runs_without_any_package_and_says_what_to_install():
    command = [sys.executable, "-S", "-I", str(TOOL)]  # no site-packages
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert "X torch is not installed\n    fix: pip install 'torch>=" in result.stdout
    assert "X neither mmcv-lite nor mmcv is installed" in result.stdout
    assert result.stderr == ""


def test_names_versions_and_counts_what_it_found(tool_server, tmp_path):
    import mmengine

    result = tool_server.run([TOOL], tmp_path)
    assert f"mmengine {mmengine.__version__}" in result.stdout
    broken = result.stdout.count("\nX ") + result.stdout.startswith("X ")
    assert result.stdout.splitlines()[-1].startswith(f"{broken} broken, ")
    assert result.returncode == (1 if broken else 0)


def test_ctrl_c(monkeypatch, capsys, exit_status):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("stal_plugin.engine.doctor.examine", interrupt)
    assert exit_status(lambda: runpy.run_path(str(TOOL), run_name="__main__")) == 130
    assert capsys.readouterr().err == "\nInterrupted.\n"
