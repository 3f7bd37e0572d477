// Subjects of NATS: tokens between dots, `*` for one of them, `>` for all that follow.

/** Whether a subject falls under a filter. */
export function matches(filter: string, subject: string): boolean {
  if (filter === subject || filter === ">") return true;
  if (!filter.includes("*")) return isBelow(filter, subject);
  const wanted = filter.split(".");
  const given = subject.split(".");
  for (const [i, token] of wanted.entries()) {
    if (token === ">") return given.length > i;
    if (given[i] === undefined || (token !== "*" && token !== given[i])) return false;
  }
  return wanted.length === given.length;
}

/** The same for many subjects. */
export function matcherOf(filter: string): (subject: string) => boolean {
  const end = filter.length - 1;
  const isPlain = filter.indexOf("*") < 0;
  if (isPlain && filter[end] !== ">") return (subject) => subject === filter;
  return isPlain && filter !== ">" ? (subject) => isBelow(filter, subject) : (subject) => matches(filter, subject);
}

function isBelow(filter: string, subject: string): boolean {
  const stem = filter.length - 1;
  if (filter[stem] !== ">" || subject.length <= stem) return false;
  // From behind: the ends of reply addresses differ sooner than their beginnings.
  for (let i = stem - 1; i >= 0; i--) if (filter.charCodeAt(i) !== subject.charCodeAt(i)) return false;
  return true;
}
