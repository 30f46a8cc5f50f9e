import multiprocessing

import pytest

from stal_plugin.engine.work_dir_lock import locked_work_dir


def hold(folder, locked, go_on):
    with locked_work_dir(folder):
        locked.set()
        go_on.wait()


def test_a_second_training_is_refused_until_the_first_ends(tmp_path):
    context = multiprocessing.get_context("spawn")
    locked, go_on = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "run", locked, go_on))
    other.start()
    try:
        assert locked.wait(120)
        with (
            pytest.raises(ValueError, match=r"another training runs in .*--work-dir"),
            locked_work_dir(tmp_path / "run"),
        ):
            pass
        with locked_work_dir(tmp_path / "elsewhere"):
            pass
    finally:
        other.kill()  # without a chance to tidy up
        other.join()
    with locked_work_dir(tmp_path / "run"):
        pass


def test_one_process_of_a_distributed_run_locks_for_all(tmp_path, monkeypatch):
    with locked_work_dir(tmp_path):
        monkeypatch.setenv("RANK", "1")
        with locked_work_dir(tmp_path):
            pass
