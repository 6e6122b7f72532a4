import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ClientError, ServerError } from "../../../client/errors.ts";
import { checkJoinOptions, type Gap, Rooms } from "../../../client/rooms/rooms.ts";
import type { RequestedRoom } from "../../../wire/room_message.ts";
import { ManualClock } from "../../support/clients.ts";

const timing = { minDelay: 1_000, maxDelay: 30_000, random: () => 0 };

function setUp() {
  const questions: RequestedRoom[] = [];
  const gaps: Gap[] = [];
  const clock = new ManualClock();
  const rooms = new Rooms({ ...timing, clock }, {
    ask: (question) => questions.push(question),
    gap: (gap) => gaps.push(gap),
  });
  return { clock, questions, gaps, rooms };
}

function joined(rooms: Rooms, seq: number, recovered = false, epoch = "e"): void {
  rooms.joined({ roomId: "deck", seq, epoch, recovered });
}

/** Tells which of the messages are delivered. */
function hear(rooms: Rooms, ...seqs: number[]): number[] {
  return seqs.filter((seq) => rooms.receive({ stream: "deck", seq }));
}

/** In the room, with its stream at a number. */
function enter(seq: number) {
  const world = setUp();
  world.rooms.join("deck", true);
  joined(world.rooms, seq);
  world.questions.length = 0;
  return world;
}

Deno.test("Rooms.join() asks once, and resolves to what the server says", async () => {
  const { questions, rooms } = setUp();
  const both = [rooms.join("deck", true), rooms.join("deck", true)];
  assertEquals(questions, [{ roomId: "deck" }]);
  rooms.joined({
    roomId: "deck",
    seq: 7,
    epoch: "e",
    recovered: false,
    members: [],
  });
  const expected = { roomId: "deck", seq: 7, epoch: "e", recovered: false, members: [] };
  assertEquals(await Promise.all(both), [expected, expected]);
  assertEquals(await rooms.join("deck", true), expected);
  assertEquals([rooms.names, rooms.position("deck")], [["deck"], { seq: 7, epoch: "e" }]);
});

Deno.test("Rooms.join() waits for a connection", async () => {
  const { questions, rooms } = setUp();
  const joining = rooms.join("deck", false);
  assertEquals(questions, []);
  rooms.rejoin();
  assertEquals(questions, [{ roomId: "deck" }]);
  rooms.joined({ roomId: "deck" });
  assertEquals(await joining, { roomId: "deck", recovered: false });
});

Deno.test("Rooms.refused() rejects, and forgets the room", async () => {
  const { rooms } = setUp();
  const joining = rooms.join("deck", true);
  rooms.refused(["deck", "nowhere"], new ServerError("FORBIDDEN", "No"));
  await assertRejects(() => joining, ClientError, 'Cannot join "deck": No');
  assertEquals(rooms.names, []);
});

Deno.test("Rooms.leave() rejects who waits, and tells whether there was a room", async () => {
  const { rooms } = setUp();
  const joining = rooms.join("deck", true);
  assertEquals([rooms.leave("deck", true), rooms.leave("deck", true)], [true, false]);
  const error = await assertRejects(() => joining, ClientError);
  assertEquals(error.code, "CLOSED");
});

Deno.test("Rooms.rejoin() gives the position of the last message", () => {
  const { questions, rooms } = enter(7);
  assertEquals(hear(rooms, 8, 9), [8, 9]);
  rooms.rejoin();
  const position = { seq: 9, epoch: "e" };
  assertEquals(questions, [{ roomId: "deck", since: position }]);
});

Deno.test("Rooms.receive() drops what was received before", () => {
  const { gaps, rooms } = enter(7);
  assertEquals(hear(rooms, 7, 8, 8, 6, 9, 9), [8, 9]);
  rooms.rejoin();
  assertEquals(hear(rooms, 9, 10), [10]);
  joined(rooms, 9, true);
  assertEquals(hear(rooms, 10, 11), [11]);
  assertEquals([gaps, rooms.position("deck")], [[], { seq: 11, epoch: "e" }]);
});

Deno.test("Rooms.receive() asks for what is missing, once, and takes it in order", () => {
  const { questions, gaps, rooms } = enter(7);
  assertEquals(hear(rooms, 9, 10), []);
  assertEquals(questions, [{ roomId: "deck", since: { seq: 7, epoch: "e" } }]);
  assertEquals(hear(rooms, 8, 9, 10), [8, 9, 10]);
  joined(rooms, 10, true);
  assertEquals([hear(rooms, 11), gaps], [[11], []]);
});

