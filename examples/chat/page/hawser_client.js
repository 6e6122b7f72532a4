// The client library of @hawser/ws as one module, for a page without a build step:
// import { connect } from "./hawser_client.js". MIT License.
// Made from client/mod.ts by `deno task client:bundle`; do not edit.

// wire/option_checks.ts
function checkNames(what, options, names2) {
  const unknown = Object.keys(options).find((name) => !names2.includes(name));
  if (unknown !== void 0) throw unknownOption(what, unknown, names2);
}
function checkNumber(name, value, range) {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${name} as it must be a number: the type is ${kindOf(value)}`);
  }
  if (isInRange(value, range)) return value;
  throw new RangeError(`Cannot use ${name} as it must be ${rangeText(range)}: current value is ${value}`);
}
function checkNumbers(prefix, values, ranges3) {
  for (const name in ranges3) checkNumber(prefix + name, values[name], ranges3[name]);
}
function isInRange(value, range) {
  const { least = -Infinity, above = -Infinity, most = Infinity, fractions, endless } = range;
  if (value === Infinity) return endless === true;
  const isKind = fractions ? Number.isFinite(value) : Number.isSafeInteger(value);
  return isKind && value >= least && value > above && value <= most;
}
function rangeText({ least, above, most, unit = "", fractions, endless }) {
  const start = above === void 0 ? `>= ${least}` : `> ${above}`;
  const startAndEnd = above === void 0 ? `from ${least} to ${most}` : `> ${above} and <= ${most}`;
  const bounds = `${most === void 0 ? start : startAndEnd} ${unit}`.trimEnd();
  if (!fractions) return `a whole number ${bounds}${endless ? " or Infinity" : ""}`;
  return most === void 0 && !endless ? `a finite number ${bounds}` : bounds;
}
function kindOf(value) {
  return value === null ? "null" : typeof value;
}
function unknownOption(what, name, names2) {
  const near = findNear(name, names2);
  const hint = near === void 0 ? `it is none of ${names2.join(", ")}` : `did you mean "${near}"`;
  return new TypeError(`Cannot use option "${name}" of ${what}: ${hint}`);
}
function findNear(name, names2) {
  const lower = name.toLowerCase();
  const [best] = names2.map((each) => ({
    each,
    distance: distanceOf(lower, each.toLowerCase())
  })).sort((one, other) => one.distance - other.distance);
  const mistakes = Math.max(1, Math.floor(name.length / 3));
  if (best !== void 0 && best.distance <= mistakes) return best.each;
  return names2.find((each) => isPart(lower, each.toLowerCase()));
}
function isPart(one, other) {
  return one.length > 2 && (one.includes(other) || other.includes(one));
}
function distanceOf(one, other) {
  let before = [];
  let row = Array.from({
    length: other.length + 1
  }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [
      i
    ];
    for (let j = 1; j <= other.length; j++) {
      const replaced = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwapped ? before[j - 2] + 1 : Infinity;
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1, swapped));
    }
    [before, row] = [
      row,
      next
    ];
  }
  return row[other.length];
}

// client/line/backoff.ts
var optionNames = Object.keys({
  minDelay: true,
  maxDelay: true,
  random: true
});
function backoffDelay(attempt, options = {}) {
  checkNames("backoffDelay", options, optionNames);
  return delayBefore(attempt, options);
}
function delayBefore(attempt, options) {
  const { minDelay = 1e3, maxDelay = 3e4, random = Math.random } = options;
  const longest = Math.max(minDelay, Math.min(maxDelay, minDelay * 2 ** (attempt + 1)));
  return Math.round(minDelay + random() * (longest - minDelay));
}

// client/errors.ts
var ClientError = class extends Error {
  code;
  /** The name of the class, for logs. */
  name;
  /**
   * Made by the client.
   *
   * @param code The kind of the error.
   * @param message The same for people.
   * @param options The error of the server, where there is one.
   */
  constructor(code, message, options) {
    super(message, options), this.code = code, this.name = "ClientError";
  }
};
var ServerError = class extends Error {
  code;
  details;
  /** The name of the class, for logs. */
  name;
  /**
   * Makes an error from an answer.
   *
   * @param code A stable code, such as `RATE_LIMITED`.
   * @param message The same for people.
   * @param details Other fields of the error, such as `retryAfter`.
   */
  constructor(code, message, details = {}) {
    super(message), this.code = code, this.details = details, this.name = "ServerError";
  }
};
function describe(error) {
  try {
    return String(error);
  } catch {
    return "Unknown error";
  }
}

// wire/args.ts
var Args = class extends Array {
  /** The class of the results of `map`, `slice` and the like. */
  static get [Symbol.species]() {
    return Array;
  }
};
function args(...values) {
  return argsOf(values);
}
function argsOf(values) {
  if (values.length < 2) return values[0];
  const list = new Args();
  for (const value of values) list.push(value);
  return list;
}

// wire/base64.ts
var { toBase64 } = Uint8Array.prototype;
var { fromBase64 } = Uint8Array;
var chunkSize = 8192;
var alphabet = /^[A-Za-z0-9+/]*={0,2}$/;
function encodeBase64(bytes) {
  return toBase64 === void 0 ? encodePortably(bytes) : toBase64.call(bytes);
}
function decodeBase64(text) {
  if (text.length % 4 !== 0 || !alphabet.test(text)) return void 0;
  return fromBase64 === void 0 ? decodePortably(text) : fromBase64.call(Uint8Array, text);
}
function encodePortably(bytes) {
  let binary = "";
  for (let start = 0; start < bytes.length; start += chunkSize) {
    binary += String.fromCharCode(...bytes.subarray(start, start + chunkSize));
  }
  return btoa(binary);
}
function decodePortably(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

// wire/parse_json.ts
var ProtoKeyError = class extends SyntaxError {
  name = "ProtoKeyError";
};
function parseJson(text) {
  const value = JSON.parse(text);
  if (hasProtoKey(text)) throw new ProtoKeyError("Field __proto__ is not accepted");
  return value;
}
var plainKey = /"(?<!\\")__proto__"\s*:/;
var escapedKey = /"(?<!\\")(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;
function hasProtoKey(text) {
  if (text.includes('"__proto__"') && plainKey.test(text)) return true;
  return text.includes("\\") && /\\u00[567]/.test(text) && escapedKey.test(text);
}
function isContainer(value) {
  return typeof value === "object" && value !== null;
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// wire/bytes.ts
var marker = /^\$+base64$/;
var markerInText = /"(?:\$|\\u0024)+(?:b|\\u0062)(?:a|\\u0061)(?:s|\\u0073)(?:e|\\u0065)(?:6|\\u0036)(?:4|\\u0034)"\s*:/;
function isBytesKey(key) {
  return marker.test(key);
}
function encodeBytes(bytes) {
  return {
    $base64: encodeBase64(bytes)
  };
}
function mayHoldBytes(text) {
  return markerInText.test(text);
}
function decodeBytes(root) {
  const waiting = [];
  function decode(value) {
    if (!isContainer(value)) return value;
    const decoded2 = Array.isArray(value) ? value : decodeObject(value);
    if (!(decoded2 instanceof Uint8Array)) waiting.push(decoded2);
    return decoded2;
  }
  const decoded = decode(root);
  for (let each; (each = waiting.pop()) !== void 0; ) {
    if (Array.isArray(each)) {
      for (const [at, value] of each.entries()) each[at] = decode(value);
    } else for (const key of Object.keys(each)) each[key] = decode(each[key]);
  }
  return decoded;
}
function decodeObject(object) {
  const keys = Object.keys(object);
  const key = keys.length === 1 ? keys[0] : "";
  if (!marker.test(key)) return object;
  const value = object[key];
  if (key !== "$base64") return {
    [key.slice(1)]: value
  };
  const bytes = typeof value === "string" ? decodeBase64(value) : void 0;
  if (bytes === void 0) throw new SyntaxError("Bytes are not in base64");
  return bytes;
}

// wire/json_value.ts
var maxPlainDepth = 100;
function toJsonValue(value, name) {
  return isPlain(value, maxPlainDepth) ? value : new Conversion(name).run(value);
}
function isPlain(value, depth) {
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  return value === null || isPlainContainer(value, depth);
}
function isPlainContainer(value, depth) {
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) if (!isPlain(value[at], depth - 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0].startsWith("$")) return false;
  for (const key of keys) {
    const field = value[key];
    if (key === "__proto__" || field !== void 0 && !isPlain(field, depth - 1)) return false;
  }
  return true;
}
var Conversion = class {
  #name;
  #frames = [];
  /** The sources of the frames. */
  #ancestors = /* @__PURE__ */ new Set();
  constructor(name) {
    this.#name = name;
  }
  run(value) {
    const result = this.#convert(value, "");
    for (let frame; (frame = this.#frames.at(-1)) !== void 0; ) {
      if (frame.next < frame.size) this.#step(frame);
      else this.#leave(frame);
    }
    return result;
  }
  #step(frame) {
    const { source, target, keys } = frame;
    const at = frame.next++;
    if (Array.isArray(source) && Array.isArray(target)) {
      target.push(this.#convert(source[at], String(at)));
      return;
    }
    const key = keys[at];
    if (key === "__proto__") this.#refuse("is a field that no peer accepts");
    const value = source[key];
    const converted = value === void 0 ? void 0 : this.#convert(value, key);
    if (converted === void 0) return;
    const name = keys.length === 1 && isBytesKey(key) ? `$${key}` : key;
    target[name] = converted;
  }
  /** Returns what is carried; an object is filled in later. `undefined`: its field is left out. */
  #convert(value, key) {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(`is ${value}`);
      case "object":
        return value === null ? null : this.#convertObject(value, key);
      case "undefined":
        return this.#refuse("is undefined");
      default:
        return this.#refuse(`is a ${typeof value}`);
    }
  }
  #convertObject(value, key) {
    const kind = kindOf2(value);
    if (kind === "Uint8Array" && ArrayBuffer.isView(value)) return encodeBytes(value);
    if (!("toJSON" in value) || typeof value.toJSON !== "function") return this.#enter(value, kind);
    const result = value.toJSON(key);
    if (typeof result === "object" && result !== null) return this.#enter(result, kindOf2(result));
    const parent = this.#frames.at(-1)?.target;
    const isField = parent !== void 0 && !Array.isArray(parent);
    return result === void 0 && isField ? void 0 : this.#convert(result, key);
  }
  #enter(source, kind) {
    const isArray = Array.isArray(source);
    if (!isArray && kind !== "Object") this.#refuse(`is ${articleOf(kind)} ${kind}`);
    if (this.#ancestors.has(source)) this.#refuse("is a circle");
    this.#ancestors.add(source);
    const keys = isArray ? [] : Object.keys(source);
    const size = isArray ? source.length : keys.length;
    const target = isArray ? [] : {};
    this.#frames.push({
      source,
      target,
      keys,
      size,
      next: 0
    });
    return target;
  }
  #leave({ source }) {
    this.#frames.pop();
    this.#ancestors.delete(source);
  }
  /** @throws {TypeError} Always. */
  #refuse(reason) {
    const path = this.#frames.map(({ keys, next, target }) => {
      if (Array.isArray(target)) return `[${next - 1}]`;
      const key = keys[next - 1];
      return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    });
    throw new TypeError(`Cannot send data: ${this.#name}${shorten(path)} ${reason}`);
  }
};
function kindOf2(value) {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
var maxPath = 20;
function shorten(path) {
  if (path.length <= maxPath) return path.join("");
  return `${path.slice(0, maxPath / 2).join("")}...${path.slice(-maxPath / 2).join("")}`;
}
function articleOf(kind) {
  return /^[AEIOU]/.test(kind) ? "an" : "a";
}

// wire/data.ts
var severalMark = "args";
function encodeData(data) {
  return encodeChecked(checkData(data));
}
function checkData(data) {
  if (data === void 0) return void 0;
  if (!(data instanceof Args)) return toJsonValue(data, "data");
  const values = toJsonValue(Array.from(data), "args");
  return argsOfAny(values);
}
function argsOfAny(values) {
  const list = new Args();
  for (const value of values) list.push(value);
  return list;
}
function encodeChecked(data) {
  if (data === void 0) return "";
  const json = JSON.stringify(data);
  return data instanceof Args ? severalMark + json : json;
}
function dataFields(text) {
  if (text === "") return "";
  if (text.startsWith(severalMark)) return `,"args":${text.slice(severalMark.length)}`;
  return `,"data":${text}`;
}

// wire/event_message.ts
var flatOnly = /* @__PURE__ */ new Set([
  "auth",
  "ping",
  "pong"
]);
var reservedKey = /"(?:type|stream|seq)":/;
var withSeq = /* @__PURE__ */ new Set([
  "room:join",
  "room:joined"
]);
function encodeEvent(event, data, { id, place } = {}) {
  const name = JSON.stringify(event);
  const end = place === void 0 ? "}" : `,"stream":${JSON.stringify(place.stream)},"seq":${place.seq}}`;
  if (id !== void 0) {
    return `{"id":${JSON.stringify(id)},"event":${name}${dataFields(data)}${end}`;
  }
  if (!isFlat(event, data)) return `{"event":${name}${dataFields(data)}${end}`;
  return data === "{}" ? `{"type":${name}${end}` : `{"type":${name},${data.slice(1, -1)}${end}`;
}
function isFlat(event, data) {
  if (!data.startsWith("{") || data.startsWith('{"$base64":') || flatOnly.has(event)) return false;
  return !reservedKey.test(data) || areFlat(event, JSON.parse(data));
}
function areFlat(event, { type, stream, seq }) {
  return type === void 0 && stream === void 0 && (seq === void 0 || withSeq.has(event));
}
function encodeAnswer(id, data) {
  return `{"ack":${JSON.stringify(id)}${dataFields(data)}}`;
}
function encodeRefusal(id, error) {
  return `{"ack":${JSON.stringify(id)},"error":${error}}`;
}

// wire/read_message.ts
var maxIdLength = 128;
var notText = malformed("INVALID_MESSAGE", "Message must be text");
var notJson = malformed("PARSE_ERROR", "Invalid JSON");
var withProtoKey = malformed("INVALID_MESSAGE", "Message must not have a field __proto__");
var notBase64 = malformed("INVALID_MESSAGE", "Bytes must be in base64");
var twoFields = malformed("INVALID_MESSAGE", "Message must not have both data and args");
var badArgs = malformed("INVALID_MESSAGE", "Field args must be an array");
var badId = malformed("INVALID_MESSAGE", `Message id must be a string of 1 to ${maxIdLength} characters`);
var unnamedEvent = malformed("INVALID_MESSAGE", "Message must have a type field");
function malformed(code, message, event) {
  return {
    kind: "malformed",
    code,
    message,
    ...event !== void 0 && {
      event
    }
  };
}
function parseMessage(text, read) {
  if (typeof text !== "string") return notText;
  let value;
  try {
    value = parseJson(text);
  } catch (error) {
    return unreadable(error);
  }
  return readValue(value, mayHoldBytes(text), read);
}
function unreadable(error) {
  return error instanceof ProtoKeyError ? withProtoKey : notJson;
}
var asParsed = (value) => value;
function readValue(value, hasBytes, read) {
  if (!hasBytes) return read(value, asParsed);
  try {
    return read(value, decodeBytes);
  } catch {
    return notBase64;
  }
}
function readEnveloped(message, readData) {
  const { id, event, ack } = message;
  if (isName(event)) {
    if (id !== void 0 && !isId(id)) return {
      ...badId,
      event
    };
    const carried = readCarried(message, readData);
    if ("kind" in carried) return {
      ...carried,
      event
    };
    const { data } = carried;
    return id === void 0 ? {
      kind: "event",
      event,
      data
    } : {
      kind: "event",
      event,
      data,
      id
    };
  }
  if (event !== void 0 || !isId(ack)) return unnamedEvent;
  if (message.error !== void 0) {
    return {
      kind: "answer",
      id: ack,
      answer: {
        error: readError(readData(message.error))
      }
    };
  }
  const answer = readCarried(message, readData);
  return "kind" in answer ? answer : {
    kind: "answer",
    id: ack,
    answer
  };
}
function readCarried({ data, args: args2 }, readData) {
  if (args2 === void 0) return {
    data: data === void 0 ? void 0 : readData(data)
  };
  if (!Array.isArray(args2)) return badArgs;
  if (data !== void 0) return twoFields;
  return {
    data: argsOf(readData(args2))
  };
}
function readError(error) {
  const { code, message, ...details } = isObject(error) ? error : {};
  return {
    code: isName(code) ? code : "ERROR",
    message: isName(message) ? message : "Answered with an error",
    details
  };
}
function isName(value) {
  return typeof value === "string" && value !== "";
}
function isId(value) {
  return isName(value) && value.length <= maxIdLength;
}

// wire/server_message.ts
var systemEvents = /* @__PURE__ */ new Set([
  "welcome",
  "auth_ok",
  "room:joined",
  "room:left",
  "error"
]);
var ping = {
  kind: "ping"
};
var pong = {
  kind: "pong"
};
function parseServerMessage(text) {
  return parseMessage(text, readMessage);
}
function readMessage(value, readData) {
  if (!isObject(value)) return unnamedEvent;
  const place = readPlace(value);
  if (value.type === void 0) return classify(readEnveloped(value, readData), place);
  if (value.type === "ping") return ping;
  if (value.type === "pong") return pong;
  if (!isName(value.type)) return unnamedEvent;
  const event = value.type;
  return classify({
    kind: "event",
    event,
    data: readData(fieldsOf(value, place))
  }, place);
}
function fieldsOf(message, place) {
  const { type: _type, ...fields } = message;
  if (place === void 0) return fields;
  const { stream: _stream, seq: _seq, ...data } = fields;
  return data;
}
function readPlace({ stream, seq }) {
  return typeof stream === "string" && Number.isSafeInteger(seq) ? {
    stream,
    seq
  } : void 0;
}
function classify(message, place) {
  if (message.kind !== "event") return message;
  const { event, data } = message;
  if (isSystemEvent(event)) {
    return isObject(data) ? {
      kind: "system",
      event,
      data
    } : malformed("INVALID_MESSAGE", "Message must have fields", event);
  }
  return place === void 0 ? message : {
    ...message,
    place
  };
}
function isSystemEvent(event) {
  return systemEvents.has(event);
}
function errorFields({ code, message, details }) {
  return {
    ...details,
    code,
    message
  };
}

// client/message.ts
function readAnswer(answer) {
  if (!("error" in answer)) return answer;
  const { code, message, details } = answer.error;
  return {
    error: new ServerError(code, message, details)
  };
}
function checkEvent(event) {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError("Cannot send an event without a name");
}
function encodeEvent2(event, data, id) {
  checkEvent(event);
  return encodeEvent(event, encodeData(data), {
    id
  });
}
function encodeAnswer2(id, answer) {
  if (!("error" in answer)) return encodeAnswer(id, encodeData(answer.data));
  const { code, message } = answer.error;
  return encodeRefusal(id, encodeData(errorFields({
    code,
    message
  })));
}

// client/line/answering.ts
function runHandlers(handlers, data, failed) {
  for (const handler of handlers) {
    try {
      const result = handler(data);
      if (isThenable(result)) Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
function isThenable(value) {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
var maxNameLength = 100;
async function answerRequest(event, handlers, data, failed) {
  if (handlers.length === 0) {
    const name = event.slice(0, maxNameLength);
    return {
      error: new ServerError("UNKNOWN_EVENT", `Unknown event: ${name}`)
    };
  }
  const results = await Promise.allSettled(handlers.map(async (handler) => await handler(data)));
  const errors = results.filter((each) => each.status === "rejected").map(({ reason }) => reason);
  const refusal = errors.find((error) => error instanceof ServerError);
  for (const error of errors) if (!(error instanceof ServerError)) failed(error);
  const answer = results.find((each) => each.status === "fulfilled" && each.value !== void 0);
  if (answer?.status === "fulfilled") return {
    data: answer.value
  };
  if (refusal !== void 0) return {
    error: refusal
  };
  return errors.length === 0 ? {
    data: void 0
  } : {
    error: internalError()
  };
}
function internalError() {
  return new ServerError("INTERNAL", "Internal error");
}
var maxRunning = 1e3;
var maxUnread = 1048576;
var Responder = class {
  #handlers;
  #running = 0;
  #unread = 0;
  constructor(handlers) {
    this.#handlers = handlers;
  }
  /**
   * Answers a request. Never rejects.
   *
   * @param isAwaited Whether the server still waits for the answer.
   */
  async respond({ id, event, data, handlers }, isAwaited) {
    if (this.#running >= maxRunning) {
      const error = new ServerError("RATE_LIMITED", "Too many requests at a time");
      return this.#send(encodeAnswer2(id, {
        error
      }));
    }
    this.#running++;
    const { failed } = this.#handlers;
    const answer = await answerRequest(event, handlers, data, failed).catch((error) => {
      failed(error);
      return {
        error: internalError()
      };
    });
    this.#running--;
    if (isAwaited()) this.#send(this.#encode(id, answer));
  }
  /** Encodes an answer. An answer that JSON cannot carry is an error of the handler. */
  #encode(id, answer) {
    try {
      return encodeAnswer2(id, answer);
    } catch (error) {
      this.#handlers.failed(error);
      return encodeAnswer2(id, {
        error: internalError()
      });
    }
  }
  #send(text) {
    this.#unread = Math.min(this.#unread, this.#handlers.bufferedAmount()) + text.length;
    if (this.#unread > maxUnread) this.#handlers.unread();
    else this.#handlers.send(text);
  }
};

// wire/clock.ts
var longestTimer = 2 ** 31 - 1;
function runtimeClock(started = () => {
}) {
  return {
    now() {
      return performance.now();
    },
    after(delay, run) {
      const end = performance.now() + delay;
      let timer;
      function wait(left) {
        if (!(left <= Number.MAX_SAFE_INTEGER)) return;
        timer = left <= longestTimer ? setTimeout(run, left) : setTimeout(() => wait(end - performance.now()), longestTimer);
        started(timer);
      }
      wait(delay);
      return () => clearTimeout(timer);
    }
  };
}
var systemClock = runtimeClock();

// client/credentials.ts
var Credentials = class {
  #token;
  #by;
  constructor(token2, by) {
    this.#token = token2;
    this.#by = by;
  }
  /** Whether the token is presented by the first message. */
  get byMessage() {
    return this.#token !== void 0 && this.#by === "message";
  }
  /** Whether a function provides new tokens. */
  get isRenewable() {
    return typeof this.#token === "function";
  }
  /** Gets the token, a new one where there is a function; rejects where that does. */
  async get() {
    if (typeof this.#token !== "function") return this.#token;
    const token2 = await this.#token();
    if (typeof token2 === "string") return token2;
    throw new TypeError(`Cannot use token as it must be a string: the function has returned ${typeof token2}`);
  }
  /** The part of a target that presents a token. */
  target(token2) {
    if (token2 === void 0 || this.#by === "message") return {};
    return {
      token: token2,
      tokenBy: this.#by
    };
  }
};
function timeLeft(token2, now) {
  const exp = readClaims(token2).exp;
  const left = typeof exp === "number" ? exp * 1e3 - now : void 0;
  return left !== void 0 && left <= longestTimer ? left : void 0;
}
function readClaims(token2) {
  const payload = token2.split(".")[1] ?? "";
  try {
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return isObject(claims) ? claims : {};
  } catch {
    return {};
  }
}

// wire/room_message.ts
var joinEvent = "room:join";
var leaveEvent = "room:leave";
function encodeJoin(rooms, id) {
  const requests = rooms.map(({ roomId, since, last }) => ({
    roomId,
    ...since,
    last
  }));
  const data = encodeData(requests.length === 1 ? requests[0] : {
    rooms: requests
  });
  return encodeEvent(joinEvent, data, {
    id
  });
}
function encodeLeave(rooms, id) {
  const data = encodeData(rooms.length === 1 ? {
    roomId: rooms[0]
  } : {
    rooms
  });
  return encodeEvent(leaveEvent, data, {
    id
  });
}

// wire/client_message.ts
var pingText = '{"type":"ping"}';
var pongText = '{"type":"pong"}';
function encodeAuth(token2) {
  return JSON.stringify({
    type: "auth",
    token: token2
  });
}

// client/authentication.ts
var margin = 3e4;
var leastDelay = 1e3;
var Authentication = class {
  #credentials;
  #clock;
  #handlers;
  #token;
  #isWaiting = false;
  /** Whether a token has been accepted since the server has last refused one. */
  #wasAccepted = false;
  #connection = 0;
  #stopTimer = () => {
  };
  constructor(credentials, clock, handlers) {
    this.#credentials = credentials;
    this.#clock = clock;
    this.#handlers = handlers;
  }
  /** Gets the token of the next connection; rejects where that fails. */
  async prepare() {
    const token2 = this.#token = await this.#credentials.get();
    return this.#credentials.target(token2);
  }
  /** Gets the token of a probe; rejects where that fails. */
  async prepareProbe() {
    if (this.#credentials.byMessage) return {};
    return this.#credentials.target(await this.#credentials.get());
  }
  /** The connection has opened. */
  opened() {
    this.#isWaiting = this.#credentials.byMessage;
    if (this.#isWaiting) this.#handlers.send(encodeAuth(this.#token));
    else this.#accept();
  }
  /** Handles an event of the server. */
  receive(event, { code }) {
    const isOver = event === "auth_ok" || event === "error" && code === "UNKNOWN_EVENT";
    if (this.#isWaiting && isOver) this.#accept();
  }
  /** The connection has ended. */
  lost() {
    this.#connection++;
    this.#isWaiting = false;
    this.#stopTimer();
  }
  /** Whether another token may be accepted after one has expired. */
  mayRenew() {
    const mayRenew = this.#credentials.isRenewable && this.#wasAccepted;
    this.#wasAccepted = false;
    return mayRenew;
  }
  /** Presents a new token on the present connection; rejects where getting it fails. */
  async renew() {
    const connection = this.#connection;
    const token2 = await this.#credentials.get();
    if (token2 === void 0 || connection !== this.#connection) return;
    this.#present(token2);
  }
  #present(token2) {
    this.#token = token2;
    this.#handlers.send(encodeAuth(token2));
    this.#schedule();
  }
  /** Presents a token that the function has renewed, or looks again later. */
  async #renewBeforeEnd() {
    const connection = this.#connection;
    const token2 = await this.#credentials.get();
    if (connection !== this.#connection) return;
    if (token2 === void 0 || token2 === this.#token) this.#schedule();
    else this.#present(token2);
  }
  #accept() {
    this.#isWaiting = false;
    this.#wasAccepted = true;
    this.#schedule();
    this.#handlers.ready();
  }
  #schedule() {
    this.#stopTimer();
    if (!this.#credentials.isRenewable || this.#token === void 0) return;
    const left = timeLeft(this.#token, Date.now());
    if (left === void 0 || left <= 0) return;
    const delay = Math.max(left - margin, left / 2, leastDelay);
    this.#stopTimer = this.#clock.after(delay, () => {
      this.#renewBeforeEnd().catch((error) => this.#handlers.failed(error));
    });
  }
};

// wire/close_code.ts
var Closes = {
  /** The first message was no token, and one was to be first. */
  notAuthenticated: {
    code: 1008,
    reason: "Not authenticated",
    advice: "stay away"
  },
  authenticationFailed: {
    code: 1008,
    reason: "Authentication failed",
    advice: "stay away"
  },
  authenticationTimeout: {
    code: 1008,
    reason: "Authentication timed out",
    advice: "stay away"
  },
  tooManyFailedAttempts: {
    code: 1008,
    reason: "Too many failed attempts",
    advice: "stay away"
  },
  tooManyAttempts: {
    code: 1013,
    reason: "Too many attempts at once",
    advice: "come back"
  },
  /** A client with another token comes back, though. */
  tokenExpired: {
    code: 4401,
    reason: "token expired",
    advice: "stay away"
  },
  rateLimited: {
    code: 1008,
    reason: "Rate limit exceeded",
    advice: "back off"
  },
  tooManyEvents: {
    code: 1008,
    reason: "Too many events waiting",
    advice: "back off"
  },
  slowConsumer: {
    code: 1013,
    reason: "slow consumer",
    advice: "come back"
  },
  shortOfMemory: {
    code: 1013,
    reason: "Server is short of memory",
    advice: "come back"
  },
  tooManySessions: {
    code: 1013,
    reason: "Too many sessions",
    advice: "come back"
  },
  internalError: {
    code: 1011,
    reason: "Internal error",
    advice: "come back"
  },
  shutdown: {
    code: 1012,
    reason: "Server shutting down",
    advice: "come back"
  }
};
var adviceByCode = /* @__PURE__ */ new Map([
  [
    1e3,
    "stay away"
  ],
  [
    1001,
    "come back"
  ],
  [
    1002,
    "stay away"
  ],
  [
    1003,
    "stay away"
  ],
  [
    1005,
    "come back"
  ],
  [
    1006,
    "come back"
  ],
  [
    1007,
    "stay away"
  ],
  [
    1008,
    "stay away"
  ],
  [
    1009,
    "come back"
  ],
  [
    1010,
    "stay away"
  ],
  [
    1011,
    "come back"
  ],
  [
    1012,
    "come back"
  ],
  [
    1013,
    "come back"
  ],
  [
    1014,
    "come back"
  ]
]);
var registeredRefusals = /* @__PURE__ */ new Set([
  3e3,
  3003
]);
var passingStatuses = /* @__PURE__ */ new Set([
  408,
  425,
  429
]);
function adviceAfter(code, reason) {
  const kinds = Object.values(Closes);
  const kind = kinds.find((each) => each.code === code && each.reason === reason);
  if (kind !== void 0) return kind.advice;
  if (code >= 4400 && code <= 4499) {
    return passingStatuses.has(code - 4e3) ? "come back" : "stay away";
  }
  if (registeredRefusals.has(code)) return "stay away";
  return adviceByCode.get(code) ?? "come back";
}

// client/close_code.ts
var maxReasonLength = 123;
function checkClose(code, reason) {
  if (code !== 1e3 && !(Number.isInteger(code) && code >= 3e3 && code <= 4999)) {
    const range = "1000 or from 3000 to 4999";
    throw new RangeError(`Cannot use close code as it must be ${range}: current value is ${code}`);
  }
  const size = new TextEncoder().encode(reason).length;
  if (size <= maxReasonLength) return;
  throw new RangeError(`Cannot use reason as it must be at most ${maxReasonLength} bytes: current size is ${size}`);
}
function messageTooBig(maxSize) {
  return {
    code: 1009,
    reason: `Message is longer than ${maxSize}`,
    wasClean: false
  };
}
var unauthorized = Closes.tokenExpired.code;
function isRateClose(code, reason) {
  return adviceAfter(code, reason) === "back off";
}
function mayReconnect(code, reason = "") {
  return adviceAfter(code, reason) !== "stay away";
}

// client/events.ts
var Handlers = class {
  /** Lists are replaced as a whole, so that handlers may come and go while they run. */
  #entries = /* @__PURE__ */ new Map();
  /** Adds a handler; each runs as often as it was added. */
  add(event, handler, once = false) {
    if (typeof handler !== "function") {
      throw new TypeError(`Cannot handle "${event}": the handler is not a function`);
    }
    this.#entries.set(event, [
      ...this.#entries.get(event) ?? [],
      {
        handler,
        once
      }
    ]);
  }
  /** Removes a handler that `add` has added. */
  remove(event, handler) {
    this.#keep(event, (entry) => entry.handler !== handler);
  }
  /**
   * Takes the handlers of an event that has come; those for one time only are removed.
   *
   * @returns The handlers, in the order in which they were added.
   */
  take(event) {
    const entries = this.#entries.get(event) ?? [];
    if (entries.some(({ once }) => once)) this.#keep(event, (entry) => !entry.once);
    return entries.map(({ handler }) => handler);
  }
  #keep(event, keeps) {
    const entries = this.#entries.get(event)?.filter(keeps) ?? [];
    if (entries.length > 0) this.#entries.set(event, entries);
    else this.#entries.delete(event);
  }
};
function addListener(listeners, listener) {
  if (typeof listener !== "function") {
    throw new TypeError("Cannot listen: the listener is not a function");
  }
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

// client/line/idle_watch.ts
var IdleWatch = class {
  #idleTimeout;
  #answerTimeout;
  #clock;
  #handlers;
  #receivedAt = 0;
  /** Whether the server has sent anything since it was asked. */
  #hasAnswered = false;
  #stopTimer = () => {
  };
  /**
   * @param idleTimeout Milliseconds of silence before the server is asked; 0 is never.
   * @param answerTimeout Milliseconds that it has to answer.
   */
  constructor(idleTimeout, answerTimeout, clock, handlers) {
    this.#idleTimeout = idleTimeout;
    this.#answerTimeout = answerTimeout;
    this.#clock = clock;
    this.#handlers = handlers;
  }
  /** The connection has opened. */
  start() {
    this.received();
    this.#wait(this.#idleTimeout);
  }
  /** The server has sent something. */
  received() {
    this.#receivedAt = this.#clock.now();
    this.#hasAnswered = true;
  }
  /** Asks the server now. */
  check() {
    if (this.#idleTimeout === 0) return;
    this.#stopTimer();
    this.#hasAnswered = false;
    this.#stopTimer = this.#clock.after(this.#answerTimeout, () => {
      if (this.#hasAnswered) this.#resume();
      else this.#handlers.dead();
    });
    this.#handlers.probe();
  }
  /** The connection has closed. */
  stop() {
    this.#stopTimer();
  }
  #resume() {
    const left = this.#receivedAt + this.#idleTimeout - this.#clock.now();
    if (left > 0) this.#wait(left);
    else this.check();
  }
  #wait(delay) {
    if (this.#idleTimeout > 0) this.#stopTimer = this.#clock.after(delay, () => this.#resume());
  }
};

