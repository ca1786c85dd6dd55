import { CLAIM_EVENT_KINDS, type ClaimEventKind } from './event-kinds.ts';

/** The national interface as tables: what config/interface/*.yaml says, compiled. */
export interface InterfaceTable {
  readonly request: NodeSpec;
  readonly response: NodeSpec;
  /** By infno, variants included. */
  readonly transactions: ReadonlyMap<string, TransactionSpec>;
  /** Known, kept, not interpreted. */
  readonly stored: ReadonlyMap<string, Words>;
  /** Of those stored: what tells how much there should be. */
  readonly statements: ReadonlyMap<string, Pick<TransactionSpec, 'request' | 'response'>>;
}

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface TransactionSpec extends Words {
  readonly event: ClaimEventKind;
  readonly request: readonly NodeSpec[];
  readonly response: readonly NodeSpec[];
}

export interface NodeSpec {
  readonly name: string;
  /** Squashed names under which it is found, the first being its own. */
  readonly keys: readonly string[];
  readonly list: boolean;
  readonly must: boolean;
  readonly fields: readonly FieldSpec[];
}

export interface FieldSpec {
  readonly name: string;
  readonly keys: readonly string[];
  readonly type: 'text' | 'number' | 'day' | 'moment';
  /** Text: most characters. Number: digits in all. */
  readonly size: number;
  /** Number: digits behind the point. */
  readonly scale: number;
  readonly required: boolean;
  readonly must: boolean;
  readonly private: boolean;
  readonly money: boolean;
}

/** Letter case, underscores, hyphens and blanks do not tell two names apart: `mdtrtId`, `MDTRT_ID`, `mdtrt_id`. */
export const squash = (key: string): string => key.replace(/[\s_-]+/g, '').toLowerCase();

const FIELD =
  /^([sc])(\d+)(!?)((?: (?:must|private|money))*)$|^(n)(\d+),(\d+)(!?)((?: (?:must|private|money))*)$|^(dt?)(!?)((?: (?:must|private))*)$/;

type Aliases = Readonly<Record<string, readonly string[]>>;

/** @throws Error naming what is wrong with the tables */
export function compileInterface(envelope: unknown, transactions: unknown): InterfaceTable {
  const head = record(envelope, 'envelope');
  const aliases = record(head.aliases ?? {}, 'aliases') as Aliases;
  const byInfno = new Map<string, TransactionSpec>();
  for (const [infno, value] of Object.entries(record(transactions, 'transactions'))) {
    const spec = record(value, infno);
    const event = CLAIM_EVENT_KINDS.find((kind) => kind === spec.event);
    if (event === undefined) throw new Error(`${infno}: there is no event ${String(spec.event)}`);
    const nodes = (side: 'request' | 'response'): NodeSpec[] =>
      Object.entries(record(spec[side] ?? {}, `${infno}.${side}`)).map(([name, node]) =>
        compileNode(`${infno}.${side}.${name}`, name, record(node, name), aliases),
      );
    byInfno.set(infno, { ...words(spec, infno), event, request: nodes('request'), response: nodes('response') });
  }
  for (const [variant, of] of Object.entries(record(head.variants ?? {}, 'variants'))) {
    const spec = byInfno.get(String(of));
    if (spec === undefined) throw new Error(`variants: there is no transaction ${String(of)}`);
    byInfno.set(variant, spec);
  }
  const stored = new Map<string, Words>();
  for (const entry of (head.stored ?? []) as unknown[]) {
    const spec = record(entry, 'stored');
    for (const infno of numbersOf(spec)) stored.set(infno, words(spec, `stored ${infno}`));
  }
  const statements = new Map<string, Pick<TransactionSpec, 'request' | 'response'>>();
  for (const [infno, value] of Object.entries(record(head.statements ?? {}, 'statements'))) {
    const spec = record(value, infno);
    const nodes = (side: 'request' | 'response'): NodeSpec[] =>
      Object.entries(record(spec[side] ?? {}, `${infno}.${side}`)).map(([name, node]) =>
        compileNode(`${infno}.${side}.${name}`, name, record(node, name), aliases),
      );
    statements.set(infno, { request: nodes('request'), response: nodes('response') });
  }
  return {
    request: compileNode('request', 'request', { fields: head.request }, aliases),
    response: compileNode('response', 'response', { fields: head.response }, aliases),
    transactions: byInfno,
    stored,
    statements,
  };
}

const NUMBER_OF_TRANSACTION = /^\d{4}$/;

/** One transaction, or a family of them, both ends included. */
function numbersOf(spec: Record<string, unknown>): string[] {
  if (spec.infno !== undefined) return [String(spec.infno)];
  const [from, to] = [String(spec.from), String(spec.to)];
  if (!NUMBER_OF_TRANSACTION.test(from) || !NUMBER_OF_TRANSACTION.test(to) || from > to) {
    throw new Error(`stored: ${from} to ${to} is no family of transactions`);
  }
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => String(Number(from) + i).padStart(4, '0'));
}

function compileNode(path: string, name: string, node: Record<string, unknown>, aliases: Aliases): NodeSpec {
  const other = (node.aliases ?? []) as readonly string[];
  const fields = Object.entries(record(node.fields, `${path}.fields`)).map(([field, notation]) =>
    compileField(`${path}.${field}`, field, String(notation), aliases[field] ?? []),
  );
  return {
    name,
    keys: [name, ...other].map(squash),
    list: node.list === true,
    must: node.must === true,
    fields,
  };
}

function compileField(path: string, name: string, notation: string, aliases: readonly string[]): FieldSpec {
  const match = FIELD.exec(notation);
  if (!match) throw new Error(`${path}: "${notation}" is not a field's notation`);
  const [
    ,
    text,
    textSize,
    textNeed,
    textFlags,
    number,
    digits,
    scale,
    numberNeed,
    numberFlags,
    time,
    timeNeed,
    timeFlags,
  ] = match;
  const flags = (textFlags ?? numberFlags ?? timeFlags ?? '').split(' ');
  return {
    name,
    keys: [name, ...aliases].map(squash),
    type: text ? 'text' : number ? 'number' : time === 'd' ? 'day' : 'moment',
    size: Number(textSize ?? digits ?? 0),
    scale: Number(scale ?? 0),
    required: (textNeed ?? numberNeed ?? timeNeed) === '!',
    must: flags.includes('must'),
    private: flags.includes('private'),
    money: flags.includes('money'),
  };
}

function words(spec: Record<string, unknown>, path: string): Words {
  const { zh, en } = spec;
  if (typeof zh !== 'string' || typeof en !== 'string') throw new Error(`${path}: needs zh and en`);
  return { zh, en };
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path}: is not a table`);
  return value as Record<string, unknown>;
}
