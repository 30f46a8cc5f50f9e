"""Configs of host classes, built so that what they name is found."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import ConfigDict

_HOSTS = ("mmdet", "mmaction")


def in_own_scope(
    config: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> ConfigDict | list[ConfigDict]:
    """Return a config whose class finds the parts that it names without a prefix.

    A host's class names parts of its own library in its defaults, such as
    ``CrossEntropyLoss``; mmengine looks them up in the scope of the run, mmaction2,
    which has other classes of these names. Here the scope becomes that of the class.

    Args:
        config: Config of a module, or of several, one after the other; classes of
            other libraries in it have a prefix.

    Returns:
        A copy, whose entries can be read as attributes, as mmdet does; unchanged if
        the type is not a host's.
    """
    if not isinstance(config, Mapping):
        return [in_own_scope(part) for part in config]
    kind = config.get("type")
    scope = kind.partition(".")[0] if isinstance(kind, str) else ""
    own = {"_scope_": scope} if scope in _HOSTS else {}
    return ConfigDict({**own, **config})
