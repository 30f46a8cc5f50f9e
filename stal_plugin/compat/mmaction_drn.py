"""mmaction2 1.2.0 wheel: ``mmaction.models.localizers.drn`` is not packaged.

Upstream fault: the folder has no ``__init__.py``, so ``find_packages`` drops it, and
``import mmaction.models`` fails (open-mmlab/mmaction2#2714).
Can go: when the wheel contains ``mmaction/models/localizers/drn``.
"""

from types import ModuleType


def make_drn_package() -> ModuleType:
    """Return an empty package ``mmaction.models.localizers.drn``."""
    return ModuleType("mmaction.models.localizers.drn")


def make_drn() -> ModuleType:
    """Return the module with a ``DRN`` class that explains itself when built."""
    module = ModuleType("mmaction.models.localizers.drn.drn")

    class DRN:
        """Placeholder of the temporal localizer that the wheel does not contain."""

        def __init__(self, *args: object, **kwargs: object) -> None:
            raise ImportError(
                "DRN is missing from the mmaction2 1.2.0 wheel "
                "(open-mmlab/mmaction2#2714). Install mmaction2 from its git "
                "repository to use it."
            )

    module.DRN = DRN  # type: ignore[attr-defined]
    return module
