"""XML files too large for a tree, read element by element."""

from collections.abc import Callable
from os import PathLike
from typing import BinaryIO
from xml.parsers import expat


class XmlStream:
    """Read a large XML file element by element, without document types or entities.

    Args:
        path: The file, for errors.
        start: Called with name and attributes of each element when it opens.
        end: Called with its name and its text, without spaces around it, when it
            closes.
    """

    def __init__(
        self,
        path: str | PathLike,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str, str], None],
    ) -> None:
        #: Names of the elements that are open, the outermost first.
        self.open: list[str] = []
        self._path, self._start, self._end = path, start, end
        self._text: list[str] = []
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._on_start
        self._expat.EndElementHandler = self._on_end
        self._expat.CharacterDataHandler = self._text.append
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype

    @property
    def line(self) -> int:
        """Line of the file, 1-based."""
        return self._expat.CurrentLineNumber

    def parse(self, file: BinaryIO) -> None:
        """Read a whole file.

        Args:
            file: Opened in binary mode.

        Raises:
            ValueError: The file is no complete XML, or has a document type.
        """
        try:
            self._expat.ParseFile(file)
        except expat.ExpatError as error:
            raise ValueError(f"{self._path} is no complete XML file: {error}") from None

    def error(self, text: str) -> ValueError:
        """Make an error that names file and line."""
        return ValueError(f"{self._path}, line {self.line}: {text}")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self.open.append(name)
        self._text.clear()
        self._start(name, attributes)

    def _on_end(self, name: str) -> None:
        self._end(name, "".join(self._text).strip())
        self.open.pop()
        self._text.clear()

    def _refuse_doctype(self, *_: object) -> None:
        raise self.error("a DOCTYPE, which CVAT never writes, is refused (entities)")
