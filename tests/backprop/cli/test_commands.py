"""The commands, run as the shell runs them, against the service over real sockets."""

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from backprop.cli.program import main
from backprop.store.database import Database
from service.app import create_app
from tests.backprop.client.served import Served, answering, serving
from tests.service.harness import settings_for

JOB = {"name": "flowers", "data": {"builtin": "iris"}, "split": {"test": 0.2}, "training": {"epochs": 30}}


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def served(database: Database, database_url: str) -> Iterator[Served]:
    app = create_app(settings_for(database_url), database, lambda: None)
    with capture_logs(), serving(app, Served(database)) as served:  # its log would stand amid the commands' output
        yield served


@pytest.fixture
def run(served: Served, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, **environ: str) -> Ran:
        capsys.readouterr()
        status = main(arguments, {"BACKPROP_URL": served.url, **environ})
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def job_file(tmp_path: Path) -> str:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(JOB))
    return str(path)


@pytest.fixture
def job_id(run: Run, served: Served, job_file: str) -> str:
    """A job that has succeeded."""
    job_id: str = run("train", job_file, "--json").json["id"]
    served.work()
    return job_id


def test_train_submits_and_says_how_to_go_on(run: Run, job_file: str) -> None:
    ran = run("train", job_file)
    job_id = run("jobs", "--json").json[0]["id"]
    assert (ran.status, ran.out) == (0, f"{job_id} is queued; see it by: backprop follow {job_id}\n")


def test_train_follows_to_the_end(run: Run, served: Served, job_file: str) -> None:
    served.work_soon()
    ran = run("train", job_file, "--follow")
    assert ran.status == 0
    assert "flowers: epoch 30 of 30" in ran.out
    assert "succeeded as flowers@1" in ran.out
    assert "accuracy" in ran.out


def test_a_job_with_folds_ends_with_their_mean_and_spread(run: Run, served: Served, tmp_path: Path) -> None:
    (tmp_path / "folds.json").write_text(json.dumps(JOB | {"split": {"folds": 3}}))
    served.work_soon()
    ran = run("train", str(tmp_path / "folds.json"), "--follow")
    assert ran.status == 0
    assert "flowers: epoch 120 of 120" in ran.out
    assert re.search(r"^folds +[0-9.]+ ± [0-9.]+ +[0-9.]+ % ± [0-9.]+ %$", ran.out, re.MULTILINE), ran.out
    assert re.search("cross validation accuracy [0-9.]+ % ± [0-9.]+ %", run("models").out)


def test_a_followed_job_that_fails_is_status_1(run: Run, served: Served, tmp_path: Path) -> None:
    rows = [[float(number), 1e3 * number] for number in range(8)]
    diverging = {
        "data": {"inline": {"columns": ["x", "y"], "rows": rows}},
        "target": "y",
        "task": "regression",
        "preprocessing": {"numeric": "none", "target": "none"},
        "network": {"hidden": []},
        "training": {"optimizer": {"name": "sgd", "learning_rate": 1e6}, "epochs": 500},
    }
    (tmp_path / "bad.json").write_text(json.dumps(diverging))
    served.work_soon()
    ran = run("train", str(tmp_path / "bad.json"), "-f")
    assert (ran.status, "failed" in ran.out) == (1, True)


def test_follow_json_is_the_job_at_its_end(run: Run, job_id: str) -> None:
    ran = run("follow", job_id, "--json")
    assert (ran.status, ran.json["id"], ran.json["state"]) == (0, job_id, "succeeded")


def test_jobs_and_models_are_listed_a_line_each_with_nothing_cut(run: Run, job_id: str) -> None:
    head, line = run("jobs").out.splitlines()
    assert head.split() == ["job", "name", "state", "epochs", "created"]
    assert line.split()[:4] == [job_id, "flowers", "succeeded", "100"]
    assert run("models").out.splitlines()[1].split()[:3] == ["flowers@1", "test", "accuracy"]
    assert run("models", "--json").json[0]["job"] == job_id
    assert run("jobs", "--state", "failed").out.startswith("no jobs")


def test_show_tells_state_loss_and_scores(run: Run, job_id: str) -> None:
    out = run("show", job_id).out
    for part in (job_id, "succeeded, epochs", "30 of 30", "flowers@1", "loss", "test"):
        assert part in out
    assert run("show", job_id, "--json").json["spec"]["training"]["epochs"] == 30


