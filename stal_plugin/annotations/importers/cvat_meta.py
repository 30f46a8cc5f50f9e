"""Labels and tasks of the ``meta`` of CVAT's exports."""

import re
from os import PathLike

from stal_plugin.annotations.importers.cvat_tracks import CvatTask
from stal_plugin.annotations.importers.xml_stream import XmlElement


def cvat_labels(meta: XmlElement) -> list[str]:
    """Names of all labels in an export's ``meta``, each once."""
    names = [
        name.content
        for labels in meta.walk()
        if labels.tag == "labels"
        for label in labels.all("label")
        for name in label.all("name")
    ]
    return list(dict.fromkeys(names))


def cvat_tasks(path: str | PathLike, meta: XmlElement) -> list[CvatTask]:
    """Read the tasks or jobs of an export.

    Args:
        path: The file, for errors.
        meta: Its ``meta``.

    Returns:
        Them in the order of the file.

    Raises:
        ValueError: A number of frames or a size is none.
    """
    facts = [_facts(e) for e in meta.walk() if e.tag in ("task", "job")]
    if len(facts) == 1:  # some facts may stand beside the task, not in it
        facts = [{**_facts(meta), **facts[0]}]
    return [_make_task(own, path) for own in facts]


def _facts(element: XmlElement) -> dict[str, str]:
    sizes = [leaf for size in element.all("original_size") for leaf in size.children]
    return {e.tag: e.content for e in [*element.children, *sizes] if not e.children}


def _make_task(facts: dict[str, str], path: str | PathLike) -> CvatTask:
    numbers: dict[str, int | None] = {}
    for key in ("size", "start_frame", "stop_frame", "width", "height"):
        text = facts.get(key, "")
        if text and not text.isdecimal():
            raise ValueError(f"{path}: {key} of a task is {text!r}, must be a number")
        numbers[key] = int(text) if text else None
    step = _step(facts.get("frame_filter", ""), path)
    first = numbers["start_frame"] or 0
    last = numbers["stop_frame"]
    if last is None and numbers["size"] is not None:
        last = first + (numbers["size"] - 1) * step
    return CvatTask(
        task_id=facts.get("id", ""),
        name=facts.get("name", ""),
        source=facts.get("source", ""),
        first_frame=first,
        last_frame=last,
        step=step,
        size=numbers["size"],
        width=numbers["width"],
        height=numbers["height"],
    )


def _step(text: str, path: str | PathLike) -> int:
    """Distance of a task's frames."""
    match = re.fullmatch(r"\s*step\s*=\s*([1-9]\d{0,8})\s*", text)
    if text.strip() and not match:
        raise ValueError(f"{path}: frame_filter is {text!r}, must be step=N")
    return int(match[1]) if match else 1
