// @ts-check
/** What the client is put through in Node and in a browser; it runs there as it stands here. */

/**
 * Joins a room of the chat, and tells what happens.
 *
 * @param {typeof import("../../client/mod.ts")} module The bundle.
 * @param {string} url
 * @param {import("../../client/mod.ts").ClientOptions} options
 * @param {(news: string) => void} tell
 */
export function exercise({ connect }, url, options, tell) {
  const client = connect(url, { minDelay: 20, maxDelay: 200, ...options });
  client.onState(({ state, transport }) => tell(transport ? `${state} by ${transport}` : state));
  client.onGap(({ roomId }) => tell(`gap in ${roomId}`));
  client.on("chat:message", (message) => tell(`heard ${Object(message).content}`));
  client.join("deck").then(
    () => client.emitWithAck("chat:message", { roomId: "deck", content: "ahoy" }),
  ).then((answer) => tell(`answered ${JSON.stringify(answer)}`), (error) => tell(String(error)));
}
