"""What is hostile: sound bodies to begin from, and the values, bytes, queries and headers that spoil them."""

from collections.abc import Mapping, Sequence
from typing import Any

XOR = {"data": {"builtin": "xor"}, "training": {"epochs": 2}}
ROWS = [[1, 2.5, "a", True], [2, None, "b", False], [3, 0.5, "a", True], [4, 1e3, "b", None]]
JOBS: Sequence[Any] = (
    XOR | {"name": "xor", "priority": 1, "metadata": {"team": "a"}},
    {
        "data": {"inline": {"columns": ["w", "x", "y", "z"], "rows": ROWS}},
        "target": "y",
        "features": ["w", "x"],
        "task": "classification",
        "split": {"validation": 0.25, "test": 1, "stratify": False, "random_state": 4},
        "preprocessing": {"numeric": "minmax", "categorical": "one_hot", "missing": "mean", "target": "none"},
        "network": {
            "hidden": [{"units": 3, "activation": "tanh", "dropout": 0.1}],
            "output": {"activation": "softmax"},
            "bias": True,
            "init": {"name": "normal", "scale": 0.5},
        },
        "training": {
            "loss": "cross_entropy",
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
            "schedule": {"name": "constant"},
            "epochs": 3,
            "batch_size": 2,
            "shuffle": True,
            "seed": 10,
            "dtype": "float64",
            "stop": {"loss_below": 0.1, "patience": 2, "min_delta": 0.0, "monitor": "loss", "max_seconds": 5},
        },
    },
    {
        "data": {"inline": {"inputs": [[0, 1], [1, 0], [1, 1]], "targets": [0.5, 1.5, 2.5]}},
        "split": {"folds": 2},
        "network": {"hidden": [], "weights": [[[0.5], [0.25]]], "biases": [[0.1]]},
        "training": {"epochs": 2, "batch_size": "full"},
    },
)
PREDICTIONS: Sequence[Any] = (
    {"instances": [[0, 1], [1, 1]]},
    {"instances": [{"x1": 0, "x2": 1.5}], "return": ["predictions", "outputs"]},
    {"instances": [[0, 9]], "return": ["probabilities", "logits", "top_k"], "top_k": 2},
)
OF_MODELS: Sequence[tuple[str, str, Any]] = (
    ("PUT", "/v1/models/xor/aliases/a", {"version": 1}),
    ("PATCH", "/v1/models/xor", {"tags": {"a": "b", "c": None}, "note": "d"}),
)
# fmt: off
VALUES: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2, 0.5, 1e308, -1e308, 5e-324, 2**31, 2**53 + 1, 2**63, 2**64, 10**300, 10**400,
    "", "0", "NaN", "a", "ä𝛼\u202e", "\u0000", "\ud800", "x" * 5000, "../..", "' OR 1=1 --", "${jndi:ldap://a}",
    "__class__", "xor", "iris", "y", "full", "sgd", "relu", "mse",
    [], [[]], [[[]]], [None], [1, "a"], [0] * 300, {}, {"": 0}, {"name": "adam"}, {"__proto__": 1}, {"x1": 1},
)
TEXTS: Sequence[bytes] = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"00", b"{", b"}", b"[" * 2000, b'"', b",", b":", b"/**/", b'"name":"a",',
    b"\\u0000", b"\\ud800", b"\xff", b"\x00", b"\xef\xbb\xbf", b"1" * 4400, b" " * 3000,
)
QUERIES: Sequence[str] = (
    "limit=1", "limit=0", "limit=1e3", "limit=1&limit=2", "limit=%00", "limit=9999999999999999999999", "limit",
    "after=job_0", "after=%ff%fe", "state=queued", "state=queued&state=running", "state=", "state=a", "name=xor",
    "name=%2e%2e", "since=-1", "since=1", "max_points=2", "max_points=1", "format=npz", "format=json", "format=exe",
    "with=xor", "with=xor%40a", "with=%00", "with=", "tags.a=b", "tags=a", "tags.=", "tags.%00=a",
    "kind=confusion", "kind=residuals", "kind=", "kind=curves&kind=curves",
    "=", "&", "&&=", "%", "%zz", "a[b]=1", "a;b", "x" * 3000,
)
HEADERS: Mapping[str, Sequence[str]] = {
    "Content-Type": (
        "application/json", "application/json; charset=latin-1", "application/x+json", "text/plain", "a", "",
        "a/b;" * 300,
    ),
    "Content-Encoding": ("gzip", "identity", "br, gzip", ""),
    "Accept": ("*/*", "text/html", "text/event-stream", "q", "a/b;q=x", "*/*," * 500),
    "Idempotency-Key": ("a", "", "a b", "ä", "x" * 300, "k"),
    "X-Request-Id": ("r-1", "", "a b", "x" * 400, "é", "{{7*7}}"),
    "Prefer": ("wait=0", "wait=-1", "wait", "wait=99999999999", "respond-async, wait=1", "=", ";;;"),
    "Last-Event-ID": ("1-1", "0-0", "-1", "999999999-999999999", "x", "²-1"),
    "If-Match": ("*", '"1"', 'W/"1"', "", '"', "é", '"1", ' * 300),
    "If-None-Match": ("*", '"a"', "W/", '"' * 99, "é"),
    "Authorization": ("Bearer x", "Bearer", "Basic é", "bearer sesame ", "Bearer sesame"),
    "Range": ("bytes=0-1", "bytes=-", "bytes=9-1"),
    "X-Forwarded-For": ("127.0.0.1", "'"),
    "Transfer-Encoding": ("identity", "gzip", "x"),
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "QUERY", "get", "X")
REFS = (
    "job_0", "xor@0", "xor@99999999999", "xor@a", "@", "xor@", "mdl_", "%00", "%2e%2e", "a%2Fb", "é", "%ff", "x" * 3000,
)
TAILS = (
    "", "", "/metrics", "/events", "/weights", "/predict", "/cancel", "/pause", "/resume", "/plot.svg", "/plot.png",
    "/", "/x", "/aliases", "/aliases/a", "/aliases/7", "/aliases/%00", "/aliases/a/rollback", "/aliases/a/history",
    "/compare", "/reproduce",
)
# fmt: on
