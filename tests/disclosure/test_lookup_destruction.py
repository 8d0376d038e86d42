"""After `destroy` nothing leads back, the record stands, and the certificate does not promise more than was done."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from casetrack.errors import LookupFileError, OutputError, UsageError
from casetrack.lookup import destruction
from casetrack.lookup.destruction import LIMITS
from casetrack.lookup.lookup import Lookup, describe, destroy, restart_log, reveal, verify_log
from casetrack.lookup.sealing import MAGIC, Cost
from casetrack.references import make_references

PASSPHRASE = "copper lantern thursday oak"
REFERENCES = make_references(3, seed="a small lookup")
PEOPLE = ("LA-00001", "LA-00002", "LA-00003")
WHEN = dt.datetime(2026, 10, 14, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def path(tmp_path) -> Path:
    made = Lookup.of(REFERENCES, PEOPLE).seal(
        tmp_path / "lookup.sealed",
        PASSPHRASE,
        keep_until=dt.date(2099, 10, 14),
        release_id="release-1",
        list_digest="ab" * 32,
        created=dt.date(2026, 4, 14),
        _cost=Cost(n=2, r=1, p=1),
    )
    reveal(made, REFERENCES[0], PASSPHRASE, reason="permission", when=WHEN - dt.timedelta(days=90))
    return made


def log_of(path: Path) -> Path:
    return path.with_name("lookup.sealed.log")


def certificate_of(path: Path) -> dict[str, object]:
    return json.loads(path.with_name("lookup.sealed.destroyed.json").read_text(encoding="utf-8"))


def test_the_file_is_gone_and_nothing_opens_any_more(path):
    destroy(path, PASSPHRASE, reason="the visit is over", when=WHEN)
    assert sorted(found.name for found in path.parent.iterdir()) == [
        "lookup.sealed.destroyed.json",
        "lookup.sealed.log",
    ]
    for use in (
        lambda: reveal(path, REFERENCES[0], PASSPHRASE, reason="permission"),
        lambda: describe(path),
        lambda: restart_log(path, PASSPHRASE, reason="again"),
    ):
        with pytest.raises(LookupFileError) as caught:
            use()
        assert caught.value.code == "lookup-missing"


def test_what_stood_on_the_disk_is_overwritten_before_the_name_is_removed(path, monkeypatch):
    """Looks at the file in the moment before it is deleted: no byte run of the old contents after the opening words."""
    old, seen = path.read_bytes(), []
    real = Path.unlink

    def look(self, *args, **kwargs):
        if self == path:
            seen.append(self.read_bytes())
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "unlink", look)
    destroy(path)
    (left,) = seen
    assert len(left) == len(old) and left.startswith(MAGIC)
    assert not any(old[at : at + 8] in left for at in range(len(MAGIC), len(old) - 8))


def test_what_an_interrupted_use_left_behind_is_destroyed_too(path):
    left = path.with_name(".lookup.0123456789abcdef.tmp.sealed")
    left.write_bytes(path.read_bytes())
    other = path.with_name(".lookup.tmp.sealed")
    other.write_bytes(b"somebody else's")
    certificate = destroy(path)
    assert not left.exists() and other.exists()
    assert "(1) were destroyed too" in certificate.steps[-1]


def test_the_certificate_says_what_was_destroyed_when_why_and_how(path):
    content = path.read_bytes()
    certificate = destroy(path, PASSPHRASE, reason="the visit is over", when=WHEN)
    written = certificate_of(path)
    assert written == json.loads(certificate.to_json())
    assert {
        name: written[name] for name in ("release_id", "list_digest", "created", "keep_until", "cases")
    } == {
        "release_id": "release-1",
        "list_digest": "ab" * 32,
        "created": "2026-04-14",
        "keep_until": "2099-10-14",
        "cases": 3,
    }
    assert (written["destroyed"], written["reason"]) == ("2026-10-14T09:30:00Z", "the visit is over")
    assert written["opened"] is True and written["file_size"] == len(content)
    assert written["log"] == {"lines": 3, "head": verify_log(path).lines[-1].hash}
    text = str(certificate)
    assert "release-1" in text and "the visit is over" in text and "The passphrase had opened it." in text
    assert not any(secret in text + certificate.to_json() for secret in (*PEOPLE, PASSPHRASE))


def test_the_certificate_is_honest_about_what_overwriting_does_not_reach(path):
    destroy(path)
    said = " ".join(certificate_of(path)["limits"])
    assert certificate_of(path)["limits"] == list(LIMITS)
    for word in (
        "solid-state disk",
        "snapshots",
        "backups",
        "free space",
        "passphrase",
        "Copies",
        "repeat the draw",
    ):
        assert word in said


def test_without_the_passphrase_it_says_that_the_right_file_is_not_proven(path):
    certificate = destroy(path)
    assert not certificate.opened and "not proven" in str(certificate)
    assert certificate_of(path)["cases"] == 3
    assert verify_log(path).lines[-1].mac == ""


def test_a_wrong_passphrase_destroys_nothing(path):
    before = path.read_bytes(), log_of(path).read_bytes()
    with pytest.raises(LookupFileError) as caught:
        destroy(path, "copper lantern thursday elm")
    assert caught.value.code == "wrong-passphrase-or-changed"
    assert (path.read_bytes(), log_of(path).read_bytes()) == before


def test_a_reason_that_names_somebody_or_says_nothing_destroys_nothing(path):
    for reason, code in (("LA-00002 asked for it", "reason-names-somebody"), (" ", "no-reason")):
        with pytest.raises(UsageError) as caught:
            destroy(path, PASSPHRASE, reason=reason)
        assert caught.value.code == code
    assert path.exists() and len(verify_log(path, PASSPHRASE).lines) == 2


@pytest.mark.parametrize("content", [b"", b"A letter to the council", MAGIC[:-1]])
def test_a_file_that_is_no_lookup_is_left_alone(tmp_path, content):
    other = tmp_path / "letter.docx"
    other.write_bytes(content)
    with pytest.raises(LookupFileError) as caught:
        destroy(other)
    assert caught.value.code == "not-a-lookup"
    assert other.read_bytes() == content
    assert [found.name for found in tmp_path.iterdir()] == ["letter.docx"]


def test_the_log_outlives_the_lookup_and_still_shows_every_use(path):
    destroy(path, PASSPHRASE, reason="the visit is over", when=WHEN)
    check = verify_log(path)
    assert [line.action for line in check.lines] == ["sealed", "revealed", "destroyed"]
    assert check.destroyed and check.lines[-1].cases == 3


def test_a_log_changed_after_the_destruction_is_noticed(path):
    destroy(path)
    whole = log_of(path).read_bytes()
    lines = whole.splitlines(keepends=True)
    for changed, code in (
        (b"".join(lines[:-1]), "lookup-missing"),
        (b"".join(lines[:1]), "lookup-missing"),
        (whole.replace(b"permission", b"permissiom"), "log-changed"),
        (b"", "log-changed"),
    ):
        log_of(path).write_bytes(changed)
        with pytest.raises(LookupFileError) as caught:
            verify_log(path)
        assert caught.value.code == code


def test_a_log_that_the_certificate_does_not_name_is_noticed(path, tmp_path_factory):
    """Somebody deletes the log and makes one that ends in a destruction and is sound in itself."""
    destroy(path)
    other = tmp_path_factory.mktemp("other") / "lookup.sealed"
    Lookup.of(REFERENCES, PEOPLE).seal(other, PASSPHRASE, keep_until=None, release_id="r", list_digest="d")
    destroy(other)
    log_of(path).write_bytes(log_of(other).read_bytes())
    with pytest.raises(LookupFileError) as caught:
        verify_log(path)
    assert caught.value.code == "log-changed" and "certificate" in str(caught.value)


def test_a_lookup_that_was_only_deleted_is_noticed(path):
    path.unlink()
    with pytest.raises(LookupFileError) as caught:
        verify_log(path)
    assert caught.value.code == "lookup-missing" and "backup" in str(caught.value)


@pytest.mark.parametrize("lost", ["missing", "shortened", "garbled"])
def test_a_lookup_whose_log_is_lost_can_still_be_destroyed_and_the_certificate_says_so(path, lost):
    if lost == "missing":
        log_of(path).unlink()
    else:
        whole = log_of(path).read_bytes()
        log_of(path).write_bytes(whole.splitlines(keepends=True)[0] if lost == "shortened" else whole[5:])
    certificate = destroy(path)
    assert not path.exists()
    assert "new one was begun" in certificate.steps[0]
    assert ("lookup.sealed.log.1" in certificate.steps[0]) == (lost != "missing")
    assert [line.action for line in verify_log(path).lines] == ["destroyed"]


def test_a_damaged_lookup_can_still_be_destroyed(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    certificate = destroy(path)
    assert not path.exists() and certificate.cases == 0 and "not readable" in str(certificate)
    assert verify_log(path).destroyed


@pytest.mark.parametrize("stopped_at", ["overwriting", "deleting", "certifying"])
def test_a_destruction_interrupted_at_any_step_can_be_taken_up_again(path, monkeypatch, stopped_at):
    def stop(*args, **kwargs):
        raise OutputError.of("cannot-write", "power cut")

    with monkeypatch.context() as patch, pytest.raises(OutputError):
        if stopped_at == "overwriting":
            patch.setattr(destruction, "_overwrite_and_delete", stop)
        elif stopped_at == "deleting":
            patch.setattr(Path, "unlink", lambda self, **_: stop() if self == path else Path(self).unlink())
        else:
            patch.setattr(destruction.Certificate, "finished", stop)
        destroy(path)
    begun = json.loads(path.with_name("lookup.sealed.destroyed.json").read_text(encoding="utf-8"))
    assert begun["done"] == "", "the certificate came first"
    if stopped_at == "certifying":
        assert not path.exists() and verify_log(path).destroyed
        assert destroy(path).done
        assert destroy(path) == destroy(path), "safe to repeat"
        return
    with pytest.raises(LookupFileError):
        reveal(path, REFERENCES[0], PASSPHRASE, reason="permission")
    certificate = destroy(path)
    assert not path.exists() and certificate.log["lines"] == 4
    assert verify_log(path).destroyed


def test_a_destruction_begun_by_mistake_can_be_stopped_with_the_passphrase(path, monkeypatch):
    def stop(*args, **kwargs):
        raise OutputError.of("cannot-write", "file in use")

    with monkeypatch.context() as patch, pytest.raises(OutputError):
        patch.setattr(destruction, "_overwrite_and_delete", stop)
        destroy(path)
    for use in (
        lambda: verify_log(path),
        lambda: reveal(path, REFERENCES[0], PASSPHRASE, reason="permission"),
    ):
        with pytest.raises(LookupFileError) as caught:
            use()
        assert caught.value.code == "destruction-begun"
    restart_log(path, PASSPHRASE, reason="the wrong lookup was chosen", when=WHEN)
    assert len(reveal(path, REFERENCES[0], PASSPHRASE, reason="permission", when=WHEN)) == 1


def test_a_new_lookup_in_the_same_place_keeps_the_old_record(path):
    destroy(path)
    again = {"keep_until": None, "release_id": "release-2", "list_digest": "d", "_cost": Cost(n=2, r=1, p=1)}
    with pytest.raises(OutputError):
        Lookup.of(REFERENCES, PEOPLE).seal(path, PASSPHRASE, **again)
    Lookup.of(REFERENCES, PEOPLE).seal(path, PASSPHRASE, force=True, **again)
    assert {found.name for found in path.parent.iterdir()} >= {
        "lookup.sealed.log.1",
        "lookup.sealed.destroyed.json.1",
    }
    assert len(verify_log(path, PASSPHRASE).lines) == 1
