import { type AccessStore, requireClinic } from '../access/store.ts';
import type { Clock } from '../platform/clock.ts';
import { type Keyring, sha256 } from '../platform/crypto.ts';
import { DomainError } from '../platform/errors.ts';
import { derivedId } from '../platform/ids.ts';
import { type FilingKind, registerFilings } from './filings.write.ts';
import { normaliseCertno } from './identity.ts';
import type { StatusKind, SubjectKind } from './people.store.ts';
import { checkedPerson } from './person-input.ts';
import { type PersonInput, registerPersons } from './persons.write.ts';
import { acceptPortraits, type PassedPortrait } from './portraits.write.ts';
import { registerProxies } from './proxies.write.ts';
import { registerSignIns, registerStaff, staffIdOf } from './staff.write.ts';
import { registerStatuses } from './statuses.write.ts';
import type { PeopleStore } from './store.ts';
import type { StoredTemplate } from './template.store.ts';

/** What a feed's lines about people do. Times are epoch ms; templates are of unit length and of one model. */

export interface PeopleFeedDeps {
  /** Stands at the moment of the line's arrival. */
  readonly clock: Clock;
  readonly keyring: Keyring;
  /** Model card id and pipeline version that made the feed's templates. */
  readonly modelVersion: string;
  readonly access: Pick<AccessStore, 'clinic'>;
}

export interface FeedPerson {
  readonly psnNo: string;
  readonly certno: string | null;
  readonly name: string | null;
  readonly sex: 'male' | 'female' | null;
  /** yyyy-mm-dd */
  readonly birth: string | null;
  readonly household: string | null;
  readonly region: string | null;
  /** null: none is told; one that is stored stays. */
  readonly portrait: {
    /** yyyy-mm-dd */
    readonly taken: string | null;
    /** 0..1 */
    readonly quality: number;
    readonly template: Float32Array;
  } | null;
}

const SOURCE = 'feed';
/** At a time, so that a batch stays small beside what bulk work keeps at hand. */
const BATCH = 5_000;

/** Registers people with their portraits; of two with one psn_no the later stands. Many at once are cheap. */
export async function takePersons(
  store: PeopleStore,
  deps: PeopleFeedDeps,
  persons: readonly FeedPerson[],
): Promise<void> {
  for (let at = 0; at < persons.length; at += BATCH) {
    const batch = persons.slice(at, at + BATCH);
    await registerPersons(store, deps, batch.map(personOf), null);
    await takePortraits(
      store,
      deps,
      'enrollee',
      batch.flatMap(({ psnNo, portrait }) => (portrait === null ? [] : [{ ref: psnNo, ...portrait }])),
    );
  }
}

function personOf(line: FeedPerson): PersonInput {
  const { psnNo, name, sex, birth, household } = line;
  const input = { psnNo, name, certType: null, certno: line.certno, sex, birth, household, regionCode: line.region };
  if (line.certno === null) return input;
  if (sex !== null && birth !== null) return { ...input, certno: normaliseCertno(line.certno) };
  try {
    return checkedPerson(input);
  } catch (error) {
    // A made-up number says nothing about its holder, and harms nobody.
    if (error instanceof DomainError) return { ...input, certno: normaliseCertno(line.certno) };
    throw error;
  }
}

interface FeedPortrait {
  readonly ref: string;
  readonly taken: string | null;
  readonly quality: number;
  readonly template: Float32Array;
}

/** Portraits that come as templates, without their pictures: in use at once, in the place of what was there. */
async function takePortraits(
  store: PeopleStore,
  deps: PeopleFeedDeps,
  kind: SubjectKind,
  portraits: readonly FeedPortrait[],
): Promise<void> {
  if (portraits.length === 0) return;
  const now = deps.clock.now();
  const passed = portraits.map(({ ref, taken, quality, template }): PassedPortrait => {
    return {
      row: {
        // By what it shows: the same told twice is one.
        id: derivedId('portrait', kind, ref, taken ?? '', String(quality), fingerprintOf(template)),
        subject_kind: kind,
        subject_ref: ref,
        state: 'pending',
        reasons: [],
        taken_on: taken,
        quality: null,
        blob_sha256: null,
        template_id: null,
        created_at: now,
        decided_at: null,
      },
      reading: { template, modelVersion: deps.modelVersion, quality } satisfies StoredTemplate,
    };
  });
  await acceptPortraits(store, deps, passed, () => false);
}

