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

/**
 * `rtsp://user:pass@host/x?token=y` → `rtsp://host/x`: what may be told of a stream's address. A password with an unencoded
 * `/`, `?`, `#` or `@` ends at the last `@`: rather too much is hidden than a part of it told.
 */
export function redactUrl(url: string): string {
  return url.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s'"]*@/gi, '$1').replace(/\?[^\s'"]*/g, '');
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * Hides the password and the query's values of an address wherever they stand in a text, as written and percent-decoded
 * or -encoded: programs quote parts of an address that they could not read. Short values are hidden only within addresses.
 */
export function hideSecretsOf(url: string): (text: string) => string {
  const userInfo = /^[a-z][a-z0-9+.-]*:\/\/([^\s]*)@/i.exec(url)?.[1] ?? '';
  const password = userInfo.includes(':') ? userInfo.slice(userInfo.indexOf(':') + 1) : '';
  const query = /\?([^\s]*)$/.exec(url)?.[1] ?? '';
  const values = [
    password,
    // A password with an unencoded delimiter is quoted in pieces: what stands after the delimiter as a host, say.
    ...password.split(/[/?#@:]/),
    ...query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1)),
  ];
  const secrets = values
    .flatMap((value) => [value, decoded(value), encodeURIComponent(decoded(value))])
    .filter((value) => value.length >= 3)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let told = redactUrl(text);
    for (const secret of new Set(secrets)) told = told.replaceAll(secret, '***');
    return told;
  };
}
