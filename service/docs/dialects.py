"""The documentation of the dialects' operations: rows of the table of operations."""

from collections.abc import Mapping
from typing import Any

from service.docs.bodies import Body
from service.docs.operation import Operation
from service.docs.samples import Sample

ROW = [5.1, 3.5, 1.4, 0.2]
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
OUTPUTS = [0.8811330277120719, 0.15986083343656288, 0.11543302638588937]
PROBE = "It needs no API key."
TENSORS = (
    "A model of numbers takes one tensor, `inputs`, [rows, features]; one with other columns too takes a tensor a "
    "column, of [rows], by their names, and so may any. It gives `predictions` and `outputs`. Elements are in JSON, "
    "flat or nested, or as bytes behind the JSON (`binary_data_size`, `Inference-Header-Content-Length`); null and NaN "
    "are missing values."
)
INFER: Mapping[str, Body] = {
    "matrix": Body(
        "One row of numbers, and only its class",
        {
            "inputs": [{"name": "inputs", "shape": [1, 4], "datatype": "FP64", "data": ROW}],
            "outputs": [{"name": "predictions"}],
        },
    ),
    "columns": Body(
        "A tensor a column, and a request's own id",
        {
            "id": "first",
            "inputs": [
                {"name": name, "shape": [1], "datatype": "FP64", "data": [cell]}
                for name, cell in zip(NAMES, ROW, strict=True)
            ],
        },
    ),
}
INFERRED: Any = {
    "model_name": "iris",
    "model_version": "1",
    "outputs": [{"name": "predictions", "datatype": "BYTES", "shape": [1], "data": ["setosa"]}],
}
METADATA: Any = {
    "name": "iris",
    "versions": ["1"],
    "platform": "backprop",
    "inputs": [{"name": "inputs", "datatype": "FP64", "shape": [-1, 4]}],
    "outputs": [
        {"name": "predictions", "datatype": "BYTES", "shape": [-1]},
        {"name": "outputs", "datatype": "FP64", "shape": [-1, 3]},
    ],
}
INVOCATIONS: Mapping[str, Body] = {
    "split": Body("A data frame by rows", {"dataframe_split": {"columns": NAMES, "data": [ROW]}}),
    "records": Body("A data frame by records", {"dataframe_records": [dict(zip(NAMES, ROW, strict=True))]}),
    "instances": Body("Rows", {"instances": [ROW]}),
    "inputs": Body("Columns", {"inputs": {name: [cell] for name, cell in zip(NAMES, ROW, strict=True)}}),
    "csv": Body("CSV", ",".join(NAMES) + "\n" + ",".join(map(str, ROW)) + "\n", "text/csv"),
}
SERVING: Mapping[str, Body] = {
    "instances": Body("Rows", {"instances": [ROW]}),
    "inputs": Body(
        "Columns, and the probabilities of all classes",
        {"signature_name": "probabilities", "inputs": {name: [cell] for name, cell in zip(NAMES, ROW, strict=True)}},
    ),
}
PREDICTED: Any = {"predictions": ["setosa"]}

DIALECTS: Mapping[str, Operation] = {
    "open_inference.server": Operation(
        "Models are told of at `/v2/models/{name}`, and listed by `POST /v2/repository/index`.",
        answers={
            200: {"name": "backprop", "version": "0.1.0", "extensions": ["binary_tensor_data", "model_repository"]}
        },
    ),
    "open_inference.live": Operation(PROBE, answers={200: {"live": True}}),
    "open_inference.ready": Operation(
        f"503 where the database cannot be used. {PROBE}", answers={200: {"ready": True}, 503: {"ready": False}}
    ),
    "open_inference.model": Operation(TENSORS, answers={200: METADATA}),
    "open_inference.model_version": Operation(TENSORS, answers={200: METADATA}),
    "open_inference.model_ready": Operation("Every stored model is.", answers={200: {"name": "iris", "ready": True}}),
    "open_inference.version_ready": Operation("Every stored one is.", answers={200: {"name": "iris", "ready": True}}),
    "open_inference.model_infer": Operation(TENSORS, answers={200: INFERRED}, bodies=INFER),
    "open_inference.version_infer": Operation(TENSORS, answers={200: INFERRED}, bodies=INFER),
    "open_inference.index": Operation(
        "By name, the newest version first.",
        answers={200: [{"name": "iris", "version": "1", "state": "READY", "reason": ""}]},
        bodies={"ready": Body("Those that are ready", {"ready": True})},
    ),
    "mlflow.invoke": Operation(
        "Rows come as `dataframe_split`, `dataframe_records`, `instances` or `inputs`, or as CSV with a line of names. "
        "`model` says which model is to score them.",
        answers={200: PREDICTED},
        bodies=INVOCATIONS,
        sample=Sample(query="model=iris"),
    ),
    "mlflow.ping": Operation(f"503 where the database cannot be used. {PROBE}", texts={"text/plain": "\n"}),
    "mlflow.health": Operation(f"503 where the database cannot be used. {PROBE}", texts={"text/plain": "\n"}),
    "mlflow.version": Operation("It is no release of MLflow's.", texts={"text/plain": "0.1.0"}),
    "tensorflow.predict_newest": Operation(
        "`instances` are rows or records, answered by `predictions`; `inputs` lists by column, answered by `outputs`. "
        "`signature_name` asks for another part of our own answers: outputs, probabilities, logits, top_k.",
        answers={200: PREDICTED},
        bodies=SERVING,
    ),
    "tensorflow.predict_version": Operation(
        "As without a version, and never another model.", answers={200: PREDICTED}, bodies=SERVING
    ),
    "tensorflow.status": Operation(
        "`GET /v1/models/{ref}` shows a model in this service's own words.",
        answers={
            200: {
                "model_version_status": [
                    {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
                ]
            }
        },
    ),
}
