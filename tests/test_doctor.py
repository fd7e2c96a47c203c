from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from squid_nb import doctor, jupyter_install
from squid_nb.config import Config
from squid_nb.doctor import Check
from squid_nb.errors import ConfigError
from squid_nb.squid import Squid

SECRET = "sk-very-secret-0123456789"


class Models(BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint that offers one model and wants one key."""

    def do_GET(self) -> None:
        accepted = self.headers.get("Authorization") == f"Bearer {SECRET}"
        body = b'{"object": "list", "data": [{"id": "small", "object": "model"}]}' if accepted else b"{}"
        self.send_response(200 if accepted else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Models)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(path: Path, **settings: object) -> Squid:
    """A `Squid` on its own file, untouched by files and variables of the machine."""
    changes = {"database.path": path, "database.lock_timeout_s": 0.2, "user.name": "ada", **settings}
    return Squid(Config().replace({key.replace("__", "."): value for key, value in changes.items()}))


def rung(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_a_working_installation_has_no_failing_rung(tmp_path: Path, endpoint: str) -> None:
    with opened(tmp_path / "history.duckdb", model__base_url=endpoint, model__api_key=SecretStr(SECRET)) as squid:
        checks = doctor.check(squid)
    assert [check.name for check in checks if check.status == "fail"] == []
    assert not doctor.failed(checks)
    assert len({check.name for check in checks}) == len(checks)
    assert "opens for ada: 0 sessions, 0 messages" in rung(checks, "database").detail
    assert "offers 1 model(s); small is used" in rung(checks, "model").detail


def test_everything_that_is_not_well_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "history.duckdb").write_bytes(b"this is no database" * 1000)
    with opened(tmp_path / "history.duckdb", model__base_url="http://127.0.0.1:9/v1") as squid:
        checks = doctor.check(squid)
    assert rung(checks, "database").status == "fail"
    assert rung(checks, "model").status == "fail"
    assert doctor.failed(checks)
    assert [check.name for check in checks if check.status != "ok" and not check.remedy] == []


def test_a_file_that_cannot_be_opened_fails_once(tmp_path: Path) -> None:
    (tmp_path / "history.duckdb").write_bytes(b"no database" * 1000)
    with opened(tmp_path / "history.duckdb") as squid:
        checks = doctor.check(squid)
    assert "damaged" in rung(checks, "database").detail
    assert [check.name for check in checks if check.status == "fail"] == ["database"]
    assert rung(checks, "owners").status == "warn"


def test_files_of_somebody_else_do_not_end_the_ladder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Squid) -> Check:
        raise PermissionError(13, "Permission denied", "squid.duckdb.lock")

    monkeypatch.setattr(doctor, "owners", refused)
    with opened(tmp_path / "history.duckdb") as squid:
        checks = doctor.check(squid)
    assert rung(checks, "owners").detail == "squid.duckdb.lock: Permission denied"
    assert checks[-1].name == "versions"


def test_a_refused_key_fails_and_is_not_shown(tmp_path: Path, endpoint: str) -> None:
    with opened(
        tmp_path / "history.duckdb", model__base_url=endpoint, model__api_key=SecretStr("sk-wrong-0123456789")
    ) as squid:
        checks = doctor.check(squid)
    assert rung(checks, "model").status == "fail"
    assert "key" in rung(checks, "model").detail
    assert all("sk-wrong" not in check.detail + check.remedy for check in checks)


def test_settings_are_shown_with_their_origin_and_without_secrets(tmp_path: Path, endpoint: str) -> None:
    with opened(tmp_path / "history.duckdb", model__base_url=endpoint, model__api_key=SecretStr(SECRET)) as squid:
        check = rung(doctor.check(squid), "settings")
    assert "model.base_url" in check.detail
    assert SECRET not in check.detail


def test_a_model_that_is_not_offered_is_a_warning_with_those_that_are(tmp_path: Path, endpoint: str) -> None:
    settings = {"model__base_url": endpoint, "model__api_key": SecretStr(SECRET), "model__name": "huge"}
    with opened(tmp_path / "history.duckdb", **settings) as squid:
        check = rung(doctor.check(squid), "model")
    assert check.status == "warn"
    assert "small" in check.remedy


def test_another_process_that_holds_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.duckdb"
    opened(path).close()
    hold = """
import sys
from squid_nb.store import Store
with Store(sys.argv[1]).database.lease():
    print("held", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with opened(path) as squid:
            checks = doctor.check(squid)
        holder.communicate()
    assert rung(checks, "database").status == "fail"
    assert rung(checks, "owners").status == "warn"
    assert str(holder.pid) in rung(checks, "owners").detail


def test_a_model_file_that_does_not_exist_fails(tmp_path: Path) -> None:
    with opened(tmp_path / "history.duckdb", embedded__model_path=tmp_path / "none.gguf") as squid:
        check = rung(doctor.check(squid), "weights")
    assert check.status == "fail"
    assert "none.gguf" in check.detail


def test_weights_that_are_not_cached_are_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_nb.providers.weights.cached", lambda: None)
    check = doctor.cached_weights(Config())
    assert (check.status, "squid-nb demo" in check.remedy) == ("warn", True)


def test_without_xllamacpp_the_embedded_model_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda package: None)
    with opened(tmp_path / "history.duckdb") as squid:
        check = doctor.model(squid)
    assert check.status == "fail"
    assert "squid-nb[local]" in check.remedy


@pytest.mark.parametrize(
    ("version", "status"), [("4.3.9", "warn"), ("4.4.0", "ok"), ("4.10.0rc1", "ok"), ("5.0.0", "ok"), (None, "warn")]
)
def test_jupyterlab_without_subshells_is_a_warning(
    version: str | None, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda package: version)
    assert doctor.jupyterlab().status == status


@pytest.mark.parametrize(("version", "status"), [("6.29.5", "warn"), ("7.0.0a1", "ok"), ("7.4.0", "ok")])
def test_an_ipykernel_without_subshells_is_a_warning(
    version: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_version", lambda package: version)
    check = doctor.ipykernel()
    assert check.status == status
    assert ("while a cell runs" in check.detail) == (status == "warn")


def test_an_extension_that_jupyter_cannot_find_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jupyter_install, "_labextension_directories", lambda: [tmp_path])
    check = doctor.front_end()
    assert (check.status, "anywidget" in check.remedy) == ("warn", True)
    check = doctor.lab_extension()
    assert (check.status, "pip install squid-nb" in check.remedy) == ("warn", True)


def test_settings_that_cannot_be_read_leave_the_rest_of_the_ladder() -> None:
    checks = doctor.check_without_config(ConfigError("squid.toml has no key modle.", "Did you mean model?"))
    assert (checks[0].status, checks[0].remedy) == ("fail", "Did you mean model?")
    assert {"JupyterLab", "ipykernel", "front end", "versions"} <= {check.name for check in checks}
