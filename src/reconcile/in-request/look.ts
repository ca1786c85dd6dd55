import type { FaceImage, LookAtFace, RequestFace } from '../../ledgers/claims/request-face.ts';
import { notCompared } from '../../ledgers/claims/request-face.ts';
import type { PortraitReader } from '../../people/portrait-reader.ts';
import type { Clock } from '../../platform/clock.ts';
import { sha256 } from '../../platform/crypto.ts';
import { ts } from '../../platform/db.ts';
import type { Logger } from '../../platform/log.ts';
import { TooLate, within } from '../../platform/within.ts';
import type { FaceJudge, FaceSample, Portrait } from '../face-judge.ts';
import { ageYearsAt, candidatesOf } from '../gather-people.ts';
import { templatesOf } from '../gather-presence.ts';
import type { WindowParameters } from '../parameters.ts';
import type { InStore } from '../pg-store.ts';
import { type Candidate, portraitOf } from '../portraits.ts';
import { judgeRequestFace } from './judge.ts';

export interface LookOptions {
  /** null: face recognition is off. Asked for one picture at a time. */
  readonly reader: PortraitReader | null;
  readonly log: Logger;
  /** So many may wait for their turn; one more is not looked at. */
  readonly mostWaiting: number;
  /** From its arrival; a picture that takes longer is not looked at. */
  readonly withinMs: number;
}

interface LookDeps {
  readonly inStore: InStore;
  readonly judge: () => FaceJudge;
  readonly clock: Clock;
  parameters(): WindowParameters;
}

type Claimed = Parameters<LookAtFace>[1];

const DAY_MS = 86_400_000;
/** The very same picture again within so many days shows nobody's presence. */
const REMEMBERED_DAYS = 180;

/**
 * Looks at face pictures of requests, one at a time: read, compared with the portrait under the calibrated verdict, and
 * forgotten. Whatever goes wrong is a reason, never an error.
 */
export function createLookAtFace(deps: LookDeps, { reader, log, mostWaiting, withinMs }: LookOptions): LookAtFace {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** One after the other; who has waited too long is let go unread. */
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = last;
    let abandoned = false;
    waiting += 1;
    const mine = before
      .catch(() => undefined)
      .then(() => {
        if (abandoned) throw new TooLate(withinMs);
        return work();
      });
    last = mine.then(
      () => undefined,
      () => undefined,
    );
    mine.then(
      () => (waiting -= 1),
      () => (waiting -= 1),
    );
    try {
      return await within(withinMs, mine);
    } catch (error) {
      abandoned = true;
      throw error;
    }
  };

  const look = async (reader: PortraitReader, picture: Buffer, hash: Buffer, claim: Claimed): Promise<RequestFace> => {
    const shown = hash.toString('hex');
    const judge = deps.judge();
    const told = await known({ ...deps, judge }, claim, shown, hash);
    if (!told.faceRecognition) return notCompared('face_recognition_off', shown);
    if (told.usedBefore) return notCompared('used_before', shown);
    const reading = await reader.read(picture);
    if (!reading.accepted) return notCompared(reading.reasons[0]?.code ?? 'failed', shown);
    // Of somebody's photograph nobody's presence follows, nor anybody's absence.
    if (reading.shown !== undefined) return notCompared('presentation_suspected', shown, reading.quality);
    const seen: FaceSample = reading;
    return judgeRequestFace(judge, { seen, sha256: shown, at: claim.at, limits: deps.parameters(), ...told });
  };

  return async (image: FaceImage, claim): Promise<RequestFace> => {
    if (image.bytes === null) return notCompared(image.refused, null);
    const { bytes } = image;
    const hash = sha256(bytes);
    const shown = hash.toString('hex');
    if (reader === null) return notCompared('face_recognition_off', shown);
    if (waiting > mostWaiting) return notCompared('busy', shown);
    try {
      return await inTurn(() => look(reader, bytes, hash, claim));
    } catch (error) {
      if (error instanceof TooLate) return notCompared('late', shown);
      log.error({ err: error, clinicCode: claim.clinicCode }, 'a face picture could not be looked at');
      return notCompared('failed', shown);
    }
  };
}

/** Portraits that matter, and whether this very picture was sent before. */
async function known(
  { inStore, judge }: Pick<LookDeps, 'inStore'> & { readonly judge: FaceJudge },
  claim: Claimed,
  shown: string,
  hash: Buffer,
) {
  const { clinicCode, psnNo, mdtrtId, at } = claim;
  return inStore(async (store, tx) => {
    const parties = await store.parties({ clinicCode, psnNo, at, around: { from: at, to: at }, elsewhere: null });
    const { rows } = await tx.query<{ used: boolean }>(USED, [
      psnNo,
      ts(at - REMEMBERED_DAYS * DAY_MS),
      ts(at),
      mdtrtId,
      shown,
      hash,
    ]);
    const people = await store.people({ clinicCode, psnNos: [psnNo], others: null });
    const { candidates } = candidatesOf(people, { psnNo, at });
    const own = candidates.filter(({ role }) => role === 'claimed' || role === 'proxy' || role === 'household');
    const templates = await templatesOf(store, [], own);
    const portraits = own.map((row) => ({ row, portrait: portraitOf(row, templates, judge, at) }));
    const of = (role: Candidate['role']): Portrait[] =>
      portraits.flatMap(({ row, portrait }) => (row.role === role && portrait !== null ? [portrait] : []));
    const claimed = portraits.find(({ row }) => row.role === 'claimed') ?? null;
    return {
      faceRecognition: parties.clinic?.face_recognition ?? true,
      usedBefore: rows[0]?.used === true,
      ageYears: ageYearsAt(parties.person?.birth ?? null, at),
      claimed: claimed?.portrait ?? null,
      disputed: claimed?.row.disputed === true,
      proxies: of('proxy'),
      household: of('household'),
      proxyUnseen: portraits.some(({ row, portrait }) => row.role === 'proxy' && portrait === null),
    };
  });
}

const USED = `select exists (
    select from claim_events e where e.psn_no = $1 and e.at between $2 and $3 and e.mdtrt_id <> $4
      and e.kind = 'trial_settlement' and e.body #>> '{requestFace,sha256}' = $5
  ) or exists (select from portraits p where p.subject_kind = 'enrollee' and p.subject_ref = $1 and p.blob_sha256 = $6) as used`;
