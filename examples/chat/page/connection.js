// @ts-check
/// <reference lib="dom" />
/** The client of the chat's server: its address, and how a token is presented. */

/** @import { ClientOptions, CloseInfo, HawserClient } from "@hawser/ws/client" */
/** @import { ChatClientEvents, ChatServerEvents } from "../events.ts" */
import { recallGuestKey } from "./account.js";
// @ts-types="@hawser/ws/client"
import { connect } from "./hawser_client.js";

/**
 * @typedef {HawserClient<ChatServerEvents, ChatClientEvents>} ChatClient
 *
 * @typedef {object} Account
 * @property {string} name
 * @property {string} token Empty where there is none.
 */

/** Reconnects as the same person, whose name and token may change between connections. */
export class Connection {
  #setUp;
  /** @type {Account} */
  #account = { name: "", token: "" };
  /**
   * Presentation of the token: by the first message, or, where the server refused that, in the
   * upgrade request.
   *
   * @type {"message" | "subprotocol"}
   */
  #tokenBy = "message";
  /** @type {ChatClient | undefined} */
  #client;
  #hasToken = false;

  /** @param {(client: ChatClient) => void} setUp Adds handlers to a new client. */
  constructor(setUp) {
    this.#setUp = setUp;
  }

  /** @returns {ChatClient | undefined} The client; undefined before the first connection. */
  get client() {
    return this.#client;
  }

  /** @returns {string} Empty where there is none. */
  get token() {
    return this.#account.token;
  }

  /** @returns {string} The name that the person has asked for. */
  get name() {
    return this.#account.name;
  }

  /**
   * Connects now. The client stays the same where it can: it knows what was received last.
   *
   * @param {Account} account
   */
  open(account) {
    const hasToken = account.token !== "";
    this.#account = account;
    if (this.#client && hasToken === this.#hasToken) return this.#client.connect();
    this.#hasToken = hasToken;
    this.#makeClient();
  }

  /** Connects now instead of later. */
  retry() {
    this.#client?.connect();
  }

  /** Ends the connection. */
  close() {
    this.#client?.close();
  }

  /**
   * Presents the token in another way, if there is one.
   *
   * @param {CloseInfo} close How the server has refused it.
   * @returns {boolean} False where there is none.
   */
  presentOtherwise({ code, reason }) {
    const wantsItEarlier = code === 4401 && reason === "Missing token";
    if (!wantsItEarlier || !this.#hasToken || this.#tokenBy === "subprotocol") return false;
    this.#tokenBy = "subprotocol";
    this.#makeClient();
    return true;
  }

  #makeClient() {
    /** @type {ClientOptions} */
    const options = {
      // Networks in which WebSocket is blocked fail at once, and forever.
      fallbackAfter: 1,
      ...typeof WebSocket === "undefined" && { transports: ["sse", "poll"] },
      ...this.#hasToken && { token: () => this.#account.token, tokenBy: this.#tokenBy },
    };
    this.#client = connect(() => socketUrl(this.#account), options);
    this.#setUp(this.#client);
  }
}

/**
 * @param {Account} account
 * @returns {URL} Where the server listens: the same host as the page.
 */
function socketUrl({ name, token }) {
  const url = new URL("/ws", location.href);
  url.searchParams.set("name", name);
  if (token === "") url.searchParams.set("guest", recallGuestKey());
  return url;
}
