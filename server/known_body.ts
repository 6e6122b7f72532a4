/** The body of a response that was made of text or bytes, found without a stream. */

/**
 * The content of a body; `null` where there is none, `undefined` where it is known by its stream
 * only.
 */
export type KnownBody = string | Uint8Array | null | undefined;

type ResponseFields = Readonly<Record<symbol, unknown>>;

/** Deno's state of a body: its stream, or the source of one. */
interface StaticBody {
  readonly streamOrStatic?: { readonly body?: unknown; readonly consumed?: unknown };
}

/**
 * Where Deno keeps the inside of a response. It is not documented: {@linkcode isFound} tries it.
 */
const symbols = Object.getOwnPropertySymbols(new Response("a"));
const innerSymbol = symbols.find(({ description }) => description === "response");
const lazySymbol = symbols.find(({ description }) => description === "lazy static body");

function peek(response: Response): KnownBody {
  // The cast: these are properties that no type knows of.
  const fields = response as unknown as ResponseFields;
  const lazy = lazySymbol === undefined ? null : fields[lazySymbol];
  if (typeof lazy === "string" || lazy instanceof Uint8Array) return lazy;
  const inner = innerSymbol === undefined ? undefined : fields[innerSymbol];
  if (lazy !== null || typeof inner !== "object" || inner === null) return undefined;
  const { body } = inner as { readonly body?: StaticBody | null };
  if (body === null) return null;
  const content = body?.streamOrStatic;
  if (content === undefined || content.consumed !== false) return undefined;
  const known = content.body;
  return typeof known === "string" || known instanceof Uint8Array ? known : undefined;
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

const canPeek = isFound();

/**
 * Takes the body of a response, which is used up then, where it is text or bytes. To read it from
 * its stream takes 2 us more. A class of the application's own may have another body than its base.
 */
export function takeKnownBody(response: Response): KnownBody {
  if (!canPeek || Object.getPrototypeOf(response) !== Response.prototype || response.bodyUsed) {
    return undefined;
  }
  const body = peek(response);
  if (typeof body === "string") void response.text();
  else if (body instanceof Uint8Array) void response.bytes();
  return body;
}
