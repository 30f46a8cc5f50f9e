"""Where this package keeps files that it can make again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return ``$XDG_CACHE_HOME/stal_plugin``, else ``~/.cache/stal_plugin``."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "stal_plugin")
