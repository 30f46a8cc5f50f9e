"""Link "none": nothing is added."""

from mmengine.model import BaseModule
from torch import Tensor

from stal_plugin.registry import MODELS


@MODELS.register_module()
class NoLink(BaseModule):
    """Leave the target as it is, so that a config can switch off one link of several.

    Args:
        source_channels: Not used; taken so that the kinds can be exchanged.
        target_channels: Not used.
        init_cfg: Initialisation, see mmengine.
    """

    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target."""
        return target
