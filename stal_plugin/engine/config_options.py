"""Changes of a config from the command line: what takes no effect is refused."""

import copy
import difflib
import inspect
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import PurePath
from typing import Any

import mmengine.registry as root
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

# Keys that a place of the config takes beside the arguments of its ``type``: they are
# read before the class is built.
_ALSO = {
    "optim_wrapper": ("constructor", "paramwise_cfg"),
    "param_scheduler": ("by_epoch", "begin", "end", "convert_to_iter_based"),
    "train_dataloader": ("num_batch_per_epoch",),
}
_ENVIRONMENT = ("cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit")
# Dicts whose keys the classes around them read one by one.
_FREE = ("train_cfg", "test_cfg", "init_cfg", "metainfo", "backend_args")


def merge_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Change settings of a config.

    Args:
        cfg: Config to change.
        options: Values by dotted name; a number names an item of a list. ``data_root``
            moves the whole data set, see :func:`move_data`; ``num_classes`` changes
            all that count its classes, see :func:`change_classes`.

    Raises:
        ValueError: A key is not in the config and nothing there takes it, or a value
            is of another kind than the config's. Names the nearest key.
    """
    changed = copy.deepcopy(cfg)
    for key in sorted(options, key=lambda key: not key.endswith("type")):
        _check(changed, key, options[key])
        changed.merge_from_dict({key: options[key]})
    if cfg.get("data_root") and options.get("data_root"):
        move_data(cfg, options["data_root"])
    if cfg.get("num_classes") and options.get("num_classes"):
        change_classes(cfg, options["num_classes"])
    cfg.merge_from_dict(dict(options))


def move_data(cfg: Config, root: str) -> None:
    """Take all data from another folder than the config's ``data_root``.

    Args:
        cfg: Config to change: each ``data_root``, and each ``ann_file`` of a dict
            without one (anchors, class counts), that lies in the old folder.
        root: The new folder.
    """
    old = cfg.data_root
    for _, node in list(dict_nodes(cfg._cfg_dict, "")):
        key = "data_root" if "data_root" in node else "ann_file"
        path = node.get(key)
        if isinstance(path, str) and PurePath(path).is_relative_to(old):
            node[key] = PurePath(root, PurePath(path).relative_to(old)).as_posix()


def change_classes(cfg: Config, number: int) -> None:
    """Learn another number of actions.

    Args:
        cfg: Config to change: each ``num_classes`` that equals the config's own, but
            for that of a detector of persons.
        number: The new number.
    """
    old = cfg.num_classes
    for path, node in list(dict_nodes(cfg._cfg_dict, "")):
        if node.get("num_classes") == old and ".person_detector" not in path:
            node["num_classes"] = number


def dict_nodes(node: Any, path: str) -> Iterator[tuple[str, MutableMapping[str, Any]]]:
    """Walk a config.

    Args:
        node: Any value of it.
        path: Its dotted name.

    Yields:
        Dotted name and dict, of every dict from there on, the outer ones first.
    """
    if isinstance(node, MutableMapping):
        yield path, node
        for key, child in node.items():
            yield from dict_nodes(child, f"{path}.{key}")
    elif isinstance(node, (list, tuple)):
        for index, child in enumerate(node):
            yield from dict_nodes(child, f"{path}.{index}")


def _check(cfg: Config, key: str, value: Any) -> None:
    node: Any = cfg._cfg_dict
    parts = key.split(".")
    for depth, part in enumerate(parts):
        if isinstance(node, (list, tuple)):
            node = _item(node, ".".join(parts[:depth]), key, part)
            continue
        if not isinstance(node, Mapping):
            above = ".".join(parts[:depth])
            raise ValueError(f"{key}: {above} is {node!r}, it has nothing below it")
        if part not in node:
            if not _is_taken(node, parts[:depth], part):
                raise ValueError(_unknown(cfg, key, parts[: depth + 1]))
            return
        node = node[part]
    _check_kind(key, node, value)


def _item(items: Sequence, name: str, key: str, part: str) -> Any:
    """Item of a list that a key names; mmengine can only change dicts in lists."""
    if not any(isinstance(item, Mapping) for item in items):
        raise ValueError(f"{key}: give the whole list, as in {name}={list(items)}")
    if not part.isdecimal() or int(part) >= len(items):
        raise ValueError(
            f"{key}: {name} has the items 0 to {len(items) - 1}, not '{part}'"
        )
    return items[int(part)]


def _is_taken(node: Mapping, above: Sequence[str], part: str) -> bool:
    """Tell whether a new key of a dict would be read."""
    names = accepted(node, above)
    if names is None:  # of anything; a slip of the pen all the same?
        return not difflib.get_close_matches(part, list(node), 1, 0.8)
    return part in names


def accepted(node: Mapping, above: Sequence[str]) -> set[str] | None:
    """Keys that a dict of a config may have.

    Args:
        node: The dict.
        above: Its place in the config.

    Returns:
        Their names; None if any is possible.
    """
    last = next((p for p in reversed(above) if not p.isdecimal()), "")
    if not above:
        return {
            *inspect.signature(Runner.__init__).parameters,
            "model_wrapper_cfg",
            "find_unused_parameters",
            "auto_scale_lr",
        }
    if "type" in node:
        names = _arguments(node["type"])
        return None if names is None else names | set(_ALSO.get(last, ()))
    if last in _FREE:
        return None
    if last == "randomness":
        return {*inspect.signature(Runner.set_randomness).parameters}
    if last == "env_cfg":
        return {*_ENVIRONMENT}
    if last.endswith("_dataloader"):
        loader = inspect.signature(DataLoader.__init__).parameters
        return {*loader, *_ALSO["train_dataloader"]}
    return None if not any(isinstance(v, Mapping) for v in node.values()) else {*node}


def _arguments(kind: Any) -> set[str] | None:
    """Names of the arguments of a registered class; None if it takes any."""
    cls = _find(kind) if isinstance(kind, str) else kind
    if cls is None:
        return None
    names: set[str] = {"type"}
    for base in inspect.getmro(cls) if inspect.isclass(cls) else (cls,):
        target = base.__dict__.get("__init__") if inspect.isclass(base) else base
        if target is None or base is object:
            continue
        parameters = inspect.signature(target).parameters.values()
        names |= {p.name for p in parameters}
        if all(p.kind is not p.VAR_KEYWORD for p in parameters):
            return names
    return None


def _find(kind: str) -> Any:
    for registry in vars(root).values():
        if isinstance(registry, Registry) and (cls := registry.get(kind)):
            return cls
    return None


def _unknown(cfg: Config, key: str, missing: Sequence[str]) -> str:
    keys = list(_keys(cfg._cfg_dict))
    tail = max(
        (k for k in keys if _shared(k, key)),
        key=lambda k: _shared(k, key),
        default=None,
    )
    near = tail or next(iter(difflib.get_close_matches(key, keys, 1, 0.5)), None)
    hint = f"; did you mean {near}?" if near else ""
    return f"--cfg-options {key}: this config has no '{'.'.join(missing)}'{hint}"


def _shared(a: str, b: str) -> int:
    """Number of last names that two dotted keys share."""
    pairs = zip(reversed(a.split(".")), reversed(b.split(".")), strict=False)
    count = 0
    for x, y in pairs:
        if x != y:
            break
        count += 1
    return count


def _keys(node: Any, above: str = "") -> Iterator[str]:
    if isinstance(node, Mapping):
        items: Any = node.items()
    elif isinstance(node, (list, tuple)):
        items = enumerate(node)
    else:
        return
    for name, value in items:
        yield f"{above}{name}"
        yield from _keys(value, f"{above}{name}.")


def _check_kind(key: str, old: Any, new: Any) -> None:
    """Check that a value is of the kind of the config's."""
    kinds = {
        bool: "True or False",
        int: "a whole number",
        float: "a number",
        str: "text",
    }
    for kind, name in kinds.items():
        if type(old) is kind:
            fits = isinstance(new, (int, float)) if kind is float else type(new) is kind
            if new is not None and not fits:
                raise ValueError(
                    f"--cfg-options {key}={new}: {name} is needed, as in the config "
                    f"({old!r})"
                )
    if isinstance(old, Mapping) and not isinstance(
        new, (Mapping, list, tuple, type(None))
    ):
        raise ValueError(
            f"--cfg-options {key}={new}: this is a group of settings, name one of "
            f"{', '.join(f'{key}.{k}' for k in list(old)[:4])}"
        )
