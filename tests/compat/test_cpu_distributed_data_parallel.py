import pytest
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from torch import nn

from stal_plugin.compat.cpu_distributed_data_parallel import (
    CPUDistributedDataParallel,
    init_cpu_distributed,
)
from stal_plugin.registry import MODEL_WRAPPERS

SLURM = {"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_LOCALID": "0"}


@pytest.fixture
def environment(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", *SLURM):
        monkeypatch.setenv(name, "x")  # monkeypatch puts back what we change
        monkeypatch.delenv(name)
    monkeypatch.setenv("MASTER_PORT", "0")  # any free one
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    yield monkeypatch
    if dist.is_initialized():
        dist.destroy_process_group()


def test_starts_gloo_from_the_launchers_variables(environment):
    for name, value in SLURM.items():
        environment.setenv(name, value)
    assert init_cpu_distributed("slurm")
    assert dist.get_backend() == "gloo"
    assert dist.get_world_size() == 1
    assert init_cpu_distributed("slurm")  # once is enough


def test_mmengine_alone_fails_on_a_cpu(environment):
    from mmengine.dist import init_dist

    for name in ("RANK", "LOCAL_RANK"):
        environment.setenv(name, "0")
    environment.setenv("WORLD_SIZE", "1")
    if torch.backends.cuda.is_built():
        pytest.skip("this torch has CUDA")
    with pytest.raises(AttributeError, match="_cuda_setDevice"):
        init_dist("pytorch", backend="gloo")


def test_without_launcher_nothing_happens(environment):
    assert not init_cpu_distributed("none")
    assert not dist.is_initialized()


def test_with_a_gpu_mmengine_does_it(environment):
    environment.setattr(torch.cuda, "is_available", lambda: True)
    assert not init_cpu_distributed("pytorch")
    assert not dist.is_initialized()


@pytest.mark.parametrize(
    ("launcher", "variable"),
    [("pytorch", "RANK"), ("slurm", "SLURM_PROCID"), ("mpi", "OMPI_COMM_WORLD_RANK")],
)
def test_missing_variables_are_named(environment, launcher, variable):
    with pytest.raises(ValueError, match=rf"--launcher {launcher}.*{variable}"):
        init_cpu_distributed(launcher)


@pytest.fixture
def group(tmp_path):
    dist.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1
    )
    yield
    dist.destroy_process_group()


def test_the_host_fails_on_a_cpu_and_this_does_not(group):
    with pytest.raises(ValueError, match="device_ids"):
        MMDistributedDataParallel(module=nn.Linear(2, 1), device_ids=[1])
    cfg = {"type": "stal_plugin.CPUDistributedDataParallel", "device_ids": [1]}
    wrapped = MODEL_WRAPPERS.build({**cfg, "module": nn.Linear(2, 1)})
    assert isinstance(wrapped, CPUDistributedDataParallel)
    assert is_model_wrapper(wrapped)
    x = torch.tensor([[1.0, 2.0]])
    wrapped(x).sum().backward()
    assert wrapped.module.weight.grad.tolist() == [[1.0, 2.0]]
