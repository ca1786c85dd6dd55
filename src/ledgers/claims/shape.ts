import { type NodeSpec, squash } from './interface-table.ts';
import type { KeyMap } from './nodes.ts';

/** The names of an object's members, looked at once for all objects that have the same ones in the same order. */
export interface Shape {
  readonly names: readonly string[];
  /** Squashed name → name; of several that squash to one, the first. */
  readonly bySquashed: ReadonlyMap<string, string>;
  /** For each field of a node, under which names it may stand: worked out when first needed. */
  readonly places: WeakMap<KeyMap, Map<NodeSpec, readonly (readonly string[])[]>>;
}

/** Shapes met before, by their first name. What senders make up without end is forgotten together. */
const known = new Map<string, Shape[]>();
let remembered = 0;
const MOST_REMEMBERED = 2_000;
const MOST_OF_ONE_NAME = 40;
const MOST_NAMES = 150;

export function shapeOf(fields: Readonly<Record<string, unknown>>): Shape {
  const names = Object.keys(fields);
  const first = names[0] ?? '';
  let shapes = known.get(first);
  if (shapes !== undefined) {
    for (const shape of shapes) if (isSame(shape.names, names)) return shape;
  }
  const shape = newShape(names);
  if (names.length > MOST_NAMES) return shape;
  if (remembered >= MOST_REMEMBERED || (shapes?.length ?? 0) >= MOST_OF_ONE_NAME) {
    known.clear();
    remembered = 0;
    shapes = undefined;
  }
  if (shapes === undefined) known.set(first, [shape]);
  else shapes.push(shape);
  remembered += 1;
  return shape;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function newShape(names: readonly string[]): Shape {
  const bySquashed = new Map<string, string>();
  for (const name of names) {
    const squashed = squash(name);
    if (!bySquashed.has(squashed)) bySquashed.set(squashed, name);
  }
  return { names, bySquashed, places: new WeakMap() };
}
