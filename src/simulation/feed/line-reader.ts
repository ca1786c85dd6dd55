import { Compile, type Validator } from 'typebox/compile';
import { BODY_LIMIT_BYTES } from '../../ledgers/claims/body-limit.ts';
import { parseJsonText } from '../../ledgers/claims/json-body.ts';
import { Refusal } from '../../ledgers/claims/refusal.ts';
import { FEED_KINDS, type FeedKind } from './feed-line.ts';
import type { FeedClock } from './feed-time.ts';
import { FieldError } from './field-error.ts';
import { LINE_SCHEMAS, type RawLine } from './line-schemas.ts';
import type { NormalLine } from './normal-line.ts';
import { createNormalisers } from './normalise.ts';
import type { TemplateCodec } from './template-codec.ts';
import { badLine, type Fault, shownAt, toldOf, whatIsWrong } from './wrong-line.ts';

export interface LineReader {
  /**
   * @returns null for an empty line, a kind that is not known or was not asked for, a line that was refused
   * @throws DomainError `invalid_input` for what is no line of a feed, and when the first lines of a kind are all wrong
   */
  readonly read: (text: string, file: string, number: number) => NormalLine | null;
}

export interface LineReaderDeps {
  readonly clock: FeedClock;
  readonly templates: TemplateCodec;
  readonly warn: (what: string) => void;
  /** A line that has a moment and a kind, but cannot be used; `where`: file:line and what stands there. */
  readonly refuse: (what: string, where: string) => void;
  /** Only lines of these kinds; others are not even looked at. */
  readonly only?: ReadonlySet<FeedKind>;
  /** Only lines whose text passes. */
  readonly when?: (text: string) => boolean;
}

/** So many wrong lines of a kind before a right one, and the feed is not read on. */
const WRONG_FROM_THE_START = 20;

const squash = (kind: string): string => kind.toLowerCase().replace(/[\s_-]+/g, '');
const KINDS = new Map<string, FeedKind>(FEED_KINDS.flatMap((kind) => [[kind, kind] as const, [squash(kind), kind]]));
const kindOf = (kind: string): FeedKind | undefined => KINDS.get(kind) ?? KINDS.get(squash(kind));

/** Where generators put the kind: near the begin, so that a line that nobody asked for need not be parsed. */
const EARLY_KIND = /^\s*\{(?:\s*"at"\s*:\s*(?:"[^"]{0,40}"|[\d.e+]{1,20})\s*,)?\s*"kind"\s*:\s*"([^"\\]{1,40})"/;

/** A number of 16 digits or more, as far as it can be told without reading: within a string it is none. */
const LONG_NUMBER = /[:,[]\s*-?\d[\d.]{15}/;
/** In UTF-8, of a UTF-16 unit. */
const MOST_BYTES_OF_A_CHARACTER = 3;

/** The line read without losing digits; one that is nested too deep for that stays, for intake to refuse. */
function exactly(text: string, fields: Record<string, unknown>): Record<string, unknown> {
  try {
    return parseJsonText(text) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Refusal) return fields;
    throw error;
  }
}

/** Checks one line after the other and brings it into the house's form. */
export function createLineReader({ clock, templates, warn, refuse, only, when }: LineReaderDeps): LineReader {
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

  const messageOf = (text: string, fields: Record<string, unknown>, at: number): NormalLine | null => {
    const exact = LONG_NUMBER.test(text) ? { ...exactly(text, fields), kind: 'message' as const } : fields;
    const line = normalise('message', exact as RawLine<'message'>, at);
    const textBytes = text.length * MOST_BYTES_OF_A_CHARACTER;
    return line?.kind === 'message' && textBytes > BODY_LIMIT_BYTES ? { ...line, textBytes } : line;
  };

  const sound = new Set<FeedKind>();
  const wrong = new Map<FeedKind, number>();

  /** One line among others may be wrong; where all are, the feed is not what its reader takes it for. */
  const refuseLine = (kind: FeedKind, fault: Fault, file: string, number: number): null => {
    const times = (wrong.get(kind) ?? 0) + 1;
    wrong.set(kind, times);
    if (times >= WRONG_FROM_THE_START && !sound.has(kind)) throw badLine(file, number, kind, toldOf(fault));
    refuse(`${kind}: ${fault.what}`, `${file}:${number}${fault.shown}`);
    return null;
  };

  return {
    read(text, file, number) {
      if (only !== undefined) {
        const early = EARLY_KIND.exec(text)?.[1];
        const kind = early === undefined ? undefined : kindOf(early);
        if (kind !== undefined && !only.has(kind)) return null;
      }
      if (when !== undefined && !when(text)) return null;
      if (text.length < 3 && text.trim() === '') return null;
      let raw: unknown;
      try {
        raw = JSON.parse(text);
      } catch (error) {
        if (text.trim() === '') return null;
        const said = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 120) : '';
        throw badLine(file, number, null, `it is not JSON (${said})`);
      }
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
        throw badLine(file, number, null, 'it must be one JSON object');
      const fields = raw as Record<string, unknown>;
      if (typeof fields.kind !== 'string')
        throw badLine(file, number, null, '"kind" must be one of the words of the format');
      const kind = kindOf(fields.kind);
      if (kind === undefined) {
        warn(`kind "${fields.kind.slice(0, 40)}" is not known: its lines are passed by`);
        return null;
      }
      if (only !== undefined && !only.has(kind)) return null;
      fields.kind = kind;
      const validator = validatorOf(kind);
      if (!validator.Check(fields)) {
        const fault = whatIsWrong(LINE_SCHEMAS[kind], fields, validator);
        if (fault.what.startsWith('"at"')) throw badLine(file, number, kind, toldOf(fault));
        return refuseLine(kind, fault, file, number);
      }
      const at = clock.msOf(fields.at as string | number);
      if (Number.isNaN(at))
        throw badLine(file, number, kind, `"at" must be a moment that exists${shownAt(fields, 'at')}`);
      try {
        const line =
          kind === 'message' ? messageOf(text, fields, at) : normalise(kind, fields as RawLine<typeof kind>, at);
        sound.add(kind);
        return line;
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        const fault = { what: `"${error.field}" ${error.must}`, shown: shownAt(fields, error.field) };
        return refuseLine(kind, fault, file, number);
      }
    },
  };
}
