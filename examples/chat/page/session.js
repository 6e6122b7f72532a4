// @ts-check
/// <reference lib="dom" />
/** One room: joins it over a connection, and again after each loss; turns events into views. */

/** @import { CloseInfo, StateChange, WireEvents } from "@hawser/ws/client" */
/** @import { ChatServerEvents } from "../events.ts" */
/** @import { ChatClient } from "./connection.js" */
/** @import { Person } from "./people.js" */
import { ownerOf } from "./account.js";
import { Connection } from "./connection.js";
import { Delivery } from "./delivery.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { recallUnsent, rememberUnsent } from "./storage.js";
import { countUnseen } from "./title.js";
import { describeTypists, TypingSignal, Typists } from "./typing.js";

/**
 * @typedef {object} Views
 * @property {import("./log_view.js").LogView} log
 * @property {import("./pending_view.js").PendingView} pending
 * @property {import("./people_view.js").PeopleView} people
 * @property {import("./status_view.js").StatusView} status
 * @property {import("./scroll.js").Follower} follower
 * @property {(text: string) => void} showTyping
 * @property {(text: string) => void} showNotice
 * @property {(isAway: (userId: string) => boolean) => void} showAway Who is here has changed.
 * @property {(reason: string) => void} onRefused The server does not let us into the room.
 * @property {(reason: string) => void} onTokenNeeded The server does not know who we are.
 */

/** Milliseconds that the server has to let us into the room. */
const JOIN_TIMEOUT = 10_000;

/** Messages that are shown from before the person came. */
const SHOWN_BEFORE = 50;

