"""The queue: a Celery app made from settings, and the bell that says 'look at the table'.

A message carries nothing, so losing, doubling or reordering messages changes nothing but how soon a job starts.
"""

import logging
import threading
import time

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

TASK = "backprop.work"
QUEUE = "backprop"
SECONDS_BETWEEN_BELLS = 0.01

log = logging.getLogger(__name__)


def celery_app(broker_url: str) -> Celery:
    """Return a Celery app on this broker; it connects when it is first used.

    A message is acknowledged before its task runs: it carries nothing that a redelivery could save, and with Celery
    5.7.0 a worker that holds a late-acknowledged task exits when Redis drops the connection.
    """
    app = Celery("backprop", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_soft_shutdown_timeout=5,
        worker_enable_soft_shutdown_on_idle=True,
        worker_send_task_events=False,
        broker_connection_timeout=3,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A publish to a frozen broker gives up after 2 s; by default it blocks for more than 25.
        broker_transport_options={
            "visibility_timeout": 3600,
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "retry_on_timeout": True,
            "health_check_interval": 10,
            "max_retries": 2,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.2,
        },
    )
    return app


def ring(app: Celery, times: int = 1) -> bool:
    """Publish bells; return whether the broker took them. The keeper rings again for those that it did not."""
    try:
        for _ in range(times):
            app.signature(TASK).apply_async(retry=False)
    except (KombuError, OperationalError, RedisError, OSError) as error:
        log.warning("the broker takes no bell: %s", error)
        return False
    return True


def bells(app: Celery) -> int:
    """Return how many bells nobody has heard yet; 0 where the broker does not say."""
    try:
        with app.connection_for_read() as connection:
            return int(connection.default_channel.queue_declare(queue=QUEUE).message_count)
    except (KombuError, OperationalError, RedisError, OSError) as error:
        log.warning("the broker does not say how many bells it holds: %s", error)
        return 0


class Ringer:
    """Rings on a thread of its own, so that no request waits for the broker, however dead or frozen it is.

    All who ask within `seconds_between` share one bell: publishing takes longer than storing a job, and whoever hears a
    bell where several jobs wait passes it on. The thread begins with the first ring: a process that is forked before
    then has one of its own. It ends with its process, and leaves what it has not rung to the keeper.
    """

    def __init__(self, app: Celery, seconds_between: float = SECONDS_BETWEEN_BELLS) -> None:
        self._app = app
        self._seconds_between = seconds_between
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Have a bell rung for what has been committed by now; return at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
            self._thread.start()
        self._wanted.set()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()  # before the bell: whoever asks while it is rung may have committed too late for it
            ring(self._app)
            time.sleep(self._seconds_between)
