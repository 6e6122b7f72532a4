/**
 * Socket.IO and Engine.IO as wires of a server: unmodified clients of them meet the same application
 * as all others.
 *
 * @module
 */

export { engine, EngineSocket, type EngineSocketEvents } from "./engine.ts";
export type { EngineEnd } from "./engine_session.ts";
export { handshakeOf, type SocketIoHandshake } from "./handshake.ts";
export type { EngineOptions, EngineTransportName, SocketIoOptions } from "./options.ts";
export type { Parser, ParserPacket } from "./parser.ts";
export type { RecoveryOptions } from "./recovery.ts";
export { socketio } from "./socketio.ts";
