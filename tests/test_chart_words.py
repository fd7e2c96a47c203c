"""What the charts say is translated by the views: they know each of the words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from squid_nb.charts import CHARTS, Chart

SOURCE = (Path(__file__).parents[1] / "js" / "src" / "chartWords.ts").read_text(encoding="utf-8")
KNOWN = set(re.findall(r'trans\.__\(\s*"([^"]+)"', SOURCE))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_views_know_every_word_of_a_chart(chart: Chart) -> None:
    words = [chart.title, chart.note, *(column.label for column in chart.columns)]
    assert [text for text in words if text not in KNOWN] == []
