import type { TerminalAuthFact } from './book/facts.ts';
import { elsewhereOf } from './book/gather.ts';
import { ELSEWHERE_REACH_MS } from './book/store.ts';
import {
  type ClinicFacts,
  FACTS_SCHEMA,
  type PersonFacts,
  type PresenceFacts,
  type SettlementFacts,
  type VisitEventFact,
  type VisitFacts,
  visitKeyOf,
} from './facts.ts';
import { filedAt, listedOf, terminalAuthOf } from './gather-people.ts';
import { type GatherContext, gatherPresence, peopleAsked, presenceAsked } from './gather-presence.ts';
import type { InRequestFacts } from './in-request/facts.ts';
import { inRequestOf } from './in-request/gather.ts';
import type { Span } from './intervals.ts';
import { dayBounds, localDay, outsideHours } from './local-time.ts';
import type { WindowParameters } from './parameters.ts';
import type { ExpectedReads } from './store.ts';
import type { ClaimEventBrief, ClinicBrief, PartyRows, StandingRows } from './store-rows.ts';
import { byMoment, parseVisitKey } from './visit-key.ts';
import { decisiveIds } from './window.ts';

/** A clinic that nobody registered counts as one with the usual settings. */
export const clinicOf = (code: string, row: ClinicBrief | null, installation: boolean): ClinicFacts => ({
  code,
  regionCode: row?.region_code ?? null,
  faceRecognition: installation && (row?.face_recognition ?? true),
  mode: row?.mode ?? 'mirror',
});

/** Facts of one settlement; null when there is none of that id. */
export async function gatherSettlement(
  context: GatherContext,
  settlementId: string,
  standing: Pick<StandingRows, 'settlements' | 'events'>,
): Promise<SettlementFacts | null> {
  const row = standing.settlements.find(({ id }) => id === settlementId);
  if (!row) return null;
  const day = dayBounds(localDay(row.at, context.timeZone), context.timeZone);
  const elsewhere = elsewhereAround(row.at, context.timeZone);
  const parties = await partiesOf(context, row.clinic_code, row.psn_no, row.at, elsewhere);
  const clinic = clinicOf(row.clinic_code, parties.clinic, context.faceRecognition);
  const listed = row.psn_no === null ? null : listedOf(row.psn_no, parties);
  const presence = await gatherPresence(context, {
    clinicCode: row.clinic_code,
    psnNo: row.psn_no,
    birth: listed?.birth ?? null,
    at: row.at,
    medType: row.med_type,
    faceRecognition: clinic.faceRecognition,
  });
  const terminalAuth = terminalAuthOf(parties.auths, row.at, context.parameters);
  const brought = await inRequestOf(
    context.store,
    standing.events,
    { clinicCode: row.clinic_code, psnNo: row.psn_no, at: row.at },
    context.parameters,
  );
  return {
    kind: 'settlement',
    schema: FACTS_SCHEMA,
    settlementId,
    visitKey: visitKeyOf(row.clinic_code, row.mdtrt_id, row.msgid),
    clinic,
    at: row.at,
    msgid: row.msgid,
    setlId: row.setl_id,
    mdtrtId: row.mdtrt_id,
    medType: row.med_type,
    totalFen: row.total_fen,
    fundFen: row.fund_fen,
    reversed: row.reversed_at !== null,
    person: listed && personOf(listed, presence),
    filings: filedAt(parties.filings, row.psn_no, row.at, decisiveIds(presence.cameras)),
    terminalAuth,
    day,
    outsideHoursMs: outsideHours(parties.clinic?.open_hours ?? [], row.at, context.timeZone),
    elsewhere: elsewhereOf(parties.elsewhere, clinic, context.places),
    ...brought,
    presence: confirmed(presence, terminalAuth, brought),
  };
}

/** Clinic, person, lists and filings at a moment, and the terminal's face checks around it. */
const partiesOf = (
  { store, parameters }: GatherContext,
  ...claim: [clinicCode: string, psnNo: string | null, at: number, elsewhere: Span | null]
): Promise<PartyRows> => store.parties(partiesAsked(parameters, ...claim));

const partiesAsked = (
  parameters: WindowParameters,
  clinicCode: string,
  psnNo: string | null,
  at: number,
  elsewhere: Span | null,
): ExpectedReads['parties'] => ({
  ...{ clinicCode, psnNo, at, elsewhere },
  around: { from: at - parameters.beforeMs, to: at + parameters.afterMs },
});

