import { getTemplates } from '../../../src/people/template.store.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';

type Row = Record<string, unknown>;

const TABLES: Readonly<Record<string, string>> = {
  regions: 'code',
  clinics: 'code',
  cameras: 'id',
  camera_clock_offsets: 'camera_id, measured_at',
  device_states: 'camera_id, from_at',
  camera_watermarks: 'camera_id',
  appearances: 'id, from_at',
  terminal_auths: 'id',
  catalogue: 'med_list_codg',
  persons: 'psn_no',
  person_status: 'psn_no, what, from_at',
  staff: 'id',
  staff_sign_ins: 'id',
  proxies: 'id',
  filings: 'id',
  portraits: 'subject_kind, subject_ref, id',
};

/** Every table in the clear: what is sealed is opened, a template's id is its content, chance ids are left out. */
export async function contentOf(runtime: TestRuntime): Promise<Record<string, Row[]>> {
  const { db, keyring } = runtime;
  const content: Record<string, Row[]> = {};
  const templateIds = (await db.query<{ id: string }>('select id from biometric.templates')).rows.map(({ id }) => id);
  const templates = await getTemplates(db, keyring, templateIds);
  const templateRows = new Map(
    (
      await db.query<{ id: string; retention_class: string; created_at: number; dimension: number }>(
        'select id, retention_class, created_at, dimension from biometric.templates',
      )
    ).rows.map(({ id, ...rest }) => [id, rest]),
  );
  const template = (id: unknown): unknown => {
    if (typeof id !== 'string') return id;
    const opened = templates.get(id);
    return opened === undefined ? 'lost' : { ...opened, template: [...opened.template], ...templateRows.get(id) };
  };
  const used = new Set<unknown>();
  for (const [table, order] of Object.entries(TABLES)) {
    const { rows } = await db.query<Row>(`select * from ${table} order by ${order}`);
    content[table] = rows.map((row) => {
      const open = (column: string, context: string): unknown =>
        row[column] instanceof Buffer ? keyring.openText('identity', row[column] as Buffer, context) : row[column];
      if (table === 'persons') {
        const certno = open('certno_enc', `person:${row.psn_no as string}`);
        return {
          ...row,
          name_enc: open('name_enc', `person:${row.psn_no as string}`),
          certno_enc: certno,
          certno_blind:
            typeof certno === 'string'
              ? keyring.blindIndex('certno', certno).equals(row.certno_blind as Buffer)
              : row.certno_blind,
        };
      }
      if (table === 'staff') return { ...row, name_enc: open('name_enc', `staff:${row.id as string}`) };
      if (table === 'person_status') return { ...row, id: null };
      if (row.template_id !== undefined && row.template_id !== null) used.add(row.template_id);
      return 'template_id' in row ? { ...row, template_id: template(row.template_id) } : row;
    });
  }
  // A template that nobody names any more is a face kept without a reason.
  content.orphans = templateIds.filter((id) => !used.has(id)).map((id) => ({ id }));
  return content;
}
