"""Distributed training on CPUs, which mmengine 0.10.7 does not get started.

Two upstream faults:

* ``init_dist`` calls ``torch.cuda.set_device`` even for the gloo backend: "module
  'torch._C' has no attribute '_cuda_setDevice'". A group that exists already is taken
  as it is, so :func:`init_cpu_distributed` starts one. Can go: when ``init_dist`` asks
  for CUDA first.
* ``Runner.wrap_model`` always passes ``device_ids``, which torch refuses for a module
  on the CPU: "device_ids and output_device arguments only work with ... CPU modules,
  but got device_ids [1]". :class:`CPUDistributedDataParallel` drops them. Can go: when
  ``wrap_model`` looks at the device.
"""

import os
from typing import Any

import torch
from mmengine.model import MMDistributedDataParallel
from torch import nn

from stal_plugin.registry import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class CPUDistributedDataParallel(MMDistributedDataParallel):
    """``MMDistributedDataParallel`` that also wraps models on the CPU.

    Args:
        module: Model to wrap.
        device_ids: Ignored for a model on the CPU.
        **kwargs: Arguments of ``MMDistributedDataParallel``.
    """

    def __init__(
        self, module: nn.Module, device_ids: list[int] | None = None, **kwargs: Any
    ) -> None:
        on_cpu = all(p.device.type == "cpu" for p in module.parameters())
        device_ids = None if on_cpu else device_ids
        super().__init__(module=module, device_ids=device_ids, **kwargs)


#: launcher -> the names under which it gives rank, world size and local rank
_LAUNCHER_VARIABLES = {
    "slurm": ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"),
    "mpi": (
        "OMPI_COMM_WORLD_RANK",
        "OMPI_COMM_WORLD_SIZE",
        "OMPI_COMM_WORLD_LOCAL_RANK",
    ),
}


def init_cpu_distributed(launcher: str = "pytorch") -> bool:
    """Start a gloo group for a job on CPUs; do nothing where there is a GPU.

    Args:
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Returns:
        Whether this job runs distributed on CPUs.

    Raises:
        ValueError: If the launcher's environment variables are missing.
    """
    if launcher == "none" or torch.cuda.is_available():
        return False
    import torch.distributed as dist

    if not dist.is_initialized():
        _set_variables(launcher)
        dist.init_process_group("gloo")
    return True


def _set_variables(launcher: str) -> None:
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    sources = _LAUNCHER_VARIABLES.get(launcher, names)
    missing = [source for source in sources if source not in os.environ]
    if missing:
        raise ValueError(
            f"--launcher {launcher}: environment variable {', '.join(missing)} is not "
            "set. Fix: start through tools/dist_train.sh or tools/slurm_train.sh, or "
            "use --launcher none"
        )
    os.environ.update(
        {name: os.environ[source] for name, source in zip(names, sources, strict=True)}
    )
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29500")
