"""Answers as the service gave them to the samples, times, ids and long lists made short."""

from typing import Any

from backprop.data import load
from backprop.defaults import examine
from backprop.exchange import scikit_learn
from backprop.schemas import dump_spec, load_job
from service.docs.bodies import IRIS, SCIKIT_LEARN

JOB_ID = "job_0195a3c0f1e27b5d8c3e41a2b6d90f77"
MODEL_ID = "mdl_0195a3c0f5837d14a1b27c9e08f4d633"
SHA256 = "c5899611ceb6b0a0fc113956bc416982691ced575c48b5b5879af882dfff992e"
FEATURES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
CLASSES = ["setosa", "versicolor", "virginica"]
MODEL_REF = {"id": MODEL_ID, "name": "iris", "version": 1}
RESULTS = {
    "train": {"loss": 0.06095271245287713, "accuracy": 0.7076923076923077},
    "validation": None,
    "test": {"loss": 0.050542200400727086, "accuracy": 0.8},
}
EVALUATION = {
    "rows": "test",
    "classes": CLASSES,
    "confusion_matrix": [[9, 0, 0], [0, 0, 4], [0, 0, 7]],
    "per_class": [
        {"class": "setosa", "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 9},
        {"class": "versicolor", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 4},
        {"class": "virginica", "precision": 0.6363636363636364, "recall": 1.0, "f1": 0.7777777777777778, "support": 7},
    ],
    "macro": {"precision": 0.5454545454545454, "recall": 0.6666666666666666, "f1": 0.5925925925925926},
    "weighted": {"precision": 0.6727272727272726, "recall": 0.8, "f1": 0.7222222222222222},
}
# As the service completes it, so that a default that is new is shown, too.
SPEC: Any = dump_spec(examine(load_job(IRIS).spec, load("iris")).spec)
IN_A_LIST: Any = {
    "id": JOB_ID,
    "name": "iris",
    "state": "succeeded",
    "requested": None,
    "stop_reason": "epochs",
    "priority": 0,
    "progress": {
        "epoch": 5000,
        "epochs": 5000,
        "percent": 100.0,
        "samples_per_second": 2669296.5,
        "eta_seconds": None,
        "queue_position": None,
    },
    "model": MODEL_REF,
    "reproduces": None,
    "reproduction": None,
    "results": RESULTS,
    "crashes": 0,
    "waiting_for": None,
    "error": None,
    "created_at": "2030-01-31T12:00:00.442Z",
    "started_at": "2030-01-31T12:00:00.450Z",
    "ended_at": "2030-01-31T12:00:00.914Z",
    "metadata": {},
}
ENDED: Any = {**IN_A_LIST, "results": {**RESULTS, "evaluation": EVALUATION}, "spec": SPEC}
QUEUED: Any = {
    **ENDED,
    "state": "queued",
    "stop_reason": None,
    "progress": {**IN_A_LIST["progress"], "epoch": 0, "percent": 0.0, "samples_per_second": None, "queue_position": 0},
    "model": None,
    "results": None,
    "waiting_for": "turn",
    "started_at": None,
    "ended_at": None,
}
REPRODUCING: Any = {**QUEUED, "reproduces": MODEL_ID}
REPRODUCED: Any = {
    **ENDED,
    "model": None,
    "reproduces": MODEL_ID,
    "reproduction": "match",
    "results": {**ENDED["results"], "reproduction": {"sha256": SHA256, "differences": []}},
}
RUNNING: Any = {
    **QUEUED,
    "state": "running",
    "progress": {
        **IN_A_LIST["progress"],
        "epoch": 1250,
        "percent": 25.0,
        "eta_seconds": 0.2,
    },
    "waiting_for": None,
    "started_at": "2030-01-31T12:00:00.450Z",
}
TO_BE_PAUSED: Any = {**RUNNING, "requested": "pause"}
TO_BE_CANCELLED: Any = {**RUNNING, "requested": "cancel"}
PAUSED: Any = {**RUNNING, "state": "paused"}
CANCELLED: Any = {
    **RUNNING,
    "state": "cancelled",
    "stop_reason": "cancelled",
    "ended_at": "2030-01-31T12:00:00.914Z",
}
JOBS: Any = {"data": [IN_A_LIST], "has_more": False, "next": None}

METRICS: Any = {
    "epoch": [1, 2500, 5000],
    "loss": [0.13910018535803348, 0.0625436873217, 0.0609539502027246],
    "accuracy": [0.33076923076923076, 0.7, 0.7076923076923077],
    "learning_rate": [0.1, 0.1, 0.1],
    "seconds": [0.00033, 0.12194, 0.24350],
}
METRICS_CSV = """epoch,loss,accuracy,learning_rate,seconds
1,0.13910018535803348,0.33076923076923076,0.1,0.00033
5000,0.0609539502027246,0.7076923076923077,0.1,0.24350
"""
HEALTH: Any = {
    "epoch": [1, 2, 5000],
    "layers": [
        {
            "layer": 1,
            "gradient_norm": [0.04475, 0.04487, 0.001259],
            "update_ratio": [0.003762, 0.003773, 0.00004358],
            "idle": [0.1692, 0.1692, 0.3192],
        },
        {
            "layer": 2,
            "gradient_norm": [0.03829, 0.038, 0.003286],
            "update_ratio": [0.004006, 0.003985, 0.00007541],
            "idle": [0.0, 0.0, 0.0],
        },
    ],
}
SVG = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg xmlns="http://www.w3.org/2000/svg" width="460.8pt" height="417.6pt" viewBox="0 0 460.8 417.6" version="1.1">
…
</svg>
"""
EVENTS: Any = {
    "data": [
        {"seq": 1, "at": "2030-01-31T12:00:00.442Z", "kind": "queued", "claim": 0, "data": {}},
        {"seq": 2, "at": "2030-01-31T12:00:00.450Z", "kind": "started", "claim": 1, "data": {"worker": "worker@a-1"}},
        {"seq": 3, "at": "2030-01-31T12:00:00.914Z", "kind": "succeeded", "claim": 1, "data": {}},
    ],
    "has_more": False,
    "next": None,
}
STREAM = """retry: 1000

id: 2-0
event: state
data: {"seq": 2, "at": "2030-01-31T12:00:00.450Z", "kind": "started", "claim": 1, "data": {"worker": "worker@a-1"}}

id: 2-2
event: metrics
data: {"epoch": [1, 2], "loss": [0.1391, 0.1378], "accuracy": [0.33, 0.33], "learning_rate": [0.1, 0.1], …}
"""

MODEL_IN_A_LIST: Any = {
    **MODEL_REF,
    "job": JOB_ID,
    "sha256": SHA256,
    "features": FEATURES,
    "classes": CLASSES,
    "metrics": RESULTS,
    "aliases": ["champion"],
    "tags": {"stage": "production"},
    "note": "The tutorial's network.",
    "created_at": "2030-01-31T12:00:00.902Z",
}
MODEL: Any = {
    **MODEL_IN_A_LIST,
    "dataset_sha256": "a4b79f1b7f60e0b1f8c8cf0f6c7fd4fbb6c4fe4ce1a6e3a1c43c0e6c1c7a0b6e",
    "environment": {
        "python": "3.12.11",
        "numpy": "2.4.6",
        "scipy": "1.17.0",
        "blas": "openblas 0.3.30 SkylakeX; openblas 0.3.31.188.0 SkylakeX",
        "processor": "Intel(R) Xeon(R) Processor",
    },
    "spec": SPEC,
}
MODELS: Any = {"data": [MODEL_IN_A_LIST], "has_more": False, "next": None}
COMPARISON: Any = {
    "left": {**MODEL_REF, "sha256": SHA256},
    "right": {"id": "mdl_0195a3c7ad117c6f9f0d54be1a80c2e5", "name": "iris", "version": 2, "sha256": SHA256[::-1]},
    "same_weights": False,
    "metrics": {
        "train": {
            "loss": {"left": 0.06095271245287713, "right": 0.0559, "difference": -0.00505271245287713},
            "accuracy": {"left": 0.7076923076923077, "right": 0.75, "difference": 0.04230769230769227},
        },
        "test": {
            "loss": {"left": 0.050542200400727086, "right": 0.0468, "difference": -0.003742200400727086},
            "accuracy": {"left": 0.8, "right": 0.85, "difference": 0.05},
        },
    },
    "spec": [{"pointer": "#/training/seed", "left": 10, "right": 11}],
    "lineage": [{"name": "numpy", "left": "2.4.6", "right": "2.5.0"}],
}
ALIAS: Any = {
    "name": "iris",
    "alias": "champion",
    "version": 1,
    "model": MODEL_ID,
    "moved_at": "2030-01-31T12:05:00.310Z",
    "moved_by": "local",
}
ALIASES: Any = {"data": [ALIAS]}
MOVES: Any = {
    "data": [
        {
            "number": 3,
            "kind": "rolled_back",
            "from_version": 2,
            "to_version": 1,
            "at": "2030-01-31T12:07:00.020Z",
            "by": "local",
        },
        {
            "number": 2,
            "kind": "set",
            "from_version": 1,
            "to_version": 2,
            "at": "2030-01-31T12:05:00.310Z",
            "by": "local",
        },
    ],
    "has_more": False,
    "next": None,
}
IMPORTED: Any = {
    **MODEL_IN_A_LIST,
    "name": "xor-net",
    "job": None,
    "features": ["x1", "x2"],
    "classes": [0, 1],
    "metrics": {},
    "spec": dump_spec(scikit_learn.read(SCIKIT_LEARN).spec),
}
WEIGHTS: Any = {
    "w1": [[0.2391, 0.5848], [-1.4249, 0.9542], [1.0097, -1.8503], [0.4692, -0.5834]],
    "w2": [[-2.5217, 0.0295, 0.0822], [2.3018, -1.7068, -2.0992]],
}
PREDICTION: Any = {
    "predictions": ["setosa"],
    "outputs": [[0.8811330277120719, 0.15986083343656288, 0.11543302638588937]],
    "classes": CLASSES,
    "model": {**MODEL_REF, "sha256": SHA256},
}
DATASET_ID = "ds_0195a3c0e9b17f20a4d5b8c36e0f7192"
KINDS = {"grams": "numeric", "skin": "text", "kind": "text"}
UPLOADED: Any = {
    "id": DATASET_ID,
    "name": "fruit",
    "format": "csv",
    "bytes": 81,
    "sha256": "a048070ba890c525eb67f95a0400b131ecb4ec5529b961baa9652cb8cfe48433",
    "rows": 4,
    "columns": [{"name": name, "kind": kind, "missing": 0, "notes": []} for name, kind in KINDS.items()],
    "created_at": "2030-01-31T11:58:12.555Z",
}
DATASET: Any = {
    **UPLOADED,
    "columns": [
        {
            "name": "grams",
            "kind": "numeric",
            "missing": 1,
            "notes": [],
            "distinct": 3,
            "min": 140.0,
            "max": 170.0,
            "mean": 153.33333333333334,
            "std": 12.472191289246473,
            "quantiles": {"0.05": 141.0, "0.25": 145.0, "0.5": 150.0, "0.75": 160.0, "0.95": 168.0},
            "histogram": {"edges": [140.0, 155.0, 170.0], "counts": [2, 1]},
        },
        {
            "name": "kind",
            "kind": "text",
            "missing": 0,
            "notes": [],
            "distinct": 2,
            "top": [{"value": "apple", "count": 2}, {"value": "orange", "count": 2}],
        },
    ],
}
DATASETS: Any = {"data": [UPLOADED], "has_more": False, "next": None}
PART: Any = {"part": "test", "rows": [128, 18, 130, 105, 107], "offset": 0, "total": 20}
ROWS: Any = {
    "columns": [*KINDS],
    "rows": [[150, "smooth", "apple"], [170, "smooth", "apple"]],
    "offset": 0,
    "total": 4,
}
BUILTINS: Any = {
    "data": [
        {
            "name": "xor",
            "description": "Exclusive or: its four rows.",
            "rows": 4,
            "columns": [
                {"name": "x1", "kind": "numeric"},
                {"name": "x2", "kind": "numeric"},
                {"name": "y", "kind": "numeric"},
            ],
            "target": "y",
            "task": "classification",
        }
    ]
}
PREDICTION_ID = "pred_0195a3c11d0a7c42b6f1e5097a83d2c4"
PREDICTED: Any = {
    "id": PREDICTION_ID,
    "state": "succeeded",
    "requested": None,
    "priority": 0,
    "progress": {
        "rows": 150,
        "total": 150,
        "percent": 100.0,
        "rows_per_second": 90680.2,
        "eta_seconds": None,
        "queue_position": None,
    },
    "model": MODEL_REF,
    "data": {"builtin": "iris"},
    "return": ["predictions"],
    "include": ["species"],
    "on_error": "fail",
    "results": {"rows": 150, "rejected": 0},
    "crashes": 0,
    "waiting_for": None,
    "error": None,
    "created_at": "2030-01-31T12:00:05.121Z",
    "started_at": "2030-01-31T12:00:05.128Z",
    "ended_at": "2030-01-31T12:00:05.143Z",
    "metadata": {},
}
PREDICTION_QUEUED: Any = {
    **PREDICTED,
    "state": "queued",
    "progress": {**PREDICTED["progress"], "rows": 0, "percent": 0.0, "rows_per_second": None, "queue_position": 0},
    "results": None,
    "waiting_for": "turn",
    "started_at": None,
    "ended_at": None,
}
PREDICTION_RUNNING: Any = {
    **PREDICTION_QUEUED,
    "state": "running",
    "progress": {**PREDICTED["progress"], "rows": 120, "percent": 80.0, "eta_seconds": 0.1},
    "waiting_for": None,
    "started_at": "2030-01-31T12:00:05.128Z",
}
PREDICTION_PAUSING: Any = {**PREDICTION_RUNNING, "requested": "pause"}
PREDICTION_PAUSED: Any = {**PREDICTION_RUNNING, "state": "paused"}
PREDICTION_CANCELLING: Any = {**PREDICTION_RUNNING, "requested": "cancel"}
PREDICTION_CANCELLED: Any = {**PREDICTION_RUNNING, "state": "cancelled", "ended_at": "2030-01-31T12:00:05.143Z"}
PREDICTIONS: Any = {"data": [PREDICTED], "has_more": False, "next": None}
RESULT_CSV = """"species","prediction"
"setosa","setosa"
"setosa","setosa"
"""
RESULT_LINES = """{"species":"setosa","prediction":"setosa"}
{"species":"setosa","prediction":"setosa"}
"""
PREDICTION_STREAM = """retry: 1000

id: 2-0
event: state
data: {"seq": 2, "at": "2030-01-31T12:00:05.128Z", "kind": "started", "claim": 1, "data": {"worker": "worker@a-1"}}

id: 2-0
event: progress
data: {"state": "running", "rows": 120, "total": 150, "percent": 80.0, "rows_per_second": 90680.2, …}
"""
WORKERS: Any = {
    "data": [
        {
            "id": "worker@a-1",
            "kind": "worker",
            "slots": 2,
            "started_at": "2030-01-31T11:59:43.822Z",
            "beaten_at": "2030-01-31T12:00:03.860Z",
        }
    ]
}
QUEUE: Any = {"queued": 2, "running": 2, "slots": 2, "oldest_seconds": 0.8}
ALIVE: Any = {"status": "ok"}
READY: Any = {"status": "ok", "database": "ok", "broker": "ok", "workers": 1, "slots": 2}
NOT_READY: Any = {
    "status": "unavailable",
    "database": "the database cannot be reached, or holds no tables yet",
    "broker": "ok",
}
FIGURES = """# HELP backprop_jobs Jobs by state
# TYPE backprop_jobs gauge
backprop_jobs{state="queued"} 2.0
backprop_jobs{state="succeeded"} 40.0
"""
