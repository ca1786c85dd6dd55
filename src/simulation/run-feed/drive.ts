import { setImmediate } from 'node:timers/promises';
import type { Keyring } from '../../platform/crypto.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { applyLines, joins, type LedgerLine } from './apply-line.ts';
import type { FeedClock } from './feed-clock.ts';
import type { GivenAnswer } from './outcome.ts';
import type { BulkProduct } from './product.ts';
import type { BatchNames, PreparedBatch, PreparedLine, PreparedMessage } from './reading/prepare.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';

export interface DriveDeps {
  /** The feed, in the order of arrival. */
  readonly batches: AsyncIterable<PreparedBatch>;
  readonly product: BulkProduct;
  readonly clock: FeedClock;
  readonly keyring: Keyring;
  readonly log: Logger;
  readonly modelVersion: string;
  /** Every answer to a clinic, as it was given. */
  onAnswer(answer: GivenAnswer): void;
  /** Now and then, with the simulated moment. */
  onProgress(at: number, counts: DriveCounts): void;
}

export interface DriveCounts {
  lines: number;
  messages: number;
  /** Settlements taken in, each once. */
  settlements: number;
  accepted: number;
  duplicates: number;
  /** By reason. */
  readonly quarantined: Map<string, number>;
  /** Lines that speak of what nobody has told of: what was wrong, how often, and where first. */
  readonly refused: Map<string, { n: number; readonly first: string }>;
  /** Reactions and decisions that failed, by what failed. */
  readonly failed: Map<string, number>;
  reactions: number;
}

const DAY_MS = 86_400_000;
/** Pages of a clinic's day leave memory when they are this old: by then footage is there or lost. */
const KEPT_MS = 4 * DAY_MS;
const EVICT_EVERY_MS = DAY_MS / 4;
/** People and faces of whom nothing was heard for once to twice as long are fetched when they come again. */
const PEOPLE_KEPT_MS = 4 * DAY_MS;
/** After the last line time goes on, until windows have closed and lost footage is given up. */
export const AFTER_END_MS = 2 * DAY_MS + 2 * 3_600_000;
/** Lines between two flushes: enough to write in bulk, few enough to hold. */
const FLUSH_LINES = 8_000;
/**
 * Playing lines waits for nothing, and what is being written in between goes on only when the program looks up: too seldom,
 * and the next flush waits for the one before.
 */
const LINES_A_TURN = 32;
const SUBMITTER = { name: 'feed', regionCode: null, clinicCode: null };