/** Stays with its room when the person leaves, so that coming back shows what was there. */
export class Session {
  /** @readonly */
  room;
  #views;
  #connection = new Connection((client) => this.#listen(client));
  #people = new People();
  #typists;
  #typing = new TypingSignal(() => {
    this.#connection.client?.volatile.emit("typing:start", { roomId: this.room });
  });
  #outbox;
  #delivery;
  /** Whether the person is in the room, or wants to be. */
  #isInside = false;
  /** Guests have a new id where the server does not know their key. */
  /** @type {Set<string>} */
  #ownIds = new Set();
  /** @type {Person | undefined} */
  #self;
  /** Whether the server knows who we are, on the present connection. */
  #isKnown = false;
  /** Our newest message in the log, until it is known to have been delivered. */
  /** @type {HTMLElement | undefined} */
  #undelivered;
  #isJoined = false;
  /** Repeats what has changed while the server made the list of who is here. */
  /** @type {(() => void)[]} */
  #moves = [];
  #hasJoinedBefore = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #joinTimer;

  /**
   * @param {string} room
   * @param {Views} views
   */
  constructor(room, views) {
    this.room = room;
    this.#views = views;
    this.#typists = new Typists((userIds) => {
      const names = userIds.map((userId) => this.#people.label({ userId }));
      views.showTyping(describeTypists(names));
    });
    this.#outbox = new Outbox(recallUnsent(room), (messages) => {
      // Private messages must not be sent to the room on the next visit.
      const ofRoom = messages.filter(({ recipient }) => !recipient);
      rememberUnsent(room, ofRoom.map((message) => message.content));
      views.pending.show(messages);
      views.follower.follow();
    });
    this.#delivery = new Delivery(this.#outbox, {
      send: (message, timeout) => this.#sendMessage(message, timeout),
      onDelivered: (message) => message ? this.#privateDelivered(message) : this.#markDelivered(),
      onSilence: () => this.#connection.retry(),
    });
  }

  /**
   * Connects and joins.
   *
   * @param {string} name
   * @param {string} token Empty where there is none.
   */
  enter(name, token) {
    this.#isInside = true;
    this.#views.status.reset();
    this.#views.pending.show(this.#outbox.messages);
    this.#views.follower.jump();
    this.#views.status.show({ phase: "connecting" });
    this.#connection.open({ name, token });
    this.#join();
  }

  /** @returns {boolean} True while closing the page would lose what was written. */
  get hasUnsent() {
    return this.#outbox.messages.length > 0;
  }

  /** Leaves the room and the server. */
  leave() {
    this.#isInside = false;
    this.#connection.close();
    this.#disconnected();
  }

  /** Connects now instead of later. */
  retry() {
    this.#connection.retry();
    this.#join();
  }

  /**
   * @param {string} content
   * @param {import("./outbox.js").Recipient} [recipient]
   */
  send(content, recipient) {
    this.#views.showNotice("");
    this.#typing.sent();
    this.#outbox.add(content, recipient);
    this.#views.follower.jump();
    this.#delivery.next();
  }

  /** @param {number} key */
  sendAgain(key) {
    this.#outbox.retry(key);
    this.#delivery.next();
  }

  /** @param {number} key */
  discard(key) {
    this.#outbox.remove(key);
  }

  /** The person is writing. */
  typed() {
    if (this.#isJoined) this.#typing.typed();
  }

  /** @param {ChatClient} client */
  #listen(client) {
    client.onState((change) => {
      if (client === this.#connection.client) this.#stateChanged(change);
    });
    client
      .on("welcome", (welcome) => this.#welcomed(welcome))
      .on("room:joined", (joined) => this.#joined(joined))
      .on("chat:message", (message) => this.#messageArrived(message))
      .on("message:new", (message) => this.#messageArrived(message))
      .on("message:private", (message) => this.#privateArrived(message))
      .on("user:joined", (person) => this.#userMoved(person, "joined"))
      .on("user:left", (person) => this.#userMoved(person, "left"))
      .on("room:changes", (changes) => this.#roomChanged(changes))
      .on("user:typing", (person) => this.#userTyped(person))
      .on("presence:update", ({ userId, status }) => {
        if (this.#people.setOnline(userId, status === "online")) this.#showPeople();
      })
      .on("error", ({ code, message, roomId }) => {
        if (roomId === this.room) this.#joinRefused(code, message);
        else this.#views.showNotice(message);
      });
  }

  /** @param {StateChange} change */
  #stateChanged({ state, close, retryIn = 0 }) {
    const wasKnown = this.#isKnown;
    if (state !== "open") this.#disconnected();
    if (!this.#isInside) return;
    if (state === "open") {
      this.#isKnown = true;
      this.#joinTimer = setTimeout(() => this.retry(), JOIN_TIMEOUT);
      this.#views.status.show({ phase: "connecting" });
    } else if (close && this.#mayNeedToken(close, wasKnown)) {
      if (!this.#connection.presentOtherwise(close)) this.#views.onTokenNeeded(close.reason);
      else this.#join();
    } else if (state === "closed") {
      const { code, reason } = close ?? { code: 1006, reason: "" };
      this.#views.status.show({ phase: "stopped", code, reason });
    } else if (retryIn > 0) {
      this.#views.status.show({ phase: "waiting", until: Date.now() + retryIn });
    } else this.#views.status.show({ phase: "connecting" });
  }

  /**
   * Whether the server does not take us for who we are; another attempt needs another token.
   *
   * @param {CloseInfo} close
   * @param {boolean} wasKnown
   */
  #mayNeedToken({ code, reason }, wasKnown) {
    const { token } = this.#connection;
    if (code === 4401) return token !== "" || reason === "Missing token";
    return code === 1008 && token !== "" && !wasKnown;
  }

  #disconnected() {
    clearTimeout(this.#joinTimer);
    this.#isJoined = false;
    this.#moves = [];
    this.#isKnown = false;
    this.#typists.clear();
    this.#delivery.stop();
  }

  #join() {
    const options = this.#hasJoinedBefore ? {} : { last: SHOWN_BEFORE };
    // The result comes by events, as on each later connection.
    this.#connection.client?.join(this.room, options).catch(() => {});
  }

  /** @param {WireEvents["welcome"]} welcome */
  #welcomed({ id, userId, name }) {
    const { token } = this.#connection;
    // A server that does not say who we are wants to be told.
    if (typeof userId !== "string" && token === "") return this.#views.onTokenNeeded("");
    this.#self = typeof userId === "string"
      ? { userId, name: typeof name === "string" ? name : this.#connection.name }
      : ownerOf(token) ?? { userId: id };
    this.#ownIds.add(this.#self.userId);
  }

  /** @param {ChatServerEvents["room:joined"]} message */
  #joined({ members, count, recovered }) {
    clearTimeout(this.#joinTimer);
    // Without the one that is still there of an earlier connection of ours.
    const others = members.filter(({ userId }) => !this.#isOwn(userId));
    // The server may have cut our name.
    const self = members.find(({ userId }) => userId === this.#self?.userId) ?? this.#self;
    this.#people.replace(self ? [...others, self] : others, count);
    for (const change of this.#moves.splice(0)) change();
    this.#showPeople();
    this.#markDelivered();
    if (this.#hasJoinedBefore && !recovered) this.#views.log.addGap();
    this.#isJoined = true;
    this.#hasJoinedBefore = true;
    const isLimited = this.#connection.client?.transport !== "websocket";
    this.#views.status.show({ phase: "online", isLimited });
    this.#views.follower.follow();
    this.#delivery.start(recovered);
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #joinRefused(code, message) {
    // The server has failed: the join times out, and is tried again over a new connection.
    if (code === "INTERNAL" || code === "UNAVAILABLE") return;
    this.leave();
    this.#views.onRefused(message);
  }

  /** @param {ChatServerEvents["chat:message"]} message */
  #messageArrived({ userId, name, content, ts }) {
    const isOwn = this.#isOwn(userId);
    this.#typists.stop(userId);
    const author = this.#people.label({ userId, name });
    const place = this.#views.log.add({ userId, author, isOwn, content, time: toDate(ts) });
    const isOld = !this.#hasJoinedBefore;
    this.#views.follower.follow(isOwn || isOld ? 0 : 1);
    // It is neither news nor one of ours that waits.
    if (isOld) return isOwn ? this.#views.log.markDelivered(place) : undefined;
    if (!isOwn) {
      if (this.#isJoined && this.#people.hear({ userId, name })) this.#showPeople();
      return countUnseen();
    }
    const isAwaited = this.#delivery.arrived(content) && this.#isJoined;
    this.#undelivered = place;
    // The acknowledgement follows, but not to what was replayed or sent from elsewhere.
    if (!isAwaited) this.#markDelivered();
  }

  #markDelivered() {
    if (this.#undelivered) this.#views.log.markDelivered(this.#undelivered);
    this.#undelivered = undefined;
  }

  /**
   * @param {import("./outbox.js").OutgoingMessage} message
   * @param {number} timeout
   */
  #sendMessage({ content, recipient }, timeout) {
    const { client } = this.#connection;
    if (recipient) {
      const data = { to: recipient.userId, content };
      return client?.emitWithAck("message:private", data, { timeout });
    }
    return client?.emitWithAck("chat:message", { roomId: this.room, content }, { timeout });
  }

  /** @param {ChatServerEvents["message:private"]} message */
  #privateArrived({ fromUser, content, ts }) {
    const author = this.#people.label({ userId: fromUser });
    const time = toDate(ts);
    const entry = { userId: fromUser, author, isOwn: false, content, time, recipient: "" };
    this.#views.log.add(entry);
    this.#views.follower.follow(1);
    countUnseen();
  }

  /** @param {import("./outbox.js").OutgoingMessage} message */
  #privateDelivered({ content, recipient }) {
    const userId = this.#self?.userId ?? "";
    const entry = { userId, author: "", isOwn: true, content, time: new Date() };
    const place = this.#views.log.add({ ...entry, recipient: recipient?.label ?? "" });
    this.#views.log.markDelivered(place);
    this.#views.follower.follow();
  }

  /**
   * @param {Person} person
   * @param {"joined" | "left"} move
   */
  #userMoved(person, move) {
    if (person.userId === this.#self?.userId) return;
    const who = this.#people.label(person);
    const take = () => move === "joined" ? this.#people.join(person) : this.#people.leave(person);
    if (!this.#isJoined) this.#moves.push(take);
    const isNews = take();
    if (move === "left") this.#typists.stop(person.userId);
    if (!isNews) return;
    this.#views.log.addEvent(who, move);
    this.#showPeople();
    this.#views.follower.follow();
  }

  /** @param {ChatServerEvents["room:changes"]} changes */
  #roomChanged({ roomId, joined, left, count }) {
    if (roomId !== this.room) return;
    const changes = {
      ...(count !== undefined && { count }),
      joined: joined.filter(({ userId }) => !this.#isOwn(userId)),
      left: left.filter((userId) => userId !== this.#self?.userId),
    };
    for (const userId of left) this.#typists.stop(userId);
    const take = () => this.#people.change(changes);
    if (!this.#isJoined) this.#moves.push(take);
    take();
    this.#showPeople();
  }

  /** @param {Person} person */
  #userTyped(person) {
    if (this.#isOwn(person.userId)) return;
    this.#people.meet(person);
    this.#typists.start(person.userId);
  }

  #showPeople() {
    this.#views.people.show(this.#people, (userId) => this.#isOwn(userId));
    this.#views.showAway((userId) => this.#people.isAway(userId));
  }

  /** @param {string} userId */
  #isOwn(userId) {
    return this.#ownIds.has(userId);
  }
}

/** @param {number} ts Seconds since 1970. */
function toDate(ts) {
  return new Date(ts * 1_000);
}
