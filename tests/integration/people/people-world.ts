import type { FastifyPluginAsync } from 'fastify';
import type { Audit } from '../../../src/access/audit.ts';
import type { PeopleDeps } from '../../../src/people/deps.ts';
import { createPeopleHandlers, createPeopleRoutes } from '../../../src/people/people.ts';
import type { PortraitReader } from '../../../src/people/portrait-reader.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';
import { workOff } from '../../support/work-off.ts';
import { type AccessWorld, type Caller, createAccessWorld } from '../access/access-app.ts';

export interface PeopleWorld extends AccessWorld {
  readonly deps: PeopleDeps;
  /** Works off what waits for this room, as a worker would. @returns how many jobs */
  work(reader?: PortraitReader | null, deps?: PeopleDeps): Promise<number>;
}

export async function createPeopleWorld(options: { env?: Record<string, string> } = {}): Promise<PeopleWorld> {
  let deps: PeopleDeps | undefined;
  const routes = (runtime: TestRuntime, audit: Audit): readonly FastifyPluginAsync[] => {
    const { config } = runtime;
    deps = { ...runtime, audit, timeZone: config.TIME_ZONE, faceRecognition: config.FACE_RECOGNITION };
    return createPeopleRoutes(deps);
  };
  const world = await createAccessWorld({ ...options, routes });
  if (deps === undefined) throw new Error('the routes were not made');
  const own = deps;
  return {
    ...world,
    deps: own,
    work: (reader = null, workDeps = own) => workOff(world.runtime, createPeopleHandlers({ ...workDeps, reader })),
  };
}

/** A resident ID number with the right check character. */
export function idNumber(region: string, birth: string, serial: number): string {
  const body = `${region}${birth}${String(serial).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, i) => total + weight * Number(body[i]), 0);
  return `${body}${'10X98765432'[sum % 11]}`;
}

/** The body of a form with files, and its header. */
export function form(parts: Record<string, string | { name: string; content: Buffer | string; type?: string }>): {
  body: Buffer;
  headers: Record<string, string>;
} {
  const boundary = 'claimsight-test-boundary';
  const chunks: Buffer[] = [];
  for (const [name, part] of Object.entries(parts)) {
    const file = typeof part === 'string' ? null : part;
    const disposition = `Content-Disposition: form-data; name="${name}"${file === null ? '' : `; filename="${file.name}"`}`;
    const type = file === null ? '' : `\r\nContent-Type: ${file.type ?? 'application/octet-stream'}`;
    chunks.push(Buffer.from(`--${boundary}\r\n${disposition}${type}\r\n\r\n`));
    chunks.push(Buffer.from(file === null ? (part as string) : file.content));
    chunks.push(Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { body: Buffer.concat(chunks), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}

export interface ImportAnswer {
  id: string;
  state: string;
  total: number | null;
  done: number;
  accepted: number;
  refused: number;
  error: string | null;
}

/** Sends a feed and answers the job as it stands before any work. */
export async function sendImport(
  caller: Caller,
  kind: string,
  csv: string | Buffer,
  portraits?: Buffer,
): Promise<{ status: number; body: ImportAnswer }> {
  const { body, headers } = form({
    kind,
    file: { name: `${kind}.csv`, content: csv, type: 'text/csv' },
    ...(portraits === undefined ? {} : { portraits: { name: 'portraits.zip', content: portraits } }),
  });
  return caller.call('POST', '/v1/imports', body, headers) as Promise<{ status: number; body: ImportAnswer }>;
}

export async function importState(caller: Caller, id: string): Promise<ImportAnswer> {
  return (await caller.call('GET', `/v1/imports/${id}`)).body as ImportAnswer;
}

export async function refusalsOf(caller: Caller, id: string) {
  const { body } = await caller.call('GET', `/v1/imports/${id}/refusals?limit=500`);
  return (body as { items: { row: number; file: string | null; reason: string; detail: string | null; zh: string }[] })
    .items;
}
