"""Flask's hello behind the service's own door, on the same server and in the same configuration.

python -m benchmarks.hello
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

from flask import Flask

from backprop.settings import settings_from
from backprop.store.database import Database
from service.__main__ import main
from service.monitor import Monitor
from service.parts import EXTENSION, Parts
from service.plotting.studio import Studio
from service.predictors import Predictors
from service.rsgi import Door


def application() -> Door:
    """Return the door with nothing behind it but a bare app that says hello."""
    settings = settings_from(os.environ)
    database = Database(settings.database_url, settings.blob_dir)
    app = Flask("hello")
    studio = Studio(settings.data_dir / "matplotlib")
    app.extensions[EXTENSION] = Parts(settings, database, lambda: None, Predictors(database), Monitor(database), studio)
    app.add_url_rule("/hello", view_func=lambda: "Hello, World!")
    return Door(app)


if __name__ == "__main__":
    main(os.environ, "benchmarks.hello:application")
