/** Finds the default of an option where the code gives it. */

/**
 * Finds a default.
 *
 * @param name Name of the option.
 * @param source The source of the file that resolves it.
 * @returns The expression; `undefined` where there is none, or where there are several.
 */
export function findDefault(name: string, source: string): string | undefined {
  const code = withoutComments(source);
  const found = forms(name).flatMap((form) =>
    [...code.matchAll(form)].map((match) => match[1]!.trim())
  );
  const [first, ...others] = new Set(found);
  return others.length === 0 && first !== undefined ? valueOf(first, code) : undefined;
}

/** The number that a constant of the same file stands for; else the expression itself. */
function valueOf(expression: string, code: string): string {
  if (!/^[A-Za-z]\w*$/.test(expression)) return expression;
  return new RegExp(`\\bconst ${expression} = ([\\d_]+);`).exec(code)?.[1] ?? expression;
}

/** The ways in which defaults are written here. */
function forms(name: string): readonly RegExp[] {
  const expression = "([^,;{}()?]+?)";
  return [
    // const { maxRooms = 1_000, reconnectInterval: minDelay = 1_000 } = options;
    new RegExp(`[{,]\\s*${name}(?:: \\w+)? = ${expression}\\s*[,}]`, "g"),
    // maxRooms: { default: 1_000, least: 1 }
    new RegExp(`\\b${name}: \\{ default: ${expression}[,\\s]`, "g"),
    // options.maxRooms ?? 1_000
    new RegExp(`\\.${name} \\?\\? ${expression}\\s*[,;)}]`, "g"),
  ];
}

/** Comments hold examples, and examples hold options. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}
