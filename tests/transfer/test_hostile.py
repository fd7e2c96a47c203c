"""Whatever a file holds, the import ends in a report or in one clear sentence."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transfer import exports

from squid_nb.errors import InvalidInput, SquidError
from squid_nb.transfer import importing, json_items
from squid_nb.transfer.document import Document


def _zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.json", b"", "The file none.json is empty."),
        ("photo.png", exports.PNG, "The format of photo.png is not known."),
        ("list.json", b"[1, 2, 3]", "The file list.json holds no conversations."),
        ("object.json", b'{"a": 1}', "The format of object.json is not known."),
        ("text.txt", b"hello", "The format of text.txt is not known."),
        ("broken.zip", b"PK\x03\x04nothing", "broken.zip is a damaged zip file"),
        ("empty.zip", _zipped(**{"a.txt": b"x"}), "holds no conversations"),
        ("wide.json", json.dumps([exports.claude()]).encode("utf-16"), "The file wide.json is written as UTF-16."),
        ("hollow.json", b"[]", "The file hollow.json holds no conversations."),
        ("items.json", b'{"items": []}', "The format of items.json is not known."),
        (
            "deep.json",
            b"[" * 2000 + b"]" * 2000,
            "deep.json cannot be imported: it is nested more than 900 levels deep",
        ),
        ("torn.db", b"SQLite format 3\0" + b"x" * 100, "The database torn.db is damaged, or of a program"),
        ("db.zip", _zipped(**{"logs.db": b"SQLite format 3\0"}), "The database db.zip/logs.db lies in a zip."),
        ("a.backup.zip", _zipped(**{"manifest.json": b'{"format": "squid_nb.backup"}'}), "belongs to a backup"),
    ],
)
def test_what_is_no_export_ends_in_one_sentence(history, name, content, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        history.bring_in(name, content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["gone.json", "a\0b.json", "x" * 5000])
def test_a_path_without_a_file_ends_in_one_sentence(history, path):
    with pytest.raises(SquidError):
        history.bring(path)


def test_a_zip_bomb_is_refused(history):
    bomb = _zipped(**{"conversations.json": b"[" + b" " * (200 << 20) + b"]"})
    with pytest.raises(InvalidInput, match="looks like a zip bomb"):
        history.bring_in("bomb.zip", bomb)


def test_a_zip_with_a_table_of_contents_beyond_reason_is_refused(history):
    data = bytearray(_zipped(**{"conversations.json": b"[]"}))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, 1 << 30)
    with pytest.raises(InvalidInput, match="lists too many files"):
        history.bring_in("long.zip", bytes(data))


def test_names_in_a_zip_lead_nowhere(history):
    node = exports.chatgpt_node(
        "q", None, "user", "See",
        metadata={"attachments": [{"id": "../../evil", "name": "../../evil.png"}]},
    )  # fmt: skip
    archive = _zipped(
        **{
            "../../conversations.json": json.dumps([exports.chatgpt(node)]).encode(),
            "../../evil": exports.PNG,
            "/etc/evil.png": exports.PNG,
        }
    )
    report = history.bring_in("traversal.zip", archive)
    assert report.imported == 1
    assert not list(history.directory.parent.glob("**/evil*"))
    assert all("/" not in name for (name,) in history.rows("select name from sources"))


def test_an_encrypted_zip_says_so(history):
    data = bytearray(_zipped(**{"conversations.json": json.dumps([exports.claude()]).encode()}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidInput, match="it is encrypted"):
        history.bring_in("locked.zip", bytes(data))


@pytest.mark.slow
def test_a_damaged_member_of_a_zip_keeps_what_came_before(history):
    items = [exports.sharegpt(f"c{n}", 40) for n in range(2000)]
    data = bytearray(_zipped(**{"conversations.json": json.dumps(items).encode()}))
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    report = history.bring_in("damaged.zip", bytes(data))
    assert len(report.broken) == 1
    assert 0 < report.imported < 2000
    history.assert_sound()


def test_nesting_beyond_reason_skips_one_item(history):
    deep = b'{"mapping": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    good = json.dumps(exports.chatgpt_branched()).encode()
    report = history.bring_in("deep.json", b"[" + good + b"," + deep + b"]")
    assert (report.imported, report.skipped) == (1, 1)
    assert "nested more than" in report.items[1].reason


def test_brackets_that_never_close_end_in_a_place(history):
    good = json.dumps(exports.chatgpt_branched()).encode()
    report = history.bring_in("open.json", b"[" + good + b"," + b"[" * 1_000_000)
    assert report.imported == 1
    assert "in item 2, which began at byte" in report.broken[0]


def test_an_item_beyond_the_limit_is_skipped_and_the_next_is_read(history, monkeypatch):
    monkeypatch.setattr(json_items, "ITEM_LIMIT", 3 << 20)
    large = exports.sharegpt("large") | {"padding": "x" * (4 << 20)}
    report = history.bring_in("large.json", [exports.sharegpt("a"), large, exports.sharegpt("b")])
    assert (report.imported, report.skipped) == (2, 1)
    assert report.items[1].reason == "it is larger than 3 MB"


def test_a_line_beyond_the_limit_is_skipped_and_the_next_is_read(history, monkeypatch):
    monkeypatch.setattr(json_items, "ITEM_LIMIT", 1 << 20)
    lines = exports.claude_code()
    lines.insert(3, {"type": "progress", "data": "x" * (4 << 20)})
    report = history.bring_in("5e55.jsonl", lines)
    assert (report.imported, report.skipped) == (1, 1)
    assert len(history.path()) == 4


def test_a_hundred_megabytes_in_one_line_end_in_one_sentence(history):
    path = history.directory / "line.jsonl"
    with path.open("wb") as stream:
        for record in exports.claude_code():
            stream.write(json.dumps(record).encode() + b"\n")
        stream.write(b'{"type":"user","uuid":"huge","sessionId":"5e55","message":{"content":"')
        for _ in range(100):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}}\n')
    report = history.bring(path)
    assert (report.imported, report.skipped) == (1, 1)
    assert "line 12 is longer than 48 MB" in str(report)


def test_a_first_line_beyond_the_limit_is_said_to_be_that(history, monkeypatch):
    monkeypatch.setattr(json_items, "ITEM_LIMIT", 1 << 20)
    with pytest.raises(InvalidInput, match="cannot be imported: line 1 is longer than 1 MB"):
        history.bring_in("line.jsonl", b'{"type": "user", "content": "' + b"x" * (2 << 20) + b'"}\n')


def test_neighbours_too_large_for_the_memory_of_an_import_come_in_all_the_same(history, monkeypatch):
    monkeypatch.setattr(importing, "_DATABASE_MEMORY", "40MB")
    talks = [
        {"id": f"c{n}", "conversations": [{"from": "human", "value": f"{n} " + "word " * (1 << 20)}]} for n in range(10)
    ]
    report = history.bring_in("large.json", talks)
    assert (report.imported, report.messages, report.broken) == (10, 10, [])
    assert history.count("messages") == 10
    history.assert_sound()


def test_of_large_items_only_a_few_are_looked_at_to_tell_the_format(history):
    path = history.write("large.json", [exports.sharegpt(f"c{n}") | {"padding": "x" * (3 << 20)} for n in range(12)])
    document = Document("large.json", path.stat().st_size, lambda: path.open("rb"))
    assert 1 <= len(document.sample) <= 3
    assert history.bring(path).imported == 12


def test_more_values_than_reason_are_not_built(history, monkeypatch):
    monkeypatch.setattr(json_items, "_VALUES_LIMIT", 1000)
    many = exports.sharegpt("many") | {"padding": [0] * 2000}
    report = history.bring_in("many.json", [many, exports.sharegpt("a")])
    assert (report.imported, report.items[0].reason) == (1, "it holds more than 1,000 values")


def test_marks_that_never_close_and_edits_that_grow_end(history):
    chat = exports.open_webui()
    chat["chat"]["history"]["messages"]["w3"]["content"] = '<details type="reasoning">\n' * 100_000
    assert history.bring_in("marks.json", [chat]).imported == 1
    conversation = exports.claude()
    long = {"type": "tool_use", "name": "artifacts", "input": {"id": "a", "title": "A", "content": "x" * (1 << 20)}}
    edit = {"type": "tool_use", "name": "artifacts", "input": {"id": "a", "old_str": "x", "new_str": "x"}}
    conversation["chat_messages"][1]["content"] = [long, *[edit] * 1000]
    assert history.bring_in("edits.json", [conversation]).imported == 1
    command = {"type": "user", "sessionId": "s", "uuid": "u", "message": {"content": "<command-name>" * 100_000}}
    assert history.bring_in("s.jsonl", [command]).imported == 1
    assert history.count("sources") == 2 + 1 + 8
    history.assert_sound()


def test_odd_characters_are_kept_or_replaced_and_found_again(history):
    odd = "NUL \0, half \ud83d, pair \ud83d\ude00, control \x07, rtl \u202e, é and e\u0301"
    conversation = exports.chatgpt(
        exports.chatgpt_node("q\0\ud800", None, "user", odd),
        exports.chatgpt_node("a", "q\0\ud800", "assistant", odd),
        key="key \udc00\0",
        title="<script>alert(1)</script>\0\ud800",
    )
    raw = json.dumps([conversation]).encode()
    assert history.bring_in("odd.json", raw).imported == 1
    assert history.path()[0].content == odd.replace("\0", "\ufffd").replace("\ud83d,", "\ufffd,").replace(
        "\ud83d\ude00", "😀"
    )
    assert history.bring_in("odd.json", raw).already_there == 1
    history.assert_sound()


def test_raw_control_characters_and_bytes_that_are_no_utf8_do_not_end_an_item(history):
    raw = json.dumps([exports.sharegpt("a"), exports.sharegpt("b")]).encode()
    raw = raw.replace(b"a says 0", b"a\x00\n says \xff\xfe 0")
    report = history.bring_in("raw.json", raw)
    assert report.imported == 2


def test_html_in_titles_stays_text_and_the_report_escapes_it(history):
    conversation = exports.chatgpt_branched() | {"title": "<img src=x onerror=alert(1)> [click](javascript:1)"}
    conversation["mapping"]["q1b"]["parent"] = "nowhere"
    conversation["mapping"]["sys"]["children"] = []
    report = history.bring_in("html.json", [conversation])
    assert history.session.title == "<img src=x onerror=alert(1)> [click](javascript:1)"
    assert "<img" not in report._repr_markdown_()
    assert "[click](" not in report._repr_markdown_()


def test_circles_are_opened_and_lost_parents_follow_what_came_before(history):
    nodes = [
        exports.chatgpt_node("q1", "a2", "user", "one"),
        exports.chatgpt_node("a1", "q1", "assistant", "two"),
        exports.chatgpt_node("q2", "a1", "user", "three"),
        exports.chatgpt_node("a2", "q2", "assistant", "four"),
        exports.chatgpt_node("self", "self", "user", "five"),
    ]
    conversation = exports.chatgpt(*nodes)
    report = history.bring_in("circle.json", [conversation])
    assert report.messages == 5
    assert len(history.path()) == 5
    assert "had lost their parents and follow the message before it" in report.items[0].reason
    history.assert_sound()


def test_circles_of_hidden_nodes_end(history):
    conversation = exports.chatgpt(
        exports.chatgpt_node("t1", "t2", "tool", "x"),
        exports.chatgpt_node("t2", "t1", "tool", "y"),
        exports.chatgpt_node("q", "t1", "user", "Hello"),
        head="t2",
    )
    assert history.bring_in("circle.json", [conversation]).messages == 1
    history.assert_sound()


@pytest.mark.slow
def test_a_path_of_fifty_thousand_messages_is_imported(history):
    nodes = [exports.chatgpt_node("n0", None, "user", "0")]
    nodes += [exports.chatgpt_node(f"n{n}", f"n{n - 1}", "user", str(n)) for n in range(1, 50_000)]
    nodes.reverse()  # every child before its parent
    report = history.bring_in("long.json", [exports.chatgpt(*nodes, head="n49999")])
    assert report.messages == 50_000
    assert [message.content for message in history.store.messages.page(history.session.id, limit=2).items] == [
        "49998",
        "49999",
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("q1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_SAMPLES = [
    exports.chatgpt_branched(), exports.claude(), exports.sharegpt(), exports.open_webui(), exports.librechat(),
    exports.librechat(recursive=True), exports.jupyter_chat(), *exports.claude_code(),
]  # fmt: skip


def _places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in _places(item, (*path, key)))]


@st.composite
def _mutants(draw: st.DrawFn) -> bytes:
    sample = json.loads(json.dumps(draw(st.sampled_from(_SAMPLES))))
    for _ in range(draw(st.integers(1, 4))):
        *outer, last = draw(st.sampled_from(_places(sample)[1:]))
        target = sample
        for key in outer:
            target = target[key]
        target[last] = draw(_JSON)
    return json.dumps([sample, exports.sharegpt("good")]).encode("utf-8", "surrogatepass")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=_mutants())
def test_any_value_anywhere_ends_in_a_report(history, raw):
    try:
        report = history.bring_in("mutant.json", raw)
    except InvalidInput:
        return
    assert report.imported + report.extended + report.already_there + report.skipped >= 1
    history.assert_sound()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300) | st.text(alphabet='[]{}":,\\a1 \n', max_size=300).map(str.encode))
def test_any_bytes_end_in_a_report_or_a_sentence(history, raw):
    with contextlib.suppress(SquidError):
        history.bring_in("any.json", raw)
    history.assert_sound()
