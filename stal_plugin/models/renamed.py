"""Old names of settings: still read, with one warning that names the new one."""

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from mmengine.logging import print_log

_Init = TypeVar("_Init", bound=Callable[..., None])


def rename_keys(
    settings: Mapping[str, Any], new_names: Mapping[str, str], owner: str
) -> dict[str, Any]:
    """Return settings under their new names.

    Args:
        settings: What a config says.
        new_names: New name of each old one.
        owner: Whose settings they are, for messages.

    Raises:
        ValueError: An old and its new name are both there.
    """
    result: dict[str, Any] = {}
    for key, value in settings.items():
        name = new_names.get(key, key)
        if name in result or (name != key and name in settings):
            old = [k for k in settings if new_names.get(k) == name]
            raise ValueError(f"{owner} has {old} and {name!r}, which is the new name")
        if name != key:
            _warn(owner, key, name)
        result[name] = value
    return result


def renamed_arguments(**new_names: str) -> Callable[[_Init], _Init]:
    """Let a constructor take old names of its keyword arguments.

    Args:
        **new_names: New name of each old one.
    """

    def decorate(init: _Init) -> _Init:
        @functools.wraps(init)
        def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
            init(self, *args, **rename_keys(kwargs, new_names, type(self).__name__))

        wrapped.__dict__["old_names"] = tuple(new_names)
        return cast(_Init, wrapped)

    return decorate


def old_names(init: Callable) -> tuple[str, ...]:
    """Old names of arguments that a constructor still takes."""
    return getattr(init, "old_names", ())


@functools.cache  # once for each setting
def _warn(owner: str, old: str, new: str) -> None:
    print_log(
        f"{owner}: '{old}' is now called '{new}'; please rename it in the config.",
        logger="current",
        level=logging.WARNING,
    )
