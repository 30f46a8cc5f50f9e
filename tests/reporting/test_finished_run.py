import pytest

from stal_plugin.reporting.finished_run import find_runs, read_run


def test_a_run_is_read_from_its_config_log_and_scores(make_run):
    run = read_run(make_run("yowo_agot", seed=3, Clean_counter=0.25))
    assert (run.name, run.dataset, run.seed, run.epochs) == ("yowo_agot", "agot", 3, 2)
    assert run.clip == (8, 96, 112)
    assert run.seconds == 0.5 * 20  # 40 iterations in 2 epochs
    assert run.metrics["localization_recall@0.005"] == 0.9
    assert run.class_ap == {"Clean counter": 0.25}
    assert run.notes == (
        "clips of another size",
        "random initialisation (no file of weights is there)",
        "synthetic footage",
    )


def test_unfinished_runs_are_left_out_with_the_command_that_finishes_them(make_run):
    done, open_ = make_run("yowo_agot"), make_run("yowo_agot", seed=1)
    (open_ / "metrics.json").unlink()
    runs, left_out = find_runs([done.parent])
    assert [run.seed for run in runs] == [0]
    (message,) = left_out
    assert str(open_) in message
    assert "tools/test.py" in message


def test_a_folder_with_two_configs_is_left_out(make_run):
    work_dir = make_run("yowo_agot")
    (work_dir / "other.py").write_text("")
    assert "holds 2 configs" in find_runs([work_dir])[1][0]


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none' does not exist"):
        find_runs([tmp_path / "none"])
