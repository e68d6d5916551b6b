"""Where the peers run: an environment of their own under build/, since none of them is a part of this project."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path("build/serving-peers")
PACKAGES = (
    "fastapi==0.165.0",
    "httptools>=0.6",
    "mlflow==3.17.2",
    "orjson>=3.11",
    "scikit-learn==1.9.1",
    "uvicorn==0.54.0",
    "uvloop>=0.21",
)


def python() -> Path:
    """The environment's interpreter; makes the environment, of nearly 1 GB, where it is missing or out of date.

    Raises CalledProcessError where the packages cannot be installed.
    """
    interpreter, holds = FOLDER / "bin" / "python", FOLDER / "holds"
    wanted = "\n".join(PACKAGES)
    if not holds.exists() or holds.read_text() != wanted:
        print(f"installing FastAPI and MLflow into {FOLDER} (a minute or two, once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
        subprocess.run(
            [interpreter, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *PACKAGES], check=True
        )
        holds.write_text(wanted)
    return interpreter.absolute()
