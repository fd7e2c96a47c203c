"""What a typed question attaches and fills in, and that everything else is sent byte for byte."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_nb.errors import InvalidInput
from squid_nb.prompt import mention_at, parse

NAMES: dict[str, Any] = {"df": 1, "n": 3, "cache": 4, "größe": 5, "B": 6}


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("describe @df", ["df"]),
        ("@df", ["df"]),
        ("(see @df, @n; @df!)", ["df", "n"]),
        ("compare @df's rows", ["df"]),
        ("@df.head() is odd", ["df"]),
        ("@df\n@n", ["df", "n"]),
        ("@größe", ["größe"]),
        ("[@df]", ["df"]),
        ("@dfx and @missing stay", []),
        ("write to me@df.com or a.b@df", []),
        ("https://x.y/@df", []),
        ("a @ B and a@B", []),
        ("`@df` in code", []),
        ("```python\n@cache\nx = 1\n```", []),
        ("```\n@df", []),
        ("~~~\n@df\n~~~ @n", []),
        ("@cache\ndef f(): ...", []),
        ("    @df\n    @cache\n    async def f(): ...", []),
        ("@cache\nclass A: ...", []),
        ("```\ncode\n```\n@df", ["df"]),
        ("@@df", []),
        ("@", []),
        ("@ df", []),
    ],
)
def test_mentions_of_variables(text: str, variables: list[str], tmp_path: Path) -> None:
    prompt = parse(text, NAMES, cwd=tmp_path)
    assert list(prompt.variables) == variables
    assert prompt.paths == ()
    assert prompt.text == text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in ("notes.md", "my file.csv", "data/a.csv", "df.csv", "README", "df", "odd(1).txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "paths", "variables"),
    [
        ("read @notes.md", ["notes.md"], []),
        ("read @notes.md.", ["notes.md"], []),
        ("(@data/a.csv)", ["data/a.csv"], []),
        ("@./data/../notes.md, ok?", ["./data/../notes.md"], []),
        ("@\"my file.csv\" and @'notes.md'", ["my file.csv", "notes.md"], []),
        ("@df.csv", ["df.csv"], []),
        ("@df", [], ["df"]),
        ("@README?", ["README"], []),
        ("@odd(1).txt", ["odd(1).txt"], []),
        ("@data/ and @data/missing.csv and @'nope'", [], []),
        ("`@notes.md`", [], []),
        ("@notes.md @notes.md", ["notes.md"], []),
        ("@" + "x/" * 5000, [], []),
        ("@a\0b", [], []),
        ("@~nobody-of-this-name/x", [], []),
    ],
)
def test_mentions_of_files(folder: Path, text: str, paths: list[str], variables: list[str]) -> None:
    prompt = parse(text, NAMES, cwd=folder)
    assert list(prompt.paths) == [folder / path for path in paths]
    assert list(prompt.variables) == variables


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("see @nots.md", "There is no file nots.md, so @nots.md was sent as text."),
        ("see @./nothing here", "There is no file ./nothing, so @./nothing was sent as text."),
        ('see @"no such"', "There is no file no such, so @no such was sent as text."),
        ("all of @sub, please", "@sub is a directory and was sent as text; attach the files in it one by one."),
        ("@sub/", "@sub/ is a directory and was sent as text; attach the files in it one by one."),
        ("@dfs", "There is no variable dfs, so @dfs was sent as text; did you mean @df?"),
        ("@sub @sub", "@sub is a directory and was sent as text; attach the files in it one by one."),
    ],
)
def test_a_mention_that_looks_like_a_slip_is_told(tmp_path: Path, text: str, notice: str) -> None:
    (tmp_path / "sub").mkdir()
    found = parse(text, NAMES, cwd=tmp_path)
    assert (found.text, found.variables, found.paths, found.notices) == (text, (), (), (notice,))


@pytest.mark.parametrize(
    "text",
    [
        "ask @anna",
        "@pytest.fixture",
        "a@b.md",
        "`@nots.md`",
        "@app.route('/')",
        "@",
        "@.",
        "@/",
        "@7",
        "@df",
        "@~nobody/",
    ],
)
def test_other_text_with_an_at_sign_is_not_remarked_upon(tmp_path: Path, text: str) -> None:
    assert parse(text, NAMES, cwd=tmp_path).notices == ()


def test_an_absolute_path_is_taken_as_it_is(folder: Path) -> None:
    assert parse(f"@{folder}/notes.md", {}).paths == (folder / "notes.md",)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        (3, "3"),
        (2.5, "2.5"),
        (True, "True"),
        (None, "None"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (decimal.Decimal("1.10"), "1.10"),
        (Path("a/b"), "a/b"),
        ([1, "a"], "[1, 'a']"),
        ({"k": (1, 2)}, "{'k': (1, 2)}"),
        (np.int64(7), "7"),
        (np.float64(0.5), "0.5"),
        (pd.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
    ],
)
def test_plain_values_are_put_in(value: Any, shown: str) -> None:
    assert parse("a {{v}} b {{ v }}", {"v": value}).text == f"a {shown} b {shown}"


class Loud(str):
    def __str__(self) -> str:
        raise AssertionError("nothing is called")


@pytest.mark.parametrize(
    "value",
    [pd.DataFrame({"a": [1]}), object(), Loud("x"), [object()], list(range(1000)), "x" * 10_000, np.zeros(3), len],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_to_be_attached(value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"Attach it with @v instead\."):
        parse("{{v}}", {"v": value})


def test_an_unknown_value_names_the_nearest_variable() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("{{totl}}", {"total": 1})
    assert caught.value.message == "There is no variable totl for {{totl}}."
    assert "Did you mean {{total}}?" in caught.value.hint


def test_values_are_not_read_again() -> None:
    prompt = parse("{{a}}", {"a": "{{b}} @c", "b": "no", "c": 1})
    assert prompt.text == "{{b}} @c"
    assert prompt.variables == ()


@pytest.mark.parametrize(
    "text",
    [
        "{{a.b}} {{a()}} {{a[0]}} {{1}} {{}} {{ }}",
        r"\frac{{a+b}}{{2}}",
        "{{'a': 1}} {{**a}} {{x for x in y}}",
        "{{{a}}}",
        "{% if a %}{# {{ #}",
        "{{a\n}}",
        "`{{missing}}` and\n```\n{{ user }}\n```",
        json.dumps({"a": {"b": {}}}),
        "$\\sum_{i=1}^{n}$ f'{x!r:>{w}}' {k: v for k, v in d.items()}",
    ],
)
def test_other_braces_are_literal(text: str) -> None:
    assert parse(text, {"a": "CHANGED"}).text == text


pieces = st.sampled_from(
    [
        "{",
        "}",
        "{a}",
        "$a",
        "{a!r}",
        "{% x %}",
        "{k: v for k in a}",
        "\\frac{a}{b}",
        '{"a": {"b": 1}}',
        "%a",
        "@df",
        "\r\n",
        "`",
        "```\n",
    ]
)
literal = st.lists(pieces | st.text() | st.recursive(st.integers(), st.lists).map(json.dumps)).map("".join)


@given(text=literal.filter(lambda text: "{{" not in text))
def test_text_without_double_braces_is_sent_byte_for_byte(text: str) -> None:
    assert parse(text, {"a": "CHANGED", "b": "CHANGED", "df": 1}).text == text


@given(text=st.text(alphabet="{}@`~\n ab\"'./\\"))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        prompt = parse(text, {"a": "A", "b": "B"})
    except InvalidInput as error:
        assert "There is no variable" in error.message  # noqa: PT017 - most texts do not raise
    else:
        assert set(prompt.variables) <= {"a", "b"}


def test_a_decorator_at_the_end_of_a_long_file_is_found_fast() -> None:
    text = "@cache\n" * 20_000 + "words"
    assert parse(text, NAMES).variables == ("cache",)
    assert parse("@cache\ndef f(): ...\n" * 20_000 + "@cache", NAMES).variables == ("cache",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see @d", (5, "d")),
        ("@", (1, "")),
        ('@"my f', (1, '"my f')),
        ("a@d", None),
        ("@df x", None),
        ("@a/b.c", (1, "a/b.c")),
    ],
)
def test_the_mention_under_the_cursor(text: str, found: tuple[int, str] | None) -> None:
    assert mention_at(text, len(text)) == found
