/** Clinics, supervisors and deadlines live in one time zone; the reader's computer may not. */
const TIME_ZONE = 'Asia/Shanghai';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language}${JSON.stringify(options)}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'zh-CN', {
    timeZone: TIME_ZONE,
    hourCycle: 'h23',
    ...options,
  });
  formatters.set(key, made);
  return made;
}

export type Instant = string | number;

const toDate = (at: Instant): Date => new Date(at);

export const formatTime = (at: Instant, language: string): string =>
  formatter(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(toDate(at));

export const formatMinute = (at: Instant, language: string): string =>
  formatter(language, { hour: '2-digit', minute: '2-digit' }).format(toDate(at));

export const formatDay = (at: Instant, language: string): string =>
  formatter(language, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(toDate(at));

export const formatDateTime = (at: Instant, language: string): string =>
  `${formatDay(at, language)} ${formatTime(at, language)}`;

/** Time alone on the day of `now`, month and day before it otherwise. */
export function formatWhen(at: Instant, now: number, language: string): string {
  if (formatDay(at, language) === formatDay(now, language)) return formatTime(at, language);
  const day = formatter(language, { month: '2-digit', day: '2-digit' }).format(toDate(at));
  return `${day} ${formatMinute(at, language)}`;
}

/** Month (YYYY-MM) in which an instant lies, as the clearing counts it. */
export const monthOf = (at: Instant): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: TIME_ZONE, year: 'numeric', month: '2-digit' })
    .format(toDate(at))
    .slice(0, 7);

/** ¥ from integer fen. */
export function formatFen(fen: number): string {
  const whole = Math.trunc(Math.abs(fen) / 100).toLocaleString('en-US');
  return `${fen < 0 ? '-' : ''}¥${whole}.${String(Math.abs(fen) % 100).padStart(2, '0')}`;
}

export const formatPercent = (share: number): string => `${Math.round(share * 100)}%`;

/** 2:05, 1:02:05, or days and hours beyond a day. Never negative. */
export function formatCountdown(ms: number, language: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (days > 0) return language === 'en' ? `${days} d ${hours} h` : `${days} 天 ${hours} 小时`;
  if (hours > 0) return `${hours}:${pad(minutes)}:${pad(seconds % 60)}`;
  return `${minutes}:${pad(seconds % 60)}`;
}

/** A duration in seconds or minutes, in few words. */
export function formatDuration(ms: number, language: string): string {
  const seconds = Math.round(ms / 1000);
  const english = language === 'en';
  if (seconds < 120) return english ? `${seconds} s` : `${seconds} 秒`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return english ? `${minutes} min` : `${minutes} 分钟`;
  return english ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60)} 小时`;
}