const fingerprintOf = (template: Float32Array): string =>
  sha256(new Uint8Array(template.buffer, template.byteOffset, template.byteLength)).toString('base64');

export interface FeedStaff {
  /** The code by which messages name the doctor. */
  readonly id: string;
  readonly clinic: string;
  readonly name: string | null;
  readonly template: Float32Array | null;
}

/** Staff photographs are taken for the purpose; a feed tells no quality of theirs. */
const STAFF_PORTRAIT_QUALITY = 1;

/** @throws DomainError `not_found` when a clinic is not known */
export async function takeStaff(store: PeopleStore, deps: PeopleFeedDeps, staff: readonly FeedStaff[]): Promise<void> {
  for (const { clinic } of staff) await requireClinic(deps.access, clinic);
  await registerStaff(
    store,
    deps,
    staff.map(({ id, clinic, name }) => ({
      clinicCode: clinic,
      staffNo: id,
      psnNo: null,
      name,
      activeFrom: null,
      activeTo: undefined,
    })),
  );
  await takePortraits(
    store,
    deps,
    'staff',
    staff.flatMap(({ id, clinic, template }) =>
      template === null ? [] : [{ ref: staffIdOf(clinic, id), taken: null, quality: STAFF_PORTRAIT_QUALITY, template }],
    ),
  );
}

export interface FeedSpan {
  readonly from: number;
  /** null: until further notice. */
  readonly to: number | null;
}

/** @throws DomainError `not_found` when the clinic has no such staff */
export async function takeSignIn(
  store: PeopleStore,
  line: FeedSpan & { readonly staff: string; readonly clinic: string },
): Promise<void> {
  const staffId = staffIdOf(line.clinic, line.staff);
  if ((await store.staff([staffId])).length === 0) {
    throw new DomainError('not_found', `the clinic ${line.clinic} has no staff ${line.staff}`, {
      remedy: 'Tell the staff in a line of its own before it signs in.',
    });
  }
  await registerSignIns(store, [{ staffId, clinicCode: line.clinic, from: line.from, to: line.to }]);
}

export const takeProxy = (
  store: PeopleStore,
  deps: Pick<PeopleFeedDeps, 'clock'>,
  line: FeedSpan & { readonly psnNo: string; readonly proxyPsnNo: string; readonly relation: string | null },
): Promise<void> =>
  registerProxies(
    store,
    deps,
    [
      {
        psnNo: line.psnNo,
        proxyPsnNo: line.proxyPsnNo,
        relation: line.relation ?? 'other',
        from: line.from,
        to: line.to,
      },
    ],
    SOURCE,
  );

export const takeStatus = (
  store: PeopleStore,
  deps: Pick<PeopleFeedDeps, 'clock'>,
  line: FeedSpan & { readonly psnNo: string; readonly what: StatusKind },
): Promise<void> =>
  registerStatuses(store, deps, [
    { psnNo: line.psnNo, what: line.what, from: line.from, to: line.to, institution: null, source: SOURCE },
  ]);

/** @throws DomainError `not_found` when the clinic is not known */
export async function takeFiled(
  store: PeopleStore,
  deps: Pick<PeopleFeedDeps, 'clock' | 'access'>,
  line: FeedSpan & { readonly clinic: string; readonly psnNo: string | null; readonly what: FilingKind },
): Promise<void> {
  await requireClinic(deps.access, line.clinic);
  await registerFilings(store, deps, [
    { clinicCode: line.clinic, what: line.what, psnNo: line.psnNo, from: line.from, to: line.to },
  ]);
}
