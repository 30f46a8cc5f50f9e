"""How the network runs on a stream of frames."""

from stal_plugin.apis.engines.choose_engine import choose_engine
from stal_plugin.apis.engines.engine import Engine
from stal_plugin.apis.engines.shared_branches import SharedBranches
from stal_plugin.apis.engines.shared_heatmaps import SharedHeatmaps
from stal_plugin.apis.engines.whole_model import WholeModel

__all__ = [
    "Engine",
    "SharedBranches",
    "SharedHeatmaps",
    "WholeModel",
    "choose_engine",
]
