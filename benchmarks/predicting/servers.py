"""The servers that are compared, each with as many processes as the service has: the service itself and the peers."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backprop.local.broker import free_port
from backprop.local.command import ONE_THREAD
from backprop.local.program import Program
from benchmarks.load import Request
from benchmarks.predicting import environment
from benchmarks.predicting.networks import Asked
from benchmarks.servers import Served, running, service, trained
from service.predicting.arrays import FLOAT32

PEERS = Path(__file__).with_name("peers")


@contextmanager
def ours(folder: Path, broker_url: str, asked: Asked) -> Iterator[dict[str, Request]]:
    """The service with the network, asked in JSON and in bare float32."""
    with service(folder / "service", broker_url, None) as served:
        address = f"{served.address}/models/{_trained(served, asked)}/predict"
        yield {
            "ours": Request(address, "POST", asked.body()),
            "ours, raw": Request(address, "POST", asked.x().tobytes(), FLOAT32),
        }


@contextmanager
def peers(folder: Path, processes: int, asked: Asked) -> Iterator[dict[str, Request]]:
    """FastAPI as people write it and tuned by hand, and MLflow's own server, over one network of scikit-learn's."""
    python = str(environment.python())
    hidden = map(str, asked.hidden)
    subprocess.run([python, PEERS / "model.py", folder, str(asked.inputs), *hidden], check=True, capture_output=True)
    workers = ("--workers", str(processes))
    uvicorn = (python, "-m", "uvicorn", "--log-level", "warning", *workers, "--app-dir", str(PEERS))
    mlflow = (
        python,
        "-m",
        "mlflow",
        "models",
        "serve",
        "-m",
        str(folder / "mlflow"),
        "--env-manager",
        "local",
        *workers,
    )
    commands = {
        "FastAPI": ((*uvicorn, "written:app"), "predict"),
        "FastAPI, tuned": ((*uvicorn, "tuned:app"), "predict"),
        "MLflow": (mlflow, "invocations"),
    }
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(_peer(name, command, path, folder, asked))
            for name, (command, path) in commands.items()
        }


@contextmanager
def _peer(name: str, command: tuple[str, ...], path: str, folder: Path, asked: Asked) -> Iterator[Request]:
    port = free_port()
    path_of = f"{Path(command[0]).parent}:{os.environ['PATH']}"  # MLflow calls uvicorn by its name
    environ = {**os.environ, **ONE_THREAD, "MODEL": str(folder / "network.joblib"), "PATH": path_of}
    program = Program(name, (*command, "--port", str(port)), environ, folder / f"{name}.log", directory=folder)
    with running(program, port):
        yield Request(f"http://127.0.0.1:{port}/{path}", "POST", asked.body())


def _trained(served: Served, asked: Asked) -> str:
    rows = [[0.0] * asked.inputs, [1.0] * asked.inputs] * 5  # what is asked lies between: no cell is warned of
    job = {
        "name": "asked",
        "data": {"inline": {"inputs": rows, "targets": [f"class {label}" for label in range(10)]}},
        "network": {"hidden": [{"units": units} for units in asked.hidden]},
        "training": {"epochs": 1},
    }
    trained(served, job)
    return "asked"