// client/transports/ending.ts
function endTransport(transport, { code, reason }, { clock, closeTimeout }) {
  return new Promise((resolve) => {
    const stop = clock.after(closeTimeout, () => {
      transport.terminate();
      resolve();
    });
    function ended() {
      stop();
      resolve();
    }
    try {
      transport.close(code, reason).then(ended, ended);
    } catch {
      ended();
    }
  });
}

// client/line/transport_probe.ts
var firstDelay = 5e3;
var longestDelay = 3e5;
var TransportProbe = class {
  #open;
  #options;
  #handlers;
  #delay = firstDelay;
  #isStarted = false;
  #attempt;
  #transport;
  #stopTimer = () => {
  };
  constructor(open2, options, handlers) {
    this.#open = open2;
    this.#options = options;
    this.#handlers = handlers;
  }
  /** A connection over another transport has opened: probing starts. */
  start() {
    this.stop();
    this.#isStarted = true;
    this.#stopTimer = this.#options.clock.after(this.#delay, () => this.#try());
    this.#delay = Math.min(longestDelay, 2 * this.#delay);
  }
  /** That connection has ended: probing stops. */
  stop() {
    const transport = this.#transport;
    this.#stopTimer();
    this.#isStarted = false;
    this.#attempt = void 0;
    this.#transport = void 0;
    if (transport !== void 0) {
      void endTransport(transport, {
        code: 1e3,
        reason: ""
      }, this.#options);
    }
  }
  /** The preferred transport is in use, or the network has changed: the next delay is short. */
  reset() {
    this.#delay = firstDelay;
    if (this.#isStarted) this.start();
  }
  #try() {
    const attempt = this.#attempt = {};
    const failed = () => attempt === this.#attempt && this.start();
    const { clock, connectTimeout } = this.#options;
    this.#stopTimer = clock.after(connectTimeout, failed);
    this.#connect(attempt, failed).catch(failed);
  }
  async #connect(attempt, failed) {
    const target = await this.#handlers.target();
    if (attempt !== this.#attempt) return;
    this.#transport = this.#open(target, {
      connected() {
      },
      opened: () => this.#found(attempt),
      message() {
      },
      alive() {
      },
      refused() {
      },
      closed: failed
    });
  }
  #found(attempt) {
    if (attempt !== this.#attempt) return;
    this.stop();
    this.#handlers.found();
  }
};

