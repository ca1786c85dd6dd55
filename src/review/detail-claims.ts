import {
  type ClaimEvent,
  eventsOfVisit,
  type FeeLine,
  feeLinesOfVisit,
  type Settlement,
} from '../ledgers/claims/settlement.store.ts';
import { nameOf } from '../people/identity.store.ts';
import { maskName } from '../people/identity.ts';
import { getPerson, type Person } from '../people/people.store.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { loadFacts } from '../reconcile/assessment.store.ts';
import type { Facts, PresenceFacts } from '../reconcile/facts.ts';
import type { ClaimView, VerdictView } from './alert-detail.schemas.ts';
import type { NamedAlert } from './alert-list.store.ts';
import { incidentKeyParts } from './incident-context.ts';
import { claimWords } from './words/claim.ts';
import { ageAt } from './words/format.ts';
import { coverageWords, llrWords, portraitAgeWords, type Verdict, verdictWords } from './words/verdict.ts';

export interface ClaimDeps {
  readonly db: Queryable;
  readonly keyring: Keyring;
  readonly timeZone: string;
}

/** A claim of an alert with what was judged about it. */
export interface DetailClaim {
  readonly settlement: Settlement | null;
  readonly events: readonly ClaimEvent[];
  readonly head: AssessmentHead | null;
  readonly facts: Facts | null;
  readonly view: ClaimView;
}

export interface AssessmentHead {
  readonly assessedAt: number;
  readonly windowFrom: number;
  readonly windowTo: number;
  readonly factsHash: Buffer;
  readonly verdict: Verdict | null;
  readonly verdictReason: string | null;
  readonly llr: number | null;
  readonly coverage: number | null;
  readonly appearanceId: string | null;
}

const MOST_CLAIMS = 20;
const MOST_LINES = 50;

/** Claims that the alert is about: the settlements it names, else the visit that it is about. */
export async function claimsOf(
  deps: ClaimDeps,
  alert: NamedAlert,
): Promise<{ readonly claims: readonly DetailClaim[]; readonly total: number }> {
  const settlements = await settlementsOfAlert(deps.db, alert);
  const claims: DetailClaim[] = [];
  for (const settlement of settlements.slice(0, MOST_CLAIMS))
    claims.push(await settlementClaim(deps, alert, settlement));
  if (claims.length === 0) {
    const visit = await visitClaim(deps, alert);
    if (visit) claims.push(visit);
  }
  return { claims, total: Math.max(settlements.length, claims.length) };
}

export async function settlementsOfAlert(db: Queryable, alert: NamedAlert): Promise<readonly Settlement[]> {
  const { rows: ids } = await db.query<{ id: string }>(
    `select settlement_id as id from settlement_key where setl_id = any($1::text[])`,
    [alert.setlIds],
  );
  const key = incidentKeyParts(alert.incidentKey);
  const { rows } = await db.query<Settlement>(
    `select id, at, at_offset_min as "atOffsetMin", msgid, setl_id as "setlId", mdtrt_id as "mdtrtId",
       clinic_code as "clinicCode", psn_no as "psnNo", med_type as "medType", insutype, cert_type as "certType",
       dev_no as "devNo", opter, total_fen as "totalFen", fund_fen as "fundFen", account_fen as "accountFen",
       cash_fen as "cashFen", reversed_at as "reversedAt", reversed_by as "reversedBy", received_at as "receivedAt"
     from settlements
     where clinic_code = $1 and (id = any($2::uuid[]) or mdtrt_id = $3 or msgid = $4) order by at, id limit 1000`,
    [
      alert.clinicCode,
      ids.map((row) => row.id),
      key.kind === 'visit' ? key.mdtrtId : null,
      key.kind === 'message' ? key.msgid : null,
    ],
  );
  return rows;
}

