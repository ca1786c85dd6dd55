import type { Scope } from '../../access/principal.ts';
import { type Queryable, ts, tsOrNull } from '../../platform/db.ts';
import type { ClaimEventBody } from './claim.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { ClaimEventKind } from './event-kinds.ts';

/** One settlement (2207). Times are epoch ms, money is fen. `setlId` and money are null until the response came. */
export interface Settlement {
  readonly id: string;
  readonly at: number;
  readonly atOffsetMin: number;
  readonly msgid: string;
  readonly setlId: string | null;
  readonly mdtrtId: string | null;
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly medType: string | null;
  readonly insutype: string | null;
  readonly certType: string | null;
  readonly devNo: string | null;
  readonly opter: string | null;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly accountFen: number | null;
  readonly cashFen: number | null;
  /** Taken back (2208, 2601, a refund row, or refused by the platform): it does not count. */
  readonly reversedAt: number | null;
  readonly reversedBy: string | null;
  readonly receivedAt: number;
}

export interface ClaimEvent {
  readonly id: string;
  readonly kind: ClaimEventKind;
  readonly at: number;
  readonly atOffsetMin: number;
  readonly clinicCode: string;
  readonly msgid: string;
  readonly messageReceivedAt: number;
  readonly psnNo: string | null;
  readonly mdtrtId: string | null;
  readonly setlId: string | null;
  readonly devNo: string | null;
  readonly opter: string | null;
  readonly body: ClaimEventBody;
  readonly reversedBy: string | null;
  readonly reversedAt: number | null;
}

export interface FeeLine {
  readonly id: string;
  readonly at: number;
  readonly feedetlSn: string;
  readonly medListCodg: string | null;
  readonly medinsListCodg: string | null;
  readonly name: string | null;
  /** Decimal strings. */
  readonly cnt: string | null;
  readonly price: string | null;
  readonly amountFen: number | null;
  readonly inScopeFen: number | null;
  readonly doctorCode: string | null;
  readonly cancelledAt: number | null;
}

const SETTLEMENT_COLUMNS = `id, at, at_offset_min as "atOffsetMin", msgid, setl_id as "setlId", mdtrt_id as "mdtrtId",
  clinic_code as "clinicCode", psn_no as "psnNo", med_type as "medType", insutype, cert_type as "certType",
  dev_no as "devNo", opter, total_fen as "totalFen", fund_fen as "fundFen", account_fen as "accountFen",
  cash_fen as "cashFen", reversed_at as "reversedAt", reversed_by as "reversedBy", received_at as "receivedAt"`;

const EVENT_COLUMNS = `id, kind, at, at_offset_min as "atOffsetMin", clinic_code as "clinicCode", msgid,
  message_received_at as "messageReceivedAt", psn_no as "psnNo", mdtrt_id as "mdtrtId", setl_id as "setlId",
  dev_no as "devNo", opter, body, reversed_by as "reversedBy", reversed_at as "reversedAt"`;

/** Finds one settlement, reversed or not; null when there is none. */
export async function getSettlement(
  db: Queryable,
  by: { readonly id: string } | { readonly setlId: string } | { readonly msgid: string },
): Promise<Settlement | null> {
  if ('setlId' in by) {
    const found = await db.query<Settlement>(
      `select ${SETTLEMENT_COLUMNS} from settlements s
       where (s.id, s.at) = (select k.settlement_id, k.at from settlement_key k where k.setl_id = $1)`,
      [by.setlId],
    );
    return found.rows[0] ?? null;
  }
  const [column, value] = 'id' in by ? ['id', by.id] : ['msgid', by.msgid];
  const found = await db.query<Settlement>(`select ${SETTLEMENT_COLUMNS} from settlements where ${column} = $1`, [
    value,
  ]);
  return found.rows[0] ?? null;
}