// client/line/reconnecting_connection.ts
var stableAfter = 5e3;
var abnormal = 1006;
var ReconnectingConnection = class {
  #options;
  #handlers;
  #selector;
  #probe;
  #state = "closed";
  // The present attempt, which may have become a connection.
  #attempt;
  #transport;
  /**
   * Progress of the attempt: the transport was tried, the server has answered, messages are
   * carried.
   */
  #stage = "asked";
  #establishedAt;
  // Between attempts.
  #failures = 0;
  #lastEnd;
  #closed = Promise.resolve();
  #stopTimer = () => {
  };
  #stopListening = () => {
  };
  constructor(options, selector, handlers) {
    this.#options = options;
    this.#selector = selector;
    this.#handlers = handlers;
    this.#probe = new TransportProbe(selector.preferred.open, options, {
      target: () => handlers.probeTarget(),
      found: () => handlers.preferredAvailable()
    });
  }
  /** State of the connection. */
  get state() {
    return this.#state;
  }
  /** Name of the transport in use; `undefined` without a connection. */
  get transport() {
    return this.#state === "open" ? this.#selector.current.name : void 0;
  }
  /** Bytes that are queued in the transport. */
  get bufferedAmount() {
    return this.#transport?.bufferedAmount ?? 0;
  }
  /** Whether a message would be queued. */
  get isCongested() {
    return this.#transport?.isCongested ?? true;
  }
  /** The end of the last connection or attempt; `undefined` before. */
  get lastEnd() {
    return this.#lastEnd;
  }
  /** Connects now: for the first time, after a close, or in place of the present connection. */
  connect() {
    const isNew = this.#state === "closed";
    void this.#abandon();
    if (isNew) {
      this.#failures = 0;
      this.#stopListening = this.#options.network.listen((change) => this.#networkChanged(change));
    }
    this.#attemptNow(isNew ? "connecting" : "reconnecting");
  }
  /**
   * Declares the connection ready.
   *
   * @returns `false` where it is not ready any more: a listener has ended it.
   */
  establish() {
    const attempt = this.#attempt;
    if (this.#stage !== "open" || this.#state === "open") return false;
    this.#stopTimer();
    this.#establishedAt = this.#options.clock.now();
    if (this.#selector.current === this.#selector.preferred) this.#probe.reset();
    else this.#probe.start();
    this.#change({
      state: "open",
      transport: this.#selector.current.name
    });
    return attempt === this.#attempt;
  }
  /**
   * Sends a message; does nothing without a connection.
   *
   * @throws {unknown} The transport cannot carry it.
   */
  send(data, kind = "event") {
    if (this.#stage === "open") this.#transport?.send(data, kind);
  }
  /** Sends a message of the client itself; a connection that cannot carry it has failed. */
  sendOwn(text, kind) {
    try {
      this.send(text, kind);
    } catch (error) {
      this.fail(describe(error));
    }
  }
  /** Ends the connection as one that has failed. */
  fail(reason) {
    this.end({
      code: abnormal,
      reason,
      wasClean: false
    });
  }
  /** Ends the connection with a close of our own, and goes on as after one of the server. */
  end(close) {
    if (this.#attempt !== void 0) this.#ended(close);
  }
  /** Replaces the connection by one over the preferred transport. */
  returnToPreferred() {
    this.#selector.reset();
    this.connect();
  }
  /**
   * Closes for good.
   *
   * @param code An allowed code, with an allowed reason.
   * @returns Resolves when nothing is left of the connection, or after `closeTimeout`.
   */
  close(code, reason) {
    if (this.#state !== "closed") {
      this.#closed = this.#abandon(code, reason);
      this.#stop({
        code,
        reason,
        wasClean: true
      });
    }
    return this.#closed;
  }
  // ----- Attempts -----
  #attemptNow(state, close) {
    this.#begin();
    this.#change({
      state,
      ...close && {
        close
      },
      retryIn: 0
    });
  }
  #begin() {
    const { clock, connectTimeout } = this.#options;
    const attempt = this.#attempt = {};
    this.#stopTimer = clock.after(connectTimeout, () => this.fail(this.#timeoutReason()));
    this.#open(attempt).catch((error) => {
      if (attempt === this.#attempt) this.fail(describe(error));
    });
  }
  #timeoutReason() {
    if (this.#stage !== "connected") return "Connection timed out";
    return "Connected, but no welcome has come: set idleTimeout: 0 if the server speaks no JSON";
  }
  async #open(attempt) {
    const target = await this.#handlers.target();
    if (attempt !== this.#attempt) return;
    this.#stage = "tried";
    this.#transport = this.#selector.current.open(target, this.#transportHandlers(attempt));
  }
  #transportHandlers(attempt) {
    const whenCurrent = (run) => attempt === this.#attempt && run();
    return {
      connected: () => whenCurrent(() => this.#stage = "connected"),
      opened: () => whenCurrent(() => this.#opened()),
      message: (data) => whenCurrent(() => this.#handlers.message(data)),
      alive: () => whenCurrent(() => this.#handlers.alive()),
      refused: (data, error) => whenCurrent(() => this.#handlers.refused(data, error)),
      closed: (close) => whenCurrent(() => {
        this.#transport = void 0;
        this.#ended(close);
      })
    };
  }
  #opened() {
    this.#stage = "open";
    this.#selector.opened();
    this.#handlers.opened();
  }
  #ended(close) {
    const wasTried = this.#stage === "tried" || this.#stage === "connected";
    const isWayAtFault = wasTried && this.#options.network.isOnline && !close.wasClean;
    const mayTryNext = isWayAtFault && this.#selector.failed(this.#stage === "connected");
    if (this.#isStable()) this.#failures = 0;
    void this.#abandon();
    const { maxRetries } = this.#options;
    const mayRetry = close.code === unauthorized ? this.#handlers.mayRenew() : mayReconnect(close.code, close.reason);
    if (!mayRetry || this.#failures >= maxRetries) return this.#stop(close);
    if (!mayTryNext) return this.#wait(close);
    this.#lastEnd = close;
    this.#attemptNow("reconnecting", close);
  }
  #wait(close) {
    const { clock, network, maxDelay } = this.#options;
    const delay = delayBefore(this.#failures++, this.#options);
    const isLate = !network.isOnline || isRateClose(close.code, close.reason);
    const retryIn = isLate ? Math.max(delay, maxDelay) : delay;
    this.#stopTimer = clock.after(retryIn, () => this.#attemptNow("reconnecting"));
    this.#lastEnd = close;
    this.#change({
      state: "reconnecting",
      close,
      retryIn
    });
  }
  /** Abandons the present attempt or connection. */
  #abandon(code = 1e3, reason = "") {
    const transport = this.#transport;
    const wasOpen = this.#stage === "open";
    this.#stopTimer();
    this.#probe.stop();
    this.#attempt = void 0;
    this.#transport = void 0;
    this.#stage = "asked";
    this.#establishedAt = void 0;
    if (wasOpen) this.#handlers.lost();
    if (transport === void 0) return Promise.resolve();
    return endTransport(transport, {
      code,
      reason
    }, this.#options);
  }
  #isStable() {
    const { clock } = this.#options;
    return this.#establishedAt !== void 0 && clock.now() - this.#establishedAt >= stableAfter;
  }
  #stop(close) {
    this.#stopListening();
    this.#lastEnd = close;
    this.#change({
      state: "closed",
      close
    });
  }
  #change(change) {
    this.#state = change.state;
    this.#handlers.changed(change);
  }
  // ----- Network -----
  #networkChanged(change) {
    const isNew = change === "online";
    if (isNew) {
      this.#selector.reset();
      this.#probe.reset();
      this.#failures = 0;
    }
    if (this.#state === "open") this.#handlers.networkChanged();
    else if (isNew || this.#attempt === void 0) this.connect();
  }
};

// client/transports/token_bucket.ts
var usedPart = 0.9;
function readRate(value) {
  const { perSecond, burst } = isObject(value) ? value : {};
  const isRate = typeof perSecond === "number" && perSecond > 0 && typeof burst === "number";
  if (!isRate) return void 0;
  return {
    perSecond: usedPart * perSecond,
    burst: Math.max(0, Math.floor(usedPart * burst))
  };
}
function rateOf(perSecond) {
  return perSecond === 0 ? void 0 : {
    perSecond,
    burst: Math.max(1, perSecond)
  };
}
var provokedRate = {
  perSecond: 20,
  burst: 40
};
var TokenBucket = class {
  #rate;
  #clock;
  #tokens;
  #countedAt;
  constructor(rate, clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#countedAt = clock.now();
  }
  /** Takes a token, if there is one. */
  take() {
    if (this.delay > 0) return false;
    this.#tokens--;
    return true;
  }
  /** Milliseconds until there is a token. */
  get delay() {
    const { perSecond, burst } = this.#rate;
    const now = this.#clock.now();
    const gained = (now - this.#countedAt) * perSecond / 1e3;
    this.#tokens = Math.min(Math.max(1, burst), this.#tokens + gained);
    this.#countedAt = now;
    const missing = 1 - this.#tokens;
    return missing < 1e-6 ? 0 : missing * 1e3 / perSecond;
  }
  /**
   * Waits until there is a token, and takes it.
   *
   * @param signal Ends the wait without a token.
   */
  async turn(signal) {
    while (!signal.aborted && !this.take()) await this.#wait(signal);
  }
  #wait(signal) {
    return new Promise((resolve) => {
      const over = () => {
        stop();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const stop = this.#clock.after(this.delay, over);
      signal.addEventListener("abort", over);
    });
  }
};

// client/rooms/room_requests.ts
var maxLength = 16384;
var overhead = 64;
var RoomRequests = class {
  #send;
  #asked;
  #leaves = /* @__PURE__ */ new Set();
  #joins = /* @__PURE__ */ new Map();
  #isScheduled = false;
  /**
   * @param send Sends a message now, or forgets it with the connection.
   * @param asked Called for each room that a message asks for.
   */
  constructor(send, asked = () => {
  }) {
    this.#send = send;
    this.#asked = asked;
  }
  /** Asks for a room. */
  join(room) {
    this.#joins.set(room.roomId, room);
    this.#schedule();
  }
  /** Leaves a room, and does not ask for it any more. */
  leave(roomId) {
    this.#joins.delete(roomId);
    this.#leaves.add(roomId);
    this.#schedule();
  }
  /** Sends what was gathered: before another message, which may be about these rooms. */
  flush() {
    this.#isScheduled = false;
    for (const part of parts([
      ...this.#leaves
    ], (roomId) => roomId)) this.#send(encodeLeave(part));
    this.#leaves.clear();
    for (const part of parts([
      ...this.#joins.values()
    ], JSON.stringify)) {
      for (const { roomId } of part) this.#asked(roomId);
      this.#send(encodeJoin(part));
    }
    this.#joins.clear();
  }
  /** The connection is lost, and with it what was to be said. */
  clear() {
    this.#leaves.clear();
    this.#joins.clear();
  }
  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#isScheduled && this.flush());
  }
};
function* parts(items, textOf) {
  let part = [];
  let length = overhead;
  for (const item of items) {
    const size = textOf(item).length + 3;
    if (part.length > 0 && length + size > maxLength) {
      yield part;
      part = [];
      length = overhead;
    }
    part.push(item);
    length += size;
  }
  if (part.length > 0) yield part;
}
function readRoomRefusal(data) {
  const { code, message, event = joinEvent, roomId, roomIds, retryAfter, ...details } = data;
  if (typeof code !== "string" || event !== joinEvent && event !== leaveEvent) return void 0;
  const passes = code === "RATE_LIMITED" || code === "UNAVAILABLE";
  if (data.event === void 0 && code !== "RATE_LIMITED") return void 0;
  const names2 = Array.isArray(roomIds) ? roomIds : [
    roomId
  ];
  const rooms = names2.filter((name) => typeof name === "string");
  const seconds = typeof retryAfter === "number" ? retryAfter : 0;
  return {
    event,
    rooms: rooms.length === 0 ? void 0 : rooms,
    delay: passes ? seconds * 1e3 : void 0,
    error: new ServerError(code, typeof message === "string" ? message : "Server error", details)
  };
}

// client/deferred.ts
var Deferred = class {
  /** Settles as the methods say. */
  promise;
  /** Resolves it. */
  resolve;
  /** Rejects it. */
  reject;
  /** Makes a pending one. */
  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
};

