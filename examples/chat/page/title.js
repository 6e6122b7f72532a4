// @ts-check
/// <reference lib="dom" />
/** The page's title: the room, and how many messages came while nobody looked. */

let room = "";
let unseen = 0;

/** @param {string} name Empty outside of a room. */
export function setTitle(name) {
  room = name;
  unseen = 0;
  render();
}

/** Counts a message, if the page is not in sight. */
export function countUnseen() {
  if (!document.hidden) return;
  unseen++;
  render();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  render();
});

function render() {
  const title = room === "" ? "Hawser" : `${room} · Hawser`;
  document.title = unseen === 0 ? title : `(${unseen}) ${title}`;
}
