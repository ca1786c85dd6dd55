import { DomainError } from '../../platform/errors.ts';
import type { StoredAlert } from '../alert.store.ts';
import type { AlertFlow } from './flow.store.ts';
import type { FlowPolicy } from './policy.ts';
import { isAdverse } from './states.ts';
import type { StepBody } from './steps.schemas.ts';
import type { Need, Transition } from './transitions.ts';

interface Situation {
  readonly alert: StoredAlert;
  readonly flow: AlertFlow;
  readonly policy: FlowPolicy;
  readonly now: number;
}

const missing = (what: string, remedy: string): DomainError => new DomainError('invalid_input', what, { remedy });

const isBlank = (text: string | undefined): boolean => (text ?? '').trim() === '';

const CHECKS: Readonly<Record<Need, (body: StepBody, situation: Situation) => DomainError | null>> = {
  reason: ({ reason, note }) =>
    reason === undefined
      ? missing('a reason is missing', 'Send reason, one of the list.')
      : reason === 'other' && isBlank(note)
        ? missing('the reason "other" needs a note', 'Say in a few words why.')
        : null,
  question: ({ question }) =>
    isBlank(question) ? missing('a question is missing', 'Say what the clinic shall explain.') : null,
  text: ({ text }) => (isBlank(text) ? missing('the text is missing', 'Say what happened, in your own words.') : null),
  task: ({ task, way }) =>
    isBlank(task) || way === undefined
      ? missing('way and task are missing', 'Say what is to be found out, online or on the spot.')
      : null,
  result: ({ result, officers }, { flow }) => {
    if (isBlank(result)) return missing('the result is missing', 'Say what was found.');
    const named = new Set((officers ?? []).map((name) => name.trim()).filter((name) => name !== ''));
    return flow.task?.way === 'on_site' && named.size < 2
      ? missing('two officers are asked for on the spot', 'Name both in officers.')
      : null;
  },
  adverse_determination: ({ determination }) =>
    determination === undefined || !isAdverse(determination)
      ? missing(
          'propose takes violation or suspected_fraud',
          'Anything else is determined by one person: step determine.',
        )
      : null,
  harmless_determination: ({ determination }) =>
    determination === undefined || isAdverse(determination)
      ? missing(
          'determine takes no_violation or data_quality',
          'What is adverse takes two people: step propose, then agree.',
        )
      : null,
  grounds: ({ grounds }) => (isBlank(grounds) ? missing('the grounds are missing', 'Name facts and evidence.') : null),
  measures: ({ measures }, { flow, policy }) => {
    if (flow.determination === null || !isAdverse(flow.determination)) {
      return new DomainError('conflict', 'there is nothing to handle: no violation was determined', {
        remedy: 'Archive it.',
      });
    }
    const known = policy.measures.map(({ kind }) => kind);
    const odd = (measures ?? []).find(({ kind }) => !known.includes(kind));
    if (odd !== undefined) return missing(`there is no measure ${odd.kind}`, `Take one of ${known.join(', ')}.`);
    return (measures ?? []).length === 0 ? missing('measures are missing', 'Send at least one.') : null;
  },
  recovery: ({ measureId, amountFen, recoveredOn }) =>
    measureId === undefined || amountFen === undefined || amountFen === 0 || recoveredOn === undefined
      ? missing(
          'measureId, amountFen and recoveredOn are missing',
          'Say of which measure how much came back, and when.',
        )
      : null,
  note: ({ note }) => (isBlank(note) ? missing('a note is missing', 'Say in a few words why.') : null),
};

/** @throws DomainError what the step lacks */
export function assertNeeds(row: Transition, body: StepBody, situation: Situation): void {
  for (const need of row.needs) {
    const lack = CHECKS[need](body, situation);
    if (lack !== null) throw lack;
  }
  if (row.step === 'appeal') assertMayAppeal(situation);
  if (row.step === 'archive') assertDone(situation);
}

