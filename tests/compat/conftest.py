from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.tool_server import ToolServer

#: What the hosts load: none of them, and nothing that a fix is about.
LOADED = (
    *("torch", "torch._dynamo", "cv2", "scipy.io", "scipy.optimize"),
    *("matplotlib.pyplot", "pandas", "sklearn.cluster", "shapely"),
)


@pytest.fixture(scope="session")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolServer]:
    """Run programs in processes in which no host package is loaded yet."""
    folder = tmp_path_factory.mktemp("bare")
    server = ToolServer(Path(__file__).parents[2], folder, LOADED)
    yield server
    server.close()
