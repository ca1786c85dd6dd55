import type { Calibration } from '../../faces/model-card.ts';
import type { SiteRefusal } from '../../faces/site-calibration.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';

/**
 * waiting: visits are being gathered · refused: too few, or not to be relied on · proposed: waits for a second person ·
 * in_force · rejected · superseded: another one came into force.
 */
export const CALIBRATION_STATES = ['waiting', 'refused', 'proposed', 'in_force', 'rejected', 'superseded'] as const;
export type CalibrationState = (typeof CALIBRATION_STATES)[number];

export interface FaceCalibration {
  readonly id: string;
  readonly templateVersion: string;
  readonly state: CalibrationState;
  readonly from: number;
  readonly to: number;
  readonly numbers: Readonly<Record<string, unknown>> | null;
  readonly refusal: SiteRefusal | null;
  readonly calibration: Calibration | null;
  readonly proposedBy: string;
  readonly proposedAt: number;
  readonly note: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly inForceFrom: number | null;
  readonly inForceUntil: number | null;
}

const COLUMNS = `id, template_version as "templateVersion", state, from_at as "from", to_at as "to", numbers, refusal,
  calibration, proposed_by as "proposedBy", proposed_at as "proposedAt", note, decided_by as "decidedBy",
  decided_at as "decidedAt", in_force_from as "inForceFrom", in_force_until as "inForceUntil"`;

type Row = FaceCalibration & Record<string, unknown>;

export async function putCalibration(
  tx: Tx,
  asked: Pick<FaceCalibration, 'id' | 'templateVersion' | 'from' | 'to' | 'proposedBy' | 'proposedAt' | 'note'>,
): Promise<void> {
  await tx.query(
    `insert into face_calibrations (id, template_version, state, from_at, to_at, proposed_by, proposed_at, note)
     values ($1, $2, 'waiting', $3, $4, $5, $6, $7)`,
    [
      ...[asked.id, asked.templateVersion, ts(asked.from), ts(asked.to), asked.proposedBy, ts(asked.proposedAt)],
      asked.note,
    ],
  );
}

/** @throws DomainError `not_found` */
export async function calibrationById(db: Queryable, id: string, lock = false): Promise<FaceCalibration> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from face_calibrations where id = $1${lock ? ' for update' : ''}`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) throw new DomainError('not_found', 'there is no such calibration');
  return row;
}

/** The newest first. */
export async function listCalibrations(db: Queryable, limit: number): Promise<FaceCalibration[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from face_calibrations order by proposed_at desc, id desc limit $1`,
    [limit],
  );
  return rows;
}

/** What is in force for these models' templates. */
export async function calibrationsInForce(
  db: Queryable,
  templateVersions: readonly string[],
): Promise<FaceCalibration[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from face_calibrations where state = 'in_force' and template_version = any($1::text[]) order by id`,
    [templateVersions],
  );
  return rows;
}

/** What was found, of one that waits for it. */
export async function putFound(
  tx: Tx,
  id: string,
  found: {
    readonly state: 'refused' | 'proposed';
    readonly numbers: Readonly<Record<string, unknown>>;
    readonly refusal: SiteRefusal | null;
    readonly calibration: Calibration | null;
  },
): Promise<void> {
  await tx.query(
    `update face_calibrations set state = $2, numbers = $3, refusal = $4, calibration = $5
     where id = $1 and state = 'waiting'`,
    [
      ...[id, found.state, JSON.stringify(found.numbers)],
      found.refusal === null ? null : JSON.stringify(found.refusal),
      found.calibration === null ? null : JSON.stringify(found.calibration),
    ],
  );
}

export async function putDecision(
  tx: Tx,
  id: string,
  decided: {
    readonly state: 'in_force' | 'rejected';
    readonly by: string;
    readonly at: number;
    readonly note: string | null;
  },
): Promise<void> {
  await tx.query(
    `update face_calibrations set state = $2, decided_by = $3, decided_at = $4::timestamptz, note = coalesce($5, note),
       in_force_from = case when $2 = 'in_force' then $4::timestamptz end
     where id = $1`,
    [id, decided.state, decided.by, ts(decided.at), decided.note],
  );
}

/** Ends what is in force for a model. */
export async function endInForce(tx: Tx, templateVersion: string, at: number): Promise<void> {
  await tx.query(
    `update face_calibrations set state = 'superseded', in_force_until = $2
     where template_version = $1 and state = 'in_force'`,
    [templateVersion, ts(at)],
  );
}
