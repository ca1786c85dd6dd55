import { parseMoment } from '../moments.ts';
import { personsWithin } from '../people-scope.ts';
import { getProxies, type ProxyInput, proxyIdOf, putProxies } from '../proxies.write.ts';
import { defineFeed } from './feed.ts';
import { PSN_NO_FORM, psnNoColumn } from './feed-people.ts';
import { RowRefusal } from './refusals.ts';

export const proxiesFeed = defineFeed<ProxyInput, ProxyInput>({
  kind: 'proxies',
  zh: '代办登记',
  en: 'Proxies',
  columns: [
    psnNoColumn(true),
    {
      name: 'proxy_psn_no',
      zh: '代办人编号',
      aliases: ['代办人人员编号'],
      required: true,
      about: 'psn_no of the one who comes; registered as a person before',
    },
    { name: 'relation', zh: '与参保人关系', aliases: ['关系'], required: true, about: 'At most 30 characters' },
    { name: 'from', zh: '开始时间', aliases: ['开始日期'], required: true, about: 'Day or time' },
    { name: 'to', zh: '结束时间', aliases: ['结束日期'], about: 'Day (its end) or time; empty: until revoked' },
  ],
  parse(cells, { timeZone }) {
    const row = {
      psnNo: cells.requiredRead('psn_no', (text) => (PSN_NO_FORM.test(text) ? text : null)),
      proxyPsnNo: cells.requiredRead('proxy_psn_no', (text) => (PSN_NO_FORM.test(text) ? text : null)),
      relation: cells.requiredRead('relation', (text) => (text.length <= 30 ? text : null)),
      from: cells.requiredRead('from', (text) => parseMoment(text, timeZone)),
      to: cells.read('to', (text) => parseMoment(text, timeZone, 'end')),
    };
    if (row.psnNo === row.proxyPsnNo) throw new RowRefusal('self_proxy');
    if (row.to !== null && row.to <= row.from) throw new RowRefusal('end_before_start');
    return row;
  },
  async resolve(tx, _deps, rows, { prefix }) {
    const insured = await personsWithin(
      tx,
      prefix,
      rows.map((row) => row.psnNo),
    );
    const proxies = await personsWithin(
      tx,
      '',
      rows.map((row) => row.proxyPsnNo),
    );
    const known = await getProxies(tx, rows.map(proxyIdOf));
    return rows.map((row) => {
      if (!insured.has(row.psnNo)) return new RowRefusal('unknown_person', 'psn_no');
      if (!proxies.has(row.proxyPsnNo)) return new RowRefusal('unknown_proxy', 'proxy_psn_no');
      if (known.get(proxyIdOf(row))?.revokedAt != null) return new RowRefusal('revoked');
      return [row];
    });
  },
  write: (tx, deps, rows, { sender }) => putProxies(tx, deps, rows, sender),
});
