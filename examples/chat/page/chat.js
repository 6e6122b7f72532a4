// @ts-check
/// <reference lib="dom" />
/** The chat page: puts the views together, and goes in and out of rooms. */

import { describeRefusal, recallToken, rememberToken } from "./account.js";
import { Composer } from "./composer.js";
import { find } from "./dom.js";
import { setUpInvites } from "./invite.js";
import { JoinView } from "./join_view.js";
import { LogView } from "./log_view.js";
import { PendingView } from "./pending_view.js";
import { PeopleView } from "./people_view.js";
import { Follower } from "./scroll.js";
import { Session } from "./session.js";
import { StatusView } from "./status_view.js";
import { setTitle } from "./title.js";

const chat = find("chat", HTMLElement);

/** @type {Session | undefined} The last room, also after it was left. */
let session;

const join = new JoinView((name, room) => enter(name, room));
const composer = new Composer({
  onSend: (content, recipient) => session?.send(content, recipient),
  onTyping: () => session?.typed(),
});
const pending = new PendingView({
  onRetry: (key) => {
    session?.sendAgain(key);
    composer.focus();
  },
  onDelete: (key) => {
    session?.discard(key);
    composer.focus();
  },
});
/** @type {import("./session.js").Views} */
const views = {
  pending,
  log: new LogView(),
  people: new PeopleView((person) => composer.writeTo(person)),
  status: new StatusView(() => session?.retry()),
  follower: new Follower(),
  showTyping: (text) => find("typing", HTMLElement).textContent = text,
  showAway: (isAway) => composer.showAway(isAway),
  showNotice: (text) => find("notice", HTMLElement).textContent = text,
  onRefused: (reason) => leave(`Could not enter the room: ${reason}.`),
  onTokenNeeded: (reason) => {
    rememberToken("");
    join.askForToken();
    leave(describeRefusal(reason));
  },
};

/**
 * @param {string} name
 * @param {string} room
 */
function enter(name, room) {
  join.hide();
  chat.hidden = false;
  setTitle(room);
  find("room-name", HTMLElement).textContent = room;
  if (roomInAddress() !== room) history.replaceState(null, "", `#${encodeURIComponent(room)}`);
  if (session?.room !== room) {
    views.log.clear();
    pending.show([]);
    session = new Session(room, views);
  }
  composer.open(room);
  session.enter(name, recallToken());
}

/** @param {string} [lead] */
function leave(lead) {
  if (chat.hidden || !session) return;
  session.leave();
  views.showNotice("");
  chat.hidden = true;
  setTitle("");
  history.replaceState(null, "", location.pathname + location.search);
  join.show({ room: session.room, lead: lead ?? `You left ${session.room}.` });
}

/** @returns {string} The room named after the # of the page's address. */
function roomInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1)).trim();
  } catch {
    return "";
  }
}

/** Follows the address: a link to a room leads into it, given a name. */
function openAddress() {
  const room = roomInAddress();
  if (!chat.hidden && room === session?.room) return;
  if (!chat.hidden) leave();
  join.show({ room });
  if (room !== "" && join.isKnown) enter(join.name, room);
}

find("leave", HTMLButtonElement).addEventListener("click", () => leave());
addEventListener("hashchange", openAddress);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || chat.hidden) return;
  if (views.people.isOpen) views.people.close();
  else if (composer.isPrivate) composer.writeTo();
  else leave();
});
addEventListener("beforeunload", (event) => {
  if (session?.hasUnsent) event.preventDefault();
});
setUpInvites();
openAddress();
