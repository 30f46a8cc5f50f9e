from stal_plugin.visualization.charts import listing, shorten


def test_shorten():
    assert shorten("short", 5) == "short"
    assert shorten("a longer name", 9) == "a longer…"
    assert len(shorten("x" * 100)) == 26


def test_listing_says_what_it_leaves_out():
    assert listing(["a", "b"], ["1", "2"]) == "a 1, b 2"
    assert listing(["a", "b", "c"], ["1", "2", "3"], 1) == "a 1 and 2 more"
