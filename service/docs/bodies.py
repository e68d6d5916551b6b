"""Bodies to send: jobs that train in seconds, and instances for the first of them; samples have the first of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Body:
    """A body as it can be sent, JSON or a text of another content type, and a line that says what it asks for."""

    summary: str
    value: Any
    kind: str = "application/json"


IRIS: Any = {
    "name": "iris",
    "data": {"builtin": "iris"},
    "split": {"test": 20, "random_state": 4},
    "preprocessing": {"numeric": "none"},
    "network": {
        "hidden": [{"units": 2, "activation": "sigmoid"}],
        "output": {"activation": "sigmoid"},
        "bias": False,
        "init": {"name": "normal", "scale": 0.5},
    },
    "training": {
        "loss": "mse",
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "epochs": 5000,
        "batch_size": "full",
        "shuffle": False,
        "seed": 10,
        "dtype": "float64",
    },
}
XOR: Any = {
    "name": "xor",
    "data": {"inline": {"columns": ["a", "b", "a xor b"], "rows": [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]}},
    "target": "a xor b",
    "network": {"hidden": [{"units": 8, "activation": "tanh"}]},
    "training": {
        "optimizer": {"name": "adam", "learning_rate": 0.05},
        "epochs": 2000,
        "batch_size": "full",
        "seed": 1,
        "stop": {"loss_below": 0.01},
    },
}
FRUIT: Any = {
    "name": "fruit",
    "data": {
        "inline": {
            "columns": ["grams", "skin", "kind"],
            "rows": [
                [150, "smooth", "apple"],
                [170, "smooth", "apple"],
                [140, "rough", "orange"],
                [130, None, "orange"],
            ],
        }
    },
    "target": "kind",
    "training": {"epochs": 300},
}
WEATHER: Any = {
    "name": "weather",
    "data": {
        "inline": {
            "columns": ["pressure", "clouds", "rain", "wind"],
            "rows": [
                [990, 0.9, True, True],
                [1005, 0.8, True, False],
                [1000, 0.2, False, True],
                [1030, 0.1, False, False],
            ],
        }
    },
    "target": ["rain", "wind"],
    "training": {"epochs": 300},
}
DIABETES: Any = {
    "name": "diabetes",
    "data": {"builtin": "diabetes"},
    "split": {"validation": 0.2, "test": 0.2},
    "network": {"hidden": [{"units": 32, "activation": "relu", "dropout": 0.1}]},
    "training": {"epochs": 300, "stop": {"patience": 20, "monitor": "validation_loss"}},
    "metadata": {"team": "a"},
}
WINE: Any = {
    "name": "wine",
    "data": {"builtin": "wine"},
    "split": {"folds": 5, "stratify": True, "test": 0.2},
    "network": {"hidden": [{"units": 16, "activation": "relu"}]},
    "training": {"epochs": 200, "metrics": ["f1_macro"], "stop": {"patience": 20}},
}
LONG = Body(
    "A minute of training",
    {"name": "long", "data": {"builtin": "digits"}, "training": {"epochs": 100000, "stop": {"max_seconds": 60}}},
)
PASSING = Body("One epoch", {"name": "passing", "data": {"builtin": "xor"}, "training": {"epochs": 1}})

JOBS: Mapping[str, Body] = {
    "iris": Body("A well-known tutorial's run, to the last digit: 4-2-3 sigmoid units, plain gradient descent", IRIS),
    "least": Body("Only the data; every default is filled in, and shown", {"data": {"builtin": "wine"}}),
    "xor": Body("Rows in the body, until the loss is low", XOR),
    "fruit": Body("Texts, numbers and a gap: columns are encoded, and the model keeps how", FRUIT),
    "weather": Body("Labels, of which a row has any number: several targets of yes and no", WEATHER),
    "diabetes": Body("A regression that stops when the validation loss gets no better", DIABETES),
    "wine": Body("Cross-validation in five folds, each stopped by the rows that it holds out", WINE),
}
FRUIT_CSV = """grams,skin,kind
150,smooth,apple
170,smooth,apple
140,rough,orange
,rough,orange
"""
PASSING_CSV = Body("One row", "a,b\n1,2\n", "text/csv")
UPLOADS: Mapping[str, Body] = {
    "csv": Body("A line of names, a line for each row, and a gap", FRUIT_CSV, "text/csv"),
    "records": Body(
        "A record on each line",
        '{"grams": 150, "kind": "apple"}\n{"grams": 140, "kind": "orange"}\n',
        "application/x-ndjson",
    ),
}
TARGETS: Mapping[str, Body] = {"version": Body("Point it at version 1", {"version": 1})}
SCIKIT_LEARN: Any = {
    "name": "xor-net",
    "coefs_": [[[1.0, 1.0], [1.0, 1.0]], [[1.0], [-2.0]]],
    "intercepts_": [[0.0, -1.0], [-0.5]],
    "activation": "relu",
    "out_activation_": "logistic",
    "classes_": [0, 1],
}
MODELS: Mapping[str, Body] = {
    "scikit-learn": Body("What an MLPClassifier has learnt, by its attributes: exclusive or", SCIKIT_LEARN),
}
PREDICT_ALL: Mapping[str, Body] = {
    "iris": Body(
        "Every row of a built-in set, and what it is beside what it is taken for",
        {"model": "iris", "data": {"builtin": "iris"}, "return": ["predictions"], "include": ["species"]},
    ),
    "lenient": Body(
        "All columns carried through, and rows that the model cannot take left empty, with the reason",
        {"model": "iris@1", "data": {"builtin": "iris"}, "include": "all", "on_error": "null"},
    ),
}
ANNOTATIONS: Mapping[str, Body] = {
    "said": Body("A tag and a note", {"tags": {"stage": "production"}, "note": "The network of the tutorial."}),
    "removed": Body("The tag removed", {"tags": {"stage": None}}),
}
PREDICTIONS: Mapping[str, Body] = {
    "rows": Body("Rows that hold the features in the model's order", {"instances": [[5.1, 3.5, 1.4, 0.2]]}),
    "records": Body(
        "Records by the features' names, and only the labels back",
        {
            "instances": [
                {
                    "sepal length (cm)": 6.7,
                    "sepal width (cm)": 3.1,
                    "petal length (cm)": 5.6,
                    "petal width (cm)": 2.4,
                }
            ],
            "return": ["predictions"],
        },
    ),
    "top_k": Body(
        "The two most likely classes, and every class's probability",
        {"instances": [[6.7, 3.1, 5.6, 2.4]], "return": ["top_k", "probabilities"], "top_k": 2},
    ),
}
