import type { OpenHours } from '../../access/open-hours.ts';
import type { FeedKind } from './feed-line.ts';
import type { FeedClock } from './feed-time.ts';
import { FieldError } from './field-error.ts';
import type { RawLine } from './line-schemas.ts';
import type { NormalLine } from './normal-line.ts';
import { readOpenHours } from './open-hours.ts';
import type { TemplateCodec } from './template-codec.ts';
import { levelOf, levelOfCode, parentOfCode, regionCodeOf, scenePointOf, sexOf } from './words.ts';

export interface NormaliseDeps {
  readonly clock: FeedClock;
  readonly templates: TemplateCodec;
  /** Something that was understood, though not as the format has it. */
  readonly warn: (what: string) => void;
}

type Normalisers = { readonly [Kind in FeedKind]: (raw: RawLine<Kind>, at: number) => NormalLine | null };
type Id = string | number;

const idOf = (value: Id): string => (typeof value === 'string' ? value : String(value));
/** Times to the second beside times to the millisecond. */
const ROUNDING_MS = 1_000;

const share = (value: number): number => Math.min(1, Math.max(0, value));
const maybeId = (value: Id | null | undefined): string | null =>
  value === null || value === undefined || value === '' ? null : idOf(value);
const maybeText = (value: string | null | undefined): string | null =>
  value === null || value === undefined || value === '' ? null : value;

/**
 * From a line that has its schema's form to the house's own form. null: a line that tells the product nothing.
 * Throw FieldError where a schema cannot say what is wrong: a day that no calendar has, a template of another length.
 */
