/** The WebSocket of the package `ws`, to be bundled for Node. */

export { WebSocket } from "ws";
