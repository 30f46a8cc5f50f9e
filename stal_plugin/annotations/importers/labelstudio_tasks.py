"""Tasks of Label Studio's exports: results, their attributes, and what is labelled."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_UPLOADS = re.compile(r"/?data/upload/\d+/")  # a folder per project, not per video


def finished(task: dict[str, Any]) -> list[dict]:
    """Annotations of a task that the labeller did not skip."""
    return [a for a in task.get("annotations", ()) if not a.get("was_cancelled")]


def results_of_task(task: dict[str, Any], left_out: Counter[str]) -> Iterator[dict]:
    """Results of a task, of either form of the export."""
    done = finished(task)
    left_out["annotations of a task beside its first one"] += max(len(done) - 1, 0)
    for number, result in enumerate(done[0]["result"] if done else ()):
        if isinstance(result.get("value"), dict):
            yield {**result, "id": result.get("id", number)}
    if "annotations" in task:
        return
    for name, items in task.items():  # JSON-MIN: lists of values by control
        for number, value in enumerate(items if isinstance(items, list) else ()):
            if isinstance(value, dict):
                yield {"id": f"{name}{number}", "from_name": name, "value": value}


def attributes_of_result(result: dict[str, Any]) -> dict[str, str]:
    """Choices and texts of a region."""
    value = result["value"]
    if "sequence" in value or "x" in value or "points" in value:
        return {}
    items = value.get("choices") or value.get("text") or value.get("number") or ()
    items = items if isinstance(items, list) else [items]
    name = str(result.get("from_name", ""))
    return {name: ",".join(map(str, items))} if items and name else {}


def source_of_task(task: dict[str, Any]) -> str:
    """Name of a task's video or image, with what was put in front at the upload."""
    data = task.get("data", task)
    known = [data.get(key) for key in ("video", "video_url", "image", "img")]
    texts = [t for t in [*known, *data.values()] if isinstance(t, str) and "." in t]
    if not texts:
        raise ValueError(f"task {task.get('id')} names no video or image")
    parts = urlsplit(texts[0])
    inner = parse_qs(parts.query).get("d", [parts.path or texts[0]])[0]
    path = Path(_UPLOADS.sub("", unquote(inner)))
    return path.as_posix() if is_image(path) else path.name


def is_image(path: Path) -> bool:
    """Whether a file is a picture, by its suffix."""
    return path.suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp", ".webp")
