// What the user got wrong: the benches are listed on standard error, exit code 1, nothing started.
export class UsageError extends Error {}