Deno.test("Rooms tells of a gap, and goes on behind it", () => {
  const { gaps, rooms } = enter(7);
  rooms.rejoin();
  joined(rooms, 3, false, "f");
  assertEquals(gaps, [{ roomId: "deck", since: { seq: 7, epoch: "e" } }]);
  assertEquals([hear(rooms, 4), rooms.position("deck")], [[4], { seq: 4, epoch: "f" }]);
});

Deno.test("Rooms tells of no gap at the first join", () => {
  assertEquals(enter(7).gaps, []);
});

Deno.test("Rooms begins behind messages that come before the answer", () => {
  const { rooms, questions } = setUp();
  rooms.join("deck", true);
  assertEquals(hear(rooms, 8), [8]);
  joined(rooms, 7);
  assertEquals([hear(rooms, 8, 9), questions.length], [[9], 1]);
});

Deno.test("Rooms knows no position in a stream that could not be read", () => {
  const { rooms, questions } = enter(7);
  rooms.rejoin();
  joined(rooms, 0, false, "");
  assertEquals(hear(rooms, 1, 1), [1, 1]);
  rooms.lost();
  rooms.rejoin();
  assertEquals(questions.at(-1)?.since, undefined);
});

Deno.test("Rooms.receive() lets pass what is of no room, and Rooms.joined() what names none", () => {
  const { rooms } = enter(7);
  assert(rooms.receive({ stream: "cabin", seq: 1 }));
  for (const data of [{}, { roomId: 5 }, { roomId: "cabin", seq: 1, epoch: "e" }]) {
    rooms.joined(data);
  }
  assertEquals([rooms.names, rooms.position("deck")?.seq], [["deck"], 7]);
});

Deno.test("Rooms asks for what is missing at once, then later and later, until it is calm", () => {
  const { clock, questions, rooms } = enter(7);
  const miss = () => {
    questions.length = 0;
    const before = clock.now();
    hear(rooms, 9);
    while (questions.length === 0) clock.pass(100);
    joined(rooms, 7, true);
    return clock.now() - before;
  };
  assertEquals([miss(), miss(), miss()], [0, 1_000, 1_000]);
  clock.pass(5_000);
  assertEquals([miss(), miss()], [0, 1_000]);
});

Deno.test("Rooms.postponed() asks again when it is time, unless somebody has meanwhile", () => {
  const { clock, questions, rooms } = setUp();
  rooms.join("deck", true);
  rooms.postponed(["deck"], 3_000);
  rooms.postponed(["nowhere"], 0);
  clock.pass(2_999);
  rooms.join("deck", true);
  assertEquals(questions.length, 1);
  clock.pass(1);
  assertEquals(questions.length, 2);
  rooms.postponed(["deck"], 3_000);
  rooms.lost();
  rooms.rejoin();
  rooms.leave("deck", true);
  assertEquals([questions.length, clock.size], [3, 0]);
});

Deno.test("Rooms.postponed() asks for all that came too fast at the same time", () => {
  const { clock, questions, rooms } = setUp();
  const names = ["a", "b", "c", "d"];
  for (const name of names) rooms.join(name, true);
  rooms.postponed(["a", "b"], 2_000);
  clock.pass(500);
  rooms.postponed(["c"], 1_000);
  rooms.postponed(undefined, 1_500);
  questions.length = 0;
  clock.pass(1_499);
  assertEquals([questions.length, clock.size], [0, 1]);
  clock.pass(1);
  assertEquals(questions.map(({ roomId }) => roomId), names);
});

Deno.test("Rooms.left() forgets a room that the server has taken the client out of", async () => {
  const { rooms } = enter(7);
  rooms.left({ roomId: "deck" });
  rooms.left({});
  assertEquals(rooms.names, []);
  const joining = rooms.join("deck", true);
  rooms.left({ roomId: "deck" }); // of the stay before
  rooms.joined({ roomId: "deck", seq: 8, epoch: "e", recovered: false });
  await joining;
  assertEquals(rooms.names, ["deck"]);
});

Deno.test("Rooms takes no answer for that to another question", async () => {
  const { rooms } = setUp();
  const first = rooms.join("deck", true).catch(() => "left");
  rooms.asked("deck");
  rooms.leave("deck", true);
  const second = rooms.join("deck", true);
  rooms.asked("deck");
  joined(rooms, 7);
  assertEquals([await first, rooms.position("deck")], ["left", undefined]);
  rooms.left({ roomId: "deck" });
  joined(rooms, 9);
  assertEquals([(await second).seq, rooms.names], [9, ["deck"]]);
});

