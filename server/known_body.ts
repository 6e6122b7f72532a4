/** The body of a response that was made of text or bytes, found without a stream. */

/**
 * The content of a body; `null` where there is none, `undefined` where it is known by its stream
 * only.
 */
export type KnownBody = string | Uint8Array | null | undefined;

type Inside = Record<symbol, unknown>;

/** Deno's state of a body: its stream, or the source of one. */
interface StaticBody {
  readonly streamOrStatic?: { readonly body?: unknown; consumed?: unknown };
}

/**
 * Where Deno keeps the inside of a response. It is not documented: {@linkcode isFound} tries it.
 */
interface Places {
  readonly inner: symbol | undefined;
  readonly lazy: symbol | undefined;
  readonly lazyType: symbol | undefined;
  readonly used: symbol | undefined;
}

// Found and tried with the first response: a server of WebSockets alone need not load `Response`.
let places: Places | undefined;
let canPeek: boolean | undefined;
let canPeekPlain: boolean | undefined;

function findPlaces(): Places {
  const symbols = Object.getOwnPropertySymbols(new Response("a"));
  const find = (name: string) => symbols.find(({ description }) => description === name);
  return {
    inner: find("response"),
    lazy: find("lazy static body"),
    lazyType: find("lazy static content type"),
    used: find("serve fast consumed"),
  };
}

/** The type of a text that comes without one. */
const textType = "text/plain;charset=UTF-8";

/** The cast: these are properties that no type knows of. */
function insideOf(response: Response): Inside {
  return response as unknown as Inside;
}

function peek(response: Response): KnownBody {
  const inside = insideOf(response);
  const { inner: innerSymbol, lazy: lazySymbol } = places ??= findPlaces();
  const lazy = lazySymbol === undefined ? null : inside[lazySymbol];
  if (typeof lazy === "string" || lazy instanceof Uint8Array) return lazy;
  const inner = innerSymbol === undefined ? undefined : inside[innerSymbol];
  if (lazy !== null || typeof inner !== "object" || inner === null) return undefined;
  const { body } = inner as { readonly body?: StaticBody | null };
  if (body === null) return null;
  const content = body?.streamOrStatic;
  if (content === undefined || content.consumed !== false) return undefined;
  const known = content.body;
  return typeof known === "string" || known instanceof Uint8Array ? known : undefined;
}

/** Names and values of fields in their order. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** The fields of a response, without an object for them; `undefined` where nobody knows. */
export function peekFields(response: Response): FieldList | undefined {
  canPeek ??= isFound();
  if (!canPeek) return undefined;
  const inner = insideOf(response)[places!.inner!];
  if (typeof inner !== "object" || inner === null) return undefined;
  const { headerList } = inner as { readonly headerList?: unknown };
  return Array.isArray(headerList) ? headerList : undefined;
}

/** Whether it is all where we look for it. */
function isFound(): boolean {
  const init = { status: 201, headers: { a: "b" } };
  const used = new Response("used");
  void used.text();
  const streamed = new Response("streamed");
  void streamed.body;
  const bytes = peek(new Response(Uint8Array.of(7), init));
  return peek(new Response("a")) === "a" && peek(new Response("b", init)) === "b" &&
    bytes instanceof Uint8Array && bytes[0] === 7 &&
    peek(new Response()) === null && peek(new Response(null, init)) === null &&
    [new Response(new Blob(["a"])), new Response(new ReadableStream()), streamed]
      .every((response) => peek(response) === undefined) &&
    (used.bodyUsed || peek(used) === undefined);
}

/**
 * A text whose response has status 200 and no field but its type: Deno makes nothing more of it
 * until somebody asks for a part of the response.
 */
function peekText(inside: Inside): string | undefined {
  const text = inside[places!.lazy!];
  return typeof text === "string" && inside[places!.used!] === false ? text : undefined;
}

function peekType(inside: Inside): string | undefined {
  const type = inside[places!.lazyType!];
  return type === null ? textType : typeof type === "string" ? type : undefined;
}

/** Whether a response is plain where we take it for that, and used up when we say so. */
function isPlainFound(): boolean {
  const { lazy, lazyType, used } = places ??= findPlaces();
  if (!(canPeek ??= isFound())) return false;
  if (lazy === undefined || lazyType === undefined || used === undefined) return false;
  const isPlain = (response: Response) => {
    const inside = insideOf(response);
    if (peekText(inside) !== "{}") return false;
    const type = peekType(inside);
    inside[used] = true;
    const { bodyUsed, status, statusText, headers, url } = response;
    return bodyUsed && status === 200 && statusText === "" && url === "" &&
      [...headers].join() === `content-type,${type}`;
  };
  const changed = new Response("{}");
  changed.headers.set("a", "b");
  const locked = new Response("{}");
  void locked.body;
  const others = [
    new Response("{}", { status: 201 }),
    new Response("{}", { statusText: "Fine" }),
    new Response("{}", { headers: { a: "b" } }),
    Response.json({}, { status: 201 }),
  ];
  return isPlain(new Response("{}")) && isPlain(Response.json({})) &&
    [changed, locked, ...others].every((response) => peekText(insideOf(response)) === undefined);
}

/**
 * The type of a response that is a text and a type, and nothing else; `undefined` for all others.
 * To ask a response for status and fields takes 1.5 us more.
 */
export function plainType(response: Response): string | undefined {
  canPeekPlain ??= isPlainFound();
  if (!canPeekPlain || Object.getPrototypeOf(response) !== Response.prototype) return undefined;
  const inside = insideOf(response);
  return peekText(inside) === undefined ? undefined : peekType(inside);
}

/** Takes the text of a response of which {@linkcode plainType} knows. */
export function takePlainText(response: Response): string {
  const inside = insideOf(response);
  const text = peekText(inside)!;
  inside[places!.used!] = true;
  return text;
}

/**
 * Takes the body of a response, which is used up then, where it is text or bytes. To read it from
 * its stream takes 2 us more. A class of the application's own may have another body than its base.
 */
export function takeKnownBody(response: Response): KnownBody {
  canPeek ??= isFound();
  if (!canPeek || Object.getPrototypeOf(response) !== Response.prototype || response.bodyUsed) {
    return undefined;
  }
  const body = peek(response);
  if (body !== undefined && body !== null) useUp(response);
  return body;
}

/** As reading the body does, without the promise that reading makes. */
function useUp(response: Response): void {
  // The cast: `peek` has found it there.
  const { body } = insideOf(response)[places!.inner!] as { readonly body?: StaticBody | null };
  if (body?.streamOrStatic !== undefined) body.streamOrStatic.consumed = true;
  if (!response.bodyUsed) void response.arrayBuffer();
}