export function createNormalisers({ clock, templates, warn }: NormaliseDeps): Normalisers {
  const time = (field: string, value: Id, isEnd = false): number => {
    const ms = clock.msOf(value, isEnd);
    if (Number.isNaN(ms)) throw new FieldError(field, 'must be a moment that exists');
    return ms;
  };
  const end = (field: string, value: Id | null | undefined, from: number): number | null => {
    if (value === null || value === undefined) return null;
    const to = time(field, value, true);
    if (to >= from) return to;
    // One of the two was rounded.
    if (from - to < ROUNDING_MS) return from;
    throw new FieldError(field, 'must not be before `from`');
  };
  const day = (field: string, value: Id): string => {
    const found = clock.dayOf(value);
    if (found === null) throw new FieldError(field, 'must be a day that exists');
    return found;
  };

  const quantity = (field: string, value: Id | null | undefined): number | null => {
    if (value === null || value === undefined || value === '') return null;
    const number = Number(value);
    if (number > 0 && Number.isFinite(number)) return number;
    warn(`catalogue: a ${field} that is no number above 0 is taken as unknown`);
    return null;
  };

  const openHours = (clinic: string, value: unknown): readonly OpenHours[] => {
    const hours = readOpenHours(value);
    if (hours === null) warn(`opening hours such as those of ${clinic} are not understood: taken as not known`);
    return hours ?? [];
  };

  return {
    region(raw, at) {
      const code = regionCodeOf(raw.code);
      const level = levelOfCode(code);
      if (level === undefined) {
        const parent = raw.parent === null || raw.parent === undefined ? null : regionCodeOf(raw.parent);
        warn('codes of regions that are not of 4, 6, 9 or 12 digits are kept as they are');
        return {
          at,
          kind: 'region',
          code,
          name: maybeText(raw.name) ?? code,
          level: (raw.level === null || raw.level === undefined ? undefined : levelOf(raw.level)) ?? 'village',
          parent: parent === code ? null : parent,
        };
      }
      if (raw.level !== null && raw.level !== undefined && levelOf(raw.level) !== level)
        warn(`region ${code}: its code makes it a ${level}, though its level says otherwise`);
      return { at, kind: 'region', code, name: maybeText(raw.name) ?? code, level, parent: parentOfCode(code) };
    },
    clinic(raw, at) {
      const code = idOf(raw.fixmedins_code);
      return {
        at,
        kind: 'clinic',
        code,
        name: maybeText(raw.name) ?? code,
        region: regionCodeOf(raw.region),
        openHours: openHours(code, raw.openHours),
        mode: raw.mode ?? 'mirror',
      };
    },
    camera(raw, at) {
      let scenePoint = scenePointOf(raw.scenePoint);
      if (scenePoint === undefined) {
        scenePoint = 'entrance';
        warn(`scene point "${raw.scenePoint.slice(0, 40)}" is not known: taken for an entrance`);
      }
      const required = (raw.required ?? []).map(idOf);
      return { at, kind: 'camera', id: idOf(raw.id), clinic: idOf(raw.clinic), scenePoint, required };
    },
    person(raw, at) {
      const certno = maybeId(raw.certno);
      const told = certno === null ? null : toldByCertno(certno);
      const template = templates.read(raw.portrait?.template, 'portrait/template');
      const sex = raw.sex === null || raw.sex === undefined ? null : (sexOf(raw.sex) ?? null);
      const taken = raw.portrait?.taken;
      return {
        at,
        kind: 'person',
        psnNo: idOf(raw.psn_no),
        certno,
        name: maybeText(raw.name),
        sex: sex === 'unknown' ? null : (sex ?? told?.sex ?? null),
        birth: raw.birth === null || raw.birth === undefined ? (told?.birth ?? null) : day('birth', raw.birth),
        household: maybeId(raw.household),
        region: raw.region === null || raw.region === undefined ? null : regionCodeOf(raw.region),
        portrait:
          template === null
            ? null
            : {
                taken: taken === null || taken === undefined ? null : day('portrait/taken', taken),
                quality: share(raw.portrait?.quality ?? 1),
                template,
              },
      };
    },
    staff: (raw, at) => ({
      at,
      kind: 'staff',
      id: idOf(raw.id),
      clinic: idOf(raw.clinic),
      name: maybeText(raw.name),
      template: templates.read(raw.template, 'template'),
    }),
    signIn(raw, at) {
      const from = time('from', raw.from);
      return {
        at,
        kind: 'signIn',
        staff: idOf(raw.staff),
        clinic: idOf(raw.clinic),
        from,
        to: end('to', raw.to, from),
      };
    },
    proxy(raw, at) {
      const from = raw.from === null || raw.from === undefined ? at : time('from', raw.from);
      return {
        at,
        kind: 'proxy',
        psnNo: idOf(raw.psn_no),
        proxyPsnNo: idOf(raw.proxyPsnNo),
        relation: maybeText(raw.relation),
        from,
        to: end('to', raw.to, from),
      };
    },
    status(raw, at) {
      const from = time('from', raw.from);
      return { at, kind: 'status', psnNo: idOf(raw.psn_no), what: raw.what, from, to: end('to', raw.to, from) };
    },
    filed(raw, at) {
      const from = time('from', raw.from);
      const to = end('to', raw.to, from);
      return { at, kind: 'filed', clinic: idOf(raw.clinic), psnNo: maybeId(raw.psn_no), what: raw.what, from, to };
    },
    auth: (raw, at) => ({
      at,
      kind: 'auth',
      clinic: idOf(raw.clinic),
      psnNo: idOf(raw.psn_no),
      authNo: maybeId(raw.authNo),
      ok: raw.ok === true || raw.ok === 1,
    }),
    catalogue: (raw, at) => ({
      at,
      kind: 'catalogue',
      code: idOf(raw.med_list_codg),
      name: maybeText(raw.name),
      pack: quantity('pack', raw.pack),
      dailyDose: quantity('dailyDose', raw.dailyDose),
      procured: raw.procured === true || raw.procured === 1,
    }),
    appearance(raw, at) {
      const from = time('from', raw.from);
      const told = raw.to === null || raw.to === undefined ? null : time('to', raw.to, true);
      // A camera whose clock was set back has seen somebody all the same.
      if (told !== null && from - told >= ROUNDING_MS)
        warn('appearances that end before they begin are taken as a moment');
      const to = told === null ? null : Math.max(from, told);
      const template = templates.read(raw.template, 'template');
      return {
        at,
        kind: 'appearance',
        id: idOf(raw.id),
        camera: idOf(raw.camera),
        state: raw.state ?? (to === null ? 'open' : 'closed'),
        from,
        to,
        template,
        quality: share(raw.quality ?? 0),
        faces: Math.round(raw.faces ?? (template === null ? 0 : 1)),
        ...(raw.presentation != null && { presentation: raw.presentation }),
      };
    },
    watermark: (raw, at) => ({ at, kind: 'watermark', camera: idOf(raw.camera), until: time('until', raw.until) }),
    device(raw, at) {
      const from = time('from', raw.from);
      return {
        at,
        kind: 'device',
        camera: idOf(raw.camera),
        state: raw.state,
        from,
        to: end('to', raw.to, from),
        clockOffsetS: raw.clockOffsetS ?? null,
      };
    },
    message(raw, at) {
      const pair = raw.request === undefined ? raw.message : raw;
      if (pair === undefined || pair === null || pair.request === undefined || pair.request === null)
        throw new FieldError('request', 'must be there: the request of the national interface');
      return { at, kind: 'message', request: pair.request, response: pair.response ?? null };
    },
  };
}

/** GB 11643: day of birth and sex stand in the number. */
function toldByCertno(certno: string): { birth: string; sex: 'male' | 'female' } | null {
  const found = /^\d{6}(\d{4})(\d{2})(\d{2})\d{2}(\d)[\dXx]$/.exec(certno);
  if (!found) return null;
  const [, year, month, day, sex] = found;
  return { birth: `${year}-${month}-${day}`, sex: Number(sex) % 2 === 1 ? 'male' : 'female' };
}