async function settlementClaim(deps: ClaimDeps, alert: NamedAlert, settlement: Settlement): Promise<DetailClaim> {
  const { db } = deps;
  const { mdtrtId } = settlement;
  const events = mdtrtId === null ? [] : await eventsOfVisit(db, mdtrtId, settlement.clinicCode);
  const lines = mdtrtId === null ? [] : await feeLinesOfVisit(db, mdtrtId, settlement.clinicCode);
  const head = await headOf(db, 'settlement', settlement.id);
  return claimOf(deps, alert, { settlement, event: null, events, lines, head });
}

/** A visit that has no settlement (yet): its trial settlement, else its registration. */
async function visitClaim(deps: ClaimDeps, alert: NamedAlert): Promise<DetailClaim | null> {
  const { db } = deps;
  const key = incidentKeyParts(alert.incidentKey);
  if (key.kind !== 'visit' && key.kind !== 'message') return null;
  const events =
    key.kind === 'visit'
      ? await eventsOfVisit(db, key.mdtrtId, alert.clinicCode)
      : await eventsOfMessage(db, key.msgid, alert.clinicCode);
  const event =
    events.findLast(({ kind }) => kind === 'trial_settlement') ??
    events.find(({ kind }) => kind === 'registration') ??
    events[0];
  if (!event) return null;
  const lines = key.kind === 'visit' ? await feeLinesOfVisit(db, key.mdtrtId, alert.clinicCode) : [];
  const head = await headOf(db, 'visit', alert.incidentKey);
  return claimOf(deps, alert, { settlement: null, event, events, lines, head });
}

async function eventsOfMessage(db: Queryable, msgid: string, clinicCode: string): Promise<ClaimEvent[]> {
  const { rows } = await db.query<ClaimEvent>(
    `select id, kind, at, at_offset_min as "atOffsetMin", clinic_code as "clinicCode", msgid,
       message_received_at as "messageReceivedAt", psn_no as "psnNo", mdtrt_id as "mdtrtId", setl_id as "setlId",
       dev_no as "devNo", opter, body, reversed_by as "reversedBy", reversed_at as "reversedAt"
     from claim_events where msgid = $1 and clinic_code = $2 order by at, id`,
    [msgid, clinicCode],
  );
  return rows;
}

interface ClaimSource {
  readonly settlement: Settlement | null;
  readonly event: ClaimEvent | null;
  readonly events: readonly ClaimEvent[];
  readonly lines: readonly FeeLine[];
  readonly head: AssessmentHead | null;
}

async function claimOf(deps: ClaimDeps, alert: NamedAlert, source: ClaimSource): Promise<DetailClaim> {
  const { settlement, event, events, head } = source;
  const psnNo = settlement?.psnNo ?? event?.psnNo ?? null;
  const at = settlement?.at ?? event?.at ?? null;
  const [person, name] = await personOf(deps, psnNo);
  const facts = head === null ? null : await keptFacts(deps.db, head.factsHash);
  const lines = source.lines.filter((line) => line.cancelledAt === null);
  const body = event?.body ?? null;
  const money = {
    totalFen: settlement ? settlement.totalFen : (body?.totalFen ?? null),
    fundFen: settlement ? settlement.fundFen : (body?.fundFen ?? null),
    accountFen: settlement ? settlement.accountFen : (body?.accountFen ?? null),
    cashFen: settlement ? settlement.cashFen : (body?.cashFen ?? null),
  };
  const age = person?.birth == null || at === null ? null : ageAt(person.birth, at, deps.timeZone);
  const maskedName = name === null ? null : maskName(name);
  const kind = settlement ? 'settlement' : kindOf(event);
  const medType = settlement?.medType ?? body?.medType ?? null;
  const reversedAt = settlement?.reversedAt ?? event?.reversedAt ?? null;
  const view: ClaimView = {
    settlementId: settlement?.id ?? null,
    setlId: settlement?.setlId ?? event?.setlId ?? null,
    mdtrtId: settlement?.mdtrtId ?? event?.mdtrtId ?? null,
    msgid: settlement?.msgid ?? event?.msgid ?? null,
    person: psnNo === null ? null : { psnNo, maskedName, sex: person?.sex ?? null, age },
    at: tsOrNull(at),
    kind,
    medType,
    ...money,
    reversedAt: tsOrNull(reversedAt),
    words: claimWords({
      kind,
      maskedName,
      sex: person?.sex ?? null,
      age,
      at,
      clinicName: alert.clinicName ?? alert.clinicCode,
      medType,
      ...money,
      reversedAt,
      lines: lines.map((line) => ({ name: line.name, count: line.cnt === null ? null : plainNumber(line.cnt) })),
      linesTotal: lines.length,
      zone: deps.timeZone,
    }),
    feeLines: lines.slice(0, MOST_LINES).map((line) => ({
      name: line.name,
      code: line.medListCodg ?? line.medinsListCodg,
      count: line.cnt === null ? null : plainNumber(line.cnt),
      price: line.price === null ? null : plainNumber(line.price),
      amountFen: line.amountFen,
    })),
    feeLinesTotal: lines.length,
    verdict: head === null ? null : verdictOf(head, facts),
  };
  return { settlement, events, head, facts, view };
}

