from pathlib import Path

from backprop.store.database import Database
from tests.hostile.fuzz import Fuzz, service_on


def test_a_thousand_changed_requests_are_answered_as_promised(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "backprop.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", tmp_path)
    fuzz = Fuzz(service_on(database, f"sqlite:///{path}"), seed=0)
    fuzz.run(1000)
    database.close()
    assert {200, 202, 400, 404, 405, 415, 422} <= set(fuzz.answers)
