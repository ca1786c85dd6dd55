import type { Tx } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { parseDay } from '../moments.ts';
import { PSN_NO } from '../people.schemas.ts';
import { checkedPerson } from '../person-input.ts';
import { type PersonInput, putPersons } from '../persons.write.ts';
import type { Column } from './columns.ts';
import { defineFeed } from './feed.ts';
import { RowRefusal } from './refusals.ts';

export const PSN_NO_FORM = new RegExp(PSN_NO);

export const psnNoColumn = (required: boolean): Column => ({
  name: 'psn_no',
  zh: '人员编号',
  aliases: ['个人编号', '参保人编号'],
  required,
  about: 'psn_no of the national platform, at most 30 characters',
});

export const certnoColumn: Column = {
  name: 'certno',
  zh: '证件号码',
  aliases: ['身份证号', '身份证号码', '公民身份号码'],
  about: 'ID number; a resident ID card is checked by GB 11643',
};

const SEXES: Readonly<Record<string, 'male' | 'female' | 'unknown'>> = {
  '1': 'male',
  男: 'male',
  m: 'male',
  male: 'male',
  '2': 'female',
  女: 'female',
  f: 'female',
  female: 'female',
  '0': 'unknown',
  '9': 'unknown',
  未知: 'unknown',
  unknown: 'unknown',
};

export const peopleFeed = defineFeed<PersonInput, PersonInput>({
  kind: 'people',
  zh: '参保人',
  en: 'Enrollees',
  columns: [
    psnNoColumn(true),
    { name: 'name', zh: '姓名', aliases: ['psn_name', '人员姓名'], about: 'Name; stored encrypted' },
    {
      name: 'cert_type',
      zh: '证件类型',
      aliases: ['psn_cert_type', '人员证件类型'],
      about: 'psn_cert_type; 01 (resident ID card) when empty',
    },
    certnoColumn,
    { name: 'sex', zh: '性别', aliases: ['gend'], about: '1/男/male, 2/女/female; from the ID number when empty' },
    { name: 'birth', zh: '出生日期', aliases: ['brdy', '出生年月日'], about: 'Day; from the ID number when empty' },
    { name: 'household', zh: '户号', aliases: ['户编号', '家庭编号'], about: 'One code for all of a household' },
    {
      name: 'region_code',
      zh: '区划编码',
      aliases: ['行政区划', '行政区划代码', '区划代码'],
      about: 'Region of 4, 6, 9 or 12 digits; the sender’s own when empty',
    },
  ],
  parse(cells) {
    const input: PersonInput = {
      psnNo: cells.requiredRead('psn_no', (text) => (PSN_NO_FORM.test(text) ? text : null)),
      name: cells.text('name'),
      // Excel makes 1 of 01.
      certType: cells.matching('cert_type', /^\d{1,6}$/)?.padStart(2, '0') ?? null,
      certno: cells.text('certno'),
      sex: cells.read('sex', (text) => SEXES[text.toLowerCase()] ?? null),
      birth: cells.read('birth', parseDay),
      household: cells.text('household'),
      regionCode: cells.matching('region_code', /^(\d{4}|\d{6}|\d{9}|\d{12})$/),
    };
    try {
      return checkedPerson(input);
    } catch (error) {
      if (error instanceof DomainError) throw new RowRefusal('certno_invalid', error.message);
      throw error;
    }
  },
  async resolve(tx, _deps, rows, { prefix }) {
    const elsewhere = await registeredElsewhere(tx, prefix, rows);
    return rows.map((row) => {
      if (elsewhere.has(row.psnNo)) return new RowRefusal('out_of_scope', 'psn_no');
      if (row.regionCode !== null && !row.regionCode.startsWith(prefix)) {
        return new RowRefusal('out_of_scope', 'region_code');
      }
      return [row];
    });
  },
  write: (tx, deps, rows, { prefix }) => putPersons(tx, deps, rows, prefix),
});

async function registeredElsewhere(tx: Tx, prefix: string, rows: readonly PersonInput[]): Promise<ReadonlySet<string>> {
  const { rows: found } = await tx.query<{ psn_no: string }>(
    `select psn_no from persons
     where psn_no = any($1::text[]) and (region_code is null or region_code not like $2 || '%')`,
    [rows.map((row) => row.psnNo), prefix],
  );
  return new Set(found.map((row) => row.psn_no));
}