def test_predict_takes_text_a_file_and_stdin(
    run: Run, job_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job_id
    row = [5.1, 3.5, 1.4, 0.2]
    table = run("predict", "flowers", json.dumps(row)).out
    assert table.split()[:4] == ["prediction", "setosa", "versicolor", "virginica"]
    (tmp_path / "rows.json").write_text(json.dumps({"instances": [row]}))
    from_file = run("predict", "flowers", str(tmp_path / "rows.json"))
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps([row])))
    assert table == from_file.out == run("predict", "flowers", "-").out
    assert len(run("predict", "flowers", json.dumps([row, row]), "--json").json["predictions"]) == 2
    assert "warning: #/instances/0/3: 'petal width (cm)'" in run("predict", "flowers", "[[5.1, 3.5, 1.4, 99]]").out


def test_a_model_is_exported_by_its_files_ending_and_imported(run: Run, job_id: str, tmp_path: Path) -> None:
    assert job_id
    for ending in ("safetensors", "npz", "json"):
        path = str(tmp_path / f"flowers.{ending}")
        assert path in run("export", "flowers", path).out
        assert run("import", path, "--name", ending).out.endswith(f": {ending}@1\n")
    assert run("import", path, "--json").json["version"] == 1
    assert run("export", "flowers", str(tmp_path / "flowers.pickle")).status == 2
    assert run("export", "flowers", str(tmp_path / "none" / "flowers.npz")).status == 2
    assert "w1" in json.loads(run("export", "flowers", "-", "--format", "json").out)
    Path(path).write_text("{}")
    assert run("import", path).err.startswith("error: ")


def test_metrics_as_csv_a_table_and_json(run: Run, job_id: str) -> None:
    lines = run("metrics", job_id, "--csv").out.splitlines()
    assert lines[0].startswith("epoch,loss,")
    assert [line.split(",")[0] for line in lines[1:]] == [str(epoch) for epoch in range(1, 31)]
    assert run("metrics", job_id, "--points", "5").out.startswith("epoch")
    assert len(run("metrics", job_id, "--json").json["loss"]) == 30


def test_a_file_is_uploaded_and_shown_column_by_column(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fruit.csv"
    file.write_text("grams;kind\n150;apple\n;apple\n140;orange\n")
    assert run("datasets").out.startswith("no datasets")
    ran = run("upload", str(file), "--name", "fruit")
    dataset_id = run("datasets", "--json").json[0]["id"]
    head, _, grams, kind = ran.out.splitlines()
    assert head == f"{dataset_id}: 3 rows, 2 columns"
    assert grams.split() == ["grams", "numeric", "1", "140", "to", "150,", "mean", "145"]
    assert kind.split() == ["kind", "text", "0", "apple", "(2),", "orange", "(1)"]
    assert run("datasets").out.splitlines()[1].split()[:4] == [dataset_id, "fruit", "3", "2"]
    shown = run("upload", str(file), "--text", "grams", "--json").json
    assert shown["columns"][0]["kind"] == "text"


def test_an_alias_is_set_listed_rolled_back_and_deleted(run: Run, served: Served, job_file: str, job_id: str) -> None:
    assert job_id
    assert run("train", job_file).status == 0
    served.work()
    assert run("alias", "list", "flowers").out.startswith("no aliases")
    assert run("alias", "set", "flowers", "best", "1").out == "flowers@best is flowers@1\n"
    assert run("alias", "set", "flowers", "best", "2", "--json").json["version"] == 2
    assert run("models").out.splitlines()[1].split()[:2] == ["flowers@2", "best"]
    assert run("alias", "list", "flowers").out.splitlines()[1].split()[:2] == ["best", "2"]
    assert run("alias", "rollback", "flowers", "best").out == "flowers@best is flowers@1\n"
    assert run("alias", "history", "flowers", "best").out.splitlines()[1].split()[:5] == [
        "3",
        "rolled",
        "back",
        "2",
        "1",
    ]
    assert len(run("alias", "history", "flowers", "best", "--limit", "1", "--json").json) == 1
    assert run("alias", "rollback", "flowers", "best").status == 2
    assert run("alias", "delete", "flowers", "best").out == "flowers@best is deleted\n"
    assert run("alias", "list", "flowers", "--json").json == []


def test_a_model_is_tagged_and_found_by_its_tags(run: Run, job_id: str) -> None:
    assert job_id
    assert run("tag", "flowers", "stage=live", "team=a", "--note", "good").out == "flowers@1: stage=live team=a\n"
    assert run("models", "--tag", "stage=live", "--json").json[0]["note"] == "good"
    assert run("models", "--tag", "stage=live", "--tag", "team=b").out.startswith("no models")
    assert run("tag", "flowers", "stage=", "--json").json["tags"] == {"team": "a"}
    assert run("tag", "flowers", "stage").status == 2


def test_two_models_are_compared(run: Run, served: Served, job_id: str, tmp_path: Path) -> None:
    assert job_id
    (tmp_path / "other.json").write_text(json.dumps(JOB | {"training": {"epochs": 20}}))
    assert run("train", str(tmp_path / "other.json")).status == 0
    served.work()
    lines = [line.split() for line in run("compare", "flowers@1", "flowers").out.splitlines()]
    assert lines[0] == ["rows", "figure", "flowers@1", "flowers@2", "difference"]
    assert ["#/training/epochs", "30", "20"] in lines
    assert run("compare", "flowers@1", "flowers@2", "--json").json["same_weights"] is False
    assert "the weights are the same" in run("compare", "flowers", "flowers").out


def test_a_model_is_reproduced_and_followed(run: Run, served: Served, job_id: str) -> None:
    assert job_id
    again = run("reproduce", "flowers", "--json").json["id"]
    served.work()
    assert "succeeded, weights: match" in run("follow", again).out
    assert "mdl_" in run("show", again).out
    assert "not comparable" not in run("show", again).out
    assert run("reproduce", "flowers@2").status == 2


def test_jobs_are_paused_resumed_and_cancelled(run: Run, job_file: str) -> None:
    job_id = run("train", job_file, "--json").json["id"]
    assert run("pause", job_id).out == f"{job_id} is paused\n"
    assert run("resume", job_id).out == f"{job_id} is queued\n"
    assert run("cancel", job_id, "--json").json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "job_0"], "there is no job 'job_0'"),
        (["train", "nowhere.json"], "cannot read nowhere.json"),
        (["predict", "flowers", "[[1, 2"], "this is not JSON"),
        (["predict", "nobody", "[1]"], "there is no model 'nobody'"),
        (["jobs", "--state", "lost"], "lost"),
        (["jump"], "jump"),
        (["--url", "nonsense", "jobs"], "'nonsense' is no address"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(run: Run, arguments: list[str], says: str) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert says in ran.err


def test_each_flaw_of_a_job_is_named_in_the_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"data": {"builtin": "iris"}, "training": {"epochs": "x", "sed": 1}}')
    ran = run("train", str(tmp_path / "bad.json"))
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "#/training/epochs: " in ran.err
    assert "#/training/sed: " in ran.err


