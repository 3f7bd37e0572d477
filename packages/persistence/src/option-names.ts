// A misspelled option is an error, not a default in silence.

/** @throws TypeError naming the option and those that there are */
export function checkOptionNames(owner: string, options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new TypeError(`${owner}: unknown option "${name}"; there are ${names.join(", ")}.`);
  }
}
