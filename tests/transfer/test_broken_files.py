"""A file that breaks off gives every conversation that is complete before the break, and says where it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transfer import exports

from squid_nb.errors import InvalidInput

_ODD = 'quotes " and \\ brackets [{ }] and "," and ünïcode 😀 \\" {"from": "human"}'


def _document(indent: int | None) -> tuple[bytes, list[int]]:
    """An export of several conversations, and where each one ends in it."""
    document = b"["
    ends = []
    for number in range(6):
        conversation: dict[str, Any] = exports.sharegpt(f"c{number}", 3, title=_ODD)
        conversation["conversations"][0]["value"] += _ODD
        encoded = json.dumps(conversation, indent=indent, ensure_ascii=number % 2 == 0).encode()
        document += (b",\n  " if number else b"\n  ") + encoded
        ends.append(len(document))
    return document + b"\n]", ends


_DOCUMENTS = [_document(None), _document(2)]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 1), share=st.floats(0, 1))
def test_a_cut_at_any_byte_keeps_every_complete_conversation(make_history, which, share):
    document, ends = _DOCUMENTS[which]
    cut = int(share * len(document))
    complete = sum(end <= cut for end in ends)
    history = make_history()
    path = history.write("cut.json", document[:cut])
    if not document[:cut].strip():
        with pytest.raises(InvalidInput):
            history.bring(path)
        return
    report = history.bring(path)
    assert report.imported == complete == history.count("sessions")
    assert report.messages == complete * 3
    if cut == len(document):
        assert report.broken == []
    else:
        assert len(report.broken) == 1
        assert f"byte {cut:,}" in report.broken[0]
    history.assert_sound()


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64])
def test_it_does_not_matter_where_chunks_end(history, monkeypatch, chunk):
    from squid_nb.transfer import json_items

    monkeypatch.setattr(json_items, "_CHUNK", chunk)
    report = history.bring_in("whole.json", _DOCUMENTS[0][0])
    assert (report.imported, report.broken, report.skipped) == (6, [], 0)
    assert history.bring_in("indented.json", _DOCUMENTS[1][0]).already_there == 6


def test_the_rest_of_a_broken_file_adds_what_was_missing(history):
    document, ends = _DOCUMENTS[0]
    history.bring_in("cut.json", document[: ends[2] + 10])
    report = history.bring_in("whole.json", document)
    assert (report.already_there, report.imported) == (3, 3)


def test_one_damaged_conversation_does_not_end_the_others(history):
    items = [json.dumps(exports.sharegpt(f"c{n}")).encode() for n in range(3)]
    items[1] = items[1].replace(b'"value":', b'"value"')
    report = history.bring_in("damaged.json", b"[" + b",".join(items) + b"]")
    assert (report.imported, report.skipped) == (2, 1)
    assert report.items[1].reason.startswith("it is not valid JSON (Expecting ':' delimiter at byte ")


def test_lines_that_break_off_keep_the_lines_before(history):
    raw = "".join(json.dumps(record) + "\n" for record in exports.claude_code())
    report = history.bring_in("5e55.jsonl", raw[: raw.rfind("\n", 0, -1) + 40].encode())
    assert report.imported == 1
    assert "The file breaks off in line 11" in report.broken[0]
    assert len(history.path()) == 3


def test_what_follows_the_last_conversation_is_told(history):
    raw = json.dumps([exports.sharegpt("a")]).encode()
    report = history.bring_in("tail.json", raw + b"\0\0\0")
    assert report.imported == 1
    assert f"What stands at byte {len(raw):,} is no item" in report.broken[0]


def test_a_byte_order_mark_is_no_damage(history):
    report = history.bring_in("bom.json", b"\xef\xbb\xbf" + json.dumps([exports.claude()]).encode())
    assert (report.imported, report.broken) == (1, [])


def test_objects_one_after_the_other_and_lines_are_read_too(history):
    pretty = "\n".join(json.dumps(exports.sharegpt(f"p{n}"), indent=1) for n in range(3)).encode()
    lines = "\n".join(json.dumps(exports.sharegpt(f"l{n}")) for n in range(3)).encode()
    assert history.bring_in("pretty.json", pretty).imported == 3
    assert history.bring_in("lines.jsonl", lines).imported == 3
