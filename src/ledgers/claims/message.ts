import type { Note } from './claim.ts';
import type { InterfaceTable, NodeSpec } from './interface-table.ts';
import {
  type Fields,
  isFields,
  type KeyMapping,
  keyMapFor,
  type Node,
  readNode,
  textOf,
  unwrapped,
  valuesOf,
} from './nodes.ts';
import { Refusal } from './refusal.ts';
import { storable } from './value.ts';

/** A request and, where it is known, its response, both in the national interface's form. */
export interface MessagePair {
  readonly request: Fields;
  readonly response: Fields | null;
}

export interface Envelope {
  readonly infno: string;
  readonly msgid: string;
  readonly clinicCode: string;
  readonly node: Node;
  readonly notes: readonly Note[];
}

const KEYS_OF_A_REQUEST = ['infno', 'msgid', 'input'];

/**
 * `{request, response | null}` out of what was sent. A request by itself, without the pair around it, is taken too.
 * @throws Refusal `not_a_pair`, `wrong_type`
 */
export function pairOf(body: unknown): MessagePair {
  const opened = unwrapped(body);
  if (!isFields(opened)) throw new Refusal('not_a_pair', 'the body is not an object');
  if (!Object.hasOwn(opened, 'request')) {
    if (KEYS_OF_A_REQUEST.some((key) => Object.hasOwn(opened, key))) return { request: opened, response: null };
    throw new Refusal('not_a_pair', 'there is no request');
  }
  const request = unwrapped(opened.request);
  const response = Object.hasOwn(opened, 'response') ? unwrapped(opened.response) : null;
  if (!isFields(request)) throw new Refusal('not_a_pair', 'the request is not an object');
  if (response === null || response === '') return { request, response: null };
  if (!isFields(response)) throw new Refusal('wrong_type', 'the response is not an object');
  return { request, response };
}

const heads = new WeakMap<InterfaceTable, NodeSpec>();

/** The envelope's `infno` alone. */
function headOf(table: InterfaceTable): NodeSpec {
  let head = heads.get(table);
  if (head === undefined) {
    head = { ...table.request, fields: table.request.fields.filter((field) => field.name === 'infno') };
    heads.set(table, head);
  }
  return head;
}

const MSGID = /^[\x21-\x7e]{1,64}$/;
/** As the national interface has it. */
export const CLINIC_FORM = /^[HP]\d{11}$/;

/**
 * The request's envelope. A msgid of another form than the specification's is taken, so long as it can be told apart.
 * @throws Refusal `missing_field`, `malformed_msgid`, `malformed_clinic`, `unknown_transaction`, …
 */
export function readEnvelope(
  table: InterfaceTable,
  mappings: readonly KeyMapping[],
  request: Fields,
  zone: string,
  clinicForm = CLINIC_FORM,
): Envelope {
  const notes: Note[] = [];
  // The transaction decides which mappings hold, so it is read first, with those that hold for all.
  const general = keyMapFor(mappings, null);
  const first = readNode(headOf(table), request, { zone, keys: general, notes: [] });
  const infno = textOf(first, 'infno')?.toUpperCase() ?? null;
  const node = readNode(table.request, request, { zone, keys: keyMapFor(mappings, infno), notes });
  if (node.lacking.length > 0 || infno === null) throw new Refusal('missing_field', node.lacking.join(', ') || 'infno');
  const msgid = textOf(node, 'msgid') ?? '';
  const clinicCode = textOf(node, 'fixmedins_code') ?? '';
  if (!MSGID.test(msgid))
    throw new Refusal('malformed_msgid', 'the msgid is not printable ASCII of at most 64 characters');
  if (!clinicForm.test(clinicCode)) throw new Refusal('malformed_clinic', 'fixmedins_code is not H or P and 11 digits');
  if (!table.transactions.has(infno) && !table.stored.has(infno)) {
    throw new Refusal('unknown_transaction', storable(infno, 20));
  }
  if (!/^[HP]\d{29}$/.test(msgid)) notes.push({ code: 'msgid_form', field: 'msgid' });
  const area = textOf(node, 'insuplc_admdvs');
  if (area !== null && !/^\d{6}$/.test(area)) notes.push({ code: 'insuplc_form', field: 'insuplc_admdvs' });
  return { infno, msgid, clinicCode, node, notes };
}

const NO_MAPPINGS = new Map<string, readonly string[]>();

/** What a message says of itself, as far as it can be read at all: for the quarantine's list. Never throws. */
export function peek(request: unknown): {
  readonly msgid: string | null;
  readonly infno: string | null;
  readonly clinicCode: string | null;
} {
  if (!isFields(request)) return { msgid: null, infno: null, clinicCode: null };
  const text = (key: string): string | null => {
    const [value] = valuesOf(request, [key], NO_MAPPINGS);
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    return storable(String(value), 64) || null;
  };
  return { msgid: text('msgid'), infno: text('infno'), clinicCode: text('fixmedinscode') };
}

const LONGEST_SHAPE = 400;

/** The names in a message without their values: enough to write a mapping, and nothing about anybody. */
export function shapeOf(value: unknown): string[] {
  const paths: string[] = [];
  const walk = (part: unknown, path: string): void => {
    if (paths.length >= LONGEST_SHAPE) return;
    const opened = unwrapped(part);
    if (Array.isArray(opened)) {
      if (opened.length > 0) walk(opened[0], `${path}[]`);
      else paths.push(`${path}[]`);
    } else if (isFields(opened)) {
      const keys = Object.keys(opened);
      if (keys.length === 0) paths.push(`${path}{}`);
      for (const key of keys) walk(opened[key], path === '' ? storable(key, 80) : `${path}.${storable(key, 80)}`);
    } else paths.push(`${path}: ${opened === null ? 'null' : typeof opened}`);
  };
  walk(value, '');
  return paths;
}
