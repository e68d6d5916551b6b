"""Models without training: parameters as they are drawn, moved a little."""

from typing import Any

import numpy as np

from backprop.assembly import network_of
from backprop.data import Table, prepare
from backprop.defaults import complete
from backprop.exchange.bundle import Bundle
from backprop.nn import initial_parameters
from backprop.schemas import load_job


def bundle_of(table: Table, **job: Any) -> Bundle:
    """Return the model of a job on a table whose target is the column `target` unless the job says otherwise."""
    spec = complete(load_job({"data": {"dataset": "ds_1"}, "target": "target", **job}).spec, table)
    encoding = prepare(table, spec).encoding
    network = network_of(spec, encoding)
    flat = initial_parameters(network, 0)
    flat += np.random.RandomState(1).uniform(0, 0.2, flat.shape).astype(flat.dtype)
    return Bundle("model", spec, encoding, flat)