/** Plays a feed to the product: each line at its moment, and between lines whatever falls due. */
export async function driveFeed(deps: DriveDeps): Promise<{ counts: DriveCounts; stopwatch: Stopwatch }> {
  const { product, clock, log } = deps;
  const { agenda, workingSet, paging, store } = product;
  const stopwatch = createStopwatch();
  const counts: DriveCounts = {
    lines: 0,
    messages: 0,
    settlements: 0,
    accepted: 0,
    duplicates: 0,
    quarantined: new Map(),
    refused: new Map(),
    failed: new Map(),
    reactions: 0,
  };
  const lineDeps = { clock, keyring: deps.keyring, modelVersion: deps.modelVersion };
  let hoursChanged = false;
  let evictedAt = Number.NEGATIVE_INFINITY;
  let agedAt = Number.NEGATIVE_INFINITY;
  let unflushed = 0;
  let untilTurn = LINES_A_TURN;

  const failed = (what: string, error: unknown): void => {
    if (!counts.failed.has(what)) log.error({ err: error, what }, 'something failed; the run goes on without it');
    bump(counts.failed, what);
  };

  const doDue = async (until: number): Promise<void> => {
    for (let next = agenda.nextAt(); next !== null && next <= until; next = agenda.nextAt()) {
      clock.moveTo(next);
      const due = agenda.takeDue(clock.now());
      if (due === null) continue;
      counts.reactions += 1;
      const from = performance.now();
      await product.react(due.topic, due.payload).catch((error: unknown) => failed(due.topic, error));
      stopwatch.add(labelOf(due.topic, due.payload), from);
    }
  };

  const scheduleClinics = async (): Promise<void> => {
    if (!hoursChanged) return;
    hoursChanged = false;
    await stopwatch.time('schedule', () => product.reconcile.tick((work) => work(store)));
  };

  const takeMessage = async ({ body, at }: PreparedMessage): Promise<void> => {
    counts.messages += 1;
    const result = await stopwatch.time('intake', () => product.intake.takeIn(body, SUBMITTER));
    if (result.outcome === 'quarantined') return bump(counts.quarantined, result.reason);
    if (result.outcome === 'duplicate') counts.duplicates += 1;
    else counts.accepted += 1;
    const { event } = result;
    if (event === null || result.refused) return;
    if (event.kind === 'settlement' && result.outcome === 'accepted') counts.settlements += 1;
    const repeat = result.outcome === 'duplicate';
    const answer = await stopwatch.time('decide', () =>
      product.decide({ ...event, repeat }).catch((error: unknown) => {
        failed('decide', error);
        return null;
      }),
    );
    if (answer === null || answer.id === null) return;
    deps.onAnswer({
      msgid: event.msgid,
      mdtrtId: event.mdtrtId,
      at,
      decisionId: answer.id,
      decision: answer.decision,
      reasons: answer.reasons.map(({ code, rule }) => (rule === null ? code : `${rule}:${code}`)),
      deadline: answer.deadline,
    });
  };

  const takeLines = async (group: readonly LedgerLine[], where: string): Promise<void> => {
    const [first] = group;
    if (first?.kind === 'clinic') hoursChanged = true;
    const from = performance.now();
    await applyLines(product.stores, lineDeps, group).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
      const known = counts.refused.get(error.message);
      if (known) known.n += 1;
      else counts.refused.set(error.message, { n: 1, first: where });
    });
    stopwatch.add(first?.kind ?? '', from);
  };

  const flush = async (): Promise<void> => {
    unflushed = 0;
    const before = clock.now() - KEPT_MS;
    if (before >= evictedAt + EVICT_EVERY_MS) {
      evictedAt = before;
      const from = performance.now();
      // What the writer has not written yet stays.
      store.leaving(before);
      workingSet.evict(before);
      paging.evicted(before);
      if (before >= agedAt + PEOPLE_KEPT_MS) {
        agedAt = before;
        product.people.age();
      }
      stopwatch.add('evict', from);
    }
    await stopwatch.time('flush', () => workingSet.flush());
  };

  let readFrom = performance.now();
  for await (const { lines, names } of deps.batches) {
    stopwatch.add('wait for lines', readFrom);
    await stopwatch.time('prefetch', () => prefetch(names, product));
    for (let i = 0; i < lines.length; ) {
      const { line, file, number } = lines[i] as PreparedLine;
      await doDue(line.at);
      clock.moveTo(line.at);
      if (hoursChanged && line.kind !== 'clinic') await scheduleClinics();
      let taken = 1;
      if (line.kind === 'message') await takeMessage(line);
      else {
        const group: LedgerLine[] = [line];
        for (let next = lines[i + 1]; next !== undefined && joins(group, next.line); next = lines[i + taken]) {
          group.push(next.line as LedgerLine);
          taken += 1;
        }
        await takeLines(group, `${file}:${number}`);
      }
      i += taken;
      counts.lines += taken;
      unflushed += taken;
      untilTurn -= taken;
      if (untilTurn <= 0) {
        untilTurn = LINES_A_TURN;
        await setImmediate();
      }
      if (unflushed >= FLUSH_LINES) {
        await doDue(line.at);
        await flush();
        deps.onProgress(line.at, counts);
      }
    }
    readFrom = performance.now();
  }
  await scheduleClinics();
  const endAt = clock.now() + AFTER_END_MS;
  for (let at = clock.now(); at < endAt; at += 3_600_000) {
    await doDue(Math.min(endAt, at + 3_600_000));
    await flush();
    deps.onProgress(at, counts);
  }
  clock.moveTo(endAt);
  await flush();
  await workingSet.written();
  return { counts, stopwatch };
}

/** An assessment's kind and trigger say more than its topic. */
const labelOf = (topic: string, payload: unknown): string => {
  const { subjectKind, trigger } = payload as { subjectKind?: string; trigger?: string };
  return subjectKind === undefined ? topic : `assess ${subjectKind} (${trigger ?? ''})`;
};

/** Brings here what a batch's messages speak of: people, and visits of older days. */
async function prefetch(names: BatchNames, product: BulkProduct): Promise<void> {
  if (names.msgids.length === 0) return;
  await product.paging.bringBack(names);
  await product.people.prefetch(names.psnNos);
}

const bump = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