// client/rooms/rooms.ts
function checkJoinOptions(options) {
  checkNames("join", options, [
    "last"
  ]);
  if (options.last !== void 0) checkNumber("last", options.last, {
    least: 1
  });
}
var calmAfter = 5e3;
var Rooms = class {
  #timing;
  #handlers;
  #rooms = /* @__PURE__ */ new Map();
  // On the present connection.
  /** How many answers the server owes by room, as it answers one question after the other. */
  #owed = /* @__PURE__ */ new Map();
  /** Rooms that the client was in by an earlier question, and has left meanwhile. */
  #outdated = /* @__PURE__ */ new Set();
  /** How often rooms were left of which the server may send messages still. */
  #leaving = /* @__PURE__ */ new Map();
  /** Rooms that came too fast, and are asked for together. */
  #postponed;
  constructor(timing, handlers) {
    this.#timing = timing;
    this.#handlers = handlers;
  }
  /** Their names. */
  get names() {
    return [
      ...this.#rooms.keys()
    ];
  }
  /** Whether the client is in a room, or wants to be. */
  has(roomId) {
    return this.#rooms.has(roomId);
  }
  /** Where the client stands in a room. */
  position(roomId) {
    return this.#rooms.get(roomId)?.position;
  }
  // ----- What the client wants -----
  /**
   * Joins a room, now or as soon as there is a connection.
   *
   * @param isConnected Whether there is one.
   * @param last How many of the newest messages it wants, where it enters for the first time.
   * @returns Resolves when the server has let us in. Need not be looked at.
   */
  join(roomId, isConnected, last) {
    const known = this.#rooms.get(roomId);
    if (known?.wasJoined && !known.isJoining && isConnected) return Promise.resolve(known.joined);
    const room = known ?? this.#add(roomId);
    room.last ??= last;
    const waiting = new Deferred();
    waiting.promise.catch(() => {
    });
    room.waiting.push(waiting);
    if (isConnected && !room.isJoining && room.due === void 0) this.#ask(room);
    return waiting.promise;
  }
  /**
   * Leaves a room.
   *
   * @param isConnected Whether there is a connection on which the server may send its messages still.
   * @returns `false` where the client was not in it.
   */
  leave(roomId, isConnected) {
    const room = this.#rooms.get(roomId);
    if (room === void 0) return false;
    this.#remove(room, new ClientError("CLOSED", "Room was left"));
    if (isConnected) this.#leaving.set(roomId, (this.#leaving.get(roomId) ?? 0) + 1);
    return true;
  }
  /** There is a new connection: all rooms are to be joined on it. */
  rejoin() {
    for (const room of this.#rooms.values()) this.#ask(room);
  }
  /** The connection is lost: what was to be asked on it, or to be answered, is not. */
  lost() {
    this.#owed.clear();
    this.#outdated.clear();
    this.#leaving.clear();
    for (const room of this.#rooms.values()) {
      room.isJoining = false;
      stopWaiting(room);
    }
  }
  /** There will be no connection. Joined rooms are remembered, in case there is one after all. */
  closed(error) {
    for (const room of this.#rooms.values()) {
      if (room.wasJoined) {
        for (const { reject } of room.waiting.splice(0)) reject(error);
      } else this.#remove(room, error);
    }
  }
  #add(id) {
    const joined = {
      roomId: id,
      recovered: false
    };
    const room = {
      id,
      position: void 0,
      seen: 0,
      wasJoined: false,
      wasJoinedBefore: false,
      isJoining: false,
      askedAt: -Infinity,
      repeats: 0,
      due: void 0,
      last: void 0,
      joined,
      waiting: []
    };
    this.#rooms.set(id, room);
    return room;
  }
  #remove(room, error) {
    this.#rooms.delete(room.id);
    stopWaiting(room);
    for (const { reject } of room.waiting.splice(0)) reject(error);
  }
  #ask(room) {
    const { id: roomId, position: since, wasJoined } = room;
    const last = wasJoined ? void 0 : room.last;
    stopWaiting(room);
    room.askedAt = this.#timing.clock.now();
    room.isJoining = true;
    room.wasJoinedBefore = wasJoined;
    room.seen = 0;
    this.#handlers.ask({
      roomId,
      ...since && {
        since
      },
      ...last !== void 0 && {
        last
      }
    });
  }
  /** Asks again, as there is a hole: later and later, as long as it goes on so. */
  #askAgain(room) {
    if (room.due !== void 0) return;
    const delay = this.#countRepeat(room);
    if (delay === 0) this.#ask(room);
    else this.#askLater([
      room
    ], delay);
  }
  /** Asks again in so many milliseconds, by one message. */
  #askLater(rooms, delay) {
    const { clock } = this.#timing;
    const due = {
      at: clock.now() + delay,
      rooms: new Set(rooms),
      stop: clock.after(delay, () => {
        for (const room of due.rooms) this.#ask(room);
      })
    };
    for (const room of rooms) room.due = due;
    return due;
  }
  /** Gives the delay before another question. */
  #countRepeat(room, least) {
    if (this.#timing.clock.now() - room.askedAt >= calmAfter) room.repeats = 0;
    return this.#repeatDelay(room.repeats++, least);
  }
  #repeatDelay(repeats, least) {
    const { minDelay } = this.#timing;
    if (least === void 0) return repeats === 0 ? 0 : delayBefore(repeats - 1, this.#timing);
    const spread = delayBefore(repeats, this.#timing) - minDelay;
    return Math.max(minDelay, least) + spread;
  }
  // ----- What the server says -----
  /** The server was asked for a room. */
  asked(roomId) {
    this.#owed.set(roomId, (this.#owed.get(roomId) ?? 0) + 1);
  }
  /**
   * The server does not let us in.
   *
   * @param roomIds The rooms; `undefined`: all that it was asked for.
   */
  refused(roomIds, cause) {
    for (const room of this.#answeredOf(roomIds)) {
      const refusal = `Cannot join "${room.id}": ${cause.message}`;
      this.#remove(room, new ClientError("ACK_REFUSED", refusal, {
        cause
      }));
    }
  }
  /**
   * The server lets us in later. Joins that come too fast are asked for together.
   *
   * @param roomIds The rooms; `undefined`: all that it was asked for.
   * @param least Milliseconds that it wants us to wait; clients that wait are spread over a time.
   */
  postponed(roomIds, least) {
    const rooms = this.#answeredOf(roomIds);
    for (const room of rooms) room.isJoining = false;
    const late = rooms.filter(({ due: due2 }) => due2 === void 0);
    if (late.length === 0) return;
    const delay = Math.max(...late.map((room) => this.#countRepeat(room, least)));
    const due = this.#postponed;
    const isLateEnough = due !== void 0 && due.rooms.size > 0 && due.at >= this.#timing.clock.now() + least;
    if (!isLateEnough) return void (this.#postponed = this.#askLater(late, delay));
    for (const room of late) {
      due.rooms.add(room);
      room.due = due;
    }
  }
  /** Finds the rooms that an answer is for; `undefined`: for all, if for any. */
  #answeredOf(roomIds) {
    if (roomIds === void 0) {
      this.#owed.clear();
      this.#outdated.clear();
    }
    const ids = roomIds?.filter((roomId) => this.#isAnswered(roomId)) ?? [
      ...this.#rooms.keys()
    ];
    return ids.map((roomId) => this.#rooms.get(roomId)).filter((room) => room !== void 0).filter(({ isJoining }) => isJoining);
  }
  /** An answer has come. Returns `false` where it is for a question before the last one. */
  #isAnswered(roomId) {
    const owed = (this.#owed.get(roomId) ?? 1) - 1;
    if (owed > 0) {
      this.#owed.set(roomId, owed);
      return false;
    }
    this.#owed.delete(roomId);
    this.#outdated.delete(roomId);
    return true;
  }
  /**
   * The client is in a room.
   *
   * @returns `false` where that is not to be told: the room was left meanwhile.
   */
  joined(data) {
    const { roomId } = data;
    if (typeof roomId !== "string") return true;
    if (!this.#isAnswered(roomId)) {
      this.#outdated.add(roomId);
      return false;
    }
    const room = this.#rooms.get(roomId);
    if (room === void 0) return !this.#leaving.has(roomId);
    this.#leaving.delete(roomId);
    this.#joined(room, data);
    return true;
  }
  /** The client is not in a room any more, unless it has asked for it again. */
  left({ roomId }) {
    if (typeof roomId !== "string") return;
    this.#outdated.delete(roomId);
    const leaving = (this.#leaving.get(roomId) ?? 1) - 1;
    if (leaving > 0) this.#leaving.set(roomId, leaving);
    else this.#leaving.delete(roomId);
    const room = this.#rooms.get(roomId);
    if (room === void 0 || room.isJoining) return;
    this.#remove(room, new ClientError("CLOSED", "The server has taken the client out of the room"));
  }
  /**
   * Takes note of a message of a stream.
   *
   * @param place Where it stands.
   * @returns `false` where it is not to be delivered: it was received before, or one before it was
   * not, and both are on their way, or the client has left and joined the room again meanwhile.
   */
  receive({ stream, seq }) {
    if ((this.#owed.get(stream) ?? 0) > 1 || this.#outdated.has(stream)) return false;
    const room = this.#rooms.get(stream);
    return room === void 0 ? !this.#leaving.has(stream) : this.#advance(room, seq);
  }
  #joined(room, data) {
    const since = room.position;
    const recovered = data.recovered === true;
    const isAgain = room.isJoining ? room.wasJoinedBefore : room.wasJoined;
    room.joined = {
      ...data,
      roomId: room.id,
      recovered
    };
    const position = readPosition(data);
    const seen = since === void 0 ? room.seen : recovered ? since.seq : 0;
    room.position = position && {
      ...position,
      seq: Math.max(position.seq, seen)
    };
    if (isAgain && !recovered) this.#handlers.gap({
      roomId: room.id,
      since
    });
    room.wasJoined = true;
    room.isJoining = false;
    for (const { resolve } of room.waiting.splice(0)) resolve(room.joined);
  }
  #advance(room, seq) {
    const { position } = room;
    if (position === void 0) {
      room.seen = Math.max(room.seen, seq);
      return true;
    }
    const isNext = seq === position.seq + 1;
    if (isNext) room.position = {
      seq,
      epoch: position.epoch
    };
    else if (seq > position.seq && !room.isJoining) this.#askAgain(room);
    return isNext;
  }
};
function stopWaiting(room) {
  const { due } = room;
  room.due = void 0;
  if (due?.rooms.delete(room) && due.rooms.size === 0) due.stop();
}
function readPosition({ seq, epoch }) {
  return typeof seq === "number" && typeof epoch === "string" && epoch !== "" ? {
    seq,
    epoch
  } : void 0;
}

// client/rooms/room_client.ts
var RoomClient = class {
  rooms;
  #requests;
  #clock;
  /** Rooms that the server has not let us leave yet. */
  #unleft = /* @__PURE__ */ new Set();
  #stopLeaving = () => {
  };
  constructor(timing, handlers) {
    this.#clock = timing.clock;
    this.#requests = new RoomRequests((text) => handlers.send(text), (roomId) => this.rooms.asked(roomId));
    this.rooms = new Rooms(timing, {
      ask: (room) => this.#requests.join(room),
      gap: (gap) => handlers.gap(gap)
    });
  }
  /** Sends what was asked for in this turn: another message may be about these rooms. */
  flush() {
    this.#requests.flush();
  }
  /** A connection has opened: joins all rooms again. */
  opened() {
    this.rooms.rejoin();
    this.flush();
  }
  /** The connection has closed. */
  lost() {
    this.rooms.lost();
    this.#requests.clear();
    this.#stopLeaving();
    this.#unleft.clear();
  }
  /** The client has closed. */
  closed(error) {
    this.rooms.closed(error);
  }
  /**
   * Leaves a room.
   *
   * @param isConnected Whether the server has to be told.
   */
  leave(roomId, isConnected) {
    const wasIn = this.rooms.leave(roomId, isConnected);
    if (wasIn && isConnected) this.#requests.leave(roomId);
  }
  /**
   * Handles an event of the server itself.
   *
   * @returns Whether that was all: the application does not get the event.
   */
  receive(event, data) {
    if (event === "room:joined") return !this.rooms.joined(data);
    if (event === "room:left") this.rooms.left(data);
    else if (event === "error") return this.#refused(data);
    return false;
  }
  #refused(data) {
    const refusal = readRoomRefusal(data);
    if (refusal === void 0) return false;
    const { rooms, event, delay, error } = refusal;
    if (event === leaveEvent) {
      if (delay !== void 0) this.#leaveLater(rooms, delay);
      return delay !== void 0;
    }
    if (delay !== void 0) this.rooms.postponed(rooms, delay);
    else this.rooms.refused(rooms, error);
    return delay !== void 0 && data.event !== void 0;
  }
  /** Leaves rooms after a delay that the server asks for, unless they are joined again. */
  #leaveLater(rooms, delay) {
    for (const room of rooms ?? []) this.#unleft.add(room);
    this.#stopLeaving();
    this.#stopLeaving = this.#clock.after(delay, () => {
      for (const room of this.#unleft) if (!this.rooms.has(room)) this.#requests.leave(room);
      this.#unleft.clear();
    });
  }
};

// client/transports/transport_selector.ts
var maxSilences = 2;
var TransportSelector = class {
  #factories;
  #maxFailures;
  #index = 0;
  #failures = 0;
  #silences = 0;
  #firstHasOpened = false;
  /**
   * @param factories At least one, the preferred one first.
   * @param maxFailures Failures in a row that the first one is allowed.
   */
  constructor(factories, maxFailures) {
    this.#factories = factories;
    this.#maxFailures = maxFailures;
  }
  /** The transport to try. */
  get current() {
    return this.#factories[this.#index];
  }
  /** The preferred transport. */
  get preferred() {
    return this.#factories[0];
  }
  /** The current transport has opened. */
  opened() {
    this.#failures = 0;
    this.#silences = 0;
    if (this.#index === 0) this.#firstHasOpened = true;
  }
  /**
   * The current transport was tried, and has not opened.
   *
   * @param isSilent Whether it has connected and carried nothing.
   * @returns Whether the first transport is given up for the next, which may be tried at once.
   */
  failed(isSilent = false) {
    this.#failures++;
    this.#silences = isSilent ? this.#silences + 1 : 0;
    if (this.#index === 0 && this.#mayStay()) return false;
    this.#index = (this.#index + 1) % this.#factories.length;
    this.#failures = 0;
    this.#silences = 0;
    return this.#index === 1;
  }
  #mayStay() {
    if (this.#silences > 0) return this.#silences < Math.min(maxSilences, this.#maxFailures);
    return this.#firstHasOpened || this.#failures < this.#maxFailures;
  }
  /** The network has changed: starts from the first transport. */
  reset() {
    this.#index = 0;
    this.#failures = 0;
    this.#silences = 0;
    this.#firstHasOpened = false;
  }
};

// client/line/acks.ts
var ackOptionNames = [
  "timeout"
];
var timeoutRange = {
  above: 0,
  most: longestTimer,
  unit: "ms",
  fractions: true
};
var PendingAcks = class {
  #clock;
  #handlers;
  #waiting = /* @__PURE__ */ new Map();
  constructor(clock, handlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }
  /** Requests without an answer yet. */
  get size() {
    return this.#waiting.size;
  }
  /**
   * Waits for an answer.
   *
   * @param id Names the request.
   * @param settle Called once: with the answer, or with why there is none.
   * @param timeout Milliseconds; `undefined`: as long as the present connection lasts.
   * @throws {RangeError} The timeout is out of range.
   */
  expect(id, settle, timeout) {
    if (timeout !== void 0) checkNumber("timeout", timeout, timeoutRange);
    const stopTimer = timeout === void 0 ? () => {
    } : this.#clock.after(timeout, () => this.#expire(id, timeout));
    this.#waiting.set(id, {
      settle,
      stopTimer,
      isSent: timeout === void 0
    });
  }
  /** The request was handed to a connection. */
  sent(id) {
    const pending = this.#waiting.get(id);
    if (pending !== void 0) pending.isSent = true;
  }
  /**
   * Takes an answer, or why there is none.
   *
   * @returns `false` when nobody waits for it (any more).
   */
  settle(id, answer) {
    const pending = this.#waiting.get(id);
    if (pending === void 0) return false;
    this.#waiting.delete(id);
    pending.stopTimer();
    pending.settle(answer);
    return true;
  }
  /** The connection has ended: what it has carried is not answered any more. */
  disconnected() {
    for (const [id, { isSent }] of this.#waiting) {
      if (!isSent) continue;
      this.settle(id, new ClientError("ACK_DISCONNECTED", "Connection ended before the answer"));
    }
  }
  /** The client is closed. */
  close() {
    for (const id of this.#waiting.keys()) {
      this.settle(id, new ClientError("CLOSED", "Client is closed"));
    }
  }
  #expire(id, timeout) {
    const late = `no answer in ${timeout} ms`;
    const error = this.#waiting.get(id)?.isSent ? new ClientError("ACK_TIMEOUT", `Acknowledgement timeout: ${late}`) : new ClientError("NOT_SENT", `${this.#handlers.unsentReason()}, ${late}`);
    this.settle(id, error);
    this.#handlers.expired(id);
  }
};
function unwrap(outcome) {
  if (outcome instanceof ClientError) throw outcome;
  if (!("error" in outcome)) return outcome.data;
  const { error: cause } = outcome;
  const message = `Server answered with an error: ${cause.code}, ${cause.message}`;
  throw new ClientError("ACK_REFUSED", message, {
    cause
  });
}