def test_no_service_is_status_3(run: Run, served: Served) -> None:
    ran = run("jobs", BACKPROP_URL="http://127.0.0.1:1")
    assert (ran.status, ran.err) == (3, "error: no connection to http://127.0.0.1:1: Connection refused\n")
    served.faults = [answering("200 OK", b"<html>")]
    assert run("jobs").status == 3


def test_the_address_is_that_of_make_run_unless_it_is_said(run: Run, served: Served) -> None:
    port = served.url.rpartition(":")[2]
    assert run("jobs", BACKPROP_URL="", BACKPROP_HOST="0.0.0.0", BACKPROP_PORT=port).status == 0  # noqa: S104  not listened on
    assert run("--url", served.url, "jobs", BACKPROP_URL="http://127.0.0.1:1").status == 0
    assert run("jobs", BACKPROP_URL="", BACKPROP_PORT="http").status == 2


def test_help_names_every_command(run: Run) -> None:
    names = "train jobs show cancel pause resume models predict export import metrics follow upload datasets"
    for name in (*names.split(), "alias", "reproduce", "compare", "tag"):
        assert f"\n  {name} " in run("--help").out


@pytest.fixture
def working(served: Served) -> Iterator[None]:
    """A worker that takes whatever is queued."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(0.02):
            served.work()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    done.set()
    worker.join()


@pytest.mark.usefixtures("job_id", "working")
def test_a_model_scores_a_file_into_another(run: Run, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    names = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)"
    rows.write_text(f"id,{names}\n" + "a,5.1,3.5,1.4,0.2\n" + "b,1e300,3.5,1.4,0.2\n")
    failed = run("score", "flowers", str(rows), "-o", str(out))
    assert (failed.status, out.exists()) == (1, False)
    assert "row 1, column 'sepal length (cm)'" in failed.out
    done = run("score", "flowers", str(rows), "-o", str(out), "-i", "id", "--labels-only", "--lenient")
    assert (done.status, "2 rows, 1 of them empty" in done.out) == (0, True)
    assert out.read_text().splitlines()[0] == '"id","prediction","reason"'
    assert run("score", "flowers", "iris", "-o", str(out), "--all").status == 0
    assert len(out.read_text().splitlines()) == 151
    assert run("score", "flowers", "nothing", "-o", str(out)).status == 2
