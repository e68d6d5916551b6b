"""Every operation's documentation by its id: what its summary leaves open, a sample, bodies to send, and answers.

An operation without a row is named by the tests; `docs/` and openapi.json need nothing else.
"""

from collections.abc import Mapping

from service.docs import answers, bodies
from service.docs.bodies import IRIS, LONG, PASSING, PASSING_CSV, Body
from service.docs.dialects import DIALECTS
from service.docs.operation import Operation
from service.docs.samples import WAIT, Sample, found, in_turn, made, pointed, repeated, trained

NEWEST_IRIS = found("jobs", "name=iris")
NOT_ENDED = found("jobs", "state=queued&state=running&state=paused")
FRUIT = found("datasets", "name=fruit")
SECOND = in_turn(trained(Body("", IRIS)), pointed("iris", "champion", 2))
PREDICTED = found("predictions", "model=iris&state=succeeded")
UNFINISHED = found("predictions", "state=queued&state=running&state=paused")
MILLIONS = in_turn(
    repeated("sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)", "5.1,3.5,1.4,0.2", 2_000_000),
    made("predictions", Body("", {"model": "iris", "data": {"dataset": "'$dataset_id'"}})),
)
ASKED = (
    "The answer shows the job as it is now. A running job obeys within two seconds; until then its `requested` says "
    "what it was asked for."
)
PLOTTED = (
    "`curves` are drawn of every job, as far as it is; `confusion` of a classification that has succeeded, `residuals` "
    "of a regression. Another kind is refused with 422, one that is not there yet with 409, and both say which to ask "
    "for. It is drawn aside, one plot at a time; where too many wait, the answer is 503 with `Retry-After`. A browser "
    "keeps it and asks each time whether it has changed (`ETag`, 304)."
)


