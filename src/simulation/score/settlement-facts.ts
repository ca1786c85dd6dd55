import type { NormalLine } from '../feed/normal-line.ts';
import { fenOf, fieldOf, infnoOf } from './message-fields.ts';
import type { OutcomeTable } from './outcome-table.ts';
import type { TruthTable } from './truth-table.ts';
import type { FeedWatcher } from './watch-feed.ts';

/** How long before a settlement a terminal's face check may lie. */
const AUTH_BEFORE_MS = 2 * 3_600_000;
const AUTH_AFTER_MS = 30 * 60_000;
/** An answer to a 2206 is given at once: what is decided later is no answer. */
const ANSWER_WITHIN_MS = 60_000;

export interface ClinicFacts {
  readonly code: string;
  name: string;
  cameras: number;
}

/** What the feed tells of settlements, beside the truth's columns. */
export interface SettlementFacts {
  /** fund_pay_sumamt in fen; −1: no message told it. */
  readonly fundFen: Int32Array;
  /** Index into `people`; −1: not told. */
  readonly person: Int32Array;
  readonly people: readonly string[];
  /** 1: the national terminal had checked the person's face shortly before. */
  readonly authed: Uint8Array;
  /** Index into `medTypes`; 0: not told. */
  readonly medType: Uint8Array;
  readonly medTypes: readonly string[];
  readonly clinics: ReadonlyMap<string, ClinicFacts>;
  /** 2206 without a response for people already listed dead or inpatient, each message once. */
  readonly listedAsked: number;
  readonly listedAnswered: number;
  readonly listedMissed: readonly ListedAsk[];
}

export interface ListedAsk {
  readonly msgid: string;
  readonly clinic: string;
  readonly psnNo: string;
  readonly visit: string | null;
  readonly at: number;
  readonly what: string;
}

interface Listed {
  readonly what: 'dead' | 'inpatient';
  readonly from: number;
  readonly to: number | null;
}

const KEPT_MISSES = 50;

/**
 * Gathers from the feed what the truth does not say: fund money, who was claimed, terminal checks, and how hook clinics were
 * answered about people already listed. Marks holds that named only a visit or a message in `outcome.held`.
 */
export function settlementFacts(
  truth: TruthTable,
  outcome: OutcomeTable,
): { watcher: FeedWatcher; facts: () => SettlementFacts } {
  const fundFen = new Int32Array(truth.count).fill(-1);
  const person = new Int32Array(truth.count).fill(-1);
  const authed = new Uint8Array(truth.count);
  const medType = new Uint8Array(truth.count);
  const people: string[] = [];
  const peopleIndex = new Map<string, number>();
  const medTypes = [''];
  const clinics = new Map<string, ClinicFacts>();
  const listed = new Map<string, Listed[]>();
  const auths = new Map<string, number[]>();
  const asked = new Set<string>();
  const listedMissed: ListedAsk[] = [];
  let listedAsked = 0;
  let listedAnswered = 0;

  const personOf = (psnNo: string): number => {
    const known = peopleIndex.get(psnNo);
    if (known !== undefined) return known;
    peopleIndex.set(psnNo, people.length);
    return people.push(psnNo) - 1;
  };
  const medTypeOf = (word: string | null): number => {
    if (word === null) return 0;
    const known = medTypes.indexOf(word);
    if (known >= 0) return known;
    return medTypes.length < 255 ? medTypes.push(word) - 1 : 0;
  };
  const clinicOf = (code: string): ClinicFacts => {
    let clinic = clinics.get(code);
    if (!clinic) {
      clinic = { code, name: code, cameras: 0 };
      clinics.set(code, clinic);
    }
    return clinic;
  };

  const settled = (request: unknown, response: unknown): void => {
    const setlId = fieldOf(response, 'setl_id');
    const i = setlId === null ? undefined : truth.indexOf.get(setlId);
    if (i === undefined) return;
    const fund = fenOf(fieldOf(response, 'fund_pay_sumamt'));
    if (fund !== null && (fundFen[i] ?? -1) < 0) fundFen[i] = Math.max(0, Math.min(2_000_000_000, fund));
    const psnNo = fieldOf(request, 'psn_no') ?? fieldOf(response, 'psn_no');
    if (psnNo !== null) {
      person[i] = personOf(psnNo);
      const at = truth.at[i] ?? 0;
      const clinic = truth.clinics[truth.clinic[i] ?? 0]?.code ?? '';
      const checks = auths.get(`${clinic} ${psnNo}`) ?? [];
      if (checks.some((check) => check >= at - AUTH_BEFORE_MS && check <= at + AUTH_AFTER_MS)) authed[i] = 1;
    }
    medType[i] = medTypeOf(fieldOf(request, 'med_type') ?? fieldOf(response, 'med_type'));
    const visit = fieldOf(request, 'mdtrt_id') ?? fieldOf(response, 'mdtrt_id');
    if (visit !== null && outcome.heldVisits.has(visit)) outcome.held[i] = 1;
    if (outcome.heldMessages.size > 0 && outcome.heldMessages.has(fieldOf(request, 'msgid', 1) ?? ''))
      outcome.held[i] = 1;
  };

  const asks = (at: number, request: unknown): void => {
    const psnNo = fieldOf(request, 'psn_no');
    const msgid = fieldOf(request, 'msgid', 1);
    if (psnNo === null || msgid === null || asked.has(msgid)) return;
    const entry = listed.get(psnNo)?.find(({ from, to }) => from <= at && (to === null || at < to));
    if (!entry) return;
    asked.add(msgid);
    listedAsked++;
    const visit = fieldOf(request, 'mdtrt_id');
    const answeredAt = outcome.cautionByMessage.get(msgid) ?? outcome.cautionByVisit.get(visit ?? '') ?? Infinity;
    if (answeredAt <= at + ANSWER_WITHIN_MS) listedAnswered++;
    else if (listedMissed.length < KEPT_MISSES)
      listedMissed.push({
        msgid,
        clinic: fieldOf(request, 'fixmedins_code', 1) ?? '',
        psnNo,
        visit,
        at,
        what: entry.what,
      });
  };

  const see = (line: NormalLine): void => {
    switch (line.kind) {
      case 'clinic':
        clinicOf(line.code).name = line.name;
        return;
      case 'camera':
        clinicOf(line.clinic).cameras++;
        return;
      case 'status':
        if (line.what === 'dead' || line.what === 'inpatient') {
          const entries = (listed.get(line.psnNo) ?? []).filter(
            ({ what, from }) => what !== line.what || from !== line.from,
          );
          listed.set(line.psnNo, [...entries, { what: line.what, from: line.from, to: line.to }]);
        }
        return;
      case 'auth':
        if (line.ok) {
          const key = `${line.clinic} ${line.psnNo}`;
          const checks = auths.get(key);
          if (checks) {
            checks.push(line.at);
            // A settlement that arrives a day late still finds its check; older ones only take memory.
            if (checks.length > 4) checks.shift();
          } else auths.set(key, [line.at]);
        }
        return;
      case 'message': {
        const infno = infnoOf(line.request);
        if (infno === '2207') settled(line.request, line.response);
        else if (infno === '2206' && line.response === null) asks(line.at, line.request);
        return;
      }
    }
  };
  return {
    watcher: {
      kinds: new Set(['clinic', 'camera', 'status', 'auth', 'message']),
      words: ['2207', '2206'],
      see: ({ line }) => see(line),
    },
    facts: () => ({
      ...{ fundFen, person, people, authed, medType, medTypes, clinics, listedAsked, listedAnswered, listedMissed },
    }),
  };
}
