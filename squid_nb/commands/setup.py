"""The verbs on models, settings and the installation: `models config doctor`."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, InvalidInput, ModelNotFound
from ..records import to_dict
from .shown import Table, count, escape
from .verb import Argument, Context, Result, Verb

if TYPE_CHECKING:
    from ..doctor import Check
    from ..records import ModelInfo
    from ..squid import Squid

__all__ = ["CONFIG", "DOCTOR", "MODELS", "diagnose", "trust"]

_SECRET_KEYS = frozenset({"model.api_key"})
_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


def _models(squid: Squid, args: Namespace, context: Context) -> Result:
    offered = squid.models()
    if args.model is not None:
        return _use_model(squid, args.model, offered, context)
    if not offered:
        return _told("The endpoint offers no models.")
    default = squid.config.model.name or getattr(squid.provider, "default_model", None)
    asked = [model.id == default and model.host == squid.provider.host for model in offered]
    rows = tuple(
        (
            "▸" if is_asked else "",
            model.id,
            model.provider,
            model.host,
            count(model.context_tokens) if model.context_tokens else "",
        )
        for model, is_asked in zip(offered, asked, strict=True)
    )
    table = Table(("", "model", "provider", "host", "context"), rows)
    records = [to_dict(model) | {"asked": is_asked} for model, is_asked in zip(offered, asked, strict=True)]
    return Result(table.text(), table.markdown(), table, records=records)


def _use_model(squid: Squid, name: str, offered: list[ModelInfo], context: Context) -> Result:
    """Ask this model from now on, at the host that offers it."""
    hosts = [model.host for model in offered if model.id == name]
    if not hosts and squid.provider.name == "embedded":
        raise ModelNotFound(
            f"There is no model {name!r} in this process, and no endpoint was found that offers it.",
            f"{context.say('models')} lists what there is; set model.base_url to reach another endpoint.",
        )
    if hosts and squid.provider.host not in hosts:
        squid.turn_to_host(hosts[0], name)
    else:
        squid.configure("model.name", name)
    known = "" if hosts else " The endpoint does not list it."
    where = "in this process" if squid.provider.host == "in process" else f"at {squid.provider.host}"
    return _told(f"Questions now go to {name} {where}.{known}{_lasting('model.name', context)}")


def _config(squid: Squid, args: Namespace, context: Context) -> Result:
    if args.trust:
        return trust(args)
    if args.key is None:
        return _show_settings(squid, squid.config.origins(), show_origin=args.show_origin)
    if args.value:
        return _set(squid, args.key, " ".join(args.value), context)
    chosen = [origin for origin in squid.config.origins() if origin.key == args.key]
    if not chosen:
        chosen = [origin for origin in squid.config.origins() if origin.key.startswith(f"{args.key}.")]
    if not chosen:
        squid.config.replace({args.key: None})  # raises the error that names the nearest key
        raise InvalidInput(f"There is no setting {args.key}.")
    return _show_settings(squid, chosen, show_origin=args.show_origin)


def trust(args: Namespace) -> Result:
    """Let a project's settings use the person's key; needs no settings, because these cannot be read before."""
    from ..config import Config

    return _told(f"{Config.trust(args.key)} may now use your key, as long as it stays as it is.")


def _set(squid: Squid, key: str, value: str, context: Context) -> Result:
    if key in _SECRET_KEYS:
        raise InvalidInput(
            f"{key} is not set here, where it would be kept in a history or a notebook.",
            "Set the environment variable OPENAI_API_KEY, or store it in the keyring.",
        )
    if value:
        squid.configure(key, value)
    else:
        squid.take_back(key)
    now = next(origin for origin in squid.config.origins() if origin.key == key)
    if not value:
        return _told(f"{key} is {now.value_shown or 'not set'} again ({now.origin}).")
    return _told(f"{key} is now {now.value_shown} in this process.{_lasting(key, context)}")


def _lasting(key: str, context: Context) -> str:
    """A terminal's process ends with the command, so what was set for it is gone."""
    return f" This only lasts for this command; put {key} into squid.toml to keep it." if context.door == "cli" else ""


def _show_settings(squid: Squid, origins: list[Any], *, show_origin: bool) -> Result:
    columns = ("setting", "value", "from") if show_origin else ("setting", "value")
    rows = tuple(
        (origin.key, origin.value_shown, origin.origin) if show_origin else (origin.key, origin.value_shown)
        for origin in origins
    )
    table = Table(columns, rows)
    values = squid.config.model_dump(mode="json")
    records = []
    for origin in origins:
        section, _, name = origin.key.partition(".")
        value = origin.value_shown or None if origin.key in _SECRET_KEYS else values[section][name]
        records.append({"setting": origin.key, "value": value, "from": origin.origin})
    return Result(table.text(), table.markdown(), table, records=records)


def _doctor(squid: Squid, args: Namespace, context: Context) -> Result:
    from ..doctor import check, failed  # it looks at all the parts, which are loaded when somebody asks

    checks = check(squid)
    if args.deep or args.repair:
        checks += _deep(squid, args, context)
    return _ladder(checks, failed=failed(checks))


def diagnose(error: ConfigError) -> Result:
    """The doctor's findings while the settings cannot be read."""
    from ..doctor import check_without_config

    return _ladder(check_without_config(error), failed=True)


def _ladder(checks: list[Check], *, failed: bool) -> Result:
    table = Table(
        ("", "check", "finding", "what to do"),
        tuple((_MARKS[one.status], one.name, one.detail, one.remedy) for one in checks),
    )
    lines = [
        f"{_MARKS[one.status]} {one.name}: {one.detail}" + (f"\n  {one.remedy}" if one.remedy else "") for one in checks
    ]
    records = [to_dict(one) for one in checks]
    return Result("\n".join(lines), table.markdown(), table, records=records, failed=failed)


def _deep(squid: Squid, args: Namespace, context: Context) -> list[Check]:
    from ..doctor_deep import check_deep

    tell = context.progress
    progress = None if tell is None else lambda fraction: tell(fraction, "Reading the stored files")
    return check_deep(squid, repair=args.repair, progress=progress)


def _told(line: str) -> Result:
    return Result(line, escape(line))


MODELS = Verb(
    "models",
    "List the models, or choose one.",
    _models,
    (Argument(("model",), "ask this one from now on", many="?", completes="model"),),
)
CONFIG = Verb(
    "config",
    "Show the settings, or change one for this process.",
    _config,
    (
        Argument(("key",), "a setting, such as model.name, or a section", many="?", completes="setting"),
        Argument(("value",), 'its new value; "" takes back what was set so', many="*"),
        Argument(("--show-origin",), "say where each value came from", many="flag"),
        Argument(("--trust",), "let the squid.toml of this directory, or of that path, use your key", many="flag"),
    ),
)
DOCTOR = Verb(
    "doctor",
    "Check the installation and say what to do.",
    _doctor,
    (
        Argument(("--deep",), "also read the whole history and check that it fits together", many="flag"),
        Argument(("--repair",), "mend what can be mended, after a backup", many="flag"),
    ),
)
