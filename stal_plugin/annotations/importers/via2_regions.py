"""Regions in projects and exports of VIA 2, json and csv, in whatever form they are."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from stal_plugin.annotations.json_models import (
    JsonModel,
    load_json,
    model_problems,
    parse_json,
)
from stal_plugin.annotations.problems import shortened

_KEY, _LINE = 80, 200  # characters that are shown
_CELLS = ("region_shape_attributes", "region_attributes")

# Name of the image, shape and attributes of each region; no shape: an empty image.
Region = tuple[str, dict[str, Any], dict[str, Any]]


def regions_of_via2(path: Path, problems: list[str]) -> Iterator[Region]:
    """Regions of all images.

    Args:
        path: Project or export, json or csv.
        problems: Gets what is wrong with images and lines of another form, so that all
            faults are told; their regions are left out.

    Raises:
        ValueError: The file as a whole is none of VIA 2.
    """
    read = _csv_regions if _is_csv(path) else _json_regions
    return read(path, problems)


def _is_csv(path: Path) -> bool:
    with path.open("rb") as file:
        return not file.read(64).lstrip(b"\xef\xbb\xbf \n\r\t").startswith(b"{")


class _ImageRegion(JsonModel):
    shape_attributes: dict[str, Any] = Field(default_factory=dict)
    region_attributes: dict[str, Any] = Field(default_factory=dict)


def _values(regions: Any) -> Any:
    return list(regions.values()) if isinstance(regions, dict) else regions


class _Image(JsonModel):
    filename: str
    regions: Annotated[list[_ImageRegion], BeforeValidator(_values)]


def _json_regions(path: Path, problems: list[str]) -> Iterator[Region]:
    """Regions of the images of a sound form; what is wrong with others is added."""
    data = load_json(path)
    images = data.get("_via_img_metadata", data) if isinstance(data, dict) else None
    if not isinstance(images, dict):
        raise ValueError("no project or export of VIA 2")
    for key, content in images.items():
        try:
            image = _Image.model_validate(content)
        except ValidationError as error:
            place = f"image {shortened(key, _KEY)!r}: "
            problems += [place + text for text in model_problems(error)]
            continue
        for region in image.regions or [_ImageRegion()]:
            yield image.filename, region.shape_attributes, region.region_attributes


def _csv_regions(path: Path, problems: list[str]) -> Iterator[Region]:
    """Regions of the lines of a sound form; what is wrong with others is added."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"filename", *_CELLS} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"its first line has no {', '.join(sorted(missing))}")
        for row in reader:
            cells: list[dict[str, Any]] = []
            for name in _CELLS:
                try:
                    cells.append(_object(row[name]))
                except (ValueError, RecursionError) as error:
                    text = shortened(str(error), _LINE)
                    problems.append(f"line {reader.line_num}, {name}: {text}")
            if len(cells) == len(_CELLS):
                yield row["filename"], cells[0], cells[1]


def _object(cell: str | None) -> dict[str, Any]:
    value = parse_json(cell or "{}")
    if not isinstance(value, dict):
        raise ValueError(f"{shortened(cell or '', _KEY)!r} is no object {{...}}")
    return value
