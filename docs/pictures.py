"""Make the README's pictures: a real JupyterLab, the embedded model, a headless Chromium.

Run `python docs/pictures.py` in an environment with the `dev` extra. What the model says differs from run to run.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))

from browser.lab import Lab  # noqa: E402  # found through the line above
from browser.lab_server import LabServer  # noqa: E402
from conftest import CHROMIUM_FLAGS  # noqa: E402

DATA = """import pandas as pd
from squid_nb import ChatWidget

catches = pd.DataFrame({"species": ["Humboldt", "Giant", "Reef"], "depth_m": [310, 720, 12]})
ChatWidget(height="430px")"""
QUESTIONS = ("What is a pandas DataFrame?", "Write a Python function that adds two numbers.")


def main() -> None:
    """Write `docs/chat.png` and `docs/chat-dark.png`."""
    with tempfile.TemporaryDirectory() as folder, LabServer(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for dark in (False, True):
            page = browser.new_page(viewport={"width": 1100, "height": 700}, device_scale_factor=2)
            take(Lab(page, server, name="squid"), DOCS / ("chat-dark.png" if dark else "chat.png"), dark=dark)
            page.close()
        browser.close()


def take(lab: Lab, path: Path, *, dark: bool) -> Any:
    """Ask a few questions and take the notebook's picture."""
    lab.open(DATA, notebook="catches.ipynb", dark=dark)
    lab.command("application:toggle-left-area")
    lab.run_all()
    for number, question in enumerate(QUESTIONS, start=1):
        lab.ask(question)
        lab.wait_for_answer(number)
    lab.page.screenshot(path=path)


if __name__ == "__main__":
    main()
