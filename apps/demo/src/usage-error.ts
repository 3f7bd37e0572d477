// What the user got wrong: one line on standard error, exit code 2, nothing started.
export class UsageError extends Error {}
