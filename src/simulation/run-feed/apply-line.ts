import { takeClinic, takeRegion } from '../../access/feed-lines.ts';
import type { AccessStore } from '../../access/store.ts';
import { takeCamera } from '../../devices/feed-lines.ts';
import type { DeviceStore } from '../../devices/store.ts';
import { takeAppearance, takeAuth, takeDevice, takeWatermark } from '../../ledgers/presence/feed-lines.ts';
import type { PresenceStore } from '../../ledgers/presence/store.ts';
import { takeCatalogue } from '../../ledgers/stock/feed-lines.ts';
import type { StockStore } from '../../ledgers/stock/store.ts';
import { takeFiled, takePersons, takeProxy, takeSignIn, takeStaff, takeStatus } from '../../people/feed-lines.ts';
import type { PeopleStore } from '../../people/store.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { NormalLine, NormalMessage } from '../feed/normal-line.ts';

/** Where lines are written: in memory, or in one transaction of the database. */
export interface LineStores {
  readonly access: AccessStore;
  readonly devices: DeviceStore;
  readonly presence: PresenceStore;
  readonly people: PeopleStore;
  readonly stock: StockStore;
}

export interface LineDeps {
  /** Stands at the line's arrival. */
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly modelVersion: string;
}

export type LedgerLine = Exclude<NormalLine, NormalMessage>;

/**
 * Lets one line, or several people of one moment, do what it does in service. Messages go the claims ledger's own way.
 * @throws DomainError when the line speaks of what nobody has told of
 */
export async function applyLines(stores: LineStores, deps: LineDeps, lines: readonly LedgerLine[]): Promise<void> {
  const first = lines[0];
  if (first === undefined) return;
  const { access, devices, presence, people, stock } = stores;
  const room = { ...deps, access, devices };
  switch (first.kind) {
    case 'region':
      return takeRegion(access, first);
    case 'clinic':
      await ensureRegion(access, first.region);
      return takeClinic(access, deps, first);
    case 'camera':
      return takeCamera(devices, room, first);
    case 'person':
      return takePersons(
        people,
        room,
        lines.flatMap((line) => (line.kind === 'person' ? [line] : [])),
      );
    case 'staff':
      return takeStaff(people, room, [first]);
    case 'signIn':
      return takeSignIn(people, first);
    case 'proxy':
      return takeProxy(people, deps, first);
    case 'status':
      return takeStatus(people, deps, first);
    case 'filed':
      return takeFiled(people, room, first);
    case 'auth':
      return takeAuth(presence, deps, first);
    case 'catalogue':
      return takeCatalogue(stock, deps, first);
    case 'appearance':
      return takeAppearance(presence, room, first);
    case 'watermark':
      return takeWatermark(presence, room, first);
    case 'device':
      return takeDevice(presence, room, first);
  }
}

/** Lines that may be applied together: many people told of at one moment. */
export const joins = (
  group: readonly LedgerLine[],
  line: { readonly kind: NormalLine['kind']; readonly at: number },
): boolean => line.kind === 'person' && group[0]?.kind === 'person' && group[0].at === line.at;

const LEVELS = [
  [4, 'city'],
  [6, 'county'],
  [9, 'township'],
  [12, 'village'],
] as const;

/** A clinic may lie in a region that the feed never named: it is then known by its code. */
async function ensureRegion(access: AccessStore, code: string): Promise<void> {
  let parent: string | null = null;
  for (const [digits, level] of /^\d+$/.test(code) ? LEVELS : []) {
    if (digits > code.length) break;
    const region = code.slice(0, digits);
    if ((await access.region(region)) === null) await takeRegion(access, { code: region, name: region, level, parent });
    parent = region;
  }
  if ((await access.region(code)) === null) await takeRegion(access, { code, name: code, level: 'village', parent });
}
