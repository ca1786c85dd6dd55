import type { NodeValues, Note, Scalar } from './claim.ts';
import { type FieldSpec, type NodeSpec, squash } from './interface-table.ts';
import { parseJsonText } from './json-body.ts';
import { Refusal } from './refusal.ts';
import { isoOf, type Moment, type Reading, readMoment, readNumber, readText } from './value.ts';

/** Names that an operator has mapped: squashed name of the table → squashed names that stand for it. */
export type KeyMap = ReadonlyMap<string, readonly string[]>;

export interface KeyMapping {
  readonly infno: string | null;
  readonly fromKey: string;
  readonly toKey: string;
}

/** The mappings that hold for one transaction. */
export function keyMapFor(mappings: readonly KeyMapping[], infno: string | null): KeyMap {
  const map = new Map<string, string[]>();
  for (const mapping of mappings) {
    if (mapping.infno !== null && mapping.infno !== infno) continue;
    const to = squash(mapping.toKey);
    map.set(to, [...(map.get(to) ?? []), squash(mapping.fromKey)]);
  }
  return map;
}

export interface ReadContext {
  readonly zone: string;
  readonly keys: KeyMap;
  readonly notes: Note[];
}

/** One node, read. */
export interface Node {
  readonly values: NodeValues;
  readonly moments: ReadonlyMap<string, Moment>;
  /** Fields without which the message cannot be understood, and which are not there. */
  readonly lacking: readonly string[];
}

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Some HIS put a JSON text where the interface wants an object. */
export function unwrapped(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJsonText(value);
  } catch {
    return value;
  }
}

/** Finds values under any spelling of their names. */
export function lookup(fields: Fields): (keys: readonly string[], map: KeyMap) => readonly unknown[] {
  const bySquashed = new Map<string, unknown>();
  for (const key of Object.keys(fields)) {
    const squashed = squash(key);
    if (!bySquashed.has(squashed)) bySquashed.set(squashed, fields[key]);
  }
  return (keys, map) => {
    const mapped = map.size === 0 ? undefined : map.get(keys[0] ?? '');
    const candidates = mapped === undefined ? keys : [...keys, ...mapped];
    return candidates.filter((key) => bySquashed.has(key)).map((key) => bySquashed.get(key));
  };
}

/**
 * Reads one side of a message: each node of the table under `container`, or directly under it for the first one.
 * @throws Refusal when something required is there and cannot be read
 */
export function readSide(
  specs: readonly NodeSpec[],
  container: unknown,
  context: ReadContext,
): ReadonlyMap<string, readonly Node[]> {
  const nodes = new Map<string, readonly Node[]>();
  const opened = unwrapped(container);
  const fields = Array.isArray(opened) && specs[0]?.list !== true ? opened[0] : opened;
  if (Array.isArray(fields)) {
    const [first] = specs;
    if (first !== undefined) nodes.set(first.name, readItems(first, fields, context));
    return nodes;
  }
  if (!isFields(fields)) return nodes;
  const find = lookup(fields);
  for (const [i, spec] of specs.entries()) {
    const found = find(spec.keys, context.keys)
      .map(unwrapped)
      .find((value) => typeof value === 'object' && value !== null);
    if (found !== undefined) nodes.set(spec.name, readItems(spec, found, context));
    else if (i === 0 && hasSome(spec, find, context.keys)) nodes.set(spec.name, [readNode(spec, fields, context)]);
  }
  return nodes;
}

const hasSome = (spec: NodeSpec, find: ReturnType<typeof lookup>, keys: KeyMap): boolean =>
  spec.fields.some((field) => find(field.keys, keys).some((value) => typeof value !== 'object'));

const MOST_ITEMS = 2_000;

function readItems(spec: NodeSpec, found: unknown, context: ReadContext): Node[] {
  const items = Array.isArray(found) ? found : [found];
  if (items.length > MOST_ITEMS) throw new Refusal('out_of_range', `${spec.name}: more than ${MOST_ITEMS} entries`);
  return (spec.list ? items : items.slice(0, 1)).flatMap((item) => {
    const opened = unwrapped(item);
    if (isFields(opened)) return [readNode(spec, opened, context)];
    if (spec.must) throw new Refusal('wrong_type', `${spec.name}: an entry is not an object`);
    context.notes.push({ code: 'wrong_type', field: spec.name });
    return [];
  });
}

/** @throws Refusal when a required field is there and cannot be read */
export function readNode(spec: NodeSpec, fields: Fields, context: ReadContext): Node {
  const find = lookup(fields);
  const values: Record<string, Scalar> = Object.create(null) as Record<string, Scalar>;
  const moments = new Map<string, Moment>();
  const lacking: string[] = [];
  for (const field of spec.fields) {
    const reading = readField(field, find(field.keys, context.keys), context.zone);
    if ('missing' in reading) {
      if (field.must) lacking.push(field.name);
      else if (field.required) context.notes.push({ code: 'missing', field: field.name });
      continue;
    }
    if ('bad' in reading) {
      const unreadableTime = field.type === 'day' || field.type === 'moment';
      if (!unreadableTime && !field.private && (field.required || field.must)) {
        throw new Refusal(reading.bad === 'bad_time' ? 'wrong_type' : reading.bad, `${spec.name}.${field.name}`);
      }
      context.notes.push({ code: reading.bad, field: field.name });
      continue;
    }
    for (const code of reading.notes) context.notes.push({ code, field: field.name });
    if (field.private) continue;
    if (typeof reading.value === 'string') values[field.name] = reading.value;
    else {
      moments.set(field.name, reading.value);
      const iso = isoOf(reading.value);
      values[field.name] = field.type === 'day' ? iso.slice(0, 10) : iso;
    }
  }
  return { values, moments, lacking };
}

/** The first value that can be read; else the first that is there. */
function readField(field: FieldSpec, candidates: readonly unknown[], zone: string): Reading<string | Moment> {
  let bad: Reading<string | Moment> | undefined;
  for (const raw of candidates) {
    const reading =
      field.type === 'text'
        ? readText(raw, field)
        : field.type === 'number'
          ? readNumber(raw, field)
          : readMoment(raw, zone);
    if ('value' in reading) return reading;
    if ('bad' in reading) bad ??= reading;
  }
  return bad ?? { missing: true };
}

export const textOf = (node: Node | undefined, field: string): string | null => {
  const value = node?.values[field];
  return typeof value === 'string' ? value : null;
};
