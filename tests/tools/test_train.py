import torch

FAST = ["--cfg-options", "default_scope=mmengine", "randomness.seed=7"]


def test_train_amp_without_gpu_then_resume(run_tool, tiny_config, tmp_path):
    first = run_tool(
        "train.py", tiny_config, "--amp", "--resume", *FAST, "train_cfg.max_epochs=1"
    )
    assert first.returncode == 0, first.stderr
    if not torch.cuda.is_available():
        assert "no GPU found, training in fp32" in first.stdout
    assert "no checkpoint in work_dirs/tiny_config, starting anew" in first.stdout
    work_dir = tmp_path / "work_dirs" / "tiny_config"
    assert (work_dir / "epoch_1.pth").is_file()

    assert first.stdout.splitlines()[-1] == (
        "next: python tools/test.py work_dirs/tiny_config/tiny_config.py "
        "work_dirs/tiny_config/best_tiny_accuracy_epoch_1.pth "
        "--out work_dirs/tiny_config/predictions.csv"
    )

    second = run_tool("train.py", tiny_config, "--resume", *FAST)
    assert second.returncode == 0, second.stderr
    assert "resumed epoch: 1, iter: 3" in second.stdout
    assert "Epoch(train) [1]" not in second.stdout
    loaded = torch.load(work_dir / "epoch_2.pth", weights_only=True)
    assert loaded["meta"]["iter"] == 6


def test_missing_data_is_explained(run_tool, tiny_config):
    result = run_tool(
        "train.py",
        tiny_config,
        *FAST,
        "train_dataloader.dataset.type=stal_plugin.STALDataset",
        "train_dataloader.dataset.ann_file=no/annotations.csv",
    )
    assert result.returncode == 1
    message = result.stderr.split("Error: ")[1]
    assert "no/annotations.csv" in message
    assert "make standin" in message
    assert "Traceback" not in result.stderr


def test_missing_checkpoint_is_one_line(run_tool, tiny_config):
    result = run_tool("train.py", tiny_config, "--resume", "no.pth")
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: checkpoint 'no.pth' does not exist")
    assert "Traceback" not in result.stderr


def test_counts_that_the_config_asks_for_are_computed_first(
    run_tool, tiny_config, tmp_path
):
    path = tmp_path / "counting.py"
    path.write_text(
        f"_base_ = {str(tiny_config)!r}\nmodel = dict(loss_cls=dict("
        "samples_per_class=dict(ann_file='no/annotations.csv')))\n"
    )
    result = run_tool("train.py", path, *FAST)
    assert result.returncode == 1
    assert "no/annotations.csv" in result.stderr.split("Error: ")[1]


def test_an_option_that_would_take_no_effect_is_one_line(run_tool, tiny_config):
    result = run_tool("train.py", tiny_config, *FAST, "optimizer.lr=0.5")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: --cfg-options optimizer.lr: this config has no 'optimizer'; did you "
        "mean optim_wrapper.optimizer.lr?"
    )
    assert "Traceback" not in result.stderr


def test_an_option_without_a_value_is_one_line(run_tool, tiny_config):
    result = run_tool("train.py", tiny_config, "--cfg-options", "randomness.seed")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "train.py: error: argument --cfg-options: 'randomness.seed' is not KEY=VALUE"
    )
