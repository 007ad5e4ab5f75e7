"""Pages and figures."""

from polyvocab import report


def test_a_page_escapes_text_and_needs_nothing_from_outside():
    page = report.page("<T>", "a & b", [report.Section("S<", report.table(["h<"], [["c<"], [1234], [0.5]], best=0))])
    assert "<T>" not in page.replace("<title>", "") and "a &amp; b" in page and "c&lt;" in page
    assert '<td class="n">1,234</td>' in page and '<td class="n">0.5000</td>' in page and "<tr class=best>" in page
    assert "src=" not in page and "href=" not in page


def test_figures_are_reproducible_svg():
    lines = {"focus": ([1, 2, 3], [3.0, 2.0, 1.0]), "a < b": ([1, 2, 3], [3.0, 2.5, 2.0])}
    one, two = (report.line_chart(lines, x="step", y="loss", marks=[2]) for _ in range(2))
    assert one == two and one.startswith("<svg") and "a &lt; b" in one


def test_bars_stand_beside_each_other_with_errors_and_bands():
    bars = {"lp": ([0.7, 0.3], [0.1, float("nan")]), "isotonic": ([0.6, 0.4], None)}
    one, two = (report.bar_chart(["$a_1$", "b < c"], bars, x="share", spans=[(0.5, 0.8), (0.2, 0.5)]) for _ in range(2))
    assert one == two and one.startswith("<svg")
    assert all(text in one for text in ("$a_1$", "b &lt; c", "lp", "isotonic", "share"))
    assert "isotonic" not in report.bar_chart(["a"], {"isotonic": ([1.0], None)}, x="share")  # one kind of bar needs no legend


def test_a_logarithmic_axis_has_numbers():
    lines = {"$a": ([100, 1000, 10_000], [0.1, 0.2, 0.3])}
    chart = report.line_chart(lines, x="merges", y="share", logarithmic=True)
    assert "10,000" in chart and "mathdefault" not in chart and "$a" in chart


def test_columns_align_numbers_to_the_right():
    rows = [["a", 1000, report.percent(0.5)], ["long name", 1, report.percent(None)]]
    lines = report.columns(["x", "n", "share"], rows).splitlines()
    assert lines == ["x              n   share", "a          1,000  50.0 %", "long name      1"]
    assert report.columns(["x", "n"], []) == "x  n"
