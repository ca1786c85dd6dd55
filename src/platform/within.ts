/** Something took longer than it may. It goes on by itself, and nobody waits for it. */
export class TooLate extends Error {
  constructor(ms: number) {
    super(`nothing came within ${ms} ms`);
    this.name = 'TooLate';
  }
}

/** What `work` gives, if it comes in time. @throws TooLate, or whatever `work` throws before that */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(ms)), ms);
  });
  // Heard already: what fails later fails unheard.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
