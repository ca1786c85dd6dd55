import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import { proxyOf, type RegisteredProxy } from './people.store.ts';

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
export async function putProxies(
  tx: Tx,
  deps: WriterDeps,
  proxies: readonly ProxyInput[],
  registeredBy: string,
): Promise<void> {
  const rows = [...new Map(proxies.map((row) => [proxyIdOf(row), row]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const known = await getProxies(
    tx,
    rows.map(([id]) => id),
  );
  await tx.query(
    `insert into proxies as p (id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at)
     select t.*, $7, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
       $6::timestamptz[]) as t
     on conflict (id) do update set relation = excluded.relation, to_at = excluded.to_at where p.revoked_at is null`,
    [
      rows.map(([id]) => id),
      rows.map(([, row]) => row.psnNo),
      rows.map(([, row]) => row.proxyPsnNo),
      rows.map(([, row]) => row.relation),
      rows.map(([, row]) => ts(row.from)),
      rows.map(([, row]) => tsOrNull(row.to)),
      registeredBy,
      ts(deps.clock.now()),
    ],
  );
  const changed = rows.filter(([id, row]) => {
    const before = known.get(id);
    return before === undefined || (before.revokedAt === null && before.to !== row.to);
  });
  await tellChanges(
    tx,
    deps.outbox,
    changed.map(([id, row]) => {
      const before = known.get(id);
      const to =
        before === undefined ? row.to : before.to === null || row.to === null ? null : Math.max(before.to, row.to);
      return { psnNo: row.psnNo, what: 'proxy', from: row.from, to };
    }),
  );
}

/** Ends a registration from now on. */
export async function revokeProxy(tx: Tx, deps: WriterDeps, proxy: RegisteredProxy): Promise<void> {
  const now = deps.clock.now();
  const { rowCount } = await tx.query('update proxies set revoked_at = $2 where id = $1 and revoked_at is null', [
    proxy.id,
    ts(now),
  ]);
  if (rowCount === 0) return;
  await tellChanges(tx, deps.outbox, [
    { psnNo: proxy.psnNo, what: 'proxy', from: Math.max(now, proxy.from), to: proxy.to },
  ]);
}
