"""Python's websockets library as client or server of interop tests.

    websockets_peer.py client URL none|deflate    runs the exercise, prints the outcome as JSON
    websockets_peer.py server none|deflate        echoes; prints its port first, ends with its input
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

LARGE = "large " * 170_000

MESSAGES = ["héllo 👋", bytes(range(256)), "", b"", LARGE, LARGE.encode()]


async def exercise(url, compression):
    async with connect(url, compression=compression) as connection:
        echoes = []
        for message in MESSAGES:
            await connection.send(message)
            echoes.append(await connection.recv() == message)
        await connection.send(["frag", "men", "", "ted"])
        fragmented = await connection.recv()
        latency = await (await connection.ping(b"payload"))
        extensions = connection.response.headers.get_all("Sec-WebSocket-Extensions")
        await connection.close(4000, "bye")
        closed = [connection.protocol.close_rcvd.code, connection.protocol.close_sent.reason]
    return {
        "echoes": echoes,
        "fragmented": fragmented,
        "ponged": latency >= 0,
        "extensions": extensions,
        "closed": closed,
        "closed by server": await closed_by_server(url, compression, "close 4001 because"),
        "too big": await closed_by_server(url, compression, "x" * 1_048_577),
    }


async def closed_by_server(url, compression, message):
    async with connect(url, compression=compression) as connection:
        await connection.send(message)
        try:
            await connection.recv()
        except ConnectionClosed as error:
            return [error.rcvd.code, error.rcvd.reason]


async def echo(connection):
    try:
        async for message in connection:
            await answer(connection, message)
    except ConnectionClosed:
        pass  # with any code but 1000 and 1001, which are no errors to this library


async def answer(connection, message):
    if message == "close":
        await connection.close(4001, "because")
    elif message == "fragment":
        await connection.send(["frag", "men", "", "ted"])
    else:
        await connection.send(message)


async def serve_until_told(compression):
    async with serve(echo, "127.0.0.1", 0, compression=compression) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main():
    role, *rest = sys.argv[1:]
    compression = None if rest[-1] == "none" else "deflate"
    if role == "client":
        print(json.dumps(asyncio.run(exercise(rest[0], compression))))
    else:
        asyncio.run(serve_until_told(compression))


main()
