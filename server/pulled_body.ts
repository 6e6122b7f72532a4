/** Bodies of responses that their writer takes piece by piece, without a stream. */

/** The source of a body. One caller takes from it. */
export interface PulledBody {
  /** Takes what waits, which is not changed afterwards; no bytes where nothing does. */
  take(): Uint8Array;
  /** Whether something waits that can be taken. */
  readonly pending: boolean;
  /** Whether nothing follows what was taken. */
  readonly ended: boolean;
  /** Resolves when there may be more to take, or the body has ended. Called where nothing waits. */
  more(): Promise<void>;
  /** Nobody takes any more. */
  cancel(): void;
}

const bodies = new WeakMap<ReadableStream<Uint8Array>, PulledBody>();

/**
 * Makes the stream of a body, for a `Response`. Our own server takes from the body instead, for a
 * third of the time; to all others it is a stream, and so it is when the response was copied.
 */
export function streamOf(body: PulledBody): ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => pull(body, controller),
    cancel: () => body.cancel(),
  }, { highWaterMark: 0 });
  bodies.set(stream, body);
  return stream;
}

/** Finds the body of a stream that nobody has read from, and locks the stream. */
export function takePulledBody(stream: ReadableStream<Uint8Array>): PulledBody | undefined {
  const body = bodies.get(stream);
  if (body === undefined || stream.locked || !bodies.delete(stream)) return undefined;
  stream.getReader();
  return body;
}

async function pull(
  body: PulledBody,
  controller: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  for (;;) {
    const bytes = body.take();
    try {
      if (bytes.length > 0) return controller.enqueue(bytes);
      if (body.ended) return controller.close();
    } catch {
      return; // the reader has gone, and the rest is for nobody
    }
    await body.more();
  }
}
