// Reads the next page while the one before it is worked on: the server has a processor of its own.

/** At most one page more than was asked for. A reader that stops early leaves it unread. */
export async function* readAhead<Page>(pages: AsyncIterable<Page>): AsyncIterable<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = iterator.next();
      next.catch(() => undefined); // thrown when it is asked for
      yield value;
    }
  } finally {
    void iterator.return?.(); // not waited for: it ends behind the page that is on its way
  }
}
