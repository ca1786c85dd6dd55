import type { Scope } from '../../access/principal.ts';
import { readCsv, toUtf8 } from '../../people/imports/csv.ts';
import { sha256 } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { CameraGuard } from '../camera-guard.ts';
import type { CameraPreset } from '../presets.ts';
import { type CameraRow, placeCameraColumns, RowFault, type RowNote, readCameraRow } from './camera-rows.ts';

/** One line of a table of cameras, and what becomes of it. */
export interface ImportLine {
  readonly line: number;
  readonly cameraId: string | null;
  readonly result: 'new' | 'change' | 'refused';
  /** Why it is refused. */
  readonly errors: readonly RowNote[];
  /** What should be better, and hinders nothing. */
  readonly warnings: readonly RowNote[];
  /** Null when refused. */
  readonly row: CameraRow | null;
}

export interface ImportCheck {
  /** Of the file: what was checked is what is imported. */
  readonly checksum: string;
  readonly lines: readonly ImportLine[];
}

const MOST_ROWS = 5_000;

/**
 * Holds a table of cameras to what is known, without writing anything.
 * @throws DomainError `invalid_input` when the file as a whole cannot be read
 */
export async function checkCameraFile(
  deps: { readonly db: Queryable; readonly guard: CameraGuard; readonly presets: readonly CameraPreset[] },
  scope: Scope,
  file: Buffer,
): Promise<ImportCheck> {
  const lines: ImportLine[] = [];
  let places: ReadonlyMap<string, number> | null = null;
  const hosts = new Map<string, Promise<RowNote | null>>();
  const seenIds = new Map<string, number>();
  const seenPlaces = new Map<string, number>();
  for await (const { line, values } of readCsv(toUtf8(file))) {
    if (places === null) {
      places = placeCameraColumns(values);
      continue;
    }
    if (lines.length >= MOST_ROWS)
      throw new DomainError('invalid_input', `超过 ${MOST_ROWS} 行 / more than ${MOST_ROWS} rows`, {
        remedy: '请分成几个文件 / split the file',
      });
    const column = places.get('camera_id');
    const cameraId = (column === undefined ? '' : (values[column] ?? '')).trim().slice(0, 64) || null;
    try {
      const { row, warnings } = readCameraRow(places, values, deps.presets);
      const twice = seenIds.get(row.id);
      if (twice !== undefined) throw doubled('camera_id', `编号 ${row.id}`, `the id ${row.id}`, twice);
      seenIds.set(row.id, line);
      const same = row.place === null ? undefined : seenPlaces.get(row.place);
      if (same !== undefined) throw doubled('url', '同一码流地址', 'the same stream', same);
      if (row.place !== null) seenPlaces.set(row.place, line);
      if (row.host !== null) {
        const host = row.host;
        const judged = hosts.get(host) ?? hostNote(deps.guard, host);
        hosts.set(host, judged);
        const note = await judged;
        if (note !== null) throw new RowFault(note);
      }
      lines.push({ line, cameraId: row.id, result: 'new', errors: [], warnings, row });
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      lines.push({ line, cameraId, result: 'refused', errors: [error.note], warnings: [], row: null });
    }
  }
  if (places === null || lines.length === 0)
    throw new DomainError('invalid_input', '文件中没有数据行 / the file has no rows', {
      remedy: '第一行为列名，见 docs/cameras.md / the first line names the columns, see docs/cameras.md',
    });
  return { checksum: sha256(file).toString('hex'), lines: await againstKnown(deps.db, scope, lines) };
}

const doubled = (field: string, zh: string, en: string, line: number): RowFault =>
  new RowFault({
    ...{ field, zh: `${zh}与第 ${line} 行重复`, en: `${en} stands in line ${line} too` },
    remedy: { zh: '删去其中一行', en: 'delete one of them' },
  });

async function hostNote(guard: CameraGuard, host: string): Promise<RowNote | null> {
  try {
    await guard.checkHost(host);
    return null;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const [zh = '', en = zh] = error.message.split(' / ');
    const [remedyZh = '', remedyEn = ''] = (error.details.remedy ?? '').split(' / ');
    return { field: 'host', zh, en, remedy: { zh: remedyZh, en: remedyEn } };
  }
}

async function againstKnown(db: Queryable, scope: Scope, lines: readonly ImportLine[]): Promise<ImportLine[]> {
  const rows = lines.flatMap(({ row }) => row ?? []);
  const clinics = await db.query<{ code: string }>(
    `select code from clinics where code = any($3::text[])
       and ($1::text is null or region_code like $1 || '%') and ($2::text is null or code = $2)`,
    [scope.regionPrefix, scope.clinicCode, [...new Set(rows.map((row) => row.clinicCode))]],
  );
  const mine = new Set(clinics.rows.map((row) => row.code));
  const known = await db.query<{ id: string; within: boolean }>(
    `select c.id, (($2::text is null or k.region_code like $2 || '%') and ($3::text is null or k.code = $3)) as within
     from cameras c join clinics k on k.code = c.clinic_code where c.id = any($1::text[])`,
    [rows.map((row) => row.id), scope.regionPrefix, scope.clinicCode],
  );
  const within = new Map(known.rows.map((row) => [row.id, row.within]));
  const refused = (line: ImportLine, note: RowNote): ImportLine => ({
    ...line,
    result: 'refused',
    errors: [note],
    row: null,
  });
  return lines.map((line) => {
    const { row } = line;
    if (row === null) return line;
    if (!mine.has(row.clinicCode))
      return refused(line, {
        ...{
          field: 'clinic_code',
          zh: `机构 ${row.clinicCode} 未登记，或不在您的管辖区域内`,
          en: `the clinic ${row.clinicCode} is not registered, or not in your region`,
        },
        remedy: { zh: '先登记机构，或核对编码', en: 'register the clinic first, or check the code' },
      });
    const place = within.get(row.id);
    if (place === false)
      return refused(line, {
        ...{ field: 'camera_id', zh: `编号 ${row.id} 已被占用`, en: `the id ${row.id} is taken` },
        remedy: { zh: '换一个编号', en: 'take another' },
      });
    return { ...line, result: place === undefined ? 'new' : 'change' };
  });
}
