import type { Tx } from '../../platform/db.ts';
import type { WriterDeps } from '../deps.ts';
import { psnNosOfCertnos } from '../identity.store.ts';
import { normaliseCertno } from '../identity.ts';
import { parseMoment } from '../moments.ts';
import type { StatusKind } from '../people.store.ts';
import { personsWithin } from '../people-scope.ts';
import { putStatuses, withdrawStatuses } from '../statuses.write.ts';
import type { Cells, Column } from './columns.ts';
import { defineFeed, type Feed, type FeedContext } from './feed.ts';
import { certnoColumn, PSN_NO_FORM, psnNoColumn } from './feed-people.ts';
import { RowRefusal } from './refusals.ts';

interface StatusRow {
  readonly psnNo: string | null;
  readonly certno: string | null;
  readonly from: number;
  readonly to: number | null;
  readonly institution: string | null;
  readonly withdrawn: boolean;
}

interface StatusFact extends Omit<StatusRow, 'psnNo' | 'certno'> {
  readonly psnNo: string;
}

const fromColumn: Column = {
  name: 'from',
  zh: '开始时间',
  aliases: ['开始日期', '起始日期'],
  required: true,
  about: 'Day or time',
};
const toColumn: Column = {
  name: 'to',
  zh: '结束时间',
  aliases: ['结束日期', '截止日期'],
  about: 'Day (its end) or time; empty: open',
};
const withdrawnColumn: Column = {
  name: 'withdrawn',
  zh: '撤销',
  aliases: ['是否撤销'],
  about: '1/是/yes takes back what was said before',
};

const YES = new Set(['1', '是', 'y', 'yes', 'true', '撤销']);
const NO = new Set(['0', '否', 'n', 'no', 'false']);

export const deathsFeed = statusFeed('dead', {
  kind: 'deaths',
  zh: '死亡名单',
  en: 'Deaths',
  columns: [
    psnNoColumn(false),
    certnoColumn,
    {
      name: 'death_date',
      zh: '死亡日期',
      aliases: ['死亡时间', '死亡年月'],
      required: true,
      about: 'Day, time or month; counts from its end, a month from the end of the month',
    },
    withdrawnColumn,
  ],
  times: (cells, { timeZone }) => ({
    from: cells.requiredRead('death_date', (text) => parseMoment(text, timeZone, 'end')),
    to: null,
  }),
});

const timesOf = (cells: Cells, { timeZone }: FeedContext) => ({
  from: cells.requiredRead('from', (text) => parseMoment(text, timeZone)),
  to: cells.read('to', (text) => parseMoment(text, timeZone, 'end')),
});

export const inpatientsFeed = statusFeed('inpatient', {
  kind: 'inpatients',
  zh: '住院名单',
  en: 'Inpatients',
  columns: [
    psnNoColumn(false),
    certnoColumn,
    {
      name: 'institution',
      zh: '医疗机构编码',
      aliases: ['机构编码', '住院机构', 'fixmedins_code'],
      required: true,
      about: 'fixmedins_code of the hospital: settlements there are the patient’s own',
    },
    { ...fromColumn, aliases: ['入院时间', '入院日期', 'adm_time', 'adm_date'] },
    { ...toColumn, aliases: ['出院时间', '出院日期', 'dscg_time', 'dscg_date'] },
    withdrawnColumn,
  ],
  times: timesOf,
});

export const suspensionsFeed = statusFeed('suspended', {
  kind: 'suspensions',
  zh: '暂停待遇名单',
  en: 'Suspended benefits',
  columns: [psnNoColumn(false), certnoColumn, fromColumn, toColumn, withdrawnColumn],
  times: timesOf,
});

function statusFeed(
  what: StatusKind,
  about: {
    readonly kind: string;
    readonly zh: string;
    readonly en: string;
    readonly columns: readonly Column[];
    times(cells: Cells, context: FeedContext): { from: number; to: number | null };
  },
): Feed {
  return defineFeed<StatusRow, StatusFact>({
    ...about,
    parse(cells, context) {
      const psnNo = cells.matching('psn_no', PSN_NO_FORM);
      const certno = cells.text('certno');
      if (psnNo === null && certno === null) throw new RowRefusal('missing', 'psn_no, certno');
      const { from, to } = about.times(cells, context);
      if (to !== null && to <= from) throw new RowRefusal('end_before_start');
      return {
        psnNo,
        certno: certno === null ? null : normaliseCertno(certno),
        from,
        to,
        institution: what === 'inpatient' ? cells.required('institution') : null,
        withdrawn: cells.read('withdrawn', yesOrNo) ?? false,
      };
    },
    async resolve(tx, deps, rows, context) {
      const psnNosOf = await personsOf(tx, deps, rows, context);
      return rows.map((row) => {
        const psnNos = psnNosOf(row);
        return psnNos.length === 0 ? new RowRefusal('unknown_person') : psnNos.map((psnNo) => ({ ...row, psnNo }));
      });
    },
    async write(tx, deps, facts, { sender }) {
      const withdrawn = facts.filter((fact) => fact.withdrawn);
      await withdrawStatuses(
        tx,
        deps,
        // Whoever withdraws a death withdraws it, whichever day he remembers.
        withdrawn.map(({ psnNo, from }) => ({ psnNo, what, from: what === 'dead' ? null : from })),
      );
      await putStatuses(
        tx,
        deps,
        facts
          .filter((fact) => !fact.withdrawn)
          .map(({ psnNo, from, to, institution }) => ({ psnNo, what, from, to, institution, source: sender })),
      );
    },
  });
}

const yesOrNo = (text: string): boolean | null => {
  const plain = text.toLowerCase();
  return YES.has(plain) ? true : NO.has(plain) ? false : null;
};

async function personsOf(
  tx: Tx,
  deps: WriterDeps,
  rows: readonly StatusRow[],
  { prefix }: FeedContext,
): Promise<(row: StatusRow) => readonly string[]> {
  const numbers = rows.flatMap((row) => (row.psnNo === null ? [] : [row.psnNo]));
  const registered = await personsWithin(tx, prefix, numbers);
  const certnos = rows.flatMap((row) => (row.psnNo === null && row.certno !== null ? [row.certno] : []));
  const byCertno = await psnNosOfCertnos(tx, deps.keyring, prefix, certnos);
  return ({ psnNo, certno }) => {
    if (psnNo !== null) return registered.has(psnNo) ? [psnNo] : [];
    return certno === null ? [] : (byCertno.get(certno) ?? []);
  };
}
