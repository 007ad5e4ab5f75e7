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