function assertMayAppeal({ flow, policy, now }: Situation): void {
  if (flow.appealedAt !== null) {
    throw new DomainError('conflict', 'this determination has been appealed against already', {
      remedy: 'What is left is an administrative review or a court.',
    });
  }
  if (flow.determination === null || !isAdverse(flow.determination)) {
    throw new DomainError('conflict', 'no violation was determined: there is nothing to appeal against');
  }
  const until = flow.determinedAt === null ? null : policy.later(flow.determinedAt, policy.appealWithin);
  if (until !== null && now > until) {
    throw new DomainError('conflict', 'the time to appeal is over', {
      remedy: 'Call the bureau: what is left is an administrative review or a court.',
      until: new Date(until).toISOString(),
    });
  }
}

function assertDone({ alert, flow }: Situation): void {
  if (alert.state === 'determined' && flow.determination !== null && isAdverse(flow.determination)) {
    throw new DomainError('conflict', 'a violation is archived when it has been handled', {
      remedy: 'Say with the step handle what was ordered.',
    });
  }
}

/** The row of `alert_flow` after a step. */
export function flowAfter(
  row: Transition,
  before: AlertFlow,
  step: {
    readonly body: StepBody;
    readonly by: { readonly name: string; readonly person: string };
    readonly alert: Pick<StoredAlert, 'state'>;
    readonly now: number;
  },
): AlertFlow {
  const { body, by, now } = step;
  const moved: AlertFlow = {
    ...before,
    enteredAt: row.to === step.alert.state ? before.enteredAt : now,
    ...(row.to !== step.alert.state && {
      lockedBy: null,
      lockedUntil: null,
      snoozedUntil: null,
      snoozeNote: null,
      escalatedAt: null,
    }),
  };
  const first = { firstBy: by.name, firstPerson: by.person };
  const second = { secondBy: by.name, secondPerson: by.person };
  switch (row.step) {
    case 'take':
      return { ...moved, ...first, assignee: by.name };
    case 'put_back':
      return { ...moved, firstBy: null, firstPerson: null, assignee: null };
    case 'exclude':
    case 'close':
      return row.right === 'alerts.second' ? { ...moved, ...second } : { ...moved, ...first };
    case 'ask':
      return { ...moved, ...first, assignee: null, askedAt: now, question: body.question?.trim() ?? null };
    case 'take_second':
      return { ...moved, ...second, assignee: by.name };
    case 'verify':
      return {
        ...moved,
        ...second,
        assignee: null,
        task: { way: body.way ?? 'online', text: body.task?.trim() ?? '' },
      };
    case 'report_verification':
      return {
        ...moved,
        assignee: null,
        verification: { result: body.result?.trim() ?? '', officers: (body.officers ?? []).map((name) => name.trim()) },
      };
    case 'propose':
      return {
        ...moved,
        proposal: {
          determination: body.determination ?? 'violation',
          grounds: body.grounds?.trim() ?? '',
          amountFen: body.amountFen ?? null,
          by: by.name,
          person: by.person,
        },
      };
    case 'agree':
      return {
        ...moved,
        determination: before.proposal?.determination ?? null,
        grounds: before.proposal?.grounds ?? null,
        amountFen: before.proposal?.amountFen ?? null,
        determinedAt: now,
      };
    case 'object':
      return { ...moved, proposal: null };
    case 'determine':
      return {
        ...moved,
        proposal: null,
        determination: body.determination ?? null,
        grounds: body.grounds?.trim() ?? null,
        amountFen: null,
        determinedAt: now,
      };
    case 'appeal':
      return { ...moved, appealedAt: now, proposal: null, determination: null, determinedAt: null, amountFen: null };
    case 'reopen':
      return { ...moved, ...{ firstBy: null, firstPerson: null, secondBy: null, secondPerson: null, assignee: null } };
    default:
      return moved;
  }
}
