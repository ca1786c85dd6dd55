import { Compile, type Validator } from 'typebox/compile';
import { DomainError } from '../../platform/errors.ts';
import { FEED_KINDS, type FeedKind } from './feed-line.ts';
import type { FeedClock } from './feed-time.ts';
import { FieldError } from './field-error.ts';
import { LINE_SCHEMAS, type RawLine } from './line-schemas.ts';
import type { NormalLine } from './normal-line.ts';
import { createNormalisers } from './normalise.ts';
import type { TemplateCodec } from './template-codec.ts';

export interface LineReader {
  /** @returns null for an empty line, a kind that is not known, or one that was not asked for. @throws DomainError `invalid_input` */
  readonly read: (text: string, file: string, number: number) => NormalLine | null;
}

export interface LineReaderDeps {
  readonly clock: FeedClock;
  readonly templates: TemplateCodec;
  readonly warn: (what: string) => void;
  /** Only lines of these kinds; others are not even looked at. */
  readonly only?: ReadonlySet<FeedKind>;
}

const REMEDY = 'See docs/feed-format.md, docs/feed/feed.schema.json and the example in docs/feed/example.';

const squash = (kind: string): string => kind.toLowerCase().replace(/[\s_-]+/g, '');
const KINDS = new Map<string, FeedKind>(FEED_KINDS.flatMap((kind) => [[kind, kind] as const, [squash(kind), kind]]));
const kindOf = (kind: string): FeedKind | undefined => KINDS.get(kind) ?? KINDS.get(squash(kind));

/** Where generators put the kind: near the begin, so that a line that nobody asked for need not be parsed. */
const EARLY_KIND = /^\s*\{(?:\s*"at"\s*:\s*(?:"[^"]{0,40}"|[\d.e+]{1,20})\s*,)?\s*"kind"\s*:\s*"([^"\\]{1,40})"/;

/** Checks one line after the other and brings it into the house's form. */
export function createLineReader({ clock, templates, warn, only }: LineReaderDeps): LineReader {
  const validators = new Map<FeedKind, Validator>();
  const validatorOf = (kind: FeedKind): Validator => {
    const known = validators.get(kind);
    if (known) return known;
    const made = Compile(LINE_SCHEMAS[kind]) as unknown as Validator;
    validators.set(kind, made);
    return made;
  };
  const normalisers = createNormalisers({ clock, templates, warn });

  const normalise = <Kind extends FeedKind>(kind: Kind, raw: RawLine<Kind>, at: number): NormalLine | null =>
    normalisers[kind](raw, at);

  return {
    read(text, file, number) {
      if (only !== undefined) {
        const early = EARLY_KIND.exec(text)?.[1];
        const kind = early === undefined ? undefined : kindOf(early);
        if (kind !== undefined && !only.has(kind)) return null;
      }
      if (text.length < 3 && text.trim() === '') return null;
      let raw: unknown;
      try {
        raw = JSON.parse(text);
      } catch (error) {
        if (text.trim() === '') return null;
        const said = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 120) : '';
        throw bad(file, number, null, `it is not JSON (${said})`);
      }
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
        throw bad(file, number, null, 'it must be one JSON object');
      const fields = raw as Record<string, unknown>;
      if (typeof fields.kind !== 'string')
        throw bad(file, number, null, '"kind" must be one of the words of the format');
      const kind = kindOf(fields.kind);
      if (kind === undefined) {
        warn(`kind "${fields.kind.slice(0, 40)}" is not known: its lines are passed by`);
        return null;
      }
      if (only !== undefined && !only.has(kind)) return null;
      fields.kind = kind;
      const validator = validatorOf(kind);
      if (!validator.Check(fields)) throw bad(file, number, kind, whatIsWrong(kind, fields, validator));
      try {
        const at = clock.msOf(fields.at as string | number);
        if (Number.isNaN(at)) throw new FieldError('at', 'must be a moment that exists');
        return normalise(kind, fields as RawLine<typeof kind>, at);
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        throw bad(
          file,
          number,
          kind,
          `"${error.field}" ${error.must}${shown(error.field, valueAt(fields, error.field))}`,
        );
      }
    },
  };
}

const bad = (file: string, line: number, kind: string | null, what: string): DomainError =>
  new DomainError('invalid_input', `${file}, line ${line}${kind === null ? '' : ` (${kind})`}: ${what}.`, {
    remedy: REMEDY,
    file,
    line,
    ...(kind === null ? {} : { kind }),
  });

export { bad as badLine };

function whatIsWrong(kind: FeedKind, fields: Record<string, unknown>, validator: Validator): string {
  const properties = LINE_SCHEMAS[kind].properties as Readonly<Record<string, { readonly description?: string }>>;
  const list = validator.Errors(fields) as unknown as readonly SchemaError[];
  const missing = list.flatMap((error) => (error.instancePath === '' ? (error.params?.requiredProperties ?? []) : []));
  const [lacking] = missing;
  if (lacking !== undefined)
    return `"${lacking}" is missing: it must be ${properties[lacking]?.description ?? 'there'}`;
  const deepest = list.toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0];
  const path = deepest?.instancePath.slice(1) ?? '';
  const name = path.split('/')[0] ?? '';
  if (name === '') return 'it has another form';
  return `"${path}" must be ${properties[name]?.description ?? 'of another form'}${shown(path, valueAt(fields, path))}`;
}

interface SchemaError {
  readonly instancePath: string;
  readonly params?: { readonly requiredProperties?: readonly string[] };
}

function valueAt(fields: Record<string, unknown>, path: string): unknown {
  let value: unknown = fields;
  for (const step of path.split('/'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  return value;
}

/** What stands there, unless it is about somebody. */
function shown(path: string, value: unknown): string {
  if (/name|certno|template|birth|portrait/.test(path) || value === undefined) return '';
  const text = JSON.stringify(value);
  return `, but is ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}
