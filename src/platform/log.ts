import { destination, type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

/** Keys that must never reach a log, whatever object they hang on. */
const SECRET_KEYS = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'certno',
  'psn_name',
  'name',
  'sourceUrl',
  'template',
  'image',
];

/** Writes JSON lines to stderr (stdout belongs to the commands' results). */
export function createLogger(options: { readonly process: string; readonly level?: string }): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: { process: options.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[hidden]' },
    },
    destination({ fd: 2, sync: true }),
  );
}

/** `rtsp://user:pass@host/x?token=y` → `rtsp://host/x`: what may be told of a stream's address. */
export function redactUrl(url: string): string {
  return url.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, '$1').replace(/\?[^\s'"]*/g, '');
}
