import base64
import html.parser
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from stal_plugin.visualization.charts import new_figure
from stal_plugin.visualization.reports.html_page import (
    Headline,
    Picture,
    ReportPart,
    ReportTable,
    html_page,
    percent,
    themed_svg,
    write_page,
)


def _figure():
    figure = new_figure(2, 1)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#0072B2")
    axes.set_title("Ähnlich & <anders>")
    return figure


def test_black_and_white_of_a_chart_follow_the_colour_scheme():
    text = themed_svg(_figure())
    ET.fromstring(text)  # well formed
    style = text[text.index("<style>") : text.index("</style>")]
    assert "prefers-color-scheme: dark" in style
    rest = text.replace(style, "")
    assert "#000000" not in rest
    assert "#ffffff" not in rest
    assert "var(--paper)" in rest
    assert "#0072b2" in rest  # other colours stay
    assert "Ähnlich &amp; &lt;anders&gt;" in rest  # text, not outlines
    assert "DejaVu Sans', Verdana" in rest


def test_the_same_chart_gives_the_same_text():
    assert themed_svg(_figure()) == themed_svg(_figure())


def test_an_image_can_be_read_back():
    image = np.zeros((24, 32, 3), np.uint8)
    image[..., 0] = 200  # red
    picture = Picture.of_image(image, "red", "caption")
    head, data = picture.uri.split(",")
    assert head == "data:image/jpeg;base64"
    back = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), 1)
    assert back.shape == (24, 32, 3)
    np.testing.assert_allclose(back[12, 16], [0, 0, 200], atol=6)  # BGR


def test_a_picture_needs_a_text_alternative():
    with pytest.raises(ValueError, match="text alternative"):
        Picture("data:,", " ")


def test_a_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"row \['a'\] has 1 cells, the head has 2"):
        ReportTable("t", ["x", "y"], [["a"]])


def test_columns_of_numbers_are_known():
    rows = [["a", "1", "-2.5 to +3", "", "2 of 3"], ["b", "–", "1.0", "4", "1"]]  # noqa: RUF001
    assert ReportTable("t", list("vwxyz"), rows).numeric == [
        *(False, True, True, True),
        False,
    ]


def test_percent():
    assert (percent(0.125), percent(1.0, 0), percent(0)) == ("12.5", "100", "0.0")
    assert percent(None) == percent(float("nan")) == "–"  # noqa: RUF001


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.texts.append(data.strip())


def _read(*parts: ReportPart) -> Reader:
    reader = Reader()
    reader.feed(html_page("a < b & c", "lead", parts))
    return reader


def test_texts_are_escaped_and_numbers_aligned():
    table = ReportTable("cap", ["name", "n"], [["<script>", "1.5"]])
    reader = _read(ReportPart("<b>", ["x > y"], [table]))
    for text in ("a < b & c", "<b>", "x > y", "<script>", "1.5"):
        assert text in reader.texts
    tags = [tag for tag, _ in reader.tags]
    assert "script" not in tags
    assert "b" not in tags
    assert ("td", {"class": "n"}) in reader.tags
    assert ("th", {"scope": "row"}) in reader.tags


def test_pictures_have_their_alternative_and_folded_parts_are_folded():
    picture = Picture("data:image/png;base64,AA", 'a "quoted" one', "below")
    reader = _read(
        ReportPart("p", pictures=[picture], folded=True),
        ReportPart("s", strips=[("row", [picture, picture])]),
    )
    images = [attrs for tag, attrs in reader.tags if tag == "img"]
    assert [i["alt"] for i in images] == ['a "quoted" one'] * 3
    assert [tag for tag, _ in reader.tags].count("details") == 1
    assert "row" in reader.texts


def test_a_folded_part_shows_its_summary_and_headlines_stand_first():
    reader = _read(
        ReportPart("p", ["text"], headlines=[Headline("9 of 10", "found", "<why>")]),
        ReportPart("q", ["text"], summary="8 < 9", folded=True),
    )
    texts = [text for text in reader.texts if text]
    assert texts[texts.index("p") :] == [
        *("p", "found", "9 of 10", "<why>", "text"),
        *("q", "8 < 9", "text"),
    ]
    assert "nav" not in [tag for tag, _ in reader.tags]  # folded parts are the contents


def test_missing_parts_say_so_and_are_listed():
    reader = _read(ReportPart("Anchors", missing="no K-means"))
    assert "Left out: no K-means" in reader.texts
    assert ("a", {"href": "#part1"}) in reader.tags
    assert ("section", {"id": "part1"}) in reader.tags


def test_nothing_is_loaded_from_elsewhere():
    text = html_page("t", "l", [])
    assert "http" not in text
    assert '<link rel="icon" href="data:,">' in text


def test_write_page(tmp_path):
    write_page(tmp_path / "new/page.html", "ä")
    assert (tmp_path / "new/page.html").read_bytes() == "ä".encode()
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["page.html"]