/** Settlements of one clinic with `from` <= at < `to` (epoch ms), in order of time; reversed ones only when asked for. */
export async function listSettlements(
  db: Queryable,
  filter: {
    readonly clinicCode: string;
    readonly from: number;
    readonly to: number;
    readonly includeReversed?: boolean;
  },
): Promise<Settlement[]> {
  const found = await db.query<Settlement>(
    `select ${SETTLEMENT_COLUMNS} from settlements
     where clinic_code = $1 and at >= $2 and at < $3 and ($4 or reversed_at is null) order by at, id`,
    [filter.clinicCode, ts(filter.from), ts(filter.to), filter.includeReversed ?? false],
  );
  return found.rows;
}

/** A page of settlements in a scope, newest first, behind `before`. */
export async function pageSettlements(
  db: Queryable,
  filter: {
    readonly scope: Scope;
    readonly clinicCode: string | null;
    readonly psnNo: string | null;
    readonly from: number | null;
    readonly to: number | null;
    readonly includeReversed: boolean;
    readonly before: { readonly at: number; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<Settlement[]> {
  const found = await db.query<Settlement>(
    `select ${SETTLEMENT_COLUMNS} from settlements
     where ($1::text is null or clinic_code in (select code from clinics where region_code like $1 || '%'))
       and ($2::text is null or clinic_code = $2) and ($3::text is null or clinic_code = $3)
       and ($4::text is null or psn_no = $4) and ($5::timestamptz is null or at >= $5)
       and ($6::timestamptz is null or at < $6) and ($7 or reversed_at is null)
       and ($8::timestamptz is null or (at, id) < ($8, $9::uuid))
     order by at desc, id desc limit $10`,
    [
      filter.scope.regionPrefix,
      filter.scope.clinicCode,
      filter.clinicCode,
      filter.psnNo,
      tsOrNull(filter.from),
      tsOrNull(filter.to),
      filter.includeReversed,
      tsOrNull(filter.before?.at),
      filter.before?.id ?? null,
      filter.limit,
    ],
  );
  return found.rows;
}

/** Everything that was said of one visit, in order of time, reversed ones flagged. Give the clinic where it is known. */
export async function eventsOfVisit(db: Queryable, mdtrtId: string, clinicCode?: string): Promise<ClaimEvent[]> {
  const found = await db.query<ClaimEvent>(
    `select ${EVENT_COLUMNS} from claim_events
     where mdtrt_id = $1 and ($2::text is null or clinic_code = $2) order by at, id`,
    [mdtrtId, clinicCode ?? null],
  );
  return found.rows;
}

/** The settlements of one visit, reversed ones flagged. */
export async function settlementsOfVisit(db: Queryable, mdtrtId: string, clinicCode: string): Promise<Settlement[]> {
  const found = await db.query<Settlement>(
    `select ${SETTLEMENT_COLUMNS} from settlements where mdtrt_id = $1 and clinic_code = $2 order by at, id`,
    [mdtrtId, clinicCode],
  );
  return found.rows;
}

/** One claim event; null when there is none. */
export async function getClaimEvent(db: Queryable, id: string): Promise<ClaimEvent | null> {
  const found = await db.query<ClaimEvent>(`select ${EVENT_COLUMNS} from claim_events where id = $1`, [id]);
  return found.rows[0] ?? null;
}

/** Fee lines of one visit, cancelled ones flagged. */
export async function feeLinesOfVisit(db: Queryable, mdtrtId: string, clinicCode: string): Promise<FeeLine[]> {
  const found = await db.query<FeeLine>(
    `select id, at, feedetl_sn as "feedetlSn", med_list_codg as "medListCodg", medins_list_codg as "medinsListCodg",
       name, cnt, price, amount_fen as "amountFen", in_scope_fen as "inScopeFen", doctor_code as "doctorCode",
       cancelled_at as "cancelledAt"
     from fee_lines where mdtrt_id = $1 and clinic_code = $2 order by at, feedetl_sn, id`,
    [mdtrtId, clinicCode],
  );
  return found.rows;
}

export const refOf = (event: ClaimEvent, settlementId: string | null): ClaimEventRef => ({
  eventId: event.id,
  kind: event.kind,
  at: event.at,
  clinicCode: event.clinicCode,
  msgid: event.msgid,
  psnNo: event.psnNo,
  mdtrtId: event.mdtrtId,
  setlId: event.setlId,
  settlementId,
});
