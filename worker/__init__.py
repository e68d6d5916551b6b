"""The queue's door: Celery hears a bell, and a plain function claims a job and trains it."""
