"""Whether the service answers yet."""

import http.client
import time

from backprop.local.supervisor import Say, Stop

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened on
LOOK_SECONDS = 0.05


def address(host: str, port: int) -> str:
    """Return the URL under which a browser on this machine finds the service."""
    reachable = WILDCARDS.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def is_ready(host: str, port: int) -> bool:
    """Ask `/healthz/ready` once."""
    # http.client and not urllib, which would send this to a proxy where the environment names one.
    connection = http.client.HTTPConnection(WILDCARDS.get(host, host), port, timeout=2)
    try:
        connection.request("GET", "/healthz/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(host: str, port: int, stop: Stop, say: Say, patience: float = 60.0) -> None:
    """Say the address once the service is ready, and after `patience` seconds without that, that it is not.

    Says nothing any more once the user has asked to stop.
    """
    late = time.monotonic() + patience
    while not is_ready(host, port):
        if stop.requested:
            return
        if time.monotonic() > late:
            say(f"not ready after {patience:g} s; the logs say why")
            late = float("inf")
        time.sleep(LOOK_SECONDS)
    if not stop.requested:
        say(f"backprop is ready at {address(host, port)}")
