"""Flask's hello behind the service's own door, on the same server and in the same configuration.

python -m benchmarks.hello
"""

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

from flask import Flask

from backprop.settings import settings_from
from backprop.store.database import Database
from service.__main__ import main
from service.door.rsgi import Door


def application() -> Door:
    """Return the door with nothing behind it but a bare app that says hello."""
    settings = settings_from(os.environ)
    app = Flask("hello")
    app.add_url_rule("/hello", view_func=lambda: "Hello, World!")
    return Door(app, settings, Database(settings.database_url, settings.blob_dir))


if __name__ == "__main__":
    main(os.environ, "benchmarks.hello:application")
