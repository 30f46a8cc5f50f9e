"""The launchers, with real processes."""

import os
import socket
import stat
import sys

import pytest
import torch

OPTIONS = [
    "default_scope=mmengine",
    "randomness.seed=7",
    "train_cfg.max_epochs=1",
    "model.dropout=0.0",
    "optim_wrapper.optimizer.type=SGD",
    "optim_wrapper.optimizer.lr=0.1",
    "optim_wrapper.optimizer.momentum=0.9",
    "param_scheduler=None",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def load(folder):
    return torch.load(folder / "epoch_1.pth", weights_only=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="would use the GPU")
def test_two_processes_have_the_gradients_of_one(run_tool, tiny_config, tmp_path):
    """The global batch is the same: 4 samples, or 2 in each of 2 processes."""
    one = run_tool(
        "train.py", tiny_config, "--work-dir", "one", "--cfg-options", *OPTIONS
    )
    assert one.returncode == 0, one.stderr
    two = run_tool(
        "dist_train.sh",
        tiny_config,
        2,
        *["--work-dir", "two", "--cfg-options", *OPTIONS],
        "train_dataloader.batch_size=2",
        PORT=free_port(),
    )
    assert two.returncode == 0, two.stderr
    assert "2 process(es)" in two.stdout

    first, second = load(tmp_path / "one"), load(tmp_path / "two")
    for name, weight in first["state_dict"].items():
        torch.testing.assert_close(second["state_dict"][name], weight, msg=name)
    # with momentum SGD keeps the sum of the gradients of all iterations
    for key, state in first["optimizer"]["state"].items():
        gradient = state["momentum_buffer"]
        assert gradient.abs().max() > 0
        torch.testing.assert_close(
            second["optimizer"]["state"][key]["momentum_buffer"], gradient
        )

    # the last numbers are of the validation, with the same samples
    scores = [r.stdout.split("tiny/accuracy: ")[-1].split()[0] for r in (two, one)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("dist_train.sh", ["a.py"]), ("dist_test.sh", ["a.py", "b.pth", "x"])],
)
def test_a_missing_number_of_processes_shows_the_usage(run_tool, tool, arguments):
    result = run_tool(tool, *arguments)
    assert result.returncode == 1
    assert f"tools/{tool} CONFIG" in result.stderr


def fake_program(path, text):
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


SHOW = (
    "import os, sys\nprint(*sys.argv[1:], os.environ.get('OMP_NUM_THREADS'), sep='|')"
)


def test_dist_train_passes_variables_and_file_names_with_spaces(run_tool, tmp_path):
    fake_program(tmp_path / "python", SHOW)
    result = run_tool(
        "dist_train.sh",
        *["my net.py", 4, "--work-dir", "a b"],
        PYTHON=str(tmp_path / "python"),
        NNODES="2",
        NODE_RANK="1",
        MASTER_ADDR="host",
        PORT="7",
        OMP_NUM_THREADS="",
    )
    words = result.stdout.strip().split("|")
    launch = "-m torch.distributed.run --nnodes 2 --node_rank 1 --nproc_per_node 4"
    assert words[:8] == launch.split()
    assert words[8:12] == ["--master_addr", "host", "--master_port", "7"]
    assert words[13:18] == ["my net.py", "--launcher", "pytorch", "--work-dir", "a b"]
    assert int(words[-1]) == max(1, (os.cpu_count() or 1) // 4)


def test_slurm_train_asks_for_the_processes(run_tool, tmp_path):
    fake_program(tmp_path / "srun", SHOW)
    search = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    gpus = run_tool("slurm_train.sh", "part", "job", "a b.py", PATH=search, GPUS="4")
    words = gpus.stdout.strip().split("|")
    assert words[words.index("--ntasks") + 1] == "4"
    assert words[words.index("--gres") + 1] == "gpu:4"
    assert words[-4:-1] == ["a b.py", "--launcher", "slurm"]
    variables = {
        "PATH": search,
        "GPUS": "3",
        "GPUS_PER_NODE": "0",
        "SRUN_ARGS": "-v -w x",
    }
    cpus = run_tool("slurm_train.sh", "part", "job", "a.py", "--amp", **variables)
    words = cpus.stdout.strip().split("|")
    assert "--gres" not in words
    assert words[words.index("-v") : words.index("-v") + 3] == ["-v", "-w", "x"]
    assert words[-2] == "--amp"


def test_slurm_train_shows_the_usage(run_tool):
    result = run_tool("slurm_train.sh", "part")
    assert result.returncode == 1
    assert "PARTITION JOB CONFIG" in result.stderr