// client/line/outbox.ts
var maxExtraDelay = 1e3;
var Outbox = class {
  #options;
  #clock;
  #handlers;
  // In the order in which they go.
  /** The limit does not count these. */
  #first = [];
  /** Queued before the present connection opened. */
  #backlog = [];
  #waiting = [];
  // The present connection.
  #isOpen = false;
  #openedAt = 0;
  /** Limits the rate of queued messages; `undefined`: there is no limit. */
  #bucket;
  /** When the limit ends: the backlog is sent, and later messages have had time to catch up. */
  #paceEnd = Infinity;
  #stopTimer = () => {
  };
  constructor(options, clock, handlers) {
    this.#options = options;
    this.#clock = clock;
    this.#handlers = handlers;
  }
  /** Messages in the queue. */
  get size() {
    return this.#first.length + this.#backlog.length + this.#waiting.length;
  }
  /** Whether there is a connection. */
  get isOpen() {
    return this.#isOpen;
  }
  /**
   * Sends a message, or queues it behind others.
   *
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   * @throws {unknown} The connection cannot carry it.
   */
  send(queued) {
    if (this.#isOpen && this.size === 0) {
      this.#handlers.deliver(queued);
      return "sent";
    }
    const count = this.#backlog.length + this.#waiting.length;
    if (count >= this.#options.maxQueue && !this.#makeRoom(queued)) return "dropped";
    this.#waiting.push(queued);
    return "queued";
  }
  /**
   * Sends a message now or drops it. It passes queued messages, at their rate.
   *
   * @throws {unknown} The connection cannot carry it.
   */
  sendNow(queued) {
    if (!this.#isOpen || this.size > 0 && this.#bucket?.take() === false) return "dropped";
    this.#handlers.deliver(queued);
    return "sent";
  }
  /**
   * Sends a message before those that wait, as soon as there is a connection. Where that ends first,
   * the message is forgotten.
   */
  sendFirst(queued) {
    this.#first.push(queued);
    if (this.#isOpen && this.size === 1) this.#flush();
  }
  /**
   * The connection has opened.
   *
   * @param rate Rate of queued messages; `undefined`: all are sent at once.
   */
  open(rate) {
    this.#isOpen = true;
    this.#openedAt = this.#clock.now();
    this.#backlog.push(...this.#waiting.splice(0));
    this.#bucket = rate && new TokenBucket(rate, this.#clock);
    this.#paceEnd = Infinity;
    this.#flush();
  }
  /** The connection has closed. */
  close() {
    this.#isOpen = false;
    this.#first = [];
    this.#stopTimer();
  }
  /** Removes a request from the queue. */
  withdraw(ackId) {
    const isOther = (queued) => queued.ackId !== ackId;
    this.#backlog = this.#backlog.filter(isOther);
    this.#waiting = this.#waiting.filter(isOther);
  }
  /** Empties the queue. */
  clear() {
    this.close();
    this.#backlog = [];
    this.#waiting = [];
  }
  #makeRoom(queued) {
    const { onQueueFull, maxQueue } = this.#options;
    if (onQueueFull === "reject") {
      throw new ClientError("QUEUE_FULL", `Cannot send: ${maxQueue} messages wait already`);
    }
    const oldest = onQueueFull === "drop-oldest" ? this.#takeOldest() : void 0;
    this.#handlers.dropped(oldest ?? queued);
    return oldest !== void 0;
  }
  #takeOldest() {
    return this.#backlog.shift() ?? this.#waiting.shift();
  }
  /** Sends queued messages at their rate. */
  #flush() {
    this.#stopTimer();
    while (this.#isOpen && this.size > 0) {
      const delay = this.#delay();
      if (delay > 0) {
        this.#stopTimer = this.#clock.after(delay, () => this.#flush());
        return;
      }
      const queued = this.#first.shift() ?? this.#takeOldest();
      if (queued !== void 0) this.#deliver(queued);
    }
    if (this.#isOpen) this.#bucket = void 0;
  }
  /** Milliseconds until the next message may be sent. */
  #delay() {
    const now = this.#clock.now();
    if (this.#first.length + this.#backlog.length === 0 && this.#paceEnd === Infinity) {
      this.#paceEnd = 2 * now - this.#openedAt + maxExtraDelay;
    }
    if (this.#bucket === void 0 || now >= this.#paceEnd || this.#bucket.take()) return 0;
    return Math.min(this.#bucket.delay, this.#paceEnd - now);
  }
  #deliver(queued) {
    try {
      this.#handlers.deliver(queued);
    } catch (error) {
      this.#handlers.failed(queued, error);
    }
  }
};

// client/line/request_id.ts
function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// client/transports/transport.ts
function checkData2(data, carriesBytes) {
  if (typeof data === "string") return;
  const kind = kindOf3(ArrayBuffer.isView(data) ? data.buffer : data);
  if (![
    "ArrayBuffer",
    "Blob",
    "File"
  ].includes(kind)) {
    throw new TypeError(`Cannot send ${kind}: a message is text, an ArrayBuffer, a view or a Blob`);
  }
  if (carriesBytes) return;
  throw new TypeError("Cannot send bytes: without WebSocket only text is carried");
}
function kindOf3(value) {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

// client/line/sender.ts
var Sender = class {
  #options;
  #getConnection;
  #before;
  #acks;
  #outbox;
  /**
   * @param getConnection Returns the connection; called when something is sent.
   * @param before Called before a message of the application is sent.
   */
  constructor(options, getConnection, before = () => {
  }) {
    this.#options = options;
    this.#getConnection = getConnection;
    this.#before = before;
    this.#acks = new PendingAcks(options.clock, {
      expired: (id) => this.#outbox.withdraw(id),
      unsentReason: () => this.#unsentReason()
    });
    this.#outbox = new Outbox(options, options.clock, {
      deliver: (queued) => this.#deliver(queued),
      failed: (queued, error) => this.#undelivered(queued, error),
      dropped: ({ ackId = "" }) => {
        this.#acks.settle(ackId, new ClientError("QUEUE_FULL", "Too many messages wait"));
      }
    });
  }
  // ----- Connections -----
  /**
   * The connection has opened.
   *
   * @param rate Rate of queued messages; `undefined`: all are sent at once.
   */
  open(rate) {
    this.#outbox.open(rate);
  }
  /** Queues messages for the next connection from now on. */
  hold() {
    this.#outbox.close();
  }
  /** The connection has ended. */
  lost() {
    this.#outbox.close();
    this.#acks.disconnected();
  }
  /** The client closes: rejects all requests and empties the queue. */
  end() {
    this.#outbox.clear();
    this.#acks.close();
  }
  // ----- Sending -----
  /**
   * Sends a message as it is.
   *
   * @throws {TypeError} It cannot be sent.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   */
  send(data) {
    checkData2(data, this.#options.carriesBytes);
    this.#before();
    return this.#getConnection().state === "closed" ? "dropped" : this.#outbox.send({
      data
    });
  }
  /**
   * Sends a message now or drops it.
   *
   * @throws {TypeError} It cannot be sent.
   */
  sendNow(data) {
    checkData2(data, this.#options.carriesBytes);
    this.#before();
    return this.#getConnection().isCongested ? "dropped" : this.#outbox.sendNow({
      data
    });
  }
  /** Sends a request; resolves to its answer. */
  async ask(event, data, options) {
    checkNames("emitWithAck", options, ackOptionNames);
    const { timeout = 5e3 } = options;
    if (this.#getConnection().state === "closed") {
      throw new ClientError("CLOSED", "Client is closed");
    }
    const ackId = newRequestId();
    const queued = {
      data: encodeEvent2(event, data, ackId),
      ackId
    };
    this.#before();
    const outcome = await new Promise((resolve) => {
      this.#acks.expect(ackId, resolve, timeout);
      this.#post(queued);
    });
    return unwrap(outcome);
  }
  /** Sends a message before those that wait, on the present connection or not at all. */
  sendFirst(data) {
    this.#outbox.sendFirst({
      data
    });
  }
  /** Handles an answer of the server. */
  answered(id, answer) {
    this.#acks.settle(id, answer);
  }
  /** The server has rejected a message. */
  refused(data, cause) {
    const message = typeof data === "string" ? parseServerMessage(data) : void 0;
    const id = message?.kind === "event" ? message.id : void 0;
    const queued = id === void 0 ? {
      data
    } : {
      data,
      ackId: id
    };
    const text = "Server does not take the message";
    this.#undelivered(queued, new ClientError("NOT_SENT", text, {
      cause
    }));
  }
  /** Sends or queues a request. An error is its outcome. */
  #post(queued) {
    try {
      this.#outbox.send(queued);
    } catch (error) {
      this.#undelivered(queued, error);
    }
  }
  #deliver({ data, ackId }) {
    this.#getConnection().send(data);
    if (ackId !== void 0) this.#acks.sent(ackId);
  }
  /** Rejects a request that cannot be sent, or reports the error of another message. */
  #undelivered({ ackId }, cause) {
    const error = cause instanceof ClientError ? cause : new ClientError("NOT_SENT", "Cannot send the message", {
      cause
    });
    if (ackId === void 0 || !this.#acks.settle(ackId, error)) this.#options.onError(error);
  }
  #unsentReason() {
    const { isOpen, size } = this.#outbox;
    if (isOpen) return `Not sent: ${size} messages wait`;
    const { code, reason } = this.#getConnection().lastEnd ?? {
      code: 0,
      reason: "still connecting"
    };
    return `Not connected: ${reason || `close code ${code}`}`;
  }
};

// client/line/session.ts
var unknownRate = {
  perSecond: 10,
  burst: 10
};
var drainTimeout = 5e3;
var drainInterval = 50;
var ClientSession = class {
  #options;
  #getUrl;
  #authentication;
  #idle;
  #responder;
  handlers = new Handlers();
  listeners = {
    state: /* @__PURE__ */ new Set(),
    gap: /* @__PURE__ */ new Set(),
    message: /* @__PURE__ */ new Set()
  };
  connection;
  sender;
  #roomClient;
  /** The id that the server has given us on this connection. */
  id;
  /** Rate that the server allows on this connection; `undefined`: any. */
  #rate = unknownRate;
  /** Whether the first message of the server is awaited. */
  #awaitsWelcome = false;
  #stopDraining = () => {
  };
  constructor(getUrl, options) {
    this.#getUrl = getUrl;
    this.#options = options;
    const { clock, connectTimeout, onError } = options;
    this.sender = new Sender(options, () => this.connection, () => this.#roomClient.flush());
    this.#roomClient = new RoomClient(options, {
      send: (text) => this.sender.sendFirst(text),
      gap: (gap) => this.#tell(this.listeners.gap, gap)
    });
    const credentials = new Credentials(options.token, options.tokenBy);
    this.#authentication = new Authentication(credentials, clock, {
      send: (text) => this.connection.sendOwn(text, "event"),
      ready: () => this.#ready(),
      failed: onError
    });
    this.#idle = new IdleWatch(options.idleTimeout, connectTimeout, clock, {
      probe: () => this.connection.sendOwn(pingText, "probe"),
      dead: () => this.connection.fail("Server is silent")
    });
    this.#responder = new Responder({
      bufferedAmount: () => this.connection.bufferedAmount,
      send: (text) => this.connection.sendOwn(text, "answer"),
      unread: () => this.connection.fail("Server asks, and does not read the answers"),
      failed: onError
    });
    this.connection = this.#makeConnection();
  }
  #makeConnection() {
    const { factories, fallbackAfter, protocols } = this.#options;
    const authentication = this.#authentication;
    return new ReconnectingConnection(this.#options, new TransportSelector(factories, fallbackAfter), {
      target: async () => {
        return {
          url: await this.#getUrl(),
          protocols,
          ...await authentication.prepare()
        };
      },
      probeTarget: async () => {
        return {
          url: await this.#getUrl(),
          protocols,
          ...await authentication.prepareProbe()
        };
      },
      opened: () => this.#opened(),
      message: (data) => this.#receive(data),
      alive: () => this.#idle.received(),
      refused: (data, error) => this.sender.refused(data, error),
      lost: () => this.#lost(),
      mayRenew: () => authentication.mayRenew(),
      networkChanged: () => this.#idle.check(),
      preferredAvailable: () => this.#returnToPreferred(this.#options.clock.now() + drainTimeout),
      changed: (change) => this.#changed(change)
    });
  }
  // ----- Connections -----
  /** Whether the signal has aborted. */
  get isAborted() {
    return this.#options.signal?.aborted === true;
  }
  /** Connects now, unless the signal has aborted. */
  connect() {
    if (!this.isAborted) this.connection.connect();
  }
  #abort = () => void this.close(1e3, "");
  #opened() {
    this.#rate = unknownRate;
    this.#awaitsWelcome = this.#options.speaksJson;
    if (!this.#awaitsWelcome) this.#authentication.opened();
  }
  #ready() {
    if (!this.connection.establish()) return;
    this.#idle.start();
    this.#roomClient.opened();
    const { flushRate } = this.#options;
    this.sender.open(flushRate === void 0 ? this.#rate : rateOf(flushRate));
  }
  #lost() {
    this.id = void 0;
    this.#awaitsWelcome = false;
    this.#stopDraining();
    this.#authentication.lost();
    this.#idle.stop();
    this.#roomClient.lost();
    this.sender.lost();
  }
  #changed(change) {
    const { signal } = this.#options;
    if (change.state === "closed") {
      this.sender.end();
      this.#roomClient.closed(new ClientError("CLOSED", "Client is closed"));
    }
    if (change.state === "closed") signal?.removeEventListener("abort", this.#abort);
    else signal?.addEventListener("abort", this.#abort);
    this.#tell(this.listeners.state, change);
  }
  /** Switches to the preferred transport, once this one has sent its messages. */
  #returnToPreferred(end) {
    const { clock } = this.#options;
    this.sender.hold();
    if (this.connection.bufferedAmount === 0 || clock.now() >= end) {
      return this.connection.returnToPreferred();
    }
    this.#stopDraining = clock.after(drainInterval, () => this.#returnToPreferred(end));
  }
  /** Presents a new token on the present connection. */
  renew() {
    return this.#authentication.renew();
  }
  /** Closes for good. */
  async close(code, reason) {
    checkClose(code, reason);
    this.sender.end();
    await this.connection.close(code, reason);
  }
  // ----- Rooms -----
  /** The rooms that the client is in, or wants to be in. */
  get rooms() {
    return this.#roomClient.rooms;
  }
  /** Leaves a room. */
  leave(roomId) {
    this.#roomClient.leave(roomId, this.connection.state === "open");
  }
  // ----- Receiving -----
  #receive(data) {
    this.#idle.received();
    const { maxMessageSize } = this.#options;
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (size > maxMessageSize) return this.connection.end(messageTooBig(maxMessageSize));
    const message = typeof data === "string" ? parseServerMessage(data) : void 0;
    if (message?.kind === "system" && message.event === "welcome") this.#welcomed(message.data);
    if (this.#awaitsWelcome) {
      this.#awaitsWelcome = false;
      this.#authentication.opened();
    }
    if (message === void 0 || message.kind === "malformed") {
      this.#tell(this.listeners.message, data);
    } else this.#handle(message);
  }
  #handle(message) {
    switch (message.kind) {
      case "event":
        return this.#take(message.event, message.data, message.id, message.place);
      case "system":
        return this.#takeSystem(message);
      case "answer":
        return this.sender.answered(message.id, readAnswer(message.answer));
      case "ping":
        return this.connection.sendOwn(pongText, "answer");
      case "pong":
        return;
    }
  }
  #welcomed({ id, rateLimit }) {
    if (typeof id === "string") this.id = id;
    this.#rate = rateLimit === void 0 ? unknownRate : readRate(rateLimit);
  }
  #take(event, data, id, place) {
    if (id !== void 0) return this.#answer(id, event, data);
    if (place === void 0 || this.rooms.receive(place)) this.#run(event, data);
  }
  #takeSystem({ event, data }) {
    if (this.#roomClient.receive(event, data)) return;
    this.#run(event, data);
    this.#authentication.receive(event, data);
  }
  #run(event, data) {
    runHandlers(this.handlers.take(event), data, this.#options.onError);
  }
  #answer(id, event, data) {
    const client = this.id;
    const isAwaited = () => this.connection.state === "open" && client === this.id;
    const handlers = this.handlers.take(event);
    void this.#responder.respond({
      id,
      event,
      data,
      handlers
    }, isAwaited);
  }
  #tell(listeners, news) {
    const { onError } = this.#options;
    runHandlers([
      ...listeners
    ], news, onError);
  }
};

