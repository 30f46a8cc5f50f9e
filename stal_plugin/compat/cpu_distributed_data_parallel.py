"""mmengine wraps a model on the CPU as if it were on a GPU.

Upstream fault (mmengine 0.10.7): ``Runner.wrap_model`` always passes ``device_ids``,
which torch refuses for a module on the CPU: "device_ids and output_device arguments
only work with ... CPU modules, but got device_ids [1]". Can go: when ``wrap_model``
looks at the device.
"""

from typing import Any

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
