"""XML files too large for a tree, read in parts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike
from typing import BinaryIO
from xml.parsers import expat

_CHUNK = 1 << 16  # bytes
_KINDS = {"annotations": "an export of CVAT", "annotation": "a file of Pascal VOC"}


@dataclass
class XmlElement:
    """An element that knows its line.

    Args:
        tag: Its name.
        attrib: Its attributes.
        line: 1-based line where it opens.
        text: What stands in front of its first child.
        children: The elements in it.
    """

    tag: str
    attrib: dict[str, str]
    line: int
    text: str = ""
    children: list["XmlElement"] = field(default_factory=list)

    @property
    def content(self) -> str:
        """Its text without spaces around it."""
        return self.text.strip()

    def walk(self) -> Iterator["XmlElement"]:
        """Visit the element and all below it in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, tag: str) -> list["XmlElement"]:
        """Children of a name."""
        return [child for child in self.children if child.tag == tag]


def xml_error(path: str | PathLike, line: int, text: str) -> ValueError:
    """Make an error that names file and line."""
    return ValueError(f"{path}, line {line}: {text}")


def xml_parts(
    path: str | PathLike, file: BinaryIO, root: str = "annotations"
) -> Iterator[XmlElement]:
    """Read the elements of an export of CVAT, or of a file of VOC, one by one.

    Document types, and thus entities, are refused.

    Args:
        path: The file, for errors.
        file: Opened in binary mode.
        root: The root's name.

    Yields:
        Each child of the root with all that is in it.

    Raises:
        ValueError: The file is no complete XML, has a document type or another root.
    """
    builder = _Builder(path, root)
    chunk = b"start"
    while chunk:
        chunk = file.read(_CHUNK)
        try:
            builder.parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise ValueError(f"{path} is no complete XML file: {error}") from None
        yield from builder.parts
        builder.parts.clear()


class _Builder:
    def __init__(self, path: str | PathLike, root: str) -> None:
        self.parts: list[XmlElement] = []
        self._path, self._root, self._open = path, root, list[XmlElement]()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = XmlElement(tag, attributes, self.parser.CurrentLineNumber)
        if not self._open and tag != self._root:
            kind = _KINDS[self._root]
            text = f"starts with <{tag}>, {kind} with <{self._root}>"
            raise xml_error(self._path, element.line, f"the file {text}")
        if len(self._open) > 1:  # the root stays empty
            self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if len(self._open) == 1:
            self.parts.append(element)

    def _data(self, text: str) -> None:
        if self._open and not self._open[-1].children:
            self._open[-1].text += text

    def _refuse_doctype(self, *_: object) -> None:
        text = "a DOCTYPE, which no tool writes, is refused (entities)"
        raise xml_error(self._path, self.parser.CurrentLineNumber, text)