// client/address.ts
function resolveAddress(address) {
  if (typeof address === "function") return async () => resolveUrl(await address());
  const url = Promise.resolve(resolveUrl(address));
  return () => url;
}
function resolveUrl(url) {
  const resolved = new URL(url, globalThis.location?.href);
  resolved.protocol = resolved.protocol.replace(/^http/, "ws");
  if (resolved.protocol !== "ws:" && resolved.protocol !== "wss:") {
    throw new TypeError(`Cannot connect: "${resolved.protocol}" is none of ws, wss, http, https`);
  }
  resolved.hash = "";
  return resolved;
}

// client/line/network.ts
var globals = globalThis;
var systemNetwork = {
  get isOnline() {
    return globals.navigator?.onLine !== false;
  },
  listen(listener) {
    const listening = new AbortController();
    const { signal } = listening;
    const { document } = globals;
    globals.addEventListener?.("online", () => listener("online"), {
      signal
    });
    document?.addEventListener("visibilitychange", () => {
      if (!document.hidden) listener("visible");
    }, {
      signal
    });
    return () => listening.abort();
  }
};

// client/option_checks.ts
var openRange = {
  fractions: true,
  endless: true
};
function checkChoice(name, value, choices) {
  if (choices.includes(value)) return;
  throw new TypeError(`Cannot use ${name} as it must be one of ${choices.join(", ")}: current value is ${value}`);
}
var token = /^[!#$%&'*+\-.^_`|~\w]+$/;
function checkProtocols(protocols) {
  if (!Array.isArray(protocols)) {
    throw new TypeError(`Cannot use protocols as it must be an array: current value is ${protocols}`);
  }
  for (const [index, protocol] of protocols.entries()) {
    if (typeof protocol === "string" && token.test(protocol) && protocols.indexOf(protocol) === index) {
      continue;
    }
    throw new TypeError(`Cannot use protocols as each must be another token: current value is "${protocol}"`);
  }
}

// client/transports/http.ts
var HttpFailure = class extends Error {
  close;
  status;
  name;
  /** @param status Of the response, where that is what is wrong. */
  constructor(close, status) {
    super(close.reason), this.close = close, this.status = status, this.name = "HttpFailure";
  }
};
var HttpChannel = class {
  #target;
  #abort = new AbortController();
  options;
  constructor(target, options) {
    this.#target = target;
    this.options = options;
  }
  /** Aborts when all is to end. */
  get signal() {
    return this.#abort.signal;
  }
  /** Ends what is under way. */
  abort() {
    this.#abort.abort();
  }
  /**
   * Makes a request. A redirect fails it: the token and the messages are for this server only.
   *
   * @param path Which of the paths.
   * @param query Fields that are added to the query of the address.
   * @param body A body to be posted.
   * @returns The response, which is a success.
   * @throws {HttpFailure} It is none.
   * @throws {TypeError} The network has failed.
   * @throws {DOMException} The connection was ended.
   */
  async request(path, query, body) {
    this.signal.throwIfAborted();
    const init = {
      signal: this.signal,
      ...body !== void 0 && {
        method: "POST",
        body
      }
    };
    const response = await this.#fetch(path, query, init);
    if (response.ok) return response;
    throw new HttpFailure(closeOf(response, await reasonOf(response)), response.status);
  }
  /**
   * Tells the server that a session is over, where all else has ended.
   *
   * @param signal Aborts where the server lets it wait.
   * @returns Resolves when it is told, or cannot be.
   */
  async leave(path, session, signal) {
    try {
      const init = {
        method: "DELETE",
        keepalive: true,
        signal
      };
      const response = await this.#fetch(path, {
        session
      }, init);
      await response.body?.cancel();
    } catch {
    }
  }
  #fetch(path, query, init) {
    const { paths, fetch } = this.options;
    const url = fallbackUrl(this.#target.url, paths[path]);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { token: token2 } = this.#target;
    return fetch(url, {
      credentials: "include",
      cache: "no-store",
      redirect: "error",
      headers: token2 === void 0 ? {} : {
        authorization: `Bearer ${token2}`
      },
      ...init
    });
  }
  /**
   * Makes a request that is answered by JSON.
   *
   * @throws {HttpFailure} It is no success, or too long.
   * @throws {SyntaxError} It is no JSON.
   * @throws {TypeError} The network has failed.
   */
  async requestJson(...request) {
    const response = await this.request(...request);
    return JSON.parse(await readText(response, this.options.maxMessageSize));
  }
};
async function readText({ body }, maxSize) {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parts2 = [];
  try {
    for (let size = 0, part; !(part = await reader.read()).done; ) {
      size += part.value.length;
      if (size > maxSize) throw new HttpFailure(messageTooBig(maxSize));
      parts2.push(decoder.decode(part.value, {
        stream: true
      }));
    }
    return parts2.join("") + decoder.decode();
  } finally {
    await reader.cancel().catch(() => {
    });
  }
}
function fallbackUrl(webSocketUrl, path) {
  const url = new URL(webSocketUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  const [, before = "", below = ""] = /^(.*?)\/ws(\/.*)?$/.exec(url.pathname) ?? [];
  url.pathname = before + path + below;
  return url;
}
function closeOf({ status }, reason) {
  const isRefusal = status >= 400 && status < 500 && ![
    404,
    405,
    409,
    426
  ].includes(status);
  return {
    code: isRefusal ? 4e3 + status : 1006,
    reason,
    wasClean: false
  };
}
var maxReasonBody = 1024;
async function reasonOf(response) {
  const { headers, body, statusText } = response;
  const [type] = headers.get("content-type")?.split(";") ?? [];
  const isReadable = type === "text/plain" || type === "application/json";
  const length = Number(headers.get("content-length") ?? Infinity);
  if (!isReadable || !(length <= maxReasonBody)) {
    await body?.cancel();
    return statusText;
  }
  const text = await readText(response, maxReasonBody).catch(() => "");
  const reason = type === "text/plain" ? text : messageOf(text);
  return reason.trim().slice(0, maxReasonLength) || statusText;
}
function messageOf(text) {
  try {
    const error = JSON.parse(text);
    return isObject(error) && typeof error.message === "string" ? error.message : "";
  } catch {
    return "";
  }
}
function closeOfError(error) {
  return error instanceof HttpFailure ? error.close : {
    code: 1006,
    reason: describe(error),
    wasClean: false
  };
}

// client/transports/uplink.ts
var maxBatch = 100;
var maxBatchSize = 65536;
var Uplink = class {
  #channel;
  #handlers;
  #queues;
  #session;
  #bytes = 0;
  constructor(channel, handlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    const { clock } = channel.options;
    this.#queues = {
      event: {
        waiting: [],
        isSending: false
      },
      // The server decides how often it asks.
      answer: {
        waiting: [],
        isSending: false,
        bucket: new TokenBucket(provokedRate, clock)
      },
      probe: {
        waiting: [],
        isSending: false
      }
    };
  }
  /** About how many bytes wait. */
  get queuedBytes() {
    return this.#bytes;
  }
  /** The server has named the session. */
  open(session) {
    this.#session = session;
  }
  /**
   * Sends a message, behind those of its kind.
   *
   * @throws {TypeError} It is no text.
   */
  send(data, kind) {
    if (typeof data !== "string") {
      throw new TypeError("Cannot send bytes: there is no WebSocket, and HTTP carries JSON only");
    }
    this.#bytes += data.length;
    const queue = this.#queues[kind];
    queue.waiting.push(data);
    if (!queue.isSending) void this.#run(queue);
  }
  async #run(queue) {
    queue.isSending = true;
    try {
      await Promise.resolve();
      while (queue.waiting.length > 0) {
        await queue.bucket?.turn(this.#channel.signal);
        await this.#post(takeBatch(queue.waiting));
      }
    } catch (error) {
      this.#handlers.failed(error);
    }
    queue.isSending = false;
  }
  /** Posts messages; each by itself, where they are too long together. */
  async #post(texts) {
    const body = texts.length === 1 ? texts[0] : `[${texts.join(",")}]`;
    try {
      const query = {
        session: this.#session ?? ""
      };
      const answer = await this.#channel.requestJson("events", query, body);
      this.#bytes -= sizeOf(texts);
      this.#report(answer);
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.status !== 413) throw error;
      if (texts.length > 1) {
        for (const text of texts) await this.#post([
          text
        ]);
      } else this.#refuse(texts, error);
    }
  }
  #refuse(texts, error) {
    this.#bytes -= sizeOf(texts);
    for (const text of texts) this.#handlers.refused(text, error);
  }
  /** A close is told by the other direction, too. */
  #report(answer) {
    const messages = isObject(answer) && Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) this.#handlers.message(JSON.stringify(message));
  }
};
function takeBatch(waiting) {
  let count = 0;
  for (let size = 0; count < Math.min(maxBatch, waiting.length); count++) {
    const text = waiting[count];
    size += text.length;
    if (size > maxBatchSize || !isJson(text)) break;
  }
  return waiting.splice(0, Math.max(1, count));
}
function sizeOf(texts) {
  return texts.reduce((size, text) => size + text.length, 0);
}
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// client/transports/http_transport.ts
var HttpTransport = class {
  #channel;
  #uplink;
  #handlers;
  #ended;
  #leave;
  /** Aborts the request that tells of the end. */
  #leaving = new AbortController();
  #session;
  #isClosed = false;
  constructor(target, handlers, options, downlink) {
    this.#handlers = handlers;
    this.#leave = downlink.leave;
    const channel = this.#channel = new HttpChannel(target, options);
    this.#uplink = new Uplink(channel, {
      message: (text) => this.#message(text),
      refused: (text, error) => this.#isClosed || this.#handlers.refused(text, error),
      failed: (error) => this.#finish(closeOfError(error))
    });
    this.#ended = this.#run(downlink.receive);
  }
  /** See {@linkcode Transport}. */
  get bufferedAmount() {
    return this.#uplink.queuedBytes;
  }
  /** See {@linkcode Transport}. */
  get isCongested() {
    return this.#uplink.queuedBytes > 0;
  }
  /** See {@linkcode Transport}. */
  send(data, kind = "event") {
    this.#uplink.send(data, kind);
  }
  /** See {@linkcode Transport}. The server is not told the code: HTTP has no place for it. */
  async close() {
    const isOpen = !this.#isClosed;
    this.#isClosed = true;
    this.#channel.abort();
    if (isOpen && this.#leave !== void 0 && this.#session !== void 0) {
      await this.#channel.leave(this.#leave, this.#session, this.#leaving.signal);
    }
    await this.#ended;
  }
  /** See {@linkcode Transport}. */
  terminate() {
    this.#leaving.abort();
  }
  async #run(receive3) {
    const context = {
      channel: this.#channel,
      opened: (session) => this.#open(session),
      message: (text) => this.#message(text),
      alive: () => this.#isClosed || this.#handlers.alive()
    };
    this.#finish(await receive3(context).catch(closeOfError));
  }
  #open(session) {
    this.#session = session;
    this.#uplink.open(session);
    if (!this.#isClosed) this.#handlers.opened();
  }
  #message(text) {
    if (!this.#isClosed) this.#handlers.message(text);
  }
  #finish(close) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel.abort();
    this.#handlers.closed(close);
  }
};
var maxSessionLength = 1024;
function readSession(message) {
  const session = isObject(message) ? message.session : void 0;
  return typeof session === "string" && session.length <= maxSessionLength ? session : void 0;
}
function readClose(value) {
  const { code, reason } = isObject(value) ? value : {};
  const isCode = typeof code === "number" && Number.isInteger(code) && code >= 1e3 && code < 5e3;
  return {
    code: isCode ? code : 1006,
    reason: typeof reason === "string" ? reason.slice(0, maxReasonLength) : "",
    wasClean: isCode
  };
}

// client/transports/poll.ts
var emptyRate = {
  perSecond: 1,
  burst: 5
};
function pollTransport(options) {
  return function openPoll(target, handlers) {
    return new HttpTransport(target, handlers, options, {
      receive,
      leave: "poll"
    });
  };
}
async function receive(context) {
  const { channel } = context;
  const { signal, options: { clock } } = channel;
  const [bucket, emptyPace] = [
    new TokenBucket(provokedRate, clock),
    new TokenBucket(emptyRate, clock)
  ];
  let query = {};
  while (true) {
    await bucket.turn(signal);
    const answer = await channel.requestJson("poll", query);
    const session = readSession(answer);
    if (!isObject(answer) || session === void 0) return readClose(void 0);
    context.alive();
    if (query.session === void 0) context.opened(session);
    query = {
      session
    };
    const messages = Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) context.message(JSON.stringify(message));
    if (answer.close !== void 0) return readClose(answer.close);
    if (messages.length === 0) await emptyPace.turn(signal);
  }
}

// client/transports/event_stream.ts
var joinedParts = 1024;
var EventParser = class {
  #maxSize;
  /** A line that has not ended: its beginning, and the parts that follow. */
  #line = [];
  #parts = [];
  /** Whether the last character was a CR, which an LF may follow. */
  #endsWithCr = false;
  /** Characters since the last event. */
  #size = 0;
  #event = "message";
  #data = [];
  /** @param maxSize The longest event, in characters, with its comments and field names. */
  constructor(maxSize) {
    this.#maxSize = maxSize;
  }
  /**
   * Takes the next piece of the stream.
   *
   * @returns The events that have ended within it.
   * @throws {HttpFailure} An event is too long.
   */
  *push(text) {
    let from = this.#endsWithCr && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#endsWithCr = text.endsWith("\r");
    const lineEnd = /\r\n|\n|\r/g;
    lineEnd.lastIndex = from;
    for (let end; (end = lineEnd.exec(text)) !== null; ) {
      this.#add(text.slice(from, end.index));
      from = lineEnd.lastIndex;
      const event = this.#endLine();
      if (event !== void 0) yield event;
    }
    if (from < text.length) this.#add(text.slice(from));
  }
  #add(part) {
    this.#size += part.length + 1;
    if (this.#size > this.#maxSize) throw new HttpFailure(messageTooBig(this.#maxSize));
    if (this.#parts.push(part) === joinedParts) this.#line.push(this.#takeParts());
  }
  #endLine() {
    const line = this.#line.splice(0).join("") + this.#takeParts();
    if (line === "") return this.#endEvent();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
  }
  #takeParts() {
    return this.#parts.splice(0).join("");
  }
  /** @returns `undefined` for what has no data, such as a comment. */
  #endEvent() {
    const [event, data] = [
      this.#event,
      this.#data
    ];
    this.#event = "message";
    this.#data = [];
    this.#size = 0;
    if (data.length > 0) return {
      event,
      data: data.join("\n")
    };
  }
};
async function* readEvents(body, { alive, signal, maxSize }) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser(maxSize);
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {
  }));
  try {
    for (let part; !(part = await reader.read()).done; ) {
      alive();
      yield* parser.push(decoder.decode(part.value, {
        stream: true
      }));
    }
  } finally {
    await reader.cancel().catch(() => {
    });
  }
}

// client/transports/sse.ts
function sseTransport(options) {
  return function openSse(target, handlers) {
    return new HttpTransport(target, handlers, options, {
      receive: receive2
    });
  };
}
async function receive2(context) {
  const { channel } = context;
  const { body } = await channel.request("sse", {});
  if (body === null) return readClose(void 0);
  const { signal, options: { maxMessageSize: maxSize } } = channel;
  let isOpen = false;
  for await (const { event, data } of readEvents(body, {
    alive: context.alive,
    signal,
    maxSize
  })) {
    if (event === "close") return readClose(JSON.parse(data));
    const session = isOpen ? void 0 : sessionOf(data);
    if (session !== void 0) {
      isOpen = true;
      context.opened(session);
    }
    context.message(data);
  }
  return readClose(void 0);
}
function sessionOf(text) {
  const message = parseServerMessage(text);
  return message.kind === "system" ? readSession(message.data) : void 0;
}

