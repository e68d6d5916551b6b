"""The client: one service, spoken to over HTTP."""

from typing import Self

import httpx2

from backprop.client.datasets import Datasets
from backprop.client.documents import Health
from backprop.client.jobs import Jobs
from backprop.client.models import Models
from backprop.client.predictions import Predictions
from backprop.client.retries import Retries
from backprop.client.transport import Transport, connect, document, unreachable

DEFAULT_URL = "http://127.0.0.1:8000"


class Client:
    """A service by its address; `timeout` is how many seconds a connection, and each pause in an answer, may take.

    with Client() as backprop:
        job = backprop.jobs.create({"name": "iris", "data": {"builtin": "iris"}})
        job = backprop.jobs.wait(job.id)
        print(backprop.models.predict("iris", [[5.1, 3.5, 1.4, 0.2]]).predictions)

    May be used by several threads. Every method raises UnreachableError where nobody answers, and RefusedError by
    its status where the service refuses.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        timeout: float = 30.0,
        retries: Retries = Retries(),  # noqa: B008  frozen
    ) -> None:
        self._transport = Transport(connect(url, api_key, timeout), retries)
        self.url = url.rstrip("/")
        self.jobs = Jobs(self._transport)
        self.models = Models(self._transport)
        self.datasets = Datasets(self._transport)
        self.predictions = Predictions(self._transport)

    def health(self) -> Health:
        """Return how the service is, asked once. Raises UnreachableError."""
        try:
            return Health.of(document(self._transport.http.get("/healthz/ready")))
        except httpx2.TransportError as error:
            raise unreachable(self._transport.http, error) from error

    def close(self) -> None:
        """Close the connections."""
        self._transport.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
