"""Settings: which place wins, where each came from, and what is said when one is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from squid_nb.config import Config
from squid_nb.errors import ConfigError

KEY = "sk-test-1234567890abcdef"


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / "deep" / "er").mkdir(parents=True)
    return tmp_path / "project"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own config.toml."""
    monkeypatch.setenv("SQUID_CONFIG_DIR", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own" / "config.toml"


def origin_of(config: Config, key: str) -> str:
    return next(origin.origin for origin in config.origins() if origin.key == key)


def refused(*arguments: Any, **overrides: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        Config.load(*arguments, **overrides)
    assert KEY not in str(caught.value)
    return str(caught.value)


# Which place wins


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUID_DATA_DIR", str(tmp_path))
    config = Config.load(tmp_path)
    assert config.database.path == tmp_path / "squid.duckdb"
    assert (config.database.lock_timeout_s, config.database.idle_hold_ms) == (20, 50)
    assert (config.model.provider, config.model.name, config.model.timeout_s) == ("embedded", None, 60)
    assert (config.embedded.context_tokens, config.context.max_tokens) == (8192, 8192)
    assert (config.context.summarize_threshold, config.context.keep_recent_messages) == (0.8, 10)
    assert (config.files.max_file_size_mb, config.files.max_files_per_message) == (10, 5)
    assert config.session.max_age_days is None
    assert config.ui.send_key == "enter"
    assert config.user.name
    assert {origin.origin for origin in config.origins()} == {"default"}


def test_each_place_is_stronger_than_the_next(project: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = project / "deep" / "er"
    assert Config.load(deep).model.name is None

    own.write_text('[model]\nname = "own"\n')
    assert Config.load(deep).model.name == "own"
    assert origin_of(Config.load(deep), "model.name") == str(own)

    (project / "squid.toml").write_text('[model]\nname = "project"\n')
    assert Config.load(deep).model.name == "project"
    assert origin_of(Config.load(deep), "model.name") == str(project / "squid.toml")

    (project / "deep" / "squid.toml").write_text('[model]\nname = "nearest"\n')
    assert Config.load(deep).model.name == "nearest"

    monkeypatch.setenv("SQUID_MODEL__NAME", "environment")
    assert Config.load(deep).model.name == "environment"
    assert origin_of(Config.load(deep), "model.name") == "environment variable SQUID_MODEL__NAME"

    config = Config.load(deep, model={"name": "argument"})
    assert (config.model.name, origin_of(config, "model.name")) == ("argument", "call argument")
    assert Config.load(deep, **{"model.name": "dotted"}).model.name == "dotted"

    changed = config.replace({"model.name": "changed"})
    assert (changed.model.name, origin_of(changed, "model.name")) == ("changed", "/config")
    assert config.model.name == "argument"


def test_places_are_merged_key_by_key(project: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text('[model]\nname = "own"\ntemperature = 0.1\n')
    (project / "squid.toml").write_text("[model]\ntemperature = 0.2\nmax_tokens = 7\n")
    monkeypatch.setenv("SQUID_MODEL__MAX_TOKENS", "9")
    model = Config.load(project).model
    assert (model.name, model.temperature, model.max_tokens) == ("own", 0.2, 9)


def test_openais_variables(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY} ")
    config = Config.load(project)
    assert config.model.provider == "embedded"  # a key alone sends nothing anywhere
    assert config.model.api_key == SecretStr(KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1/")
    config = Config.load(project)
    assert (config.model.provider, config.model.base_url) == ("openai", "http://localhost:11434/v1")
    assert origin_of(config, "model.provider") == "because model.base_url is set"
    monkeypatch.setenv("SQUID_MODEL__BASE_URL", "http://localhost:1234/v1")
    assert Config.load(project).model.base_url == "http://localhost:1234/v1"
    monkeypatch.setenv("SQUID_MODEL__PROVIDER", "embedded")
    assert Config.load(project).model.provider == "embedded"


def test_replacing_the_base_url_changes_who_answers(project: Path) -> None:
    config = Config.load(project)
    assert config.replace({"model.base_url": "localhost:11434"}).model.provider == "openai"
    assert Config(model={"temperature": 0.5}).replace({"model.name": "x"}).model.temperature == 0.5


@pytest.mark.parametrize(("text", "value"), [("true", True), ("0", False)])
def test_environment_values_are_converted(
    project: Path, monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    monkeypatch.setenv("SQUID_FILES__STORE_DUPLICATES", text)
    monkeypatch.setenv("SQUID_SESSION__MAX_AGE_DAYS", "30")
    monkeypatch.setenv("SQUID_MODEL__NAME", "")
    config = Config.load(project)
    assert config.files.store_duplicates is value
    assert config.session.max_age_days == 30
    assert config.model.name is None


@pytest.mark.parametrize("name", ["SQUID_USER", "SQUID_MODEL", "SQUID_CACHE_DIR"])
def test_variables_of_others_are_not_ours(project: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "{not json")
    Config.load(project)


def test_paths(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "squid.toml").write_text('[database]\npath = "data/x.duckdb"\n[embedded]\nmodel_path = "~/m.gguf"\n')
    config = Config.load(project / "deep")
    assert config.database.path == project / "data" / "x.duckdb"
    assert config.embedded.model_path == Path.home() / "m.gguf"
    monkeypatch.setenv("SQUID_DATABASE__PATH", "~/y.duckdb")
    assert Config.load(project).database.path == Path.home() / "y.duckdb"
    assert Config(database={"path": "z.duckdb"}).database.path.is_absolute()


def test_a_config_is_frozen(project: Path) -> None:
    config = Config.load(project)
    with pytest.raises(ValueError, match="frozen"):
        config.model.name = "x"
    with pytest.raises(ValueError, match="frozen"):
        config.model = config.model  # type: ignore[misc]


# What is said when one is wrong


def test_an_unknown_key_names_the_file_and_the_nearest(project: Path) -> None:
    (project / "squid.toml").write_text('[model]\nnmae = "x"\n')
    said = refused(project)
    assert str(project / "squid.toml") in said
    assert "'model.nmae'" in said
    assert "model.name" in said.partition("mean")[2]


def test_an_unknown_key_names_the_variable_and_the_nearest(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUID_CONTEXT__MAX_TOKEN", "5")
    said = refused(project)
    assert "SQUID_CONTEXT__MAX_TOKEN)" in said
    assert "SQUID_CONTEXT__MAX_TOKENS?" in said


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ('[modle]\nname = "x"', "model.name"),
        ("temperature = 1", "model.temperature"),
        ('model = "x"', "model.name"),
        ("[model.name]\nx = 1", "model.name"),
        ("[zzz]\nqqq = 1", "The sections are"),
    ],
)
def test_other_ways_to_be_unknown(project: Path, text: str, near: str) -> None:
    (project / "squid.toml").write_text(text)
    assert near in refused(project)


def test_an_unknown_section_in_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUID_ZZZ__QQQ", "1")
    assert "SQUID_ZZZ__QQQ" in refused(project)


def test_a_bad_value_names_its_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "squid.toml").write_text("[model]\ntemperature = 9\n")
    said = refused(project)
    assert "model.temperature = '9'" in said
    assert str(project / "squid.toml") in said
    monkeypatch.setenv("SQUID_MODEL__TEMPERATURE", "hot")
    said = refused(project)
    assert "'hot'" in said
    assert "SQUID_MODEL__TEMPERATURE" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"database.lock_timeout_s": -1},
        {"embedded.threads": 0},
        {"context.summarize_threshold": 2},
        {"ui.send_key": "tab"},
        {"user.name": ""},
        {"model.timeout_s": 0},
        {"model.base_url": "ftp://x"},
    ],
)
def test_values_have_limits(project: Path, changes: dict[str, Any]) -> None:
    config = Config.load(project)
    with pytest.raises(ConfigError, match=next(iter(changes))):
        config.replace(changes)


def test_an_unknown_provider_names_the_nearest(project: Path) -> None:
    assert "Did you mean 'openai'?" in refused(project, model={"provider": "opnai"})


def test_broken_toml_names_the_line(project: Path) -> None:
    (project / "squid.toml").write_text('[model]\nname = "x\n')
    said = refused(project)
    assert str(project / "squid.toml") in said
    assert "line 2" in said
    (project / "squid.toml").write_bytes(b"[model]\nname = '\xff'\n")
    assert "not valid TOML" in refused(project)


# Secrets


def test_a_key_in_a_file_is_refused(project: Path, own: Path) -> None:
    own.write_text(f'[model]\napi_key = "{KEY}"\n')
    said = refused(project)
    assert str(own) in said
    assert "OPENAI_API_KEY" in said
    assert "keyring" in said


def test_a_key_as_text_is_refused(project: Path) -> None:
    assert "OPENAI_API_KEY" in refused(project, model={"api_key": KEY})
    with pytest.raises(ConfigError):
        Config.load(project).replace({"model.api_key": KEY})
    assert Config.load(project, model={"api_key": SecretStr(KEY)}).model.api_key == SecretStr(KEY)


def test_a_key_is_never_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUID_MODEL__API_KEY", KEY)
    config = Config.load(project)
    assert config.model.api_key is not None
    assert config.model.api_key.get_secret_value() == KEY
    for shown in (repr(config), str(config), repr(config.origins()), config.model_dump_json(), repr(config.model)):
        assert KEY not in shown
    monkeypatch.setenv("SQUID_MODEL__BASE_URL", f"https://me:{KEY}@api.example.com")
    refused(project)
    monkeypatch.setenv("SQUID_MODEL__BASE_URL", f"https://api.example.com/v1?key={KEY}")
    refused(project)


def keyring_with(password: Any) -> tuple[ModuleType, ModuleType]:
    errors = ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    keyring = ModuleType("keyring")
    keyring.errors = errors  # type: ignore[attr-defined]

    def get_password(service: str, user: str) -> str | None:
        assert (service, user) == ("squid_nb", "api_key")
        if isinstance(password, str | None):
            return password
        raise errors.KeyringError("no backend") if password is ... else password

    keyring.get_password = get_password  # type: ignore[attr-defined]
    return keyring, errors


@pytest.mark.parametrize("password", [KEY, None, ..., RuntimeError("no backend"), OSError("no bus")])
def test_the_keyring_is_asked_for_a_remote_endpoint(
    project: Path, monkeypatch: pytest.MonkeyPatch, password: Any
) -> None:
    keyring, errors = keyring_with(password)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    config = Config.load(project, model={"base_url": "https://api.example.com/v1"})
    assert (config.model.api_key == SecretStr(KEY)) is (password == KEY)
    assert origin_of(config, "model.api_key") == ("keyring" if password == KEY else "default")
    assert Config.load(project).model.api_key is None
    assert Config.load(project, model={"base_url": "localhost:1"}).model.api_key is None
    assert config.replace({"model.name": "x"}).model.api_key == config.model.api_key


# Trust


@pytest.fixture
def remote(project: Path) -> Path:
    path = project / "squid.toml"
    path.write_text('[model]\nbase_url = "https://elsewhere.example/v1"\n')
    return path


def test_a_project_may_not_take_the_key_elsewhere(project: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config.load(project).model.base_url == "https://elsewhere.example/v1"  # without a key nothing is at stake
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    said = refused(project)
    assert "https://elsewhere.example" in said
    assert f"squid-nb config --trust {remote}" in said


def test_trust_holds_until_the_file_changes(project: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.chdir(project / "deep")
    assert Config.trust() == remote
    assert Config.load().model.base_url == "https://elsewhere.example/v1"
    remote.write_text('[model]\nbase_url = "https://another.example/v1"\n')
    assert "another.example" in refused()
    Config.trust(project)
    Config.load()


def test_trusting_nothing_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(ConfigError, match="to trust here"):
        Config.trust()


def test_the_persons_own_choice_needs_no_trust(
    project: Path, own: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://mine.example/v1")
    assert Config.load(project).model.base_url == "https://mine.example/v1"
    monkeypatch.delenv("OPENAI_BASE_URL")
    remote.unlink()
    own.write_text('[model]\nbase_url = "https://mine.example/v1"\n')
    assert Config.load(project).model.base_url == "https://mine.example/v1"


@pytest.mark.parametrize("url", ["http://localhost:11434/v1", "http://127.0.0.1:8080", "http://[::1]:1"])
def test_this_machine_needs_no_trust(project: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    (project / "squid.toml").write_text(f'[model]\nbase_url = "{url}"\n')
    assert Config.load(project).model.base_url == url


def test_a_damaged_list_of_trust_trusts_nothing(
    project: Path, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("SQUID_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trusted.json").write_text("[")
    refused(project)
    Config.trust(remote)
    Config.load(project)
