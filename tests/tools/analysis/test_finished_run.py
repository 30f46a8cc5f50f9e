import pytest
from analysis.finished_run import fingerprint, read_run


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


def test_the_tested_checkpoint_is_no_pretrained_weight(make_run, tmp_path):
    """The test writes its own checkpoint into the config of the folder."""
    work_dir = make_run("yowo_agot")
    config, text = work_dir / "yowo_agot.py", "random initialisation"
    before = tmp_path / "before/run"  # where the folder was when it was tested
    before.mkdir(parents=True)
    for path, expected in (
        *((work_dir / "epoch_2.pth", 1), (before / "epoch_2.pth", 1)),
        (tmp_path / "coco.pth", 0),
    ):
        path.touch()
        lines = f"load_from = {str(path)!r}\nwork_dir = 'before/run'\n"
        config.write_text(config.read_text() + lines)
        notes = read_run(work_dir).notes
        assert sum(note.startswith(text) for note in notes) == expected


def test_settings_are_those_of_the_training(make_run):
    first, second = make_run("yowo_agot"), make_run("yowo_agot", seed=1)
    config = second / "yowo_agot.py"
    config.write_text(
        config.read_text() + "test_evaluator = dict(out_csv='x')\nwork_dir = 'y'\n"
    )
    assert read_run(first).settings == read_run(second).settings
    assert set(read_run(first).settings) == {"data_root", "model"}
    config.write_text(config.read_text() + "train_cfg = dict(max_epochs=9)\n")
    ninth = read_run(second).settings["train_cfg"]
    config.write_text(config.read_text().replace("max_epochs=9", "max_epochs=4"))
    fourth = read_run(second).settings["train_cfg"]
    assert [len(ninth), len(fourth)] == [12, 12]
    assert ninth != fourth


def test_a_later_test_with_another_seed_does_not_hide_that_of_the_training(make_run):
    work_dir = make_run("yowo_agot", seed=0)
    text = (work_dir / "yowo_agot.py").read_text()
    trained = text.replace("seed=0", "seed=5") + "train_cfg = dict(max_epochs=4)\n"
    (work_dir / "t0" / "vis_data" / "config.py").write_text(trained)
    run = read_run(work_dir)
    assert run.seed == 5
    assert run.settings["train_cfg"] == fingerprint({"max_epochs": 4})


@pytest.mark.parametrize(("seed", "settings"), [(4, {}), (9, {"seed": 9})])
def test_the_data_set_s_share_of_the_seed_is_no_setting(make_run, seed, settings):
    work_dir = make_run("yowo_agot", seed=4)
    with (work_dir / "yowo_agot.py").open("a") as config:
        config.write(f"train_dataloader = dict(dataset=dict(seed={seed}))\n")
    found = read_run(work_dir).settings["train_dataloader"]
    assert found == fingerprint({"dataset": settings})


@pytest.mark.parametrize("own", [True, False])
def test_the_tested_checkpoint_is_no_initialisation(make_run, tmp_path, own):
    """Testing writes its checkpoint into the config as load_from."""
    work_dir = make_run("yowo_agot")
    path = (work_dir if own else tmp_path) / "epoch_2.pth"
    path.touch()
    with (work_dir / "yowo_agot.py").open("a") as config:
        config.write(f"load_from = {str(path)!r}\n")
    notes = " ".join(read_run(work_dir).notes)
    assert ("random initialisation" in notes) == own


def test_weights_that_are_gone_by_now_were_there_when_training_began(make_run):
    """mmengine's ``Pretrained`` ends without its file; ours says that it is absent."""
    work_dir = make_run("yowo_agot")
    assert not read_run(work_dir).pretrained
    config = work_dir / "yowo_agot.py"
    text = config.read_text()
    init = 'model["init_cfg"] = dict(type="{}", checkpoint="/gone/branches.pth")\n'
    config.write_text(text + init.format("Pretrained"))
    assert read_run(work_dir).pretrained
    config.write_text(text + init.format("stal_plugin.PretrainedIfPresent"))
    assert not read_run(work_dir).pretrained


@pytest.mark.parametrize("text", ["{", "[]", '{"metrics": 1}', "[" * 10**5])
@pytest.mark.parametrize("file", ["metrics.json", "t0/vis_data/scalars.json"])
def test_odd_files_are_told(make_run, file, text):
    path = make_run("yowo_agot") / file
    path.write_text(f"{text}\n{path.read_text()}")
    with pytest.raises(ValueError, match=path.name) as error:
        read_run(path.parents[file.count("/")])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["{", "[" * 10**5])
def test_an_odd_description_of_the_data_is_told(make_run, tmp_path, text):
    work_dir = make_run("yowo_agot")
    root = tmp_path / "odd"
    root.mkdir()
    (root / "annotations.json").write_text(text)
    with (work_dir / "yowo_agot.py").open("a") as config:
        config.write(f"data_root = {str(root)!r}\n")
    trained = work_dir / "t0" / "vis_data" / "config.py"
    trained.unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"annotations\.json is no valid json"):
        read_run(work_dir)
