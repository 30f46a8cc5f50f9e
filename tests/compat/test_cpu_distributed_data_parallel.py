import pytest
import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from torch import nn

from stal_plugin.compat.cpu_distributed_data_parallel import CPUDistributedDataParallel
from stal_plugin.registry import MODEL_WRAPPERS


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