OPERATIONS: Mapping[str, Operation] = {
    "jobs.submit": Operation(
        "Only `data` is needed: a built-in set, a stored dataset, or rows in the body. Every default is filled in, and "
        "`spec` in the answer shows the complete job. The model that it makes goes by the job's `name`, in versions "
        "that count up.\n\n"
        "The answer is 202 at once, with the job's address in `Location`. With the header `Prefer: wait=10` it comes "
        "when the job has ended, with 200, and after ten seconds at most. With an `Idempotency-Key` the same job is "
        "made only once, however often the request is repeated.",
        answers={202: answers.QUEUED, 200: answers.ENDED},
        bodies=bodies.JOBS,
        sample=Sample(headers=WAIT),
    ),
    "jobs.index": Operation(
        "The filters narrow each other down; `state` may be given several times, and `metadata.team=a` finds the jobs "
        "that were submitted with this label. Where `has_more` is true, `after` with the page's `next` brings the "
        "next page.",
        answers={200: answers.JOBS},
        sample=Sample(query="state=succeeded&state=running&limit=5"),
    ),
    "jobs.show": Operation(
        "`progress` and `waiting_for` say how far it is and what it waits for, `results` how good it has become, and "
        "`error` why it failed. A poll that sends the answer's `ETag` as `If-None-Match` is answered 304 until "
        "something has changed.",
        answers={200: answers.ENDED},
        sample=Sample(before=NEWEST_IRIS),
    ),
    "jobs.delete": Operation(
        "Its metrics and events go with it. A job that has not ended is answered 409: cancel it first.",
        sample=Sample(before=made("jobs", PASSING, headers=WAIT)),
    ),
    "jobs.cancel": Operation(
        f"It ends as `cancelled`, for good; what it has learnt is lost. {ASKED}",
        answers={202: answers.TO_BE_CANCELLED, 200: answers.CANCELLED},
        sample=Sample(before=made("jobs", LONG)),
    ),
    "jobs.pause": Operation(
        f"Its whole state is kept, for as long as it takes. {ASKED}",
        answers={202: answers.TO_BE_PAUSED, 200: answers.PAUSED},
        sample=Sample(before=made("jobs", LONG)),
    ),
    "jobs.resume": Operation(
        "It is queued again; where a pause was asked for and not yet obeyed, that is withdrawn.",
        answers={202: answers.QUEUED, 200: answers.RUNNING},
        sample=Sample(before=NOT_ENDED),
    ),
    "course.metrics": Operation(
        "All columns are of one length. Where there are more than `max_points` epochs, the first, the last and the "
        "extremes of both losses are kept, so that a curve looks as it is. `since` asks for what is new.",
        answers={200: answers.METRICS},
        texts={"text/csv": answers.METRICS_CSV},
        sample=Sample(query="max_points=10", before=NEWEST_IRIS),
    ),
    "course.health": Operation(
        "At most 1000 epochs a job are looked at, in their last batch of full size: the first ones, then ever fewer. A "
        "gradient or an update that fades from layer to layer, or shares of dead units that grow, say where learning "
        "stops. Training by lbfgs is not looked at.",
        answers={200: answers.HEALTH},
        sample=Sample(before=NEWEST_IRIS),
    ),
    "course.events": Operation(
        "As a stream (`Accept: text/event-stream`) it tells changes of state, progress and the epochs' figures as "
        "they come, and ends with the job. A client that comes back with the last message's `id` as `Last-Event-ID` "
        "misses nothing; browsers' `EventSource` does that by itself.",
        answers={200: answers.EVENTS},
        texts={"text/event-stream": answers.STREAM},
        sample=Sample(headers={"Accept": "text/event-stream"}, options="-N", before=NEWEST_IRIS),
    ),
    "parts.rows": Operation(
        "Rows are numbered from 0, as in `GET /v1/datasets/{dataset_id}/rows`; those of the training part come in the "
        "order in which the split draws them. They follow from the data and the spec's `split` alone. With `fold`, "
        "`train` and `validation` are the rows that this fold trains on and holds out.",
        answers={200: answers.PART},
        sample=Sample(query="part=test&limit=5", before=NEWEST_IRIS),
    ),
    "plots.svg": Operation(
        f"{PLOTTED} Its text is text, so it can be searched, and styled.",
        texts={"image/svg+xml": answers.SVG},
        sample=Sample(query="kind=confusion", options="-o plot.svg", before=NEWEST_IRIS),
    ),
    "plots.png": Operation(
        PLOTTED,
        sample=Sample(query="kind=curves", options="-o plot.png", before=NEWEST_IRIS),
    ),
    "models.index": Operation(
        "`name` lists the versions of one model, `tags.stage=production` the models with this tag. Where `has_more` is "
        "true, `after` with the page's `next` brings the "
        "next page.",
        answers={200: answers.MODELS},
        sample=Sample(query="name=iris"),
    ),
    "models.show": Operation(
        "It tells what the model takes (`features`) and gives (`classes`, of labels their names, null for values), "
        "how good it is, and the complete spec of the job that made it.",
        answers={200: answers.MODEL},
    ),
    "models.annotate": Operation(
        "A model never changes, but people may say something of it. Tags that are not named stay, null removes one, "
        "and so it does the note. `GET /v1/models?tags.stage=production` finds the models with this tag.",
        answers={200: answers.MODEL},
        bodies=bodies.ANNOTATIONS,
    ),
    "models.delete": Operation(
        "By a name alone it is the newest version that goes. A version's number is never given again. While an alias "
        "points at it the answer is 409, and names the alias.",
        sample=Sample(before=trained(PASSING), names={"ref": "passing"}),
    ),
    "models.weights": Operation(
        "Matrices are (inputs, units) and named w1, w2, … from the first layer on, biases b1, b2, …; a network without "
        "biases has none. `format=npz` is what `numpy.load` reads, `safetensors` what that library does. With "
        "`whole=true` the file has the rest of the model too, its spec and encoding, and `POST /v1/models` makes the "
        "same model of it. `onnx` is a graph from raw rows to predictions, for other runtimes; what it cannot say is "
        "refused with 422.",
        answers={200: answers.WEIGHTS},
        sample=Sample(query="format=json"),
    ),
    "imports.create": Operation(
        "The body is a file that `GET /v1/models/{ref}/weights?whole=true` gave, as JSON, npz or safetensors, by its "
        "`Content-Type` or its first bytes; or a scikit-learn `MLPClassifier` or `MLPRegressor` as JSON, by its own "
        "attributes: `coefs_`, `intercepts_`, `activation`, of a classifier `classes_`, and `out_activation_` and "
        "`feature_names_in_` where they are known. `name` is what the model goes by, where the file does not say it; "
        "its versions count up, and the same model again is the same version, with 200. It has no job, and no metrics.",
        answers={201: answers.IMPORTED, 200: answers.IMPORTED},
        bodies=bodies.MODELS,
    ),
    "predictions.predict": Operation(
        "Instances are rows in the order of the model's `features`, or records by their names, raw as they were in "
        "the training data: the model carries its own encoding. `outputs` are the output layer's activations, one "
        "column a class or label in the order of `classes`; of labels a prediction is a list of each one's yes or no. "
        '`"return": ["predictions"]` leaves outputs out; `probabilities`, `logits` and `top_k` come by their names.'
        "\n\nA row's answer has the same bits alone and in any batch. `warnings` name cells that are unlike all that "
        "training saw; where a request is refused, `errors` has the first flaw of each bad row, up to a hundred."
        "\n\nRows of numbers may come as `numpy.save` writes them, as `application/x-npy`, NaN being a missing value; "
        "`Accept: application/x-npy` gives the outputs so, in the model's `dtype`, and nothing else. As "
        "`application/octet-stream` they are bare: float32, little-endian, row after row.",
        answers={200: answers.PREDICTION},
        bodies=bodies.PREDICTIONS,
    ),
    "aliases.move": Operation(
        "An alias is a name that points at one version, and stands wherever a model is named: `iris@champion`. It is "
        "moved whole, and every process of the service follows within a second. With the `ETag` of the alias as "
        "`If-Match` it is moved only where nobody else has moved it since, and with `If-None-Match: *` only where it "
        "is new; else the answer is 412. While an alias points at a version, that version cannot be deleted.",
        answers={200: answers.ALIAS},
        bodies=bodies.TARGETS,
    ),
    "aliases.show": Operation("Its `ETag` changes with every move.", answers={200: answers.ALIAS}),
    "aliases.delete": Operation(
        "An alias of the same name that is made later goes on with its history.",
        sample=Sample(before=pointed("iris", "passing", 1), names={"alias": "passing"}),
    ),
    "aliases.rollback": Operation(
        "Rolled back once more it points at the version before that, and so on. Where there was none before, or it has "
        "been deleted, the answer is 409. Send the alias's `ETag` as `If-Match`, so that a request that is repeated "
        "does not go back twice.",
        answers={200: answers.ALIAS},
        sample=Sample(before=SECOND),
    ),
    "aliases.history": Operation(
        "Each move says from which version to which, when, and by whom. Where `has_more` is true, `after` with the "
        "page's `next` brings the next page.",
        answers={200: answers.MOVES},
    ),
    "aliases.index": Operation("They come in the order of their names.", answers={200: answers.ALIASES}),
    "comparisons.show": Operation(
        "`ref` is the left one, `with` the right one, and any way to name a model will do: `iris@champion`, `iris`. "
        "`metrics` has both of each figure and the difference, right minus left; `spec` names each part in which the "
        "specs differ by its JSON pointer, `lineage` what else was not the same, data and environment.",
        answers={200: answers.COMPARISON},
        sample=Sample(query="with=iris@1"),
    ),
    "reproductions.reproduce": Operation(
        "It is a job like any other, from the very spec and data that the model was made from, and makes no new "
        "version. Once it has ended its `reproduction` says `match` where the same weights came out, to the last bit, "
        "`differs` where they did not, and `not_comparable` where they did not and something that they depend on has "
        "changed: NumPy, SciPy, BLAS, the processor, the data. `results.reproduction` has the weights' SHA-256 and "
        "names what differs. Where the data has been deleted the answer is 409.",
        answers={202: answers.REPRODUCING, 200: answers.REPRODUCED},
        sample=Sample(headers=WAIT),
    ),
    "scoring.submit": Operation(
        "`data` names a dataset, or a built-in set, that has the model's features as columns; others are ignored, and "
        "`include` names those that the result is to have, too. It is a job like a training: the answer is 202 at "
        "once, with its address in `Location`, `Prefer: wait=10` waits for its end, and with an `Idempotency-Key` it "
        "is made only once. A column that the model lacks is refused here, with 422. A row that the model cannot take, "
        'for a missing value or an unknown category, fails the prediction; with `"on_error": "null"` it stays empty, '
        "and a column `reason` says why.",
        answers={202: answers.PREDICTION_QUEUED, 200: answers.PREDICTED},
        bodies=bodies.PREDICT_ALL,
        sample=Sample(headers=WAIT),
    ),
    "scoring.index": Operation(
        "`model` lists those by one model's name, `state` may be given several times. Where `has_more` is true, "
        "`after` with the page's `next` brings the next page. `GET /v1/jobs` lists trainings alone.",
        answers={200: answers.PREDICTIONS},
        sample=Sample(query="model=iris&state=succeeded"),
    ),
    "scoring.show": Operation(
        "`progress` counts rows, `results` says how many there are and how many of them the model could not take, and "
        "`error` names the row and the column at which it failed.",
        answers={200: answers.PREDICTED},
        sample=Sample(before=PREDICTED),
    ),
    "scoring.result": Operation(
        "A row for each row of the data, in its order: the columns that were asked for by `include`, then `prediction` "
        "(or `prediction_…` for each of several targets), then `output_…` for each class, with the same bits that "
        "`POST /v1/models/{ref}/predict` answers. `format` is csv, parquet or ndjson; else `Accept` decides. A "
        "prediction that has not succeeded is answered 409.",
        texts={"text/csv": answers.RESULT_CSV, "application/x-ndjson": answers.RESULT_LINES},
        sample=Sample(query="format=parquet", options="-o iris.parquet", before=PREDICTED),
    ),
    "scoring.events": Operation(
        "As a stream (`Accept: text/event-stream`) it tells changes of state and progress as they come, and ends with "
        "the prediction.",
        answers={200: answers.EVENTS},
        texts={"text/event-stream": answers.PREDICTION_STREAM},
        sample=Sample(before=PREDICTED),
    ),
    "scoring.pause": Operation(
        f"The rows that are done stay done. {ASKED}",
        answers={202: answers.PREDICTION_PAUSING, 200: answers.PREDICTION_PAUSED},
        sample=Sample(before=MILLIONS),
    ),
    "scoring.resume": Operation(
        "It goes on with the row that it has come to, and its result is the same as if it had never been paused.",
        answers={202: answers.PREDICTION_QUEUED, 200: answers.PREDICTION_RUNNING},
        sample=Sample(before=UNFINISHED),
    ),
    "scoring.cancel": Operation(
        f"It ends as `cancelled`, for good, and what it has made so far is removed. {ASKED}",
        answers={202: answers.PREDICTION_CANCELLING, 200: answers.PREDICTION_CANCELLED},
        sample=Sample(before=UNFINISHED),
    ),
    "scoring.delete": Operation(
        "Its result goes with it. A prediction that has not ended is answered 409: cancel it first.",
        sample=Sample(before=made("predictions", bodies.PREDICT_ALL["iris"], headers=WAIT)),
    ),
    "datasets.create": Operation(
        "The body is the file: CSV, Parquet, Arrow IPC, npz, JSON or JSON lines, by its `Content-Type`, or a part "
        "`file` of a form. Delimiter, encoding, header and the columns' kinds are found out, and the query says what "
        "should not be. A job trains on it by its id, with the column that it is for: "
        '`{"data": {"dataset": "ds_…"}, "target": "kind"}`. The same bytes again are the same dataset, with 200.',
        answers={201: answers.DATASET, 200: answers.DATASET},
        bodies=bodies.UPLOADS,
        sample=Sample(query="name=fruit"),
    ),
    "datasets.index": Operation(
        "Statistics are left out here. Where `has_more` is true, `after` with the page's `next` brings the next page.",
        answers={200: answers.DATASETS},
        sample=Sample(query="name=fruit"),
    ),
    "datasets.show": Operation(
        "Of a column of numbers or times there are the range, mean, deviation, quantiles and a histogram, of one of "
        "texts or booleans the most frequent values. `notes` says what stands out.",
        answers={200: answers.DATASET},
        sample=Sample(before=FRUIT),
    ),
    "datasets.rows": Operation(
        "`offset` counts from 0; a missing value is null.",
        answers={200: answers.ROWS},
        sample=Sample(query="limit=2", before=FRUIT),
    ),
    "datasets.delete": Operation(
        "While a job that has not ended, or a model, names it, the answer is 409.",
        sample=Sample(before=made("datasets", PASSING_CSV, "?name=passing")),
    ),
    "datasets.builtin": Operation(
        'A job trains on one by its name: `"data": {"builtin": "iris"}`.', answers={200: answers.BUILTINS}
    ),
    "workers.index": Operation(
        "`slots` are the jobs that a worker trains at once; the keeper trains none, and takes back the jobs of workers "
        "that are gone.",
        answers={200: answers.WORKERS},
    ),
    "workers.queue": Operation(
        "Where `slots` is 0 no worker is there, and jobs wait until one is.", answers={200: answers.QUEUE}
    ),
    "health.live": Operation("It asks nobody else, and needs no API key.", answers={200: answers.ALIVE}),
    "health.ready": Operation(
        "200 where it is, so that requests may be sent here, and 503 where it is not. It needs no API key.",
        answers={200: answers.READY, 503: answers.NOT_READY},
    ),
    "monitoring.metrics": Operation(
        "Each process answers for all processes of this service, and for the jobs in the database.",
        texts={"text/plain": answers.FIGURES},
    ),
    **DIALECTS,
}
