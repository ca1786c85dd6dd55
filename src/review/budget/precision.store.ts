import type { Scope } from '../../access/principal.ts';
import { type Queryable, ts } from '../../platform/db.ts';
import { estimateShare } from './beta.ts';
import type { PrecisionGroup, PrecisionReport } from './budget.schemas.ts';
import type { AlarmPolicy } from './policy.ts';
import { findingProbability } from './rating.ts';
import { recordAt } from './record.ts';
import type { RuleRecordRow } from './tables.ts';

interface Counted {
  readonly by: 'overall' | 'rule' | 'kind' | 'region';
  readonly grp: string;
  readonly confirmed: number;
  readonly excluded: number;
  readonly data_quality: number;
}

/** H: 定点医疗机构 · P: 定点药店: the first letter of a fixmedins_code. */
const KIND = 'left(d.clinic_code, 1)';
const COUNTS = `count(*) filter (where d.confirmed) as confirmed, count(*) filter (where not d.confirmed) as excluded,
  count(*) filter (where d.reason = 'data_quality') as data_quality`;

/**
 * How often shown suspicions were right, by reviewers' answers of a span: overall, by rule, kind of clinic and county, each with
 * its interval and count. @param span epoch ms
 */
export async function precisionReport(
  db: Queryable,
  policy: AlarmPolicy,
  scope: Scope,
  span: { readonly from: number; readonly to: number },
  now: number,
): Promise<PrecisionReport> {
  const { rows } = await db.query<Counted & Record<string, unknown>>(
    `with d as materialized (
       select * from alert_dispositions a where a.undone_at is null and not a.sampled and a.at >= $3 and a.at < $4
         and ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2))
     select 'overall' as by, '' as grp, ${COUNTS} from d
     union all select 'rule', r ->> 'key', ${COUNTS} from d, jsonb_array_elements(d.rules) r group by r ->> 'key'
     union all select 'kind', ${KIND}, ${COUNTS} from d group by ${KIND}
     union all select 'region', left(d.region_code, 6), ${COUNTS} from d group by left(d.region_code, 6)
     order by 1, 2`,
    [scope.regionPrefix, scope.clinicCode, ts(span.from), ts(span.to)],
  );
  const records = await db.query<RuleRecordRow & Record<string, unknown>>(
    'select * from rule_records order by rule_key',
  );
  const known = new Map(records.rows.map((row) => [row.rule_key, row]));
  const keys = new Set([
    ...Object.keys(policy.rules),
    ...known.keys(),
    ...rows.flatMap(({ by, grp }) => (by === 'rule' ? [grp] : [])),
  ]);
  const of = (by: Counted['by']): PrecisionGroup[] => rows.filter((row) => row.by === by).map(groupOf);
  return {
    from: ts(span.from),
    to: ts(span.to),
    overall: of('overall')[0] ?? groupOf({ by: 'overall', grp: '', confirmed: 0, excluded: 0, data_quality: 0 }),
    byRule: of('rule'),
    byClinicKind: of('kind'),
    byRegion: of('region'),
    rules: [...keys].sort().map((key) => {
      const [ruleId = key, reason = ''] = key.split('/');
      const { prior } = policy.priorOf(ruleId, reason);
      const row = known.get(key);
      const record = row && recordAt(row, now, policy.halfLifeDays);
      return {
        rule: key,
        priorMean: prior.mean,
        priorStrength: prior.strength,
        confirmed: record?.confirmed ?? 0,
        excluded: record?.excluded ?? 0,
        pRight: findingProbability(prior, record, null),
        minutes: prior.minutes,
      };
    }),
  };
}

function groupOf({ grp, confirmed, excluded, data_quality }: Counted): PrecisionGroup {
  const { n, share, low, high } = estimateShare(confirmed, confirmed + excluded);
  return { group: grp, n, confirmed, excluded, excludedDataQuality: data_quality, precision: share, low, high };
}
