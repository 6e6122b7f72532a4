/** What an unmodified client of Socket.IO does, in whichever runtime: the outcome can be compared. */

/** The bytes of a Buffer, a Uint8Array or an ArrayBuffer. */
function numbers(bytes) {
  return [...new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength)];
}

/** Waits for an event's arguments. */
function next(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));
}

async function connected(socket) {
  if (!socket.connected) await next(socket, "connect");
  return socket;
}

/** Text, bytes, nested bytes, arguments, and acknowledgements both ways. */
async function converse(socket) {
  const back = next(socket, "back");
  socket.emit("back", 1, "two", null, Uint8Array.of(3));
  const [one, two, nothing, three] = await back;
  socket.on("question", (a, b, answer) => answer({ a, b, bytes: Uint8Array.of(9) }));
  const answer = await socket.emitWithAck("ask");
  const nested = { deep: [{ bytes: Uint8Array.of(1, 2) }, "é👋"], empty: new Uint8Array(0) };
  const { deep, empty } = await socket.emitWithAck("echo", nested);
  return {
    text: await socket.emitWithAck("echo", "héllo 👋"),
    large: (await socket.emitWithAck("echo", "large ".repeat(20_000))).length,
    binary: numbers(await socket.emitWithAck("echo", Uint8Array.of(0, 127, 255))),
    nested: [numbers(deep[0].bytes), deep[1], numbers(empty)],
    back: [one, two, nothing, numbers(three)],
    answer: [answer.a, answer.b, numbers(answer.bytes)],
  };
}

/** What was sent while the transport was away comes, and the client is the same. */
async function recover(socket, room) {
  const heard = [];
  socket.on("recalled", (note) => heard.push(note));
  await socket.emitWithAck("room:join", room);
  await socket.emitWithAck("recall", room, 1);
  while (heard.length < 1) await next(socket, "recalled");
  const { id } = socket;
  const again = next(socket, "connect");
  socket.io.engine.close();
  await again;
  const isSame = socket.id === id && socket.recovered;
  await socket.emitWithAck("recall", room, 2);
  while (heard.length < 2) await next(socket, "recalled");
  return { isSame, heard };
}

/** Reconnects while a room goes on; says whether any message was lost, doubled or out of order. */
async function reconnect(socket, room, count) {
  const seen = [];
  let position;
  socket.on("room:joined", ({ seq, epoch }) => position = { seq, epoch });
  socket.on("note", (note, { seq }) => {
    seen.push(note);
    if (position !== undefined) position = { ...position, seq };
  });
  const join = () => socket.emitWithAck("room:join", { roomId: room, ...position });
  await join();
  await socket.emitWithAck("start", room);
  for (let i = 0; i < count; i++) {
    const again = next(socket, "connect");
    socket.io.engine.close();
    await again;
    await join();
  }
  const last = await socket.emitWithAck("stop", room);
  while (seen.at(-1) !== last) await next(socket, "note");
  return { isWhole: seen.length === last + 1 && seen.every((note, at) => note === at) };
}

/**
 * Runs all of it.
 *
 * @param io The client's function of this name.
 * @param url Origin of the server.
 * @param transports As the client's option of this name.
 * @param room A name that nobody else uses.
 */
export async function exercise(io, url, transports, room) {
  const options = { transports, forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 20 };
  const socket = await connected(io(url, options));
  if (transports.length > 1 && socket.io.engine.transport.name === "polling") {
    await next(socket.io.engine, "upgrade");
  }
  const transport = socket.io.engine.transport.name;
  const talk = await converse(socket);
  const admin = await connected(socket.io.socket("/admin"));
  const isAdmin = await admin.emitWithAck("who") === `admin ${admin.id}`;
  const closed = socket.io.socket("/closed", { auth: { token: "bad" } });
  const [error] = await next(closed, "connect_error");
  const recovered = await recover(socket, `${room}-recall`);
  for (const each of [socket, admin, closed]) each.disconnect();
  const plain = await connected(io(url, { ...options, path: "/plain/" }));
  const reconnected = await reconnect(plain, `${room}-notes`, 10);
  plain.disconnect();
  return {
    transport,
    ...talk,
    who: isAdmin,
    refused: [error.message, error.data],
    ...recovered,
    ...reconnected,
  };
}
