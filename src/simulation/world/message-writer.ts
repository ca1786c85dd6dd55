import { compactMs, compactTime, interfaceTime, isoMs } from './city-time.ts';
import type { Clinic } from './geography.ts';
import { staffCode, staffName } from './visit.ts';

/** A message of the national interface about to be sent: `input` and `output` are JSON text. */
export interface Message {
  readonly infno: string;
  /** When the clinic's computer sent it, true time. */
  readonly sentAt: number;
  /** Number among the clinic's messages of that day. */
  readonly sequence: number;
  /** Which of the staff was at the computer. */
  readonly operator: number;
  readonly input: string;
  /** null: it has not been answered (a hook's question). */
  readonly output: string | null;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** The clinic's code, the second by its own clock, the serial: 12 + 14 + 4. */
export const msgidOf = (clinic: Clinic, sentAt: number, sequence: number): string =>
  `${clinic.code}${compactTime(sentAt + clinic.computerOffsetMs)}${pad(sequence % 10_000, 4)}`;

/**
 * A line of the feed with a message in it: the national envelope (DOMAIN.md 1.3) around its body. Written as text, since
 * nothing in it needs escaping and there are millions of them.
 */
export function messageLine(clinic: Clinic, message: Message, at: number): string {
  const { infno, sentAt, sequence, operator, input, output } = message;
  const local = sentAt + clinic.computerOffsetMs;
  const answeredAt = sentAt + 120 + (sequence % 7) * 40;
  const request =
    `{"infno":"${infno}","msgid":"${msgidOf(clinic, sentAt, sequence)}","mdtrtarea_admvs":"${clinic.county}","insuplc_admdvs":"${clinic.county}",` +
    `"recer_sys_code":"YBXT","dev_no":"T-${clinic.code}-1","dev_safe_info":"","cainfo":"","signtype":"","infver":"V1.0","opter_type":"1",` +
    `"opter":"${staffCode(clinic, operator)}","opter_name":"${staffName(clinic, operator)}","inf_time":"${interfaceTime(local)}",` +
    `"fixmedins_code":"${clinic.code}","fixmedins_name":"${clinic.name}","sign_no":"S${compactTime(local).slice(0, 8)}","input":${input}}`;
  const response =
    output === null
      ? 'null'
      : `{"infcode":0,"inf_refmsgid":"${clinic.county}${compactTime(answeredAt)}${pad((clinic.index * 10_000 + sequence) % 10_000_000_000, 10)}",` +
        `"refmsg_time":"${compactMs(sentAt + 60)}","respond_time":"${compactMs(answeredAt)}","err_msg":"","output":${output}}`;
  return `{"at":"${isoMs(at)}","kind":"message","request":${request},"response":${response}}`;
}

/** `29.04` */
export function yuan(fen: number): string {
  const sign = fen < 0 ? '-' : '';
  const whole = Math.abs(fen);
  return `${sign}${Math.floor(whole / 100)}.${pad(whole % 100, 2)}`;
}

/** Half boxes as the interface's n16,4 in boxes. */
export const boxes4 = (halves: number): string => (halves / 2).toFixed(4);
