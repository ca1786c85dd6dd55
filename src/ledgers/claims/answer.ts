import { DateTime } from 'luxon';
import { type Static, Type } from 'typebox';
import { type AuditResult, AuditResultSchema, type DecisionAnswer, DecisionSchema } from './decision-answer.ts';
import { DEGRADED, INFNOS_WITH_DECISION } from './degraded.ts';
import type { IntakeResult } from './intake.ts';
import { QUARANTINE_REASONS } from './refusal.ts';

/** The interface's response envelope (DOMAIN.md 1.3), under its own names. */
export const MessageAnswerSchema = Type.Object({
  infcode: Type.Union([Type.Literal(0), Type.Literal(-1)], {
    description: '0: accepted, or a duplicate; -1: quarantined, see err_msg',
  }),
  inf_refmsgid: Type.String({ description: '6 digits of the region, 14 of the time, 10 of a serial number' }),
  refmsg_time: Type.String({ description: 'Arrival, yyyyMMddHHmmssSSS' }),
  respond_time: Type.String({ description: 'Answer, yyyyMMddHHmmssSSS' }),
  err_msg: Type.Union([Type.String(), Type.Null()]),
  output: Type.Object({
    outcome: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate'), Type.Literal('quarantined')]),
    msgid: Type.Union([Type.String(), Type.Null()]),
    quarantine: Type.Union([
      Type.Object({ id: Type.String(), reason: Type.String(), detail: Type.String() }),
      Type.Null(),
    ]),
    decision: Type.Union([DecisionSchema, Type.Null()], { description: 'null: nothing was to be decided' }),
    result: Type.Array(AuditResultSchema, { description: 'Empty on allow' }),
  }),
});
export type MessageAnswer = Static<typeof MessageAnswerSchema>;

const LONGEST_ERR_MSG = 200;
const SERIALS = 10_000_000_000;

/** Makes answers; `serial` keeps `inf_refmsgid` apart within a millisecond. */
export function createAnswers(options: { readonly timeZone: string; readonly firstSerial: number }) {
  let serial = options.firstSerial;
  const stamp = (ms: number, format: string): string =>
    DateTime.fromMillis(ms, { zone: options.timeZone }).toFormat(format);
  const headOf = (regionCode: string, receivedAt: number, respondedAt: number) => {
    serial = (serial + 1) % SERIALS;
    return {
      inf_refmsgid: `${regionCode.slice(0, 6).padEnd(6, '0')}${stamp(receivedAt, 'yyyyMMddHHmmss')}${String(serial).padStart(10, '0')}`,
      refmsg_time: stamp(receivedAt, 'yyyyMMddHHmmssSSS'),
      respond_time: stamp(respondedAt, 'yyyyMMddHHmmssSSS'),
    };
  };
  /** Of a message that is kept aside: it counts as accepted, and a clinic that asked goes on. */
  const keptAnswer = (from: {
    readonly msgid: string | null;
    readonly infno: string | null;
    readonly receivedAt: number;
    readonly respondedAt: number;
  }): MessageAnswer => {
    const { results: _none, ...degraded } = DEGRADED;
    return {
      infcode: 0,
      ...headOf('', from.receivedAt, from.respondedAt),
      err_msg: null,
      output: {
        outcome: 'accepted',
        msgid: from.msgid,
        quarantine: null,
        decision: from.infno !== null && INFNOS_WITH_DECISION.has(from.infno.toUpperCase()) ? degraded : null,
        result: [],
      },
    };
  };
  const answer = (from: {
    readonly result: IntakeResult;
    readonly decision: DecisionAnswer | null;
    readonly receivedAt: number;
    readonly respondedAt: number;
  }): MessageAnswer => {
    const { result, decision } = from;
    const region = result.outcome === 'quarantined' ? '' : result.clinic.regionCode;
    return {
      infcode: result.outcome === 'quarantined' ? -1 : 0,
      ...headOf(region, from.receivedAt, from.respondedAt),
      err_msg: result.outcome === 'quarantined' ? errorMessage(result) : null,
      output: {
        outcome: result.outcome,
        msgid: result.msgid,
        quarantine:
          result.outcome === 'quarantined'
            ? { id: result.quarantineId, reason: result.reason, detail: result.detail }
            : null,
        decision: decision && {
          id: decision.id,
          decision: decision.decision,
          reasons: decision.reasons,
          deadline: decision.deadline,
          default: decision.default,
          alternative: decision.alternative,
        },
        result: decision === null || decision.decision === 'allow' ? [] : resultsFor(result, decision),
      },
    };
  };
  return { answer, keptAnswer };
}

const resultsFor = (result: IntakeResult, { results }: DecisionAnswer): AuditResult[] => {
  const taskId = result.outcome === 'quarantined' ? null : result.taskId;
  return results.map((line) => (taskId === null ? line : { ...line, task_id: taskId }));
};

function errorMessage(result: Extract<IntakeResult, { outcome: 'quarantined' }>): string {
  const { zh, en } = QUARANTINE_REASONS[result.reason];
  return `${zh} (${en}): ${result.detail}`.slice(0, LONGEST_ERR_MSG);
}
