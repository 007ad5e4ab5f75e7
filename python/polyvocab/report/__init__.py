"""Reports: self-contained HTML pages, model cards and printed summaries, made of one JSON document."""

from .adaptation import adaptation_card, adaptation_page, adaptation_summary
from .figures import bar_chart, line_chart
from .inspection import inspection_page, inspection_summary
from .mixture import mixture_page, mixture_summary
from .page import Section, columns, page, percent, table

__all__ = [
    "Section",
    "adaptation_card",
    "adaptation_page",
    "adaptation_summary",
    "bar_chart",
    "columns",
    "inspection_page",
    "inspection_summary",
    "line_chart",
    "mixture_page",
    "mixture_summary",
    "page",
    "percent",
    "table",
]
