import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { tellOutbox } from '../platform/tell.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import { proxyOf, type RegisteredProxy } from './people.store.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PeopleStore } from './store.ts';

export interface ProxyInput {
  readonly psnNo: string;
  readonly proxyPsnNo: string;
  readonly relation: string;
  readonly from: number;
  readonly to: number | null;
}

/** One registration: the same two people from the same moment. */
export const proxyIdOf = (proxy: Pick<ProxyInput, 'psnNo' | 'proxyPsnNo' | 'from'>): string =>
  derivedId('proxy', proxy.psnNo, proxy.proxyPsnNo, String(proxy.from));

const COLUMNS = 'id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at, revoked_at';

export async function getProxies(db: Queryable, ids: readonly string[]): Promise<Map<string, RegisteredProxy>> {
  const { rows } = await db.query<Parameters<typeof proxyOf>[0]>(
    `select ${COLUMNS} from proxies where id = any($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, proxyOf(row)]));
}

/** All registrations of an insured person, revoked ones too. */
export async function proxiesOf(db: Queryable, psnNo: string): Promise<RegisteredProxy[]> {
  const { rows } = await db.query<Parameters<typeof proxyOf>[0]>(
    `select ${COLUMNS} from proxies where psn_no = $1 order by from_at desc, id`,
    [psnNo],
  );
  return rows.map(proxyOf);
}

/** Registers proxies; the same again changes at most relation and end. What was revoked stays revoked. */
export async function registerProxies(
  store: PeopleStore,
  deps: { readonly clock: Clock },
  proxies: readonly ProxyInput[],
  registeredBy: string,
): Promise<void> {
  const rows = [...new Map(proxies.map((row) => [proxyIdOf(row), row]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const known = new Map(
    (await store.proxies(rows.map(([id, row]) => ({ id, psn_no: row.psnNo })))).map((row) => [row.id, row]),
  );
  await store.putProxies(
    rows.map(([id, row]) => ({
      id,
      psn_no: row.psnNo,
      proxy_psn_no: row.proxyPsnNo,
      relation: row.relation,
      from_at: row.from,
      to_at: row.to,
      registered_by: registeredBy,
      created_at: deps.clock.now(),
      revoked_at: null,
    })),
  );
  const changed = rows.filter(([id, row]) => {
    const before = known.get(id);
    return before === undefined || (before.revoked_at === null && before.to_at !== row.to);
  });
  await tellChanges(
    store.tell,
    changed.map(([id, row]) => {
      const before = known.get(id);
      const to =
        before === undefined
          ? row.to
          : before.to_at === null || row.to === null
            ? null
            : Math.max(before.to_at, row.to);
      return { psnNo: row.psnNo, what: 'proxy', from: row.from, to };
    }),
  );
}

export const putProxies = (
  tx: Tx,
  deps: WriterDeps,
  proxies: readonly ProxyInput[],
  registeredBy: string,
): Promise<void> => registerProxies(createPgPeopleStore(tx, deps), deps, proxies, registeredBy);

/** Ends a registration from now on. */
export async function revokeProxy(tx: Tx, deps: WriterDeps, proxy: RegisteredProxy): Promise<void> {
  const now = deps.clock.now();
  const { rowCount } = await tx.query('update proxies set revoked_at = $2 where id = $1 and revoked_at is null', [
    proxy.id,
    ts(now),
  ]);
  if (rowCount === 0) return;
  await tellChanges(tellOutbox(tx, deps.outbox), [
    { psnNo: proxy.psnNo, what: 'proxy', from: Math.max(now, proxy.from), to: proxy.to },
  ]);
}
