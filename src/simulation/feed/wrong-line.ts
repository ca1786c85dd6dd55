import type { Validator } from 'typebox/compile';
import { DomainError } from '../../platform/errors.ts';

const REMEDY = 'See docs/feed-format.md, the schemas in docs/feed and the example in docs/feed/example.';

/** A line that cannot be used: file, line, kind, and what was expected. */
export const badLine = (file: string, line: number, kind: string | null, what: string): DomainError =>
  new DomainError('invalid_input', `${file}, line ${line}${kind === null ? '' : ` (${kind})`}: ${what}.`, {
    remedy: REMEDY,
    file,
    line,
    ...(kind === null ? {} : { kind }),
  });

interface SchemaError {
  readonly instancePath: string;
  readonly params?: { readonly requiredProperties?: readonly string[] };
}

/** What is wrong with a line: the same for all lines in which the same is wrong; `shown`: what stands there. */
export interface Fault {
  readonly what: string;
  readonly shown: string;
}

export const toldOf = ({ what, shown }: Fault): string => `${what}${shown}`;

/** Which field of an object does not fit its schema, in the words of the schema's own descriptions. */
export function whatIsWrong(
  schema: { readonly properties: Readonly<Record<string, unknown>> },
  fields: Record<string, unknown>,
  validator: Pick<Validator, 'Errors'>,
): Fault {
  const properties = schema.properties as Readonly<Record<string, { readonly description?: string }>>;
  const errors = validator.Errors(fields) as unknown as readonly SchemaError[];
  const lacking = errors.flatMap((error) =>
    error.instancePath === '' ? (error.params?.requiredProperties ?? []) : [],
  )[0];
  if (lacking !== undefined)
    return { what: `"${lacking}" is missing: it must be ${properties[lacking]?.description ?? 'there'}`, shown: '' };
  const deepest = errors.toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0];
  const path = deepest?.instancePath.slice(1) ?? '';
  const name = path.split('/')[0] ?? '';
  if (name === '') return { what: 'it has another form', shown: '' };
  return {
    what: `"${path}" must be ${properties[name]?.description ?? 'of another form'}`,
    shown: shownAt(fields, path),
  };
}

/** What stands there, unless it is about somebody. */
export function shownAt(fields: Record<string, unknown>, path: string): string {
  let value: unknown = fields;
  for (const step of path.split('/'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  if (/name|certno|template|birth|portrait/.test(path) || value === undefined) return '';
  const text = JSON.stringify(value);
  return `, but is ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}
