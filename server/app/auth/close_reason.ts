/** Texts as close reasons. */

/** RFC 6455 §5.5: what a control frame holds besides the code. */
const maxBytes = 123;

const encoder = new TextEncoder();

/**
 * Makes a text one that a Close frame can carry: well-formed, and cut off between two characters
 * where it is too long.
 */
export function closeReason(text: string): string {
  const bytes = encoder.encode(text);
  const fitting = bytes.subarray(0, maxBytes);
  // The rest of a character that was cut is not decoded in a stream.
  return new TextDecoder().decode(fitting, { stream: bytes.length > maxBytes });
}
