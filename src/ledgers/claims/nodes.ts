import type { NodeValues, Note, Scalar } from './claim.ts';
import { type FieldSpec, type NodeSpec, squash } from './interface-table.ts';
import { parseJsonText } from './json-body.ts';
import { Refusal } from './refusal.ts';
import { type Shape, shapeOf } from './shape.ts';
import { isoOf, type Moment, type Reading, readMoment, readNumber, readText } from './value.ts';

/** Names that an operator has mapped: squashed name of the table → squashed names that stand for it. */
export type KeyMap = ReadonlyMap<string, readonly string[]>;

export interface KeyMapping {
  readonly infno: string | null;
  readonly fromKey: string;
  readonly toKey: string;
}

const NO_KEYS: KeyMap = new Map();
/** By the mappings of which they are made: these are one array until one is added. */
const keyMaps = new WeakMap<readonly KeyMapping[], Map<string | null, KeyMap>>();

/** The mappings that hold for one transaction. */
export function keyMapFor(mappings: readonly KeyMapping[], infno: string | null): KeyMap {
  if (mappings.length === 0) return NO_KEYS;
  let made = keyMaps.get(mappings);
  if (made === undefined || made.size > MOST_INFNOS) {
    made = new Map();
    keyMaps.set(mappings, made);
  }
  const known = made.get(infno);
  if (known !== undefined) return known;
  const map = new Map<string, string[]>();
  for (const mapping of mappings) {
    if (mapping.infno !== null && mapping.infno !== infno) continue;
    const to = squash(mapping.toKey);
    map.set(to, [...(map.get(to) ?? []), squash(mapping.fromKey)]);
  }
  const found = map.size === 0 ? NO_KEYS : map;
  made.set(infno, found);
  return found;
}

// infno is whatever was sent.
const MOST_INFNOS = 500;

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

/** Values under any spelling of these names, in the order of `keys`, then of what is mapped to the first. */
export function valuesOf(fields: Fields, keys: readonly string[], map: KeyMap): unknown[] {
  const { bySquashed } = shapeOf(fields);
  const found: unknown[] = [];
  for (const key of namesOf(keys, map)) {
    const name = bySquashed.get(key);
    if (name !== undefined) found.push(fields[name]);
  }
  return found;
}

const namesOf = (keys: readonly string[], map: KeyMap): readonly string[] => {
  const mapped = map.size === 0 ? undefined : map.get(keys[0] ?? '');
  return mapped === undefined ? keys : [...keys, ...mapped];
};

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
  for (const [i, spec] of specs.entries()) {
    const found = valuesOf(fields, spec.keys, context.keys)
      .map(unwrapped)
      .find((value) => typeof value === 'object' && value !== null);
    if (found !== undefined) nodes.set(spec.name, readItems(spec, found, context));
    else if (i === 0 && hasSome(spec, fields, context.keys)) nodes.set(spec.name, [readNode(spec, fields, context)]);
  }
  return nodes;
}

const hasSome = (spec: NodeSpec, fields: Fields, keys: KeyMap): boolean =>
  spec.fields.some((field) => valuesOf(fields, field.keys, keys).some((value) => typeof value !== 'object'));

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
  const values: Record<string, Scalar> = {};
  const moments = new Map<string, Moment>();
  const lacking: string[] = [];
  const places = placesOf(shapeOf(fields), spec, context.keys);
  for (let i = 0; i < spec.fields.length; i++) {
    const field = spec.fields[i] as FieldSpec;
    const reading = readField(field, fields, places[i] ?? [], context.zone);
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

/** For each field of a node the names under which an object of this shape may hold it. */
function placesOf(shape: Shape, spec: NodeSpec, keys: KeyMap): readonly (readonly string[])[] {
  let known = shape.places.get(keys);
  if (known === undefined) {
    known = new Map();
    shape.places.set(keys, known);
  }
  let places = known.get(spec);
  if (places === undefined) {
    places = spec.fields.map((field) =>
      namesOf(field.keys, keys).flatMap((key) => {
        const name = shape.bySquashed.get(key);
        return name === undefined ? [] : [name];
      }),
    );
    known.set(spec, places);
  }
  return places;
}

const MISSING = { missing: true } as const;

/** The first value that can be read; else the first that is there. */
function readField(
  field: FieldSpec,
  fields: Fields,
  places: readonly string[],
  zone: string,
): Reading<string | Moment> {
  let bad: Reading<string | Moment> | undefined;
  for (const place of places) {
    const raw = fields[place];
    const reading =
      field.type === 'text'
        ? readText(raw, field)
        : field.type === 'number'
          ? readNumber(raw, field)
          : readMoment(raw, zone);
    if ('value' in reading) return reading;
    if ('bad' in reading) bad ??= reading;
  }
  return bad ?? MISSING;
}

export const textOf = (node: Node | undefined, field: string): string | null => {
  const value = node?.values[field];
  return typeof value === 'string' ? value : null;
};