// client/transports/websocket.ts
function findWebSocket(given) {
  return given ?? globalThis.WebSocket;
}
var highWaterMark = 65536;
function webSocketTransport(WebSocket, awaitsWelcome) {
  return function openWebSocket(target, handlers) {
    const socket = new WebSocket(addressOf(target), protocolsOf(target));
    return new WebSocketTransport(socket, handlers, awaitsWelcome);
  };
}
var WebSocketTransport = class {
  #socket;
  #handlers;
  #ended = new Deferred();
  #hasOpened = false;
  #isClosed = false;
  constructor(socket, handlers, awaitsWelcome) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      if (this.#isClosed) return;
      if (awaitsWelcome) handlers.connected();
      else this.#open();
    });
    socket.addEventListener("message", ({ data }) => {
      if (!this.#hasOpened) this.#open();
      if (!this.#isClosed) handlers.message(data);
    });
    socket.addEventListener("error", () => {
    });
    socket.addEventListener("close", ({ code = 1006, reason = "", wasClean = false }) => {
      this.#ended.resolve();
      if (this.#isClosed) return;
      this.#isClosed = true;
      handlers.closed({
        code: code === 0 ? 1006 : code,
        reason,
        wasClean
      });
    });
  }
  #open() {
    this.#hasOpened = true;
    if (!this.#isClosed) this.#handlers.opened();
  }
  get bufferedAmount() {
    return this.#socket.bufferedAmount;
  }
  get isCongested() {
    return this.#socket.bufferedAmount > highWaterMark;
  }
  send(data) {
    this.#socket.send(data);
  }
  close(code, reason) {
    this.#isClosed = true;
    this.#socket.close(code, reason);
    return this.#ended.promise;
  }
  terminate() {
    this.#socket.terminate?.();
  }
};
function addressOf({ url, token: token2, tokenBy }) {
  if (token2 === void 0 || tokenBy !== "query") return url.href;
  const address = new URL(url);
  address.searchParams.set("token", token2);
  return address.href;
}
function protocolsOf({ protocols, token: token2, tokenBy }) {
  return token2 !== void 0 && tokenBy === "subprotocol" ? [
    ...protocols,
    `bearer.${token2}`
  ] : [
    ...protocols
  ];
}

// client/options.ts
var ranges = {
  minDelay: {
    ...openRange,
    least: 1,
    unit: "ms"
  },
  maxDelay: {
    ...openRange,
    least: 1,
    unit: "ms"
  },
  connectTimeout: {
    ...openRange,
    least: 1,
    unit: "ms"
  },
  closeTimeout: {
    ...openRange,
    least: 0,
    unit: "ms"
  },
  idleTimeout: {
    ...openRange,
    least: 0,
    unit: "ms"
  },
  maxMessageSize: {
    ...openRange,
    least: 1,
    unit: "bytes"
  },
  fallbackAfter: {
    ...openRange,
    least: 1
  },
  maxRetries: {
    ...openRange,
    least: 0
  },
  maxQueue: {
    ...openRange,
    least: 0
  },
  flushRate: {
    ...openRange,
    least: 0
  }
};
var optionNames2 = Object.keys({
  WebSocket: true,
  clock: true,
  closeTimeout: true,
  connectTimeout: true,
  fallbackAfter: true,
  fetch: true,
  flushRate: true,
  idleTimeout: true,
  maxDelay: true,
  maxMessageSize: true,
  maxQueue: true,
  maxRetries: true,
  minDelay: true,
  network: true,
  onError: true,
  onQueueFull: true,
  paths: true,
  protocols: true,
  random: true,
  signal: true,
  token: true,
  tokenBy: true,
  transports: true
});
var pathNames = Object.keys({
  sse: true,
  poll: true,
  events: true
});
var transportNames = [
  "websocket",
  "sse",
  "poll"
];
var methods = [
  "message",
  "query",
  "subprotocol"
];
var policies = [
  "drop-oldest",
  "drop-newest",
  "reject"
];
function resolveOptions(options) {
  checkNames("the client", options, optionNames2);
  const { maxMessageSize = 16777216, idleTimeout = 6e4, clock = systemClock } = options;
  const { transports = [
    "websocket",
    "sse",
    "poll"
  ], onError } = options;
  const resolved = {
    token: options.token,
    tokenBy: options.tokenBy ?? "message",
    protocols: options.protocols ?? [],
    minDelay: options.minDelay ?? 1e3,
    maxDelay: options.maxDelay ?? 3e4,
    maxRetries: options.maxRetries ?? Infinity,
    connectTimeout: options.connectTimeout ?? 1e4,
    closeTimeout: options.closeTimeout ?? 3e3,
    idleTimeout,
    maxMessageSize,
    fallbackAfter: options.fallbackAfter ?? 3,
    maxQueue: options.maxQueue ?? 100,
    onQueueFull: options.onQueueFull ?? "drop-oldest",
    flushRate: options.flushRate,
    onError: onError === void 0 ? throwUncaught : contained(onError),
    clock,
    random: options.random ?? Math.random,
    network: options.network ?? systemNetwork,
    signal: options.signal,
    speaksJson: idleTimeout > 0,
    carriesBytes: transports.includes("websocket")
  };
  checkOptions(resolved);
  return {
    ...resolved,
    factories: makeFactories({
      ...options,
      transports,
      maxMessageSize,
      clock
    }, resolved)
  };
}
function checkOptions(options) {
  const { minDelay, maxDelay, connectTimeout, maxMessageSize, fallbackAfter } = options;
  const { maxRetries, closeTimeout, idleTimeout, maxQueue, flushRate = 0 } = options;
  checkNumbers("", {
    minDelay,
    maxDelay,
    connectTimeout,
    closeTimeout,
    idleTimeout,
    maxMessageSize,
    fallbackAfter,
    maxRetries,
    maxQueue,
    flushRate
  }, ranges);
  checkChoice("tokenBy", options.tokenBy, methods);
  checkChoice("onQueueFull", options.onQueueFull, policies);
  checkProtocols(options.protocols);
}
function makeFactories(options, { speaksJson }) {
  const { transports, paths = {}, maxMessageSize, clock } = options;
  checkNames("paths", paths, pathNames);
  const { sse = "/sse", poll = "/poll", events = "/events" } = paths;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const http = {
    paths: {
      sse,
      poll,
      events
    },
    fetch,
    maxMessageSize,
    clock
  };
  if (transports.length === 0) throw new TypeError("Cannot use transports: there is none");
  return transports.map((name) => {
    checkChoice("transports", name, transportNames);
    if (name === "sse") return {
      name,
      open: sseTransport(http)
    };
    if (name === "poll") return {
      name,
      open: pollTransport(http)
    };
    const WebSocket = findWebSocket(options.WebSocket);
    if (WebSocket === void 0) {
      throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
    }
    return {
      name,
      open: webSocketTransport(WebSocket, speaksJson)
    };
  });
}
function contained(onError) {
  const report = (failure) => console.error("Option onError has failed:", failure);
  return function tell(error) {
    try {
      Promise.resolve(onError(error)).catch(report);
    } catch (failure) {
      report(failure);
    }
  };
}
function throwUncaught(error) {
  queueMicrotask(() => {
    throw error;
  });
}

// client/client.ts
var HawserClient = class {
  #session;
  /**
   * Makes a client, which connects at once.
   *
   * @param url Address of the server, or a function that gets it before each attempt: of any of ws,
   * wss, http and https. In a browser it may be relative, such as `/ws`.
   * @param options Settings of the client.
   * @throws {TypeError} The address or an option is wrong, or the runtime has no WebSocket.
   * @throws {RangeError} A number is out of range.
   */
  constructor(url, options = {}) {
    this.#session = new ClientSession(resolveAddress(url), resolveOptions(options));
    this.#session.connect();
  }
  // ----- Connection -----
  /** State of the client. */
  get state() {
    return this.#session.connection.state;
  }
  /**
   * Id of this connection at the server. It comes with the server's `welcome`; `undefined` before,
   * and while there is no connection.
   */
  get id() {
    return this.#session.id;
  }
  /** Transport of the present connection; `undefined` where there is none. */
  get transport() {
    return this.#session.connection.transport;
  }
  /** Bytes that the connection has not sent yet. */
  get bufferedAmount() {
    return this.#session.connection.bufferedAmount;
  }
  /**
   * Waits until the client is open: connected and, where it has a token, known to the server.
   *
   * @returns Resolves at once where it is open. Rejects with a {@linkcode ClientError} `CLOSED`
   * when the client closes instead; on one that is closed already it waits for `connect`.
   *
   * @example Waiting for the first connection
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * assertEquals(client.state, "connecting");
   * await client.ready();
   * assertEquals(client.state, "open");
   * ```
   */
  ready() {
    if (this.state === "open") return Promise.resolve();
    if (this.#session.isAborted) {
      return Promise.reject(new ClientError("CLOSED", "Client is closed: its signal has aborted"));
    }
    return new Promise((resolve, reject) => {
      const stop = this.onState(({ state, close }) => {
        if (state !== "open" && state !== "closed") return;
        stop();
        if (state === "open") return resolve();
        reject(new ClientError("CLOSED", `Client is closed: ${close?.code} ${close?.reason}`));
      });
    });
  }
  /**
   * Connects now: instead of later, of the present connection, or of staying closed. Rooms are
   * joined again, where their streams were left.
   *
   * @example Coming back after a close
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * await client.ready();
   * await client.close();
   * assertEquals(client.state, "closed");
   * client.connect();
   * await client.ready();
   * assertEquals(client.state, "open");
   * ```
   */
  connect() {
    this.#session.connect();
  }
  /**
   * Presents a new token on the present connection, by an event `auth`; done by itself before a JWT
   * expires. The option `token` must be a function, or the same token is presented again.
   *
   * @returns Resolves when the token was sent; `auth_ok` says that it was accepted, and a close
   * that it was not. Rejects with what the function has thrown.
   *
   * @example After the user has got another role
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const verify = (token: string) => Promise.resolve({ user: token, subject: "ada" });
   * const app = new App<{ "who am I": null }, object, string>({ auth: { verify } });
   * app.on("who am I", ({ user }) => user);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   *
   * let token = "sailor";
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`, { token: () => token });
   * await client.ready();
   * token = "captain";
   * await client.renew();
   * assertEquals(await client.emitWithAck("who am I"), "captain");
   * ```
   */
  renew() {
    return this.#session.renew();
  }
  /**
   * Closes the connection for good. Queued messages are dropped, and promises reject with `CLOSED`.
   * The rooms are remembered, should the client be told to connect again.
   *
   * @param code Close code, 1000 or from 3000 to 4999, RFC 6455 §7.4. Over HTTP the server is not
   * told.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @returns Resolves when nothing is left of the connection, or after `closeTimeout`. Rejects with
   * a `RangeError`, and nothing changes, where the code or the reason is not allowed.
   *
   * @example Telling the server why
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<unknown>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("close", heard.resolve);
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { idleTimeout: 0 });
   * await client.ready();
   * await client.close(4000, "Signed out");
   * assertEquals(await heard.promise, { code: 4000, reason: "Signed out", wasClean: true });
   * ```
   */
  close(code = 1e3, reason = "") {
    return this.#session.close(code, reason);
  }
  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose]() {
    return this.close();
  }
  // ----- Sending -----
  /**
   * Sends a message as it is; a server that speaks JSON wants {@linkcode HawserClient.emit}.
   *
   * @param data Text or bytes; these must not be changed while they wait.
   * @returns The outcome.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   * @throws {TypeError} These are bytes, and no transport carries them, or the present connection
   * does not; or it is neither text nor bytes. Bytes that wait for a connection which turns out not
   * to carry them are an error for `onError`.
   *
   * @example Bytes
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<unknown>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("message", heard.resolve);
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { idleTimeout: 0 });
   * await client.ready();
   * assertEquals(client.send(new Uint8Array([1, 2, 3])), "sent");
   * assertEquals(await heard.promise, new Uint8Array([1, 2, 3]));
   * ```
   */
  send(data) {
    return this.#session.sender.send(data);
  }
  /**
   * Sends an event.
   *
   * @param event Event name.
   * @param data Its data: anything that JSON carries, with bytes anywhere in it.
   * @returns The outcome.
   * @throws {TypeError} JSON cannot carry the data: the error says where, `data.list[3] is a Map`.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   *
   * @example An event that waits for the connection
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ say: { text: string } }>();
   * const heard = new Promise<string>((resolve) => {
   *   app.on("say", (_client, { text }) => resolve(text));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * assertEquals(client.emit("say", { text: "Ahoy" }), "queued");
   * assertEquals(await heard, "Ahoy");
   * ```
   */
  emit(event, ...[data]) {
    return this.#session.sender.send(encodeEvent2(event, data));
  }
  /**
   * Sends events that may be dropped, for data that the next event replaces anyway, such as a
   * cursor: without a connection, or while others are queued for it, an event is dropped.
   *
   * @example A pointer, while the client has yet to connect, and then
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ point: { x: number } }>();
   * const pointed = new Promise<number>((resolve) => {
   *   app.on("point", (_client, { x }) => resolve(x));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const results = [client.volatile.emit("point", { x: 1 })];
   * await client.ready();
   * results.push(client.volatile.emit("point", { x: 2 }));
   * assertEquals([...results, await pointed], ["dropped", "sent", 2]);
   * ```
   */
  volatile = {
    emit: (event, ...[data]) => this.#session.sender.sendNow(encodeEvent2(event, data))
  };
  /**
   * Sends an event and waits for its acknowledgement, and for a connection where there is none.
   *
   * Over WebSocket, what the server has sent before it answered comes before the acknowledgement.
   * Over Server-Sent Events and long polling the two may arrive in either order, as they come in
   * two HTTP responses: do not take the acknowledgement for a sign that a message is there.
   *
   * @param event Event name.
   * @param data Its data.
   * @param options The timeout; 5 s by default.
   * @returns The answer of the server, unchecked. Its type is `unknown`, unless that of the event
   * is a function, such as `(x: number) => string`, which returns it. Rejects with a
   * {@linkcode ClientError}, of a timeout out of range with a `RangeError`, of data that cannot be
   * encoded or an option that is not known with a `TypeError`.
   *
   * @example An answer and a refusal
   * ```ts
   * import { App, EventError, serve } from "@hawser/ws";
   * import { ClientError, connect, ServerError } from "@hawser/ws/client";
   * import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
   *
   * const app = new App<{ root: number }>();
   * app.on("root", (_client, x) => {
   *   if (x < 0) throw new EventError("NO_ROOT", "It is negative");
   *   return Math.sqrt(x);
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<object, { root: (x: number) => number }>(url);
   * const root = await client.emitWithAck("root", 9);
   * assertEquals(root.toFixed(1), "3.0");
   * const { code, cause } = await assertRejects(() => client.emitWithAck("root", -9), ClientError);
   * assertInstanceOf(cause, ServerError);
   * assertEquals([code, cause.code], ["ACK_REFUSED", "NO_ROOT"]);
   * ```
   */
  emitWithAck(event, ...[data, options = {}]) {
    const answer = this.#session.sender.ask(event, data, options);
    return answer;
  }
  // ----- Receiving -----
  /**
   * Adds a handler of an event that the server sends. Where the server wants an acknowledgement,
   * the handler's result, or what its promise resolves to, is the answer, of the type that the
   * event's may say; of several handlers, the
   * first that has one. A {@linkcode ServerError} that it throws is answered as an error.
   *
   * @param event Event name; `welcome`, `auth_ok` and `error` are the server's own.
   * @param handler Handles one event.
   * @returns The client.
   *
   * @example Answering what the server asks
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const answer = new Promise((resolve) => {
   *   app.onConnect((client) => void client.emitWithAck("add", { a: 1, b: 2 }).then(resolve));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ add: { a: number; b: number } }>(url);
   * client.on("add", ({ a, b }) => a + b);
   * assertEquals(await answer, 3);
   * ```
   */
  on(event, handler) {
    this.#session.handlers.add(event, handler);
    return this;
  }
  /**
   * Adds a handler for the next event of its name only.
   *
   * @param event Event name.
   * @param handler Handles one event.
   * @returns The client.
   *
   * @example The first of several
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("count", (client) => {
   *   for (const n of [1, 2, 3]) client.emit("tick", { n });
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ tick: { n: number } }>(url);
   * const ticks: number[] = [];
   * client.once("tick", ({ n }) => ticks.push(n));
   * await client.emitWithAck("count");
   * assertEquals(ticks, [1]);
   * ```
   */
  once(event, handler) {
    this.#session.handlers.add(event, handler, true);
    return this;
  }
  /**
   * Removes a handler, however often it was added. Nothing happens where it was not.
   *
   * @param event Event name.
   * @param handler The same function.
   * @returns The client.
   *
   * @example A handler that is removed
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("count", (client) => {
   *   for (const n of [1, 2, 3]) client.emit("tick", { n });
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ tick: { n: number } }>(url);
   * const ticks: number[] = [];
   * client.on("tick", function hear({ n }): void {
   *   ticks.push(n);
   *   if (n === 2) client.off("tick", hear);
   * });
   * await client.emitWithAck("count");
   * assertEquals(ticks, [1, 2]);
   * ```
   */
  off(event, handler) {
    this.#session.handlers.remove(event, handler);
    return this;
  }
  /**
   * Listens to changes of state.
   *
   * @param listener Called for each change.
   * @returns A function that removes the listener.
   *
   * @example A line that shows where the client stands
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const lines: string[] = [];
   * const stop = client.onState(({ state, transport = "nothing" }) => {
   *   lines.push(`${state} by ${transport}`);
   * });
   * await client.ready();
   * client.connect();
   * stop();
   * assertEquals(lines, ["open by websocket", "reconnecting by nothing"]);
   * ```
   */
  onState(listener) {
    return addListener(this.#session.listeners.state, listener);
  }
  /**
   * Listens to gaps: messages of a room were missed, and the server does not have them any more.
   *
   * @param listener Called after a reconnect, before the messages that follow the gap.
   * @returns A function that removes the listener.
   *
   * @example Loading a room anew
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: { join: true, history: { size: 1 } } });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const gap = new Promise((resolve) => client.onGap(resolve));
   * await client.join("harbour");
   * const since = client.position("harbour");
   * for (const client of app.broadcast.clients()) client.terminate(); // the connection is lost
   * for (const text of ["One", "Two"]) await app.publish("harbour", "said", { text });
   * assertEquals(await gap, { roomId: "harbour", since });
   * ```
   */
  onGap(listener) {
    return addListener(this.#session.listeners.gap, listener);
  }
  /**
   * Listens to messages that are none of the JSON wire: bytes, and other text.
   *
   * @param listener Called for each message.
   * @returns A function that removes the listener.
   *
   * @example Bytes and text of any server
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.send(new Uint8Array([1, 2, 3]));
   *   connection.send("That was all");
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const sizes: number[] = [];
   * const text = await new Promise((resolve) => {
   *   client.onMessage((data) => {
   *     if (typeof data === "string") resolve(data);
   *     else sizes.push(data.byteLength);
   *   });
   * });
   * assertEquals([sizes, text], [[3], "That was all"]);
   * ```
   */
  onMessage(listener) {
    return addListener(this.#session.listeners.message, listener);
  }
  // ----- Rooms -----
  /** The rooms that the client is in, or wants to be in. */
  get rooms() {
    return this.#session.rooms.names;
  }
  /**
   * Returns the position of the client in a room's stream, from which it resumes after a reconnect.
   *
   * @param roomId Room name.
   * @returns The position of the last message; `undefined` where it is not known, as before the
   * server has let the client in.
   *
   * @example After a message
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const { seq, epoch } = await app.publish("harbour", "said", { text: "Ahoy" });
   * assertEquals(client.position("harbour"), undefined);
   * await client.join("harbour");
   * assertEquals(client.position("harbour"), { seq, epoch });
   * ```
   */
  position(roomId) {
    return this.#session.rooms.position(roomId);
  }
  /**
   * Joins a room, and again on each new connection, with the position of the last message. Messages
   * that are published in the room arrive once, in order; {@linkcode HawserClient.onGap} tells
   * where that could not be done. The server needs the option `rooms`, or something else that
   * answers `room:join`.
   *
   * Rooms that are joined at once are asked for by one message. Where they are too many for the
   * server's rate, the others follow when it says so. A room from which the server takes the client
   * is not joined again.
   *
   * @param roomId Room name.
   * @param options Messages to get in the beginning.
   * @returns The server's answer, however long the connection takes. Rejects with a
   * {@linkcode ClientError} where the server refuses; that is reported as `error`, too, and so the
   * promise may be left alone. Rejects with a `TypeError` where there is no name or an option is
   * not known, and with a `RangeError` where `last` is no number of messages.
   *
   * @example A room that is full
   * ```ts
   * import { App, EventError, serve } from "@hawser/ws";
   * import { ClientError, connect } from "@hawser/ws/client";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const app = new App({
   *   rooms: (_client, room) => {
   *     if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
   *   },
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const refusal = await assertRejects(() => client.join("boat"), ClientError);
   * assertEquals(refusal.message, 'Cannot join "boat": Nobody fits in any more');
   * await client.join("deck");
   * assertEquals(client.rooms, ["deck"]);
   * ```
   */
  join(roomId, options = {}) {
    const { rooms } = this.#session;
    try {
      checkJoinOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (typeof roomId !== "string" || roomId === "") {
      return Promise.reject(new TypeError("Cannot join a room as its name must be a text"));
    }
    if (this.state !== "closed") return rooms.join(roomId, this.state === "open", options.last);
    return Promise.reject(new ClientError("CLOSED", "Client is closed"));
  }
  /**
   * Leaves a room by an event `room:leave`. A promise of {@linkcode HawserClient.join} that still
   * waits rejects with `CLOSED`. Nothing happens where the client is not in the room.
   *
   * @param roomId Room name.
   *
   * @example What the server hears of it
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * const left = new Promise((resolve) => app.onLeave((_client, room) => resolve(room)));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * await client.join("harbour");
   * client.leave("harbour");
   * assertEquals([client.rooms, await left], [[], "harbour"]);
   * ```
   */
  leave(roomId) {
    this.#session.leave(roomId);
  }
};

// client/connect.ts
function connect(url, options = {}) {
  return new HawserClient(url, options);
}

// client/reconnecting_websocket/socket_options.ts
var names = Object.keys({
  WebSocket: true,
  clock: true,
  closeTimeout: true,
  maxRetries: true,
  onclose: true,
  onerror: true,
  onmessage: true,
  onopen: true,
  protocols: true,
  random: true,
  reconnectInterval: true
});
var ranges2 = {
  reconnectInterval: {
    ...openRange,
    least: 1,
    unit: "ms"
  },
  maxRetries: {
    ...openRange,
    least: 0
  },
  closeTimeout: {
    ...openRange,
    least: 0,
    unit: "ms"
  }
};
function resolveSocketOptions(options) {
  checkNames("ReconnectingWebSocket", options, names);
  const { reconnectInterval = 1e3, maxRetries = 10, closeTimeout = 3e3 } = options;
  checkNumbers("", {
    reconnectInterval,
    maxRetries,
    closeTimeout
  }, ranges2);
  const { protocols = [], clock = systemClock, random = Math.random } = options;
  checkProtocols(protocols);
  const WebSocket = findWebSocket(options.WebSocket);
  if (WebSocket === void 0) {
    throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
  }
  return {
    reconnectInterval,
    maxRetries,
    closeTimeout,
    protocols,
    clock,
    random,
    WebSocket
  };
}

// client/reconnecting_websocket/socket_events.ts
function messageEvent(event) {
  return new MessageEvent("message", {
    data: event.data
  });
}
function errorEvent(error, message = describe(error)) {
  return Object.assign(new Event("error"), {
    error,
    message
  });
}
function closeEvent({ code, reason, wasClean }) {
  const init = {
    code,
    reason,
    wasClean
  };
  if (globalThis.CloseEvent !== void 0) return new CloseEvent("close", init);
  return Object.assign(new Event("close"), init);
}

// client/reconnecting_websocket/websocket_attempts.ts
var longestDelay2 = 3e4;
var WebSocketAttempts = class {
  #address;
  #options;
  #dispatch;
  #url = "";
  #binaryType = "blob";
  /** The present attempt, which may have become a connection. */
  #current;
  #socket;
  #openedAt;
  /** The delay before the present connection. */
  #delay;
  #isStopped = false;
  #stopTimer = () => {
  };
  /** Attempts in a row since the last good connection. */
  retries = 0;
  /** @param dispatch Reports `open`, `message`, `error` and `close` of the present connection. */
  constructor(address, options, dispatch) {
    this.#address = address;
    this.#options = options;
    this.#dispatch = dispatch;
    this.#delay = options.reconnectInterval;
  }
  /** Address of the last connection; empty before there was one. */
  get url() {
    return this.#url;
  }
  /** The present WebSocket; `undefined` between attempts, and while the address is asked for. */
  get socket() {
    return this.#socket;
  }
  /** Whether there is an attempt, or a connection. */
  get isActive() {
    return this.#current !== void 0;
  }
  /** The type in which bytes arrive, on this and all later connections. */
  get binaryType() {
    return this.#binaryType;
  }
  set binaryType(type) {
    this.#binaryType = type;
    if (this.#socket !== void 0) this.#socket.binaryType = type;
  }
  /** Allows attempts again, after {@linkcode WebSocketAttempts.close}. */
  resume() {
    this.#isStopped = false;
  }
  /**
   * Connects now, leaving the present connection to itself.
   *
   * @throws {DOMException} The address is wrong.
   */
  connect() {
    this.#stopTimer();
    const attempt = this.#current = {};
    this.#socket = void 0;
    try {
      if (typeof this.#address === "function") void this.#openLater(this.#address, attempt);
      else this.#open(this.#address, attempt);
    } catch (error) {
      this.#current = void 0;
      throw error;
    }
  }
  /**
   * Closes the connection, and makes no other.
   *
   * @throws {DOMException} The WebSocket does not allow the code or the reason.
   */
  close(code, reason) {
    const { clock, closeTimeout } = this.#options;
    const socket = this.#socket;
    socket?.close(code, reason);
    this.#isStopped = true;
    this.#stopTimer();
    if (this.#current === void 0) return;
    this.#stopTimer = clock.after(socket === void 0 ? 0 : closeTimeout, () => {
      socket?.terminate?.();
      this.#ended({
        code: 1006,
        reason: "",
        wasClean: false
      });
    });
  }
  async #openLater(address, attempt) {
    try {
      const url = await address();
      if (attempt === this.#current && !this.#isStopped) this.#open(url, attempt);
    } catch (error) {
      if (attempt === this.#current && !this.#isStopped) this.#failed(error);
    }
  }
  #open(url, attempt) {
    const { WebSocket, protocols } = this.#options;
    this.#url = String(url);
    const socket = new WebSocket(this.#url, [
      ...protocols
    ]);
    this.#socket = socket;
    socket.binaryType = this.#binaryType;
    const isCurrent = () => attempt === this.#current;
    socket.addEventListener("open", () => isCurrent() && this.#opened());
    socket.addEventListener("message", (event) => {
      if (isCurrent()) this.#dispatch(messageEvent(event));
    });
    socket.addEventListener("error", ({ error, message }) => {
      if (isCurrent()) this.#dispatch(errorEvent(error, message ?? ""));
    });
    socket.addEventListener("close", ({ code = 1006, reason = "", wasClean = false }) => {
      if (isCurrent()) this.#ended({
        code: code === 0 ? 1006 : code,
        reason,
        wasClean
      });
    });
  }
  #opened() {
    this.#openedAt = this.#options.clock.now();
    this.#dispatch(new Event("open"));
  }
  #failed(error) {
    const attempt = this.#current;
    this.#dispatch(errorEvent(error));
    if (attempt !== this.#current) return;
    this.#ended({
      code: 1006,
      reason: describe(error),
      wasClean: false
    });
  }
  #ended(close) {
    const { maxRetries, reconnectInterval: minDelay, random, clock } = this.#options;
    const lasted = this.#openedAt === void 0 ? -1 : clock.now() - this.#openedAt;
    if (lasted >= this.#delay) this.retries = 0;
    this.#stopTimer();
    this.#current = void 0;
    this.#socket = void 0;
    this.#openedAt = void 0;
    const { code, reason } = close;
    if (!this.#isStopped && mayReconnect(code, reason) && this.retries < maxRetries) {
      const delay = delayBefore(this.retries, {
        minDelay,
        maxDelay: longestDelay2,
        random
      });
      this.#delay = isRateClose(code, reason) ? Math.max(delay, longestDelay2) : delay;
      this.#stopTimer = clock.after(this.#delay, () => this.#retry());
    }
    this.#dispatch(closeEvent(close));
  }
  #retry() {
    this.retries++;
    try {
      this.connect();
    } catch (error) {
      this.#failed(error);
    }
  }
};

