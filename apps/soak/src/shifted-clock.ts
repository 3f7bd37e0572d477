// Another time of day for this process; its monotonic clock stays what it is, as in life.

export function shiftClock(ms: number): void {
  if (ms === 0) return;
  const real = Date.now.bind(Date);
  Date.now = () => real() + ms;
}
