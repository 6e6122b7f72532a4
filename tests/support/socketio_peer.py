"""python-socketio as a client of interop tests: runs the exercise, prints the outcome as JSON.

    socketio_peer.py URL TRANSPORT...
"""

import json
import queue
import sys

import socketio


def exercise(url, transports):
    client = socketio.Client(reconnection=False)
    heard = queue.Queue()
    client.on("back", lambda *values: heard.put(values))
    client.on("question", lambda a, b: {"a": a, "b": b, "bytes": b"\x09"})
    client.connect(
        url,
        transports=transports,
        namespaces=["/", "/admin"],
        # Without recovery, of which this client knows nothing: it would take offsets for arguments.
        socketio_path="plain",
        wait_timeout=60,
    )
    client.emit("back", (1, "two", None, b"\x03"))
    one, two, nothing, three = heard.get(timeout=60)
    answer = client.call("ask", timeout=60)
    nested = client.call("echo", {"deep": [{"bytes": b"\x01\x02"}, "é👋"], "empty": b""})
    outcome = {
        "transport": client.transport(),
        "text": client.call("echo", "héllo 👋"),
        "large": len(client.call("echo", "large " * 20_000)),
        "binary": list(client.call("echo", bytes([0, 127, 255]))),
        "nested": [
            list(nested["deep"][0]["bytes"]),
            nested["deep"][1],
            list(nested["empty"]),
        ],
        "back": [one, two, nothing, list(three)],
        "answer": [answer["a"], answer["b"], list(answer["bytes"])],
        "who": client.call("who", namespace="/admin")
        == "admin " + client.get_sid("/admin"),
        "refused": refuse(url, transports),
    }
    client.disconnect()
    return outcome


def refuse(url, transports):
    client = socketio.Client(reconnection=False)
    told = queue.Queue()
    client.on("connect_error", told.put, namespace="/closed")
    try:
        client.connect(
            url,
            transports=transports,
            namespaces=["/closed"],
            auth={"token": "bad"},
            wait_timeout=60,
        )
    except socketio.exceptions.ConnectionError:
        pass
    error = told.get(timeout=60)
    return [error["message"], error["data"]]


print(json.dumps(exercise(sys.argv[1], sys.argv[2:])))
