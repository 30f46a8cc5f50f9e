"""JSON for the values of a config: tuples and keys that are no text survive.

A tuple is written as ``{"__tuple__": [...]}``, a dict with other keys than text as
``{"__items__": [[key, value], ...]}``; all else is ordinary JSON.
"""

import json
from collections.abc import Mapping
from typing import Any

_TUPLE, _ITEMS = "__tuple__", "__items__"


def dumps(value: Any) -> str:
    """Write nested dicts, lists and tuples of numbers, strings, booleans and None.

    Raises:
        TypeError: There is another value in it.
    """
    return json.dumps(_tagged(value), ensure_ascii=False)


def loads(text: str) -> Any:
    """Read what ``dumps`` wrote, and any other JSON.

    Raises:
        ValueError: The text is damaged.
    """
    try:
        return json.loads(text, object_hook=_untagged)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"it is no JSON of ours: {error}") from None


def _tagged(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = all(isinstance(key, str) for key in value)
        if plain and value.keys().isdisjoint((_TUPLE, _ITEMS)):
            return {key: _tagged(child) for key, child in value.items()}
        return {_ITEMS: [[_tagged(k), _tagged(child)] for k, child in value.items()]}
    if isinstance(value, tuple):
        return {_TUPLE: [_tagged(child) for child in value]}
    if isinstance(value, list):
        return [_tagged(child) for child in value]
    return value


def _untagged(node: dict[str, Any]) -> Any:
    if node.keys() == {_TUPLE}:
        return tuple(node[_TUPLE])
    if node.keys() == {_ITEMS}:
        return dict(node[_ITEMS])
    return node
