"""Reports: self-contained HTML pages, model cards and printed summaries, made of one JSON document."""

from .adaptation import adaptation_card, adaptation_page, adaptation_summary
from .figures import line_chart
from .page import Section, page, table

__all__ = [
    "Section",
    "adaptation_card",
    "adaptation_page",
    "adaptation_summary",
    "line_chart",
    "page",
    "table",
]