/** The facts of an assessment; null when they are not kept any more. */
async function keptFacts(db: Queryable, hash: Buffer): Promise<Facts | null> {
  try {
    return await loadFacts(db, hash);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return null;
    throw error;
  }
}

const kindOf = (event: ClaimEvent | null): ClaimView['kind'] =>
  event?.kind === 'trial_settlement' || event?.kind === 'registration' || event?.kind === 'settlement'
    ? event.kind
    : 'other';

/** `2.0000` → `2`: what numeric columns bring along. */
const plainNumber = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/0+$/, '').replace(/\.$/, '') : decimal;

async function personOf(
  deps: ClaimDeps,
  psnNo: string | null,
): Promise<readonly [person: Person | null, name: string | null]> {
  if (psnNo === null) return [null, null];
  return [await getPerson(deps.db, psnNo), await nameOf(deps.db, deps.keyring, psnNo)];
}

async function headOf(db: Queryable, kind: 'settlement' | 'visit', id: string): Promise<AssessmentHead | null> {
  const { rows } = await db.query<AssessmentHead>(
    `select h.assessed_at as "assessedAt", h.window_from as "windowFrom", h.window_to as "windowTo",
       h.facts_hash as "factsHash", h.verdict, h.verdict_reason as "verdictReason", h.llr, h.coverage,
       a.verdict ->> 'appearanceId' as "appearanceId"
     from assessment_heads h left join assessments a on a.id = h.assessment_id and a.at = h.assessed_at
     where h.subject_kind = $1 and h.subject_id = $2`,
    [kind, id],
  );
  return rows[0] ?? null;
}

function portraitAgeOf(presence: PresenceFacts | null): VerdictView['portraitAge'] {
  const years = presence?.claimedPortrait?.ageYears;
  if (presence === null || years === undefined) return null;
  const most = presence.limits.portraitMaxAgeYears;
  return { years, tooOld: years > most, words: portraitAgeWords(years, most) };
}

function verdictOf(head: AssessmentHead, facts: Facts | null): VerdictView | null {
  if (head.verdict === null) return null;
  const reason = head.verdictReason ?? 'unknown';
  const presence = facts === null || !('presence' in facts) ? null : facts.presence;
  return {
    verdict: head.verdict,
    reason,
    words: verdictWords(head.verdict, reason),
    llr: head.llr,
    llrWords: head.llr === null ? null : llrWords(head.llr),
    coverage: head.coverage,
    coverageWords: head.coverage === null ? null : coverageWords(head.coverage, presence?.minCoverage ?? null),
    portraitAge: portraitAgeOf(presence),
    window: { from: ts(head.windowFrom), to: ts(head.windowTo) },
    assessedAt: ts(head.assessedAt),
  };
}
