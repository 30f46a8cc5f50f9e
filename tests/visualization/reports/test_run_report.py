import re

import pytest

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.run_report import run_report, write_page


def _titles(text: str) -> list[str]:
    return re.findall(r"<h2>(.*)</h2>", text)


def test_all_parts_are_there(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    text = run_report(run)
    assert _titles(text) == [
        *("Scores", "Protocol", "Classes", "PR curves", "Confusion", "AP by box size"),
        *("Errors", "Training", "Class distribution", "Anchors", "Examples"),
        *("Tube timelines", "Configuration"),
    ]
    assert "Left out" not in text
    assert "down &amp; out" in text


def test_what_a_run_lacks_is_named(make_tested_run):
    run = EvaluatedRun.read(make_tested_run())
    (run.work_dir / "t0/vis_data/scalars.json").unlink()
    (run.ann_file.parent / "b.mp4").unlink()
    run.cfg.model.pop("head")
    text = run_report(run)
    reasons = re.findall(r"Left out: ([^<]*)", text)
    assert len(reasons) == 3
    assert "no training log" in reasons[0]
    assert "no K-means anchors" in reasons[1]
    assert "b.mp4 is missing" in reasons[2]
    assert len(_titles(text)) == 13


# the colour of a corner of the first chart
CORNER = """(() => {
    const image = document.querySelector('.charts img');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(2, 2, 1, 1).data].slice(0, 3);
})()"""


@pytest.mark.browser
def test_in_a_browser(make_tested_run, browser, tmp_path):
    page = tmp_path / "report.html"
    write_page(page, run_report(EvaluatedRun.read(make_tested_run(right=4))))
    del browser.events[:]
    for width, scheme in ((390, "light"), (390, "dark"), (1200, "light")):
        browser.open(page, width, 844, scheme)
        pictures = browser.eval(
            "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt])"
        )
        assert len(pictures) == 9 + 17 + 2  # charts, examples, timelines
        assert all(loaded and alt.strip() for loaded, alt in pictures)
        # also with everything unfolded
        browser.eval("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.eval("document.documentElement.scrollWidth") <= width
        # black ink on a dark page could not be read: the charts follow
        back = browser.eval("getComputedStyle(document.body).backgroundColor")
        colors = [*map(int, re.findall(r"\d+", back)[:3]), *browser.eval(CORNER)]
        dark = scheme == "dark"
        assert max(colors) < 64 if dark else min(colors) > 200
    assert browser.complaints() == []
    assert set(browser.requests()) == {page.as_uri()}