/** Where a settlement's person may have settled, too: his day, and so long before and after. */
function elsewhereAround(at: number, timeZone: string): Span {
  const day = dayBounds(localDay(at, timeZone), timeZone);
  return { from: Math.min(day.from, at - ELSEWHERE_REACH_MS), to: Math.max(day.to, at + ELSEWHERE_REACH_MS) };
}

/** What facts of a claim that has just come will be gathered from, if it is the newest of its visit. */
export function readsOfClaim(
  { parameters, timeZone, faceRecognition }: Pick<GatherContext, 'parameters' | 'timeZone' | 'faceRecognition'>,
  claim: { readonly kind: string; readonly clinicCode: string; readonly psnNo: string | null; readonly at: number },
): ExpectedReads {
  const { kind, clinicCode, psnNo, at } = claim;
  const looks = kind !== 'registration';
  return {
    parties: partiesAsked(
      ...([parameters, clinicCode, psnNo, at] as const),
      kind === 'settlement' ? elsewhereAround(at, timeZone) : null,
    ),
    presence: looks ? presenceAsked(parameters, clinicCode, at) : null,
    people: looks && faceRecognition ? peopleAsked(clinicCode, psnNo, null) : null,
  };
}

const confirmed = (
  presence: PresenceFacts,
  auth: TerminalAuthFact | null,
  { requestFace }: InRequestFacts,
): PresenceFacts => ({
  ...presence,
  ...(auth?.ok === true ? { terminalConfirmed: true } : {}),
  ...(requestFace?.reason === 'matched' && requestFace.llr !== null ? { requestFaceLlr: requestFace.llr } : {}),
});

const personOf = (
  listed: Omit<PersonFacts, 'portrait' | 'isStaffHere'>,
  presence: PresenceFacts | null,
): PersonFacts => ({
  ...listed,
  portrait: presence?.claimedPortrait ?? null,
  isStaffHere: presence?.claimedIsStaff ?? false,
});

type VisitEventRow = ClaimEventBrief & { readonly kind: VisitEventFact['kind'] };

const isVisitEvent = (row: ClaimEventBrief): row is VisitEventRow =>
  row.kind === 'registration' || row.kind === 'trial_settlement' || row.kind === 'settlement';

/** Facts of one visit: what was registered and tried, and whether its settlements stand; null when there is nothing. */
export async function gatherVisit(
  context: GatherContext,
  visitKey: string,
  standing: Pick<StandingRows, 'events'>,
): Promise<VisitFacts | null> {
  const rows = standing.events.filter(isVisitEvent).sort(byMoment);
  const [first] = rows;
  if (!first) return null;
  const psnNo = rows.findLast((row) => row.psn_no !== null)?.psn_no ?? null;
  const trial = rows.findLast((row) => row.kind === 'trial_settlement' && row.reversed_at === null && !row.refused);
  const at = trial?.at ?? first.at;
  const parties = await partiesOf(context, first.clinic_code, psnNo, at, null);
  const clinic = clinicOf(first.clinic_code, parties.clinic, context.faceRecognition);
  const listed = psnNo === null ? null : listedOf(psnNo, parties);
  const terminalAuth = terminalAuthOf(parties.auths, at, context.parameters);
  const brought = await inRequestOf(
    context.store,
    rows,
    { clinicCode: first.clinic_code, psnNo, at },
    context.parameters,
  );
  const settlements = rows.filter((row) => row.kind === 'settlement');
  const movedTo =
    'msgid' in parseVisitKey(visitKey) && first.mdtrt_id !== null
      ? visitKeyOf(first.clinic_code, first.mdtrt_id, first.msgid)
      : null;
  const presence =
    trial && settlements.length === 0 && movedTo === null
      ? await gatherPresence(context, {
          clinicCode: trial.clinic_code,
          psnNo,
          birth: listed?.birth ?? null,
          at: trial.at,
          medType: trial.med_type,
          faceRecognition: clinic.faceRecognition,
        })
      : null;
  return {
    kind: 'visit',
    schema: FACTS_SCHEMA,
    visitKey,
    clinic,
    mdtrtId: first.mdtrt_id,
    msgid: rows.at(-1)?.msgid ?? first.msgid,
    person: listed && personOf(listed, presence),
    events: rows.map((row) => ({
      eventId: row.id,
      kind: row.kind,
      at: row.at,
      msgid: row.msgid,
      // What the platform refused did not happen.
      cancelled: row.reversed_at !== null || row.refused,
    })),
    movedTo,
    reversed: settlements.length > 0 && settlements.every((row) => row.reversed_at !== null || row.refused),
    terminalAuth,
    day: dayBounds(localDay(at, context.timeZone), context.timeZone),
    ...brought,
    presence: presence && confirmed(presence, terminalAuth, brought),
  };
}
