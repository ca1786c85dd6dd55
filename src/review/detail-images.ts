import { nameOf } from '../people/identity.store.ts';
import { maskName } from '../people/identity.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, tsOrNull } from '../platform/db.ts';
import type { Facts } from '../reconcile/facts.ts';
import type { PortraitView, ShotView, SnapshotView } from './alert-detail.schemas.ts';
import type { NamedAlert } from './alert-list.store.ts';
import type { DetailClaim } from './detail-claims.ts';
import type { SceneAppearance, SceneCamera, SceneShot } from './detail-scene.ts';
import { portraitWords, qualityWords, stillWords } from './words/scene.ts';

/** The pictures of an alert: what the detail refers to is exactly what may be opened. */
export interface AlertImages {
  readonly portraits: readonly PortraitView[];
  readonly shots: readonly ShotView[];
  readonly snapshots: readonly SnapshotView[];
  /** imageId → file */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

const MOST_SUBJECTS = 20;

export async function imagesOf(
  db: Queryable,
  keyring: Keyring,
  alert: NamedAlert,
  scene: {
    readonly claims: readonly DetailClaim[];
    readonly cameras: readonly SceneCamera[];
    readonly shots: readonly SceneShot[];
  },
): Promise<AlertImages> {
  const blobs = new Map<string, Buffer>();
  const refer = (kind: 'portrait' | 'shot' | 'still', id: string, blob: Buffer) => {
    const imageId = `${kind}-${id}`;
    blobs.set(imageId, blob);
    return { imageId, kind, url: `/v1/alerts/${alert.id}/images/${imageId}` };
  };
  const portraits: PortraitView[] = [];
  for (const portrait of await portraitsOf(db, alert, scene.claims)) {
    const name = portrait.psnNo === null ? null : await nameOf(db, keyring, portrait.psnNo);
    portraits.push({
      image: refer('portrait', portrait.id, portrait.blob),
      psnNo: portrait.psnNo,
      who: portrait.who,
      maskedName: name === null ? null : maskName(name),
      takenOn: portrait.takenOn,
      quality: portrait.quality,
      words: portraitWords(portrait, alert.occurredAt),
    });
  }
  const shots = scene.shots.flatMap((shot): ShotView[] => {
    if (shot.blob === null) return [];
    return [
      {
        image: refer('shot', shot.id, shot.blob),
        appearanceId: shot.appearanceId,
        cameraId: shot.cameraId,
        scenePoint: shot.scenePoint,
        at: new Date(shot.at).toISOString(),
        quality: shot.quality,
        qualityWords: qualityWords(shot.quality),
      },
    ];
  });
  const snapshots = (await stillsOf(db, alert, scene.claims)).map((still): SnapshotView => {
    const offset = still.clockOffsetMs ?? 0;
    return {
      id: still.id,
      image: still.blob === null ? null : refer('still', still.id, still.blob),
      triggerKind: still.triggerKind,
      cameraId: still.cameraId,
      scenePoint: scene.cameras.find((camera) => camera.id === still.cameraId)?.scenePoint ?? 'unknown',
      state: still.state,
      reason: still.reason,
      plannedAt: new Date(still.plannedAt - offset).toISOString(),
      actualAt: tsOrNull(still.actualAt === null ? null : still.actualAt - offset),
      plannedDeviceTime: new Date(still.plannedAt).toISOString(),
      actualDeviceTime: tsOrNull(still.actualAt),
      clockOffsetMs: still.clockOffsetMs,
      words: stillWords(still),
    };
  });
  return { portraits, shots, snapshots, blobs };
}

interface PortraitRow {
  readonly id: string;
  readonly blob: Buffer;
  readonly psnNo: string | null;
  readonly who: PortraitView['who'];
  readonly takenOn: string | null;
  readonly quality: number | null;
}

/** Portraits of the persons claimed, and of the staff and proxies whose faces were found in the window. */
async function portraitsOf(
  db: Queryable,
  alert: NamedAlert,
  claims: readonly DetailClaim[],
): Promise<readonly PortraitRow[]> {
  const claimed = new Set(claims.flatMap((claim) => claim.view.person?.psnNo ?? []));
  if (alert.psnNo !== null) claimed.add(alert.psnNo);
  const found = claims.flatMap((claim) => matchedOthers(claim.facts));
  const wanted: [kind: 'enrollee' | 'staff', ref: string, who: PortraitView['who']][] = [
    ...[...claimed].map((ref) => ['enrollee', ref, 'claimed'] as ['enrollee', string, 'claimed']),
    ...found
      .filter(({ ref }) => !claimed.has(ref))
      .map(({ who, ref }) => [who === 'staff' ? 'staff' : 'enrollee', ref, who] as ['enrollee', string, 'proxy']),
  ];
  const rows: PortraitRow[] = [];
  const seen = new Set<string>();
  for (const [kind, ref, who] of wanted.slice(0, MOST_SUBJECTS)) {
    if (seen.has(`${kind}:${ref}`)) continue;
    seen.add(`${kind}:${ref}`);
    const { rows: portraits } = await db.query<{
      id: string;
      blob: Buffer;
      takenOn: string | null;
      quality: number | null;
    }>(
      `select id, blob_sha256 as blob, taken_on as "takenOn", quality from portraits
       where subject_kind = $1 and subject_ref = $2 and state = 'accepted' and blob_sha256 is not null
       order by decided_at desc, id desc limit 1`,
      [kind, ref],
    );
    for (const portrait of portraits) rows.push({ ...portrait, who, psnNo: kind === 'enrollee' ? ref : null });
  }
  return rows;
}

function matchedOthers(facts: Facts | null): readonly { readonly who: 'staff' | 'proxy'; readonly ref: string }[] {
  if (facts === null || !('presence' in facts) || facts.presence === null) return [];
  return facts.presence.appearances.flatMap((appearance) => [
    ...(appearance.staff?.zone === 'match' ? [{ who: 'staff' as const, ref: appearance.staff.ref }] : []),
    ...(appearance.proxy?.zone === 'match' ? [{ who: 'proxy' as const, ref: appearance.proxy.ref }] : []),
  ]);
}

interface StillRow {
  readonly id: string;
  readonly triggerKind: 'settlement' | 'alert';
  readonly cameraId: string;
  readonly plannedAt: number;
  readonly actualAt: number | null;
  readonly clockOffsetMs: number | null;
  readonly state: 'pending' | 'taken' | 'missed';
  readonly reason: string | null;
  readonly blob: Buffer | null;
}

async function stillsOf(
  db: Queryable,
  alert: NamedAlert,
  claims: readonly DetailClaim[],
): Promise<readonly StillRow[]> {
  const { rows } = await db.query<StillRow>(
    `select id, trigger_kind as "triggerKind", camera_id as "cameraId", planned_at as "plannedAt",
       actual_at as "actualAt", clock_offset_ms as "clockOffsetMs", state, reason, blob_sha256 as blob
     from snapshots
     where (trigger_kind = 'alert' and trigger_id = $1)
        or (trigger_kind = 'settlement' and trigger_id = any($2::text[]))
     order by planned_at, camera_id, trigger_kind limit 200`,
    [alert.id, claims.flatMap((claim) => claim.view.settlementId ?? [])],
  );
  return rows;
}

const MOST_SHOWN = 12;

/** Appearances worth a picture: those that a verdict rests on, then those nearest to the moments that matter. */
export function appearancesToShow(
  appearances: readonly SceneAppearance[],
  named: ReadonlySet<string>,
  moments: readonly number[],
): readonly SceneAppearance[] {
  const distance = (appearance: SceneAppearance): number =>
    Math.min(
      Number.MAX_SAFE_INTEGER,
      ...moments.map((moment) => Math.max(0, appearance.from - moment, moment - appearance.to)),
    );
  return [...appearances]
    .sort(
      (a, b) =>
        Number(named.has(b.id)) - Number(named.has(a.id)) ||
        distance(a) - distance(b) ||
        b.quality - a.quality ||
        a.from - b.from,
    )
    .slice(0, MOST_SHOWN);
}
