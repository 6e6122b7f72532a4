// @ts-check
/// <reference lib="dom" />
/** One room: joins it over a connection, and again after each loss; turns messages into views. */

import { ownerOf } from "./account.js";
import { Delivery } from "./delivery.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { ReconnectingSocket } from "./socket.js";
import { recallUnsent, rememberUnsent } from "./storage.js";
import { countUnseen } from "./title.js";
import { describeTypists, TypingSignal, Typists } from "./typing.js";
import * as wire from "./wire.js";

/**
 * @typedef {object} Views
 * @property {import("./log_view.js").LogView} log
 * @property {import("./pending_view.js").PendingView} pending
 * @property {import("./people_view.js").PeopleView} people
 * @property {import("./status_view.js").StatusView} status
 * @property {import("./scroll.js").Follower} follower
 * @property {(text: string) => void} showTyping
 * @property {(text: string) => void} showNotice
 * @property {(reason: string) => void} onRefused The server does not let us into the room.
 * @property {(reason: string) => void} onTokenNeeded The server does not know who we are.
 */

/** How long the server may take to let us into the room. */
const JOIN_TIMEOUT = 10_000;

/** Stays with its room when the person leaves, so that coming back shows what was there. */
export class Session {
  /** @readonly */
  room;
  #views;
  #people = new People();
  #typists;
  #typing = new TypingSignal(() => this.#socket?.send(wire.encodeTyping(this.room)));
  #outbox;
  #delivery;
  /** @type {ReconnectingSocket | undefined} */
  #socket;
  /** Guests get a new id with each connection. */
  /** @type {Set<string>} */
  #ownIds = new Set();
  /** @type {import("./wire.js").Person | undefined} */
  #self;
  /** @type {import("./wire.js").Position | undefined} */
  #position;
  #name = "";
  #token = "";
  #isSigningIn = false;
  /** Our newest message in the log, until it is known to have been delivered. */
  /** @type {HTMLElement | undefined} */
  #undelivered;
  #isJoined = false;
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
    this.#outbox = new Outbox(recallUnsent(room), (letters) => {
      // What was private must not be sent to the room on the next visit.
      const ofRoom = letters.filter(({ recipient }) => !recipient);
      rememberUnsent(room, ofRoom.map((letter) => letter.content));
      views.pending.show(letters);
      views.follower.follow();
    });
    this.#delivery = new Delivery(this.#outbox, {
      send: (letter) => this.#socket?.send(wire.encodeMessage(room, letter)),
      onSilence: () => this.#socket?.restart(),
    });
  }

  /**
   * Connects and joins.
   *
   * @param {string} name
   * @param {string} token Empty where there is none.
   */
  enter(name, token) {
    this.#name = name;
    this.#token = token;
    this.#views.status.reset();
    this.#views.pending.show(this.#outbox.letters);
    this.#views.follower.jump();
    this.#connect();
  }

  /** @returns {boolean} True while closing the page would lose what was written. */
  get hasUnsent() {
    return this.#outbox.letters.length > 0;
  }

  /** Leaves the room and the server. */
  leave() {
    this.#socket?.send(wire.encodeLeave(this.room));
    this.#socket?.close();
    this.#disconnected();
  }

  /** Connects now instead of later. */
  retry() {
    if (this.#socket?.isStopped) this.#connect();
    else this.#socket?.restart();
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

  #connect() {
    const destination = {
      socketUrl: wire.socketUrl(this.#name),
      streamUrl: wire.streamUrl(this.#name),
      token: this.#token,
    };
    this.#socket = new ReconnectingSocket(destination, {
      onState: (state) => this.#stateChanged(state),
      onMessage: (text) => this.#received(text),
    });
  }

  /** @param {import("./socket.js").SocketState} state */
  #stateChanged(state) {
    const wasSigningIn = this.#isSigningIn;
    if (state.phase !== "open") this.#disconnected();
    this.#views.status.show(state);
    if (state.phase !== "stopped") return;
    const { code, reason } = state;
    const isUnknown = code === 4401 && (this.#token !== "" || reason === "Missing token");
    if (isUnknown || code === 1008 && wasSigningIn) this.#views.onTokenNeeded(reason);
  }

  #disconnected() {
    clearTimeout(this.#joinTimer);
    this.#isJoined = false;
    this.#isSigningIn = false;
    this.#typists.clear();
    this.#delivery.stop();
  }

  /** @param {string} text */
  #received(text) {
    const message = wire.decode(text);
    if (!message || ("roomId" in message && message.roomId !== this.room)) return;
    switch (message.type) {
      case "welcome":
        return this.#welcomed(message);
      case "auth_ok":
        return this.#signedIn();
      case "message:private":
        return this.#privateArrived(message);
      case "presence:update":
        if (this.#people.setOnline(message.userId, message.status === "online")) this.#showPeople();
        return;
      case "room:joined":
        return this.#joined(message);
      case "chat:message":
      case "message:new":
        return this.#messageArrived(message);
      case "user:joined":
      case "user:left":
        return this.#userMoved(message);
      case "user:typing":
        if (!this.#isOwn(message.userId)) {
          if (this.#people.join(message)) this.#showPeople();
          this.#typists.start(message.userId);
        }
        return;
      case "ack":
        return this.#acknowledged(message);
      case "error":
        return this.#views.showNotice(message.message);
    }
  }

  /** @param {import("./wire.js").Welcome} message */
  #welcomed({ userId, id, name }) {
    this.#joinTimer = setTimeout(() => this.#socket?.restart(), JOIN_TIMEOUT);
    if (userId !== undefined) return this.#join({ userId, name: name ?? this.#name });
    // A server that does not say who we are wants to be told.
    if (this.#token === "") return this.#views.onTokenNeeded("");
    this.#isSigningIn = true;
    this.#self = ownerOf(this.#token) ?? { userId: id };
    this.#socket?.send(wire.encodeAuth(this.#token));
  }

  #signedIn() {
    if (!this.#isSigningIn || !this.#self) return;
    this.#isSigningIn = false;
    this.#join(this.#self);
  }

  /** @param {import("./wire.js").Person} self */
  #join(self) {
    this.#self = self;
    this.#ownIds.add(self.userId);
    this.#socket?.send(wire.encodeJoin(this.room, this.#position));
  }

  /** @param {import("./wire.js").RoomJoined} message */
  #joined({ members, seq, epoch, recovered }) {
    clearTimeout(this.#joinTimer);
    // Without the one that is still there of an earlier connection of ours.
    const others = (members ?? []).filter(({ userId }) => !this.#isOwn(userId));
    // The server may have cut our name.
    const self = members?.find(({ userId }) => userId === this.#self?.userId) ?? this.#self;
    this.#people.replace(self ? [...others, self] : others);
    this.#showPeople();
    this.#markDelivered();
    if (this.#hasJoinedBefore && !recovered) this.#views.log.addGap();
    if (seq !== undefined && epoch !== undefined) this.#position = { seq, epoch };
    this.#isJoined = true;
    this.#hasJoinedBefore = true;
    const isLimited = this.#socket?.isLimited === true;
    this.#views.status.show({ phase: "online", isLimited });
    this.#views.follower.follow();
    this.#delivery.start(recovered === true);
  }

  /** @param {import("./wire.js").ChatMessage} message */
  #messageArrived(message) {
    const { userId, content, ts, seq } = message;
    // The server sends nothing twice: numbers that begin again are those of another epoch, which
    // the next `room:joined` tells.
    if (seq !== undefined && this.#position) this.#position.seq = seq;
    const isOwn = this.#isOwn(userId);
    this.#typists.stop(userId);
    const author = this.#people.label(message);
    const time = wire.toDate(ts);
    const place = this.#views.log.add({ userId, author, isOwn, content, time });
    this.#views.follower.follow(isOwn ? 0 : 1);
    if (!isOwn) return countUnseen();
    const isAwaited = this.#delivery.arrived(content) && this.#isJoined;
    this.#undelivered = place;
    // The acknowledgement follows, but not to what was replayed or sent from elsewhere.
    if (!isAwaited) this.#markDelivered();
  }

  #markDelivered() {
    if (this.#undelivered) this.#views.log.markDelivered(this.#undelivered);
    this.#undelivered = undefined;
  }

  /** @param {import("./wire.js").PrivateMessage} message */
  #privateArrived({ fromUser, content, ts }) {
    const author = this.#people.label({ userId: fromUser });
    const time = wire.toDate(ts);
    const entry = { userId: fromUser, author, isOwn: false, content, time, recipient: "" };
    this.#views.log.add(entry);
    this.#views.follower.follow(1);
    countUnseen();
  }

  /** @param {import("./outbox.js").Letter} letter */
  #privateDelivered({ content, recipient }) {
    const userId = this.#self?.userId ?? "";
    const entry = { userId, author: "", isOwn: true, content, time: new Date() };
    const place = this.#views.log.add({ ...entry, recipient: recipient?.label ?? "" });
    this.#views.log.markDelivered(place);
    this.#views.follower.follow();
  }

  /** @param {import("./wire.js").UserEvent} message */
  #userMoved(message) {
    if (message.userId === this.#self?.userId) return;
    const who = this.#people.label(message);
    const hasJoined = message.type === "user:joined";
    const isNews = hasJoined ? this.#people.join(message) : this.#people.leave(message);
    if (!hasJoined) this.#typists.stop(message.userId);
    if (!isNews) return;
    this.#views.log.addEvent(who, hasJoined ? "joined" : "left");
    this.#showPeople();
    this.#views.follower.follow();
  }

  /** @param {import("./wire.js").Ack} message */
  #acknowledged({ ack, error }) {
    if (!error) {
      if (ack === wire.JOIN) return;
      const letter = this.#delivery.handedOver(Number(ack));
      return letter ? this.#privateDelivered(letter) : this.#markDelivered();
    }
    if (ack !== wire.JOIN) return this.#delivery.refused(error);
    // Otherwise the join times out, and is tried again over a new connection.
    if (error.code === "RATE_LIMITED" || error.code === "INTERNAL") return;
    this.leave();
    this.#views.onRefused(error.message);
  }

  #showPeople() {
    this.#views.people.show(this.#people, (userId) => this.#isOwn(userId));
  }

  /** @param {string} userId */
  #isOwn(userId) {
    return this.#ownIds.has(userId);
  }
}