Deno.test("Rooms.receive() drops what comes of a room that was left, until the server says so", () => {
  const { rooms } = enter(7);
  rooms.leave("deck", true);
  assertEquals(hear(rooms, 8, 9), []);
  rooms.left({ roomId: "deck" });
  assertEquals(hear(rooms, 10), [10]); // the server has put us there itself
});

Deno.test("Rooms.receive() drops what comes of a stay that has ended, and the next one is told", async () => {
  const { rooms } = enter(3);
  for (let i = 0; i < 2; i++) {
    rooms.leave("deck", true);
    rooms.join("deck", true).catch(() => {});
    rooms.asked("deck");
  }
  const joining = rooms.join("deck", true);
  // The first of both questions is answered, and what is published then is of the stay that it began.
  rooms.left({ roomId: "deck" });
  assertEquals(rooms.joined({ roomId: "deck", seq: 8, epoch: "e" }), false);
  assertEquals(hear(rooms, 9, 10), []);
  rooms.left({ roomId: "deck" });
  assertEquals(rooms.joined({ roomId: "deck", seq: 12, epoch: "e" }), true);
  assertEquals([(await joining).seq, hear(rooms, 13, 14)], [12, [13, 14]]);
});

Deno.test("Rooms.receive() lets pass what comes of a room that was left before the connection", () => {
  const { rooms } = enter(3);
  rooms.lost();
  rooms.leave("deck", false);
  rooms.rejoin();
  // The server has let the client into it by itself.
  assertEquals(hear(rooms, 9), [9]);
});

Deno.test("Rooms asks for the newest messages until it has entered, and not again", () => {
  const { questions, rooms } = setUp();
  rooms.join("deck", true, 50);
  rooms.lost();
  rooms.rejoin();
  joined(rooms, 0, false, "");
  rooms.rejoin();
  assertEquals(questions, [
    { roomId: "deck", last: 50 },
    { roomId: "deck", last: 50 },
    { roomId: "deck" },
  ]);
});

Deno.test("checkJoinOptions() refuses unknown options, and numbers that are none", () => {
  checkJoinOptions({ last: 1 });
  const misspelled: object = { lasts: 5 };
  assertThrows(() => checkJoinOptions(misspelled), TypeError, 'did you mean "last"');
  for (const last of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => checkJoinOptions({ last }), RangeError, "Cannot use last");
  }
});

Deno.test("Rooms tells of a gap where the server says unasked that the stream was lost", () => {
  const { gaps, rooms } = enter(7);
  joined(rooms, 2, false, "f");
  assertEquals(gaps, [{ roomId: "deck", since: { seq: 7, epoch: "e" } }]);
  assertEquals(hear(rooms, 3), [3]);
});

Deno.test("Rooms.closed() remembers what was joined, and only that", async () => {
  const { rooms } = enter(7);
  const joining = rooms.join("cabin", true);
  rooms.closed(new ClientError("CLOSED", "Closed"));
  await assertRejects(() => joining, ClientError, "Closed");
  assertEquals([rooms.names, rooms.position("deck")?.seq], [["deck"], 7]);
});

Deno.test("Rooms delivers each message once and in order, over any losses", () => {
  const step = fc.oneof(
    fc.constant("publish"),
    fc.constant("publish unheard"),
    fc.constant("reconnect"),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const stream: number[] = [];
    const heard: number[] = [];
    let asked = false;
    const clock = new ManualClock();
    const rooms: Rooms = new Rooms({ ...timing, clock }, {
      ask: () => asked = true,
      gap: () => assert(false),
    });
    const push = (seq: number) => void heard.push(...hear(rooms, seq));
    /** A server that has all messages. */
    const answer = () => {
      while (asked) {
        asked = false;
        const since = rooms.position("deck");
        if (since !== undefined) stream.slice(since.seq).forEach(push);
        joined(rooms, stream.length, since !== undefined);
      }
    };
    rooms.join("deck", true);
    answer();
    for (const step of [...steps, "reconnect"]) {
      if (step === "reconnect") {
        rooms.lost();
        rooms.rejoin();
      } else stream.push(stream.length + 1);
      if (step === "publish") push(stream.length);
      answer();
    }
    assertEquals(heard, stream);
  }));
});
