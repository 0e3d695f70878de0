"""From the log to the members' connections.

The path of an event: the log has numbered it; `router` takes it from there and hands it to the `bus`, for
other processes, and to the `feed`, which keeps the order of its room; the `hub` encodes it once for each
audience and writes to the `outbox` of each connection. `recipients` does so for what concerns one
participant. `catchup` feeds a slow or returning connection from the log until it is live.
"""
