"""The log: a chain in which every change shows."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json

import pytest

from casetrack.cases.history import append, from_list, history_frame, to_list, verify
from casetrack.chain import canonical
from casetrack.errors import HistoryError

DAY = dt.date(2026, 4, 2)


@pytest.fixture
def log():
    history = append(
        (), "drawn", on=DAY, who="analyst", detail={"cases": [{"reference": "A"}], "floor": 0.25}
    )
    history = append(history, "permission", on=DAY, who="practitioner", case="A", detail={"status": "asked"})
    history = append(
        history, "replaced", on=DAY + dt.timedelta(1), who="analyst", case="A", reason="déclined"
    )
    return append(history, "released", on=DAY + dt.timedelta(1), who="analyst")


def test_the_chain_is_sha256_of_the_line_and_the_one_before(log):
    # Worked out here by hand from the JSON alone.
    before = "0" * 64
    for number, line in enumerate(to_list(log), start=1):
        assert line["number"] == number
        assert line["previous"] == before
        content = {k: v for k, v in line.items() if k != "digest"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert line["digest"] == hashlib.sha256(text.encode("utf-8")).hexdigest()
        before = line["digest"]


def test_to_json_and_back_is_equal(log):
    assert from_list(json.loads(json.dumps(to_list(log)))) == log
    verify(log)


def changes(line: dict):
    for name, value in line.items():
        if isinstance(value, str):
            yield name, value + "x"
            yield name, ""
        elif isinstance(value, int):
            yield name, value + 1
            yield name, float(value)
        else:
            yield name, {**value, "added": 1}
            yield name, dict(list(value.items())[1:]) if value else {"a": None}
    yield "on", line["on"].replace("-", "")
    yield "on", "2026-W14-4"
    yield "on", "2031-01-01"


def test_every_change_of_every_field_of_every_line_is_found(log):
    lines = to_list(log)
    tried = 0
    for place, line in enumerate(lines):
        for name, value in changes(line):
            if value == line[name] and type(value) is type(line[name]):
                continue
            edited = copy.deepcopy(lines)
            edited[place][name] = value
            with pytest.raises(HistoryError) as caught:
                from_list(edited)
            assert caught.value.code in {"log-changed", "log-unreadable"}, (place, name)
            tried += 1
    assert tried > 60


def test_a_missing_added_moved_or_doubled_line_is_found(log):
    lines = to_list(log)
    wrong = [lines[1:], [*lines[:1], *lines[2:]], [lines[1], lines[0], *lines[2:]], [lines[0], *lines]]
    wrong += [[*lines, lines[-1]], [*lines, {**lines[-1], "number": 5}]]
    for other in wrong:
        with pytest.raises(HistoryError) as caught:
            from_list(other)
        assert caught.value.code == "log-changed"


def test_the_first_line_that_does_not_fit_is_named(log):
    lines = to_list(log)
    lines[2]["reason"] = "moved"
    with pytest.raises(HistoryError, match="line 3 of the log"):
        from_list(lines)


@pytest.mark.parametrize("nonsense", [[1], [{}], [{"on": "x"}], ["text"], [None], [{"on": 3, "detail": []}]])
def test_what_is_no_log_is_said_to_be_none(nonsense):
    with pytest.raises(HistoryError) as caught:
        from_list(nonsense)
    assert caught.value.code == "log-unreadable"


def test_a_line_with_one_field_too_many_or_too_few_is_refused(log):
    lines = to_list(log)
    for edited in ({**lines[0], "note": "x"}, {k: v for k, v in lines[0].items() if k != "who"}):
        with pytest.raises(HistoryError):
            from_list([edited])


def test_nothing_is_decided_before_there_is_a_list(log):
    with pytest.raises(HistoryError) as caught:
        append(log, "released", on=DAY - dt.timedelta(1), who="analyst")
    assert caught.value.code == "before-the-draw"
    assert "01/04/2026" in str(caught.value)
    assert "02/04/2026" in str(caught.value)


def test_a_decision_is_dated_on_its_true_day_and_keeps_the_day_of_record(log):
    late = append(log, "permission", on=DAY, who="analyst", case="A", recorded=DAY + dt.timedelta(7))
    assert (late[-1].on, late[-1].recorded) == (DAY, DAY + dt.timedelta(7))
    assert from_list(json.loads(json.dumps(to_list(late)))) == late
    assert history_frame(late)["recorded"].tolist()[-2:] == [log[-1].on, DAY + dt.timedelta(7)]
    same = append(log, "permission", on=DAY, who="analyst", case="A", recorded=DAY)
    assert "recorded" not in same[-1].to_dict(), "said only where it is another day"


def test_nothing_follows_the_end(log):
    ended = append(log, "closed", on=DAY + dt.timedelta(9), who="analyst", reason="over")
    with pytest.raises(HistoryError) as caught:
        append(ended, "released", on=DAY + dt.timedelta(10), who="analyst")
    assert caught.value.code == "list-closed"


def test_appending_leaves_the_log_before_as_it_was(log):
    before = to_list(log)
    append(log, "released", on=DAY + dt.timedelta(2), who="analyst", detail={"k": 1})
    assert to_list(log) == before


def test_what_is_hashed_is_what_is_read_later():
    # A tuple becomes a list in JSON: the digest must not depend on which it was.
    history = append((), "selected", on=DAY, who="analyst", detail={"tracked": ("A", "B"), "é": 0.1 + 0.2})
    assert from_list(json.loads(json.dumps(to_list(history)))) == history


def test_what_is_no_number_cannot_be_put_on_record():
    with pytest.raises(ValueError, match="JSON"):
        append((), "drawn", on=DAY, who="analyst", detail={"floor": float("nan")})


def test_a_decision_cannot_be_changed_in_place(log):
    with pytest.raises(TypeError):
        log[0].detail["floor"] = 1.0


def test_canonical_json_does_not_depend_on_order():
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'


def test_the_log_as_a_table(log):
    table = history_frame(log)
    assert list(table.columns) == ["number", "on", "recorded", "who", "action", "case", "what", "reason"]
    assert table["action"].tolist() == ["drawn", "permission", "replaced", "released"]


def test_the_log_shows_that_a_case_was_replaced_from_another_extract():
    digests = {"of_draw": "a" * 64, "read_now": "b" * 64}
    for by in (None, {"reference": "2222-2222-2", "listed_as": "CT01"}):
        line = append(
            (), "replaced", on=dt.date(2026, 4, 3), who="analyst", detail={"by": by, "extract": digests}
        )
        told = history_frame(line)["what"].iloc[0]
        assert "a" * 64 in told and "b" * 64 in told
