"""A job's life in the database: who may change its state, and how; one module for each who.

`submissions` and `requests` are the user's, `claims` the worker's, `leases` the keeper's; `reading`, `metrics` and
`events` show what there is. The states are

    queued -> running -> succeeded | failed | cancelled        and        queued | running <-> paused

and `requested` is what a user asked of a running job that has not yet obeyed: "pause", "cancel" or nothing.
"""
