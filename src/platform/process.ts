import { DomainError } from './errors.ts';
import type { Logger } from './log.ts';

const SHUTDOWN_MS = 10_000;

/**
 * A process role's life: `start` opens things and answers how to close them. SIGTERM, SIGINT and the supervisor's death
 * end it in order; an error nobody caught ends it at once, so that the supervisor starts a sound one.
 */
export async function runRole(options: {
  readonly log: Logger;
  start(signal: AbortSignal): Promise<{ close(): Promise<void> }>;
}): Promise<void> {
  const { log } = options;
  const lifetime = new AbortController();
  let role: { close(): Promise<void> } | undefined;
  let ending = false;
  const end = async (why: string): Promise<void> => {
    if (ending) return;
    ending = true;
    log.info({ why }, 'stopping');
    lifetime.abort(new Error(why));
    const timer = setTimeout(() => {
      log.error('not everything could be closed in time');
      process.exit(1);
    }, SHUTDOWN_MS);
    timer.unref();
    try {
      await role?.close();
      process.exit(0);
    } catch (error) {
      log.error({ err: (error as Error).message }, 'closing failed');
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));
  process.on('SIGHUP', () => void end('SIGHUP'));
  process.on('disconnect', () => void end('the supervisor is gone'));
  const crash = (error: unknown): void => {
    if (error instanceof DomainError && error.details.remedy !== undefined) {
      log.fatal({ code: error.code, remedy: error.details.remedy }, error.message);
      process.exit(1);
    }
    log.fatal({ err: error instanceof Error ? error.stack : String(error) }, 'an error that nobody expected');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  try {
    role = await options.start(lifetime.signal);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    log.fatal({ code: error.code, remedy: error.details.remedy }, error.message);
    process.exit(1);
  }
}

/** Tells the supervisor, if there is one, that this process works. */
export function tellReady(info: Readonly<Record<string, unknown>> = {}): void {
  process.send?.({ ready: true, ...info });
}
