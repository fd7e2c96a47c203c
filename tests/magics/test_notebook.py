"""A whole notebook, run by nbclient, answered by the embedded model."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = (
    "%load_ext squid_nb",
    "import pandas as pd\ndf = pd.DataFrame({'city': ['Oslo', 'Rome'], 'degrees': [4, 19]})",
    "%%squid -o warmer --temperature 0\nWhich city in @df is warmer?",
    "warmer",
    "%squid /usage --by model",
    "print(warmer.usage.method, warmer.usage.output_tokens > 0, warmer.model == _['model'][0])",
    "%%squid --cached\nWhich city in @df is warmer?",
)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_notebook_asks_the_embedded_model(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUID_MODEL__MAX_TOKENS", "12")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    asked, shown, usage, printed, cached = [cell.outputs for cell in notebook.cells[2:]]
    assert [output.output_type for output in asked] == ["display_data"]
    answer = shown[0].data["text/plain"]
    assert asked[0].data["text/plain"].startswith(answer)
    assert "tokens in" in asked[0].data["text/plain"]
    assert usage[0].output_type == "execute_result"
    assert printed[0].text == "measured True True\n"
    assert cached[0].data["text/plain"].startswith(answer)
    assert "stored answer" in cached[0].data["text/plain"]