// client/reconnecting_websocket/reconnecting_websocket.ts
var [connecting, open, closed] = [
  0,
  1,
  3
];
var ReconnectingWebSocket = class extends EventTarget {
  #attempts;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onopen;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onmessage;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onclose;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onerror;
  /**
   * Connects.
   *
   * @param url Address of the server, or a function that gets it before each attempt.
   * @param options Handlers, and how to connect again.
   * @throws {TypeError} An option is wrong, or the runtime has no WebSocket.
   * @throws {RangeError} A number is out of range.
   * @throws {DOMException} The address is wrong. Classes other than those of browsers and Deno may
   * throw another `SyntaxError`.
   */
  constructor(url, options = {}) {
    super();
    this.#attempts = new WebSocketAttempts(url, resolveSocketOptions(options), (event) => {
      this.dispatchEvent(event);
    });
    this.onopen = options.onopen;
    this.onmessage = options.onmessage;
    this.onclose = options.onclose;
    this.onerror = options.onerror;
    this.addEventListener("open", (event) => this.onopen?.(event));
    this.addEventListener("message", (event) => this.onmessage?.(event));
    this.addEventListener("close", (event) => this.onclose?.(event));
    this.addEventListener("error", (event) => this.onerror?.(event));
    this.connect();
  }
  /** Attempts in a row since the last good connection. */
  get retries() {
    return this.#attempts.retries;
  }
  // ----- As of a WebSocket -----
  /** Address of the last connection; empty before a function has returned one. */
  get url() {
    return this.#attempts.url;
  }
  /** 0 to 3: connecting, open, closing, closed; 3 between two attempts. */
  get readyState() {
    const { socket, isActive } = this.#attempts;
    return socket?.readyState ?? (isActive ? connecting : closed);
  }
  /** Bytes that the connection has not sent yet. */
  get bufferedAmount() {
    return this.#attempts.socket?.bufferedAmount ?? 0;
  }
  /** The subprotocol that the server has chosen, or an empty text. */
  get protocol() {
    return this.#attempts.socket?.protocol ?? "";
  }
  /** The extensions that were agreed on, or an empty text. */
  get extensions() {
    return this.#attempts.socket?.extensions ?? "";
  }
  /** As what bytes come: as a `Blob`, if it is not set to `"arraybuffer"`. */
  get binaryType() {
    return this.#attempts.binaryType;
  }
  set binaryType(type) {
    this.#attempts.binaryType = type;
  }
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
  }
  /**
   * Connects now: instead of later, or after a close. A connection that is there, or about to be,
   * is kept.
   *
   * @example Connecting again after a close
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * const codes: number[] = [];
   * await new Promise<void>((resolve) => {
   *   const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`, {
   *     onopen: () => ws.close(4000 + codes.length),
   *     onclose: ({ code }) => codes.push(code) < 2 ? ws.connect() : resolve(),
   *   });
   * });
   * assertEquals(codes, [4000, 4001]);
   * ```
   */
  connect() {
    this.#attempts.resume();
    if (this.readyState > open) this.#attempts.connect();
  }
  /**
   * Sends a message. Nothing waits here for a connection: ask again in `onopen`.
   *
   * @param data Text or bytes.
   * @returns `false` where there is no open connection: the message is not sent.
   *
   * @example Before and after the connection has opened
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * const sent = [ws.send("Too early")];
   * await new Promise((resolve) => ws.onopen = resolve);
   * sent.push(ws.send("Ahoy"));
   * await new Promise((resolve) => (ws.onclose = resolve, ws.close()));
   * assertEquals(sent, [false, true]);
   * ```
   */
  send(data) {
    const { socket } = this.#attempts;
    if (socket?.readyState !== open) return false;
    socket.send(data);
    return true;
  }
  /**
   * Closes the connection, and makes no other until {@linkcode ReconnectingWebSocket.connect}.
   *
   * @param code Close code, 1000 or from 3000 to 4999, RFC 6455 §7.4; none by default.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {DOMException} The WebSocket does not allow the code or the reason. Classes other than
   * those of browsers and Deno may throw other errors.
   *
   * @example A close that is the end
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<{ code: number; reason: string }>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("close", heard.resolve);
   * });
   * const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * ws.onopen = () => ws.close(4000, "Signed out");
   * await new Promise((resolve) => ws.onclose = resolve);
   * assertEquals([(await heard.promise).reason, ws.readyState], ["Signed out", 3]);
   * ```
   */
  close(code, reason) {
    this.#attempts.close(code, reason);
  }
};
export {
  Args,
  ClientError,
  HawserClient,
  ReconnectingWebSocket,
  ServerError,
  args,
  backoffDelay,
  connect,
  mayReconnect
};
