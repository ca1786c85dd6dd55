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

/** What `work` gives, unless the signal comes first: nobody waits for it then. @throws the signal's reason, or whatever `work` throws */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T> | T): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  // Heard already: what fails later fails unheard.
  Promise.resolve(work).catch(() => undefined);
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
