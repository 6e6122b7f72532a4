/** Checks of options' values; names and numbers are checked by wire/. */

/** A range of any number from its least on; `Infinity` is no limit, or never. */
export const openRange = { fractions: true, endless: true } as const;

/**
 * Checks that a value is one of a list.
 *
 * @throws {TypeError} It is not.
 */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TypeError(
    `Cannot use ${name} as it must be one of ${choices.join(", ")}: current value is ${value}`,
  );
}

/** A token of RFC 9110 §5.6.2, which a subprotocol is. RFC 6455 §4.1. */
const token = /^[!#$%&'*+\-.^_`|~\w]+$/;

/**
 * Checks subprotocols as the WebSocket class does, which is asked later.
 *
 * @throws {TypeError} One is no token, or stands there twice.
 */
export function checkProtocols(protocols: readonly string[]): void {
  if (!Array.isArray(protocols)) {
    throw new TypeError(
      `Cannot use protocols as it must be an array: current value is ${protocols}`,
    );
  }
  for (const [index, protocol] of protocols.entries()) {
    if (
      typeof protocol === "string" && token.test(protocol) && protocols.indexOf(protocol) === index
    ) {
      continue;
    }
    throw new TypeError(
      `Cannot use protocols as each must be another token: current value is "${protocol}"`,
    );
  }
}
