"""`baseregistry access export` and `verify --access --from`: what the log said, proved without the database."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from baseregistry import db, errors
from baseregistry.access.log import exports, retention
from baseregistry.access.log.exported import verify
from baseregistry.commands import edge
from tests.access.accesses import AN, BINH, LAND, about, access, asked
from tests.access.log import uuid, verified
from tests.commands.test_access_log import LONG_AGO
from tests.commands.test_edge import run
from tests.conftest import Database

RIGHT = f"1.{uuid(77)}.6.{BINH}".encode()


@pytest.fixture
def log(database: Database) -> Database:
    """Three groups: of this month, of 2020, and one that refused."""
    asked(
        database,
        access(1, keys=(*about(BINH, AN), RIGHT), case='Hồ sơ 1 "2"'),
        access(2, keys=(RIGHT,), asked_at=LONG_AGO, agency=LAND),
        access(3, keys=(), form="refusal", status=403, code="access.no_grant"),
    )
    return database


def export(database: Database, folder: Path) -> exports.Stretch | None:
    with db.reading(database.engine) as reading:
        return exports.export(reading, folder, None, None)


def test_an_export_says_what_the_log_says(log: Database, tmp_path: Path) -> None:
    kept = tmp_path / "worm"
    said = run("access", "export", str(kept), "--json", BASEREGISTRY_DATABASE_URL=log.url)
    assert said.returncode == edge.DONE, said.stderr
    made, verdict = json.loads(said.stdout), verified(log)
    assert (made["first"], made["last"], made["head"], made["previous"]) == (1, 3, verdict.head, None)
    manifest = (kept / "000000000001-000000000003" / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == made["manifest"]
    assert sorted(made["files"]) == [
        "contexts.jsonl",
        "groups.jsonl",
        *("land-2020-03.jsonl", made_now("land"), made_now("population"), "request-2020-03.jsonl", made_now("request")),
    ]
    checked = run("verify", "--access", "--from", str(kept), "--json", "--expect", f"3:{verdict.head}")
    assert checked.returncode == edge.DONE, checked.stderr
    body = json.loads(checked.stdout)
    assert (body["sound"], body["position"], body["head"]) == (True, 3, verdict.head)


def made_now(register: str) -> str:
    return f"{register}-{date.today():%Y-%m}.jsonl"


def test_what_is_written_is_read_only_and_never_written_again(log: Database, tmp_path: Path) -> None:
    made = export(log, tmp_path)
    assert made is not None
    assert {path.stat().st_mode & 0o777 for path in made.folder.iterdir()} == {0o440}
    assert made.folder.stat().st_mode & 0o777 == 0o550
    assert export(log, tmp_path) is None, "nothing new was logged"
    (tmp_path / "000000000004-000000000004").mkdir()
    asked(log, access(4, keys=about(AN)))
    with pytest.raises(errors.Refused, match="cut off"):
        export(log, tmp_path)
    assert [problem.message for problem in verify(tmp_path).problems] == [
        "000000000004-000000000004 belongs to no export."
    ]


def test_exports_follow_on_each_other(log: Database, tmp_path: Path) -> None:
    first = export(log, tmp_path)
    asked(log, access(4, keys=about(AN)), access(5, keys=about(BINH)))
    second = export(log, tmp_path)
    assert first is not None
    assert second is not None
    assert (second.said["first"], second.said["previous_head"]) == (4, first.said["head"])
    assert second.said["previous"] == {"folder": first.folder.name, "manifest": first.digest}
    verdict = verify(tmp_path)
    assert (verdict.problems, verdict.position, verdict.head) == ([], 5, verified(log).head)
    later = verify(tmp_path, (9, "0" * 64)).problems
    assert [problem.message for problem in later] == ["The exports end at 5, before the published head."]


def test_a_gap_is_refused(log: Database, tmp_path: Path) -> None:
    export(log, tmp_path)
    asked(log, access(4, keys=about(AN)))
    asked(log, access(5, keys=about(AN)))
    with db.reading(log.engine) as reading:
        at = reading.execute("SELECT at FROM access_group WHERE position = 5").scalar_one()
        with pytest.raises(errors.Refused, match="end with group 3"):
            exports.export(reading, tmp_path, at, None)


def test_a_month_that_was_dropped_after_its_time_is_said_to_be(log: Database, tmp_path: Path) -> None:
    with db.writing(log.engine) as writing:
        retention.drop(writing, "land", date(2020, 3, 1))
    assert export(log, tmp_path) is not None
    verdict = verify(tmp_path)
    assert (verdict.problems, verdict.position, verdict.head) == ([], 4, verified(log).head)
    assert verdict.dropped > 0


def rewritten(path: Path, change: Callable[[dict[str, Any]], None], number: int = 0) -> None:
    """Change one line of a file, and the manifest with it, as who may write could."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said = json.loads(lines[number])
    change(said)
    lines[number] = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    path.chmod(0o640)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    manifest = path.parent / "manifest.json"
    manifest.chmod(0o640)
    body = json.loads(manifest.read_text(encoding="utf-8"))
    body["files"][path.name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(body), encoding="utf-8")


def other_case(said: dict[str, Any]) -> None:
    said["text"] = said["text"].replace("Hồ sơ 1", "Hồ sơ 7")


def other_subject(said: dict[str, Any]) -> None:
    said["parts"] = said["parts"].replace("population", "enterprise")


def other_official(said: dict[str, Any]) -> None:
    said["official"] = "cb99"


CHANGES = [
    (made_now("request"), other_case, "is not what was written"),
    ("groups.jsonl", other_subject, "The head does not follow"),
    ("contexts.jsonl", other_official, "is missing"),
]


@pytest.mark.parametrize(("name", "change", "said"), CHANGES, ids=["a request", "a group", "a context"])
def test_who_rewrites_a_file_and_its_manifest_is_found(
    log: Database, tmp_path: Path, name: str, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    made = export(log, tmp_path)
    assert made is not None
    rewritten(made.folder / name, change)
    assert any(said in problem.message for problem in verify(tmp_path).problems)


def test_a_byte_that_was_changed_is_found(log: Database, tmp_path: Path) -> None:
    made = export(log, tmp_path)
    assert made is not None
    file = made.folder / made_now("population")
    file.chmod(0o640)
    file.write_bytes(file.read_bytes().replace(BINH.encode(), AN.encode()))
    told = run("verify", "--access", "--from", str(tmp_path))
    assert told.returncode == edge.TAMPERED
    assert f"{made.folder.name}/{file.name} is not what was written." in told.stdout


def test_a_file_that_is_gone_is_missed(log: Database, tmp_path: Path) -> None:
    made = export(log, tmp_path)
    assert made is not None
    made.folder.chmod(0o750)
    (made.folder / "land-2020-03.jsonl").unlink()
    assert not verify(tmp_path).sound


def test_a_folder_without_exports_is_none(tmp_path: Path) -> None:
    told = run("verify", "--access", "--from", str(tmp_path))
    assert (told.returncode, "access.no_export" in told.stderr) == (edge.REFUSED, True)
